//! `wayfare schedule due`: when runs of a rule are due, without a server.

use crate::command::definition::{now, read_text};
use crate::failure::Failure;
use crate::output::{write_json, write_line};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use wayfare_export::ExportError;
use wayfare_export::schedule::RuleForm;
use wayfare_export::schedule::asked::{MOST_DUE, due_times};
use wayfare_export::schedule::rule::{self, Change};
use wayfare_model::time::Instant;

/// How many are listed where nothing is said of an end.
const FEW: usize = 5;

#[derive(Debug, Args)]
pub(crate) struct Due {
    /// A file with a schedule, of which `rule` and `time_zone` are read; `-` reads it from stdin.
    #[arg(long, value_name = "FILE_OR_-")]
    file: PathBuf,
    /// From when on; RFC 3339 [default: now].
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until before when; RFC 3339. Without it the next five are listed, with it at most a thousand.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Writes one JSON object to stdout.
    #[arg(long)]
    pub json: bool,
}

/// The part of a schedule that says when.
#[derive(Deserialize)]
struct When {
    rule: RuleForm,
    #[serde(default)]
    time_zone: Option<String>,
}

impl Due {
    pub fn tell(self) -> Result<(), Failure> {
        let when: When = serde_json::from_str(&read_text(&self.file)?)
            .map_err(|error| Failure::refused(error).in_file(&self.file))?;
        let from = instant("--from", self.from.as_deref())?.map_or_else(now, Ok)?;
        let to = instant("--to", self.to.as_deref())?;
        if let Some(to) = to.filter(|to| *to <= from) {
            let said = if self.from.is_some() { "" } else { ", which is now where it is not given" };
            return Err(Failure::refused(format!("--to {to} does not lie after --from {from}{said}")));
        }
        // A run that is due at the very beginning is one of them.
        let after = Instant::from_micros(from.micros() - 1).unwrap_or(from);
        let most = if to.is_some() { MOST_DUE } else { FEW };
        let time_zone = when.time_zone.as_deref().unwrap_or("UTC");
        let mut due = due_times(&when.rule, time_zone, after, most).map_err(|error| match error {
            ExportError::Refused(refusal) => Failure::from(refusal).in_file(&self.file),
            other => Failure::failed(other),
        })?;
        let is_cut = to.is_some() && due.len() == MOST_DUE && due.last().map(|last| last.at) < to;
        due.retain(|due| to.is_none_or(|to| due.at < to));
        match self.json {
            true => write_json(&json!({ "due": due.iter().map(told).collect::<Vec<_>>() }))?,
            false => due.iter().try_for_each(|due| write_line(&said(due)))?,
        }
        if is_cut {
            eprintln!("wayfare: there are more; these are the first {MOST_DUE}");
        }
        Ok(())
    }
}

fn instant(flag: &str, text: Option<&str>) -> Result<Option<Instant>, Failure> {
    let read =
        |text: &str| Instant::parse(text).map_err(|why| Failure::refused(format!("{flag} {text:?} {why}")));
    text.map(read).transpose()
}

fn told(due: &rule::Due) -> Value {
    let mut told = json!({ "at": due.at.to_string(), "local": due.local });
    if let Some(change) = due.change {
        told["change"] = json!(change.name());
    }
    told
}

fn said(due: &rule::Due) -> String {
    let change = match due.change {
        None => "",
        Some(Change::Skipped) => "  the clock skips that time: due when the gap is over",
        Some(Change::Doubled) => "  the clock shows that time twice: due the first time",
    };
    format!("{}  {}{change}", due.at, due.local)
}
