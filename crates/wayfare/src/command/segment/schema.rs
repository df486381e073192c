//! `wayfare segment schema`.

use crate::failure::Failure;
use crate::output::{End, write_line};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Schema {}

impl Schema {
    pub fn run(self) -> Result<End, Failure> {
        let schema = serde_json::to_string_pretty(&wayfare_segment::schema::json_schema());
        write_line(&schema.map_err(Failure::failed)?)?;
        Ok(End::Done)
    }
}
