//! `wayfare compact`.

use super::Common;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use clap::Args;
use serde_json::json;
use wayfare_store::{Access, Store};

/// Merges small files of the lake into large ones.
#[derive(Debug, Args)]
pub(crate) struct Compact {
    #[command(flatten)]
    pub common: Common,
}

impl Compact {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        super::must_exist(configuration.data())?;
        let store = Store::open(configuration.data(), configuration.store(Access::Write, false)).await?;
        store.flush().await?;
        let done = store.compact().await?;
        match self.common.json {
            true => write_json(&json!({
                "files_merged": done.files_merged, "files_written": done.files_written,
                "snapshots_expired": done.snapshots_expired, "files_removed": done.files_removed,
            })),
            false => write_line(&format!(
                "{} files merged into {}; {} snapshots expired, {} files removed",
                done.files_merged, done.files_written, done.snapshots_expired, done.files_removed
            )),
        }?;
        Ok(End::Done)
    }
}
