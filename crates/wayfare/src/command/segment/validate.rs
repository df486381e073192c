//! `wayfare segment validate`.

use super::{Asked, read};
use crate::command::Common;
use crate::command::definition::read_definition;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use wayfare_segment::words;

#[derive(Debug, Args)]
pub(crate) struct Validate {
    #[command(flatten)]
    pub common: Common,
    /// A file with the definition; `-` reads it from stdin.
    #[arg(long, value_name = "FILE_OR_-")]
    definition: PathBuf,
}

impl Validate {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        // The form is told wrong also where there is no data yet.
        let definition = read_definition(&self.definition)?;
        let snapshot = read(&configuration).await?.snapshot().await?;
        let asked = Asked::new(definition, &snapshot).await;
        let asked = asked.map_err(|failure| failure.in_file(&self.definition))?;
        let words = words::describe(&asked.definition);
        match self.common.json {
            true => write_json(&json!({
                "valid": true,
                "words": words,
                "filters": asked.checked.filters(),
                "definition": asked.definition,
                "position": snapshot.position(),
            })),
            false => write_line(&format!("valid: {words}")),
        }?;
        Ok(End::Done)
    }
}
