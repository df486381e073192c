//! `wayfare mail`: whether a server's letters arrive.

use super::Common;
use super::destination::tested;
use super::export::ServerFlags;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::End;
use clap::{Args, Subcommand};
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum Mail {
    /// Sends a test letter now, and tells that the relay took it or exactly what failed.
    Test(Test),
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    server: ServerFlags,
    /// Whom the letter goes to.
    #[arg(value_name = "ADDRESS")]
    to: String,
}

impl Mail {
    pub fn common(&self) -> &Common {
        match self {
            Self::Test(command) => &command.common,
        }
    }

    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let Self::Test(Test { common, server, to }) = self;
        let body = json!({ "to": to }).to_string();
        let answer = server.needed(&configuration)?.post_once(&["mail", "test"], &body).await?;
        tested(&answer, common.json)
    }
}
