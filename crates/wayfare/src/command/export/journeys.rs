//! `wayfare export passes` and `wayfare export messages`.

use super::{Asked, Output, at_moment, raw_definition};
use crate::command::Common;
use crate::command::definition::MomentFlags;
use crate::command::export_form::FormatFlag;
use crate::failure::Failure;
use clap::Args;
use std::path::PathBuf;
use wayfare_export::ExportRequest;
use wayfare_export::request::{Bound, JourneysRequest, Kind};
use wayfare_model::time::Instant;

#[derive(Debug, Args)]
pub(crate) struct Journeys {
    #[command(flatten)]
    pub common: Common,
    /// A journey that is wanted; may be given several times; all of them where it is not given.
    #[arg(long, value_name = "ID")]
    journey: Vec<i64>,
    /// The first instant that is in: of a pass, when it was entered; of a message, when the first thing happened.
    #[arg(long, value_name = "RFC3339")]
    from: Option<String>,
    /// The first instant that is out again.
    #[arg(long, value_name = "RFC3339")]
    to: Option<String>,
    /// Takes dry runs in, too; they are left out and counted where it is not given.
    #[arg(long)]
    dry_runs: bool,
    /// A file with the definition of who is meant; `-` reads it from stdin; everyone where it is not given.
    #[arg(long, value_name = "FILE_OR_-")]
    definition: Option<PathBuf>,
    #[command(flatten)]
    moment: MomentFlags,
    /// Attributes and identifiers that become columns behind those of the pass or message; `*` means all.
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    attributes: Vec<String>,
    /// The form of the files.
    #[arg(long, value_enum, default_value = "csv")]
    format: FormatFlag,
    #[command(flatten)]
    output: Output,
}

impl Journeys {
    pub(super) fn request(self, kind: Kind) -> Result<(Asked, Output), Failure> {
        let wanted = JourneysRequest {
            ids: (!self.journey.is_empty()).then_some(self.journey),
            start_date: bound("--from", self.from.as_deref())?,
            end_date: bound("--to", self.to.as_deref())?,
            dry_runs: self.dry_runs,
        };
        let mut request = ExportRequest::journeys(kind, wanted, self.attributes, self.format.into());
        request.definition = self.definition.as_deref().map(raw_definition).transpose()?;
        at_moment(&mut request, &self.moment)?;
        self.output.apply(&mut request)?;
        Ok((Asked::Native(Box::new(request)), self.output))
    }
}

fn bound(flag: &str, text: Option<&str>) -> Result<Option<Bound>, Failure> {
    let read = |text: &str| {
        Instant::parse(text).map(Bound).map_err(|why| Failure::refused(format!("{flag} {text:?} {why}")))
    };
    text.map(read).transpose()
}
