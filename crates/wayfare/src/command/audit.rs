//! `wayfare audit` and `wayfare lineage`.

use super::export::ServerFlags;
use super::{Common, read_store};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use clap::Args;
use serde_json::{Value, json};
use wayfare_export::{AuditFilter, AuditRow, lineage};
use wayfare_model::id::ProfileId;
use wayfare_model::problem::Refusal;

/// The most entries that are told at once.
const MOST: usize = 500;

#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    server: ServerFlags,
    /// With what it was done: the id of an export or an API key.
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// What was done, such as `file.downloaded`.
    #[arg(long, value_name = "DEED")]
    deed: Option<String>,
    /// Who did it.
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// How many at most, from the newest.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Lineage {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    server: ServerFlags,
    /// The person: `pro_…`, as profiles and exports name them.
    #[arg(value_name = "PROFILE_ID")]
    profile: String,
}

impl Audit {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        if !(1..=MOST).contains(&self.limit) {
            return Err(Failure::refused(format!("--limit must lie between 1 and {MOST}")));
        }
        let entries = match self.server.server(self.common.data.as_deref(), &configuration)? {
            Some(server) => {
                let limit = self.limit.to_string();
                let given = [("subject", &self.subject), ("deed", &self.deed), ("who", &self.who)];
                let given = given.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
                let query: Vec<(&str, &str)> = given.chain([("limit", limit.as_str())]).collect();
                let answer = server.get(&["audit"], &query).await?;
                answer.get("entries").and_then(Value::as_array).cloned().unwrap_or_default()
            }
            None => {
                let filter = AuditFilter { who: self.who, deed: self.deed, subject: self.subject };
                let store = read_store(&configuration).await?;
                store.audit(&filter, self.limit, None).await?.iter().map(entry).collect()
            }
        };
        match self.common.json {
            true => write_json(&json!({ "entries": entries }))?,
            false => entries.iter().try_for_each(|entry| write_line(&said(entry)))?,
        }
        Ok(End::Done)
    }
}

impl Lineage {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let id: ProfileId =
            self.profile.parse().map_err(|error| Refusal::new("PROFILE_ID", format!("{error}")))?;
        let exports = match self.server.server(self.common.data.as_deref(), &configuration)? {
            Some(server) => {
                let answer = server.get(&["profiles", &self.profile, "exports"], &[]).await?;
                answer.get("exports").and_then(Value::as_array).cloned().unwrap_or_default()
            }
            None => {
                let store = read_store(&configuration).await?;
                let held = lineage::of(&store, id).await.map_err(super::export_key::failure)?;
                held.iter().map(held_by).collect()
            }
        };
        if self.common.json {
            write_json(&json!({ "exports": exports }))?;
            return Ok(End::Done);
        }
        if exports.is_empty() {
            write_line("no export has a row of this person")?;
        }
        for export in &exports {
            write_line(&held_said(export))?;
            for sent in export.get("downloads").and_then(Value::as_array).into_iter().flatten() {
                let address =
                    text(sent, "address").map(|address| format!(" at {address}")).unwrap_or_default();
                let file = text(sent, "file").unwrap_or_default();
                write_line(&format!("  {} {file} sent to {}{address}", said_at(sent), said_who(sent)))?;
            }
        }
        Ok(End::Done)
    }
}

/// An entry as the API has it.
fn entry(row: &AuditRow) -> Value {
    let detail: Value = serde_json::from_str(&row.detail).unwrap_or_default();
    json!({"number": row.number, "at": row.at, "who": row.who, "deed": row.deed, "subject": row.subject, "detail": detail})
}

/// An export as the API has it.
fn held_by(held: &lineage::Held) -> Value {
    let mut value = json!({
        "id": held.export, "at": held.at, "who": held.who, "kind": held.kind, "files_here": held.files_here,
        "downloads": held.downloads,
    });
    if let Some(rows) = held.rows {
        value["rows"] = json!(rows);
    }
    if let Some(output) = &held.output {
        value["output"] = json!(output);
    }
    value
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn said_at(value: &Value) -> &str {
    text(value, "at").unwrap_or_default()
}

fn said_who(value: &Value) -> &str {
    text(value, "who").unwrap_or_default()
}

fn said(entry: &Value) -> String {
    let (deed, subject) =
        (text(entry, "deed").unwrap_or_default(), text(entry, "subject").unwrap_or_default());
    let detail =
        entry.get("detail").filter(|detail| detail.as_object().is_some_and(|detail| !detail.is_empty()));
    let detail = detail.map(|detail| format!(" {detail}")).unwrap_or_default();
    format!("{} {deed} {subject} by {}{detail}", said_at(entry), said_who(entry))
}

fn held_said(export: &Value) -> String {
    let (id, kind) = (text(export, "id").unwrap_or_default(), text(export, "kind").unwrap_or_default());
    let place = match (text(export, "output"), export.get("files_here").and_then(Value::as_bool)) {
        (Some(output), _) => format!("written to {output}"),
        (None, Some(true)) => "its files are here".to_owned(),
        (None, _) => "its files are gone from here".to_owned(),
    };
    format!("{} {id}: {kind}, asked for by {}; {place}", said_at(export), said_who(export))
}
