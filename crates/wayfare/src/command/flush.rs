//! `wayfare flush`.

use super::Common;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use clap::Args;
use serde_json::json;
use wayfare_store::{Access, Store};

/// Moves everything accepted so far into the lake.
#[derive(Debug, Args)]
pub(crate) struct Flush {
    #[command(flatten)]
    pub common: Common,
}

impl Flush {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        super::must_exist(configuration.data())?;
        let store = Store::open(configuration.data(), configuration.store(Access::Write, false)).await?;
        let report = store.flush().await?;
        match self.common.json {
            true => write_json(&json!({
                "records": report.records, "position": report.position, "lake_snapshot": report.lake_snapshot,
            })),
            false => write_line(&format!(
                "{} records moved into the lake, which now holds everything before position {}",
                report.records, report.position
            )),
        }?;
        Ok(End::Done)
    }
}
