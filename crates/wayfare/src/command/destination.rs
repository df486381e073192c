//! `wayfare destination`: where a server sends exports to.

use super::Common;
use super::definition::read_text;
use super::export::{ServerFlags, text};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Destinations {
    /// The destinations.
    List(List),
    /// Makes a destination of a file with the body of `POST /api/v1/destinations`.
    New(New),
    /// One destination; of its secrets only whether they are set.
    Show(One),
    /// Tests a destination: something small is written, read back and taken away.
    Test(One),
    /// Deletes a destination with its secrets; files that arrived stay.
    Delete(One),
    /// Sends a complete export to destinations, or once more where it did not arrive.
    Deliver(Deliver),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    server: ServerFlags,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    server: ServerFlags,
    /// A file with name and settings; `-` reads it from stdin, which keeps secrets out of files.
    #[arg(value_name = "FILE_OR_-")]
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    server: ServerFlags,
    /// The destination's id.
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Deliver {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    server: ServerFlags,
    /// The export's id.
    #[arg(value_name = "EXPORT")]
    export: String,
    /// The destinations' ids.
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
}

impl Destinations {
    pub fn common(&self) -> &Common {
        match self {
            Self::List(command) => &command.common,
            Self::New(command) => &command.common,
            Self::Show(command) | Self::Test(command) | Self::Delete(command) => &command.common,
            Self::Deliver(command) => &command.common,
        }
    }

    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        match self {
            Self::List(command) => command.run(&configuration).await,
            Self::New(command) => command.run(&configuration).await,
            Self::Show(command) => command.show(&configuration).await,
            Self::Test(command) => command.test(&configuration).await,
            Self::Delete(command) => command.delete(&configuration).await,
            Self::Deliver(command) => command.run(&configuration).await,
        }
    }
}

impl List {
    async fn run(self, configuration: &Configuration) -> Result<End, Failure> {
        let answer = self.server.needed(configuration)?.get(&["destinations"], &[]).await?;
        if self.common.json {
            write_json(&answer)?;
            return Ok(End::Done);
        }
        let all = answer.get("destinations").and_then(Value::as_array).cloned().unwrap_or_default();
        all.iter().try_for_each(|destination| write_line(&said(destination)))?;
        if all.is_empty() {
            eprintln!("there is no destination; make one with `wayfare destination new`");
        }
        Ok(End::Done)
    }
}

impl New {
    async fn run(self, configuration: &Configuration) -> Result<End, Failure> {
        let server = self.server.needed(configuration)?;
        let body = read_text(&self.file)?;
        let made = server.post_once(&["destinations"], &body).await?;
        match self.common.json {
            true => write_json(&made),
            false => write_line(&said(&made)),
        }?;
        Ok(End::Done)
    }
}

impl One {
    async fn show(self, configuration: &Configuration) -> Result<End, Failure> {
        let answer = self.server.needed(configuration)?.get(&["destinations", &self.id], &[]).await?;
        if self.common.json {
            write_json(&answer)?;
            return Ok(End::Done);
        }
        write_line(&said(&answer))?;
        let settings = answer.get("settings").and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, value) in settings {
            let value = match &value {
                Value::String(text) => text.clone(),
                Value::Object(secret) if secret.get("set") == Some(&json!(true)) => "(set)".to_owned(),
                Value::Object(_) => "(not set)".to_owned(),
                other => other.to_string(),
            };
            write_line(&format!("{name}: {value}"))?;
        }
        Ok(End::Done)
    }

    async fn test(self, configuration: &Configuration) -> Result<End, Failure> {
        let server = self.server.needed(configuration)?;
        let answer = server.post(&["destinations", &self.id, "test"], None, &[]).await?;
        let message = text(&answer, "message").unwrap_or_default();
        let is_ok = answer.get("ok") == Some(&json!(true));
        if self.common.json {
            write_json(&answer)?;
        } else if is_ok {
            write_line(&message)?;
        }
        match is_ok {
            true => Ok(End::Done),
            // With --json the answer says it all, and the exit code that it failed.
            false if self.common.json => Ok(End::Failed),
            false => {
                let part = |name: &str| text(&answer, name).unwrap_or_default();
                Err(Failure::failed(format!("{} ({}): {message}", part("failed"), part("fault"))))
            }
        }
    }

    async fn delete(self, configuration: &Configuration) -> Result<End, Failure> {
        self.server.needed(configuration)?.delete(&["destinations", &self.id]).await?;
        match self.common.json {
            true => write_json(&json!({ "removed": self.id })),
            false => write_line(&format!("{} is gone", self.id)),
        }?;
        Ok(End::Done)
    }
}

impl Deliver {
    async fn run(self, configuration: &Configuration) -> Result<End, Failure> {
        let server = self.server.needed(configuration)?;
        let body = json!({ "destinations": self.ids }).to_string();
        let job = server.post(&["exports", &self.export, "deliver"], Some(&body), &[]).await?;
        match self.common.json {
            true => write_json(&job)?,
            false => deliveries(&job).iter().try_for_each(|line| write_line(line))?,
        }
        Ok(End::Done)
    }
}

/// A destination on one line.
fn said(destination: &Value) -> String {
    let part = |name: &str| text(destination, name).unwrap_or_default();
    let kind = destination.get("settings").and_then(|settings| text(settings, "kind")).unwrap_or_default();
    let disabled = if destination.get("disabled") == Some(&json!(true)) { ", disabled" } else { "" };
    format!("{}  {kind}  {}{disabled}", part("id"), part("name"))
}

/// What became of sending a job to its destinations, a line each.
pub(super) fn deliveries(job: &Value) -> Vec<String> {
    let all = job.get("deliveries").and_then(Value::as_array).cloned().unwrap_or_default();
    let line = |delivery: &Value| {
        let part = |name: &str| text(delivery, name).unwrap_or_default();
        let objects = delivery.get("objects").and_then(Value::as_array).map_or(0, Vec::len);
        let more = match (text(delivery, "last_error"), text(delivery, "next_attempt_at")) {
            (Some(error), Some(next)) => format!("; {error}; again at {next}"),
            (Some(error), None) => format!("; {error}"),
            (None, _) => String::new(),
        };
        format!(
            "to {} ({}): {}, {objects} files in {}{more}",
            part("name"),
            part("destination"),
            part("status"),
            part("folder")
        )
    };
    all.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_in_words() {
        let job = json!({"deliveries": [
            {"destination": "dst_1", "name": "Bucket", "status": "delivered", "folder": "2026-09-02/exp_1", "objects": [{}, {}]},
            {"destination": "dst_2", "name": "Partner", "status": "waiting", "folder": "exp_1", "objects": [],
                "last_error": "the bucket does not exist", "next_attempt_at": "2026-09-02T08:00:00Z"},
        ]});
        assert_eq!(
            deliveries(&job),
            [
                "to Bucket (dst_1): delivered, 2 files in 2026-09-02/exp_1",
                "to Partner (dst_2): waiting, 0 files in exp_1; the bucket does not exist; again at 2026-09-02T08:00:00Z",
            ]
        );
        let row = json!({"id": "dst_1", "name": "Bucket", "settings": {"kind": "s3"}, "disabled": true});
        assert_eq!(said(&row), "dst_1  s3  Bucket, disabled");
    }
}
