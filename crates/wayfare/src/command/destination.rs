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
    /// Tests a destination: something small is written, read back and taken away; a test letter or message is sent.
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
    /// The destinations' ids; `email` for the e-mail that the export was asked for with.
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
        if self.common.json {
            write_json(&made)?;
            return Ok(End::Done);
        }
        write_line(&said(&made))?;
        if let Some(secret) = text(&made, "signing_secret") {
            write_line(&format!("secret: {secret}"))?;
            eprintln!("the secret is told this once: give it to the receiver");
        }
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
        tested(&answer, self.common.json)
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

/// What a test came to, as a line or a failure.
pub(super) fn tested(answer: &Value, as_json: bool) -> Result<End, Failure> {
    let part = |name: &str| text(answer, name).unwrap_or_default();
    let is_ok = answer.get("ok") == Some(&json!(true));
    if as_json {
        write_json(answer)?;
    } else if is_ok {
        write_line(&part("message"))?;
    }
    match is_ok {
        true => Ok(End::Done),
        // With --json the answer says it all, and the exit code that it failed.
        false if as_json => Ok(End::Failed),
        false => Err(Failure::failed(format!("{} ({}): {}", part("failed"), part("fault"), part("message")))),
    }
}

/// A destination on one line.
fn said(destination: &Value) -> String {
    let part = |name: &str| text(destination, name).unwrap_or_default();
    let kind = destination.get("settings").and_then(|settings| text(settings, "kind")).unwrap_or_default();
    let disabled = if destination.get("disabled") == Some(&json!(true)) { ", disabled" } else { "" };
    format!("{}  {kind}  {}{disabled}", part("id"), part("name"))
}

/// What became of sending a job to its destinations, a line each, and one for each of several letters.
pub(super) fn deliveries(job: &Value) -> Vec<String> {
    let all = job.get("deliveries").and_then(Value::as_array).cloned().unwrap_or_default();
    all.iter().flat_map(delivery_lines).collect()
}

fn delivery_lines(delivery: &Value) -> Vec<String> {
    let part = |name: &str| text(delivery, name).unwrap_or_default();
    let list = |name: &str| delivery.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let files = match part("folder").as_str() {
        "" => String::new(),
        folder => format!(", {} files in {folder}", list("objects").len()),
    };
    let more = match (text(delivery, "last_error"), text(delivery, "next_attempt_at")) {
        (Some(error), Some(next)) => format!("; {error}; again at {next}"),
        (Some(error), None) => format!("; {error}"),
        (None, _) => String::new(),
    };
    let whole = format!("to {} ({}): {}{files}{more}", part("name"), part("destination"), part("status"));
    let recipients = list("recipients");
    // Of a single letter everything is said already.
    let each = recipients.iter().filter(|_| recipients.len() > 1).map(|recipient| {
        let part = |name: &str| text(recipient, name).unwrap_or_default();
        let why = text(recipient, "last_error").map(|why| format!("; {why}")).unwrap_or_default();
        format!("  {}: {}{why}", part("address"), part("status"))
    });
    std::iter::once(whole).chain(each).collect()
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
            {"destination": "email", "name": "a@x.example", "status": "delivered", "folder": "", "objects": [],
                "recipients": [{"address": "a@x.example", "status": "delivered"}]},
            {"destination": "dst_3", "name": "Team", "status": "bounced", "folder": "", "objects": [],
                "last_error": "b@x.example: 550 no such user", "recipients": [
                    {"address": "a@x.example", "status": "delivered"},
                    {"address": "b@x.example", "status": "bounced", "last_error": "550 no such user"}]},
        ]});
        assert_eq!(
            deliveries(&job),
            [
                "to Bucket (dst_1): delivered, 2 files in 2026-09-02/exp_1",
                "to Partner (dst_2): waiting, 0 files in exp_1; the bucket does not exist; again at 2026-09-02T08:00:00Z",
                "to a@x.example (email): delivered",
                "to Team (dst_3): bounced; b@x.example: 550 no such user",
                "  a@x.example: delivered",
                "  b@x.example: bounced; 550 no such user",
            ]
        );
        let row = json!({"id": "dst_1", "name": "Bucket", "settings": {"kind": "s3"}, "disabled": true});
        assert_eq!(said(&row), "dst_1  s3  Bucket, disabled");
    }
}
