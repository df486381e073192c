//! `wayfare segment count`.

use super::{Asked, milliseconds, read};
use crate::command::Common;
use crate::command::definition::DefinitionFlags;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use clap::Args;
use serde_json::json;
use wayfare_segment::columns::Columns;
use wayfare_segment::words;

#[derive(Debug, Args)]
pub(crate) struct Count {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    flags: DefinitionFlags,
}

impl Count {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let definition = self.flags.read()?;
        let moment = self.flags.moment.moment()?;
        let snapshot = read(&configuration).await?.snapshot().await?;
        let asked = Asked::new(definition, &snapshot).await;
        let asked = asked.map_err(|failure| failure.in_file(&self.flags.definition))?;
        let answer = asked.answer(&snapshot, moment, None).await?;
        let (count, population) = (answer.members.len(), answer.columns.live().len());
        match self.common.json {
            true => write_json(&json!({
                "count": count,
                "population": population,
                "position": snapshot.position(),
                "as_of": answer.moment.as_of,
                "took_ms": milliseconds(answer.took),
            })),
            false => {
                let words = words::describe(&answer.asked.definition);
                write_line(&format!("{count} of {population} profiles: {words}"))
            }
        }?;
        Ok(End::Done)
    }
}
