//! Kept exports: listed, shown, stopped, asked for again, brought here. A server is asked, or, for what only reads, the
//! data directory.

use super::at_server::{ServerFlags, fetch, listen, text};
use super::download::prepare;
use super::watch::{ProgressFlag, Watch};
use super::{Common, failure, told_manifest};
use crate::command::definition::read_text;
use crate::command::read_store;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use crate::server::Server;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The most jobs of a page.
const PAGE: usize = 500;

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    server: ServerFlags,
    /// How many at most, from the newest.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// One job.
#[derive(Debug, Args)]
pub(crate) struct One {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    server: ServerFlags,
    /// The export's id.
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Download {
    #[command(flatten)]
    one: One,
    /// The directory for the files; missing, empty, or what an earlier download left.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// How progress is told on stderr.
    #[arg(long, value_enum, default_value = "auto")]
    progress: ProgressFlag,
}

#[derive(Debug, Args)]
pub(crate) struct Preview {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    server: ServerFlags,
    /// A file with the body of `POST /api/v1/exports`; `-` reads it from stdin.
    #[arg(long, value_name = "FILE_OR_-")]
    request: PathBuf,
}

/// What is done with a job at a server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deed {
    Cancel,
    Retry,
    Link,
    RevokeLinks,
}

impl List {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let server = self.server.server(self.common.data.as_deref(), &configuration)?;
        let jobs = match server {
            Some(server) => list_at(&server, self.limit).await?,
            None => {
                let store = read_store(&configuration).await?;
                let jobs = wayfare_export::jobs_of(&store, self.limit).await.map_err(failure)?;
                jobs.iter().map(serde_json::to_value).collect::<Result<_, _>>().map_err(Failure::failed)?
            }
        };
        match self.common.json {
            true => write_json(&json!({ "exports": jobs }))?,
            false => jobs.iter().try_for_each(|job| write_line(&said(job)))?,
        }
        Ok(End::Done)
    }
}

impl One {
    pub async fn show(self, configuration: Configuration) -> Result<End, Failure> {
        let job = match self.server.server(self.common.data.as_deref(), &configuration)? {
            Some(server) => server.get(&["exports", &self.id], &[]).await?,
            None => {
                let store = read_store(&configuration).await?;
                let job = wayfare_export::job_of(&store, &self.id).await.map_err(failure)?;
                serde_json::to_value(job).map_err(Failure::failed)?
            }
        };
        match self.common.json {
            true => write_json(&job)?,
            false => details(&job).iter().try_for_each(|line| write_line(line))?,
        }
        Ok(End::Done)
    }

    pub async fn act(self, deed: Deed, configuration: Configuration) -> Result<End, Failure> {
        let server = self.server.needed(&configuration)?;
        let name = match deed {
            Deed::Cancel => "cancel",
            Deed::Retry => "retry",
            Deed::Link => "link",
            Deed::RevokeLinks => "revoke-links",
        };
        let answer = server.post(&["exports", &self.id, name], None, &[]).await?;
        match (self.common.json, deed) {
            (true, _) => write_json(&answer)?,
            (false, Deed::Link) => write_line(&text(&answer, "url").unwrap_or_default())?,
            (false, _) => write_line(&said(&answer))?,
        }
        Ok(End::Done)
    }
}

impl Download {
    pub fn common(&self) -> &Common {
        &self.one.common
    }

    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let server = self.one.server.needed(&configuration)?;
        prepare(&self.output, true)?;
        let mut watch = Watch::new(self.progress);
        let brought = fetch(&server, &self.one.id, &self.output, &mut watch, &mut listen()).await;
        watch.finish();
        told_manifest(&brought?, &self.output, self.one.common.json)
    }
}

impl Preview {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let server = self.server.needed(&configuration)?;
        let body = read_text(&self.request)?;
        let preview = server.post(&["exports", "preview"], Some(&body), &[]).await?;
        if self.common.json {
            write_json(&preview)?;
            return Ok(End::Done);
        }
        let list = |member: &str| preview.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
        let names: Vec<_> = list("columns").iter().filter_map(|column| text(column, "name")).collect();
        write_line(&names.join("\t"))?;
        for row in list("sample") {
            let cells: Vec<_> = row.as_array().into_iter().flatten().map(cell).collect();
            write_line(&cells.join("\t"))?;
        }
        let rows = preview.get("rows").map(Value::to_string).unwrap_or_default();
        eprintln!("wayfare: {rows} rows in all");
        for warning in list("warnings") {
            eprintln!("wayfare: {}", cell(&warning));
        }
        Ok(End::Done)
    }
}

/// A cell on a line of its own row.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.replace(['\t', '\n', '\r'], " "),
        other => other.to_string(),
    }
}

async fn list_at(server: &Server, limit: usize) -> Result<Vec<Value>, Failure> {
    let mut jobs: Vec<Value> = Vec::new();
    let mut cursor: Option<String> = None;
    while jobs.len() < limit {
        let size = (limit - jobs.len()).min(PAGE).to_string();
        let mut query = vec![("limit", size.as_str())];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let mut page = server.get(&["exports"], &query).await?;
        match page.get_mut("exports").map(Value::take) {
            Some(Value::Array(more)) => jobs.extend(more),
            _ => return Err(Failure::failed("the server's answer lists no exports")),
        }
        cursor = text(&page, "next_cursor");
        if cursor.is_none() {
            break;
        }
    }
    Ok(jobs)
}

/// A job on a line.
fn said(job: &Value) -> String {
    let part = |name: &str| text(job, name).unwrap_or_default();
    let figures = job.get("progress").cloned().unwrap_or_default();
    let rows = job.get("rows").or_else(|| figures.get("rows")).and_then(Value::as_u64).unwrap_or(0);
    format!(
        "{}  {}  {} {} as {}, {}: {rows} rows",
        part("id"),
        part("created_at"),
        part("status"),
        part("kind"),
        part("format"),
        part("filter_words"),
    )
}

/// A job on several lines.
fn details(job: &Value) -> Vec<String> {
    let mut lines = vec![said(job)];
    let list = |member: &str| job.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
    lines.extend(text(job, "error").map(|error| format!("error: {error}")));
    for part in list("parts") {
        let number = |name: &str| part.get(name).and_then(Value::as_u64).unwrap_or(0);
        let (file, sha256) =
            (text(&part, "file").unwrap_or_default(), text(&part, "sha256").unwrap_or_default());
        lines.push(format!("{file}: {} rows, {} bytes, SHA-256 {sha256}", number("rows"), number("bytes")));
    }
    lines.extend(crate::command::destination::deliveries(job));
    lines.extend(list("warnings").iter().map(|warning| format!("warning: {}", cell(warning))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_in_words() {
        let job = json!({"id": "exp_1", "created_at": "2026-09-01T00:00:00Z", "status": "failed", "kind": "profiles",
            "format": "csv", "filter_words": "everyone", "progress": {"rows": 7}, "error": "the disk is full",
            "parts": [{"file": "part-00001.csv", "rows": 7, "bytes": 70, "sha256": "ab"}], "warnings": ["no event"]});
        assert_eq!(
            details(&job),
            [
                "exp_1  2026-09-01T00:00:00Z  failed profiles as csv, everyone: 7 rows",
                "error: the disk is full",
                "part-00001.csv: 7 rows, 70 bytes, SHA-256 ab",
                "warning: no event",
            ]
        );
    }
}
