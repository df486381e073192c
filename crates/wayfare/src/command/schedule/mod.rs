//! `wayfare schedule`: exports that a server makes again and again.

mod due;
mod words;

use super::Common;
use super::definition::read_text;
use super::export::{ServerFlags, text};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use crate::server::Server;
use clap::{Args, Subcommand};
use hyper::header::HeaderName;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The most of a page.
const PAGE: usize = 200;

#[derive(Debug, Subcommand)]
pub(crate) enum Schedules {
    /// The schedules of a server, newest first.
    List(List),
    /// A schedule: what it exports, when, and how its last run went.
    Show(One),
    /// Makes a schedule of a file with the body of `POST /api/v1/schedules`.
    New(New),
    /// Begins no runs any more but those that somebody asks for.
    Pause(One),
    /// Lets a paused schedule go on.
    Resume(One),
    /// Asks for a run now.
    Run(One),
    /// The runs of a schedule, the latest due time first.
    Runs(Runs),
    /// Takes a schedule away with its history; exports that it made stay.
    Delete(One),
    /// The coming due times of a file's rule, worked out here.
    Due(due::Due),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    server: ServerFlags,
    /// How many at most, from the newest.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    server: ServerFlags,
    /// The schedule's id.
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Runs {
    #[command(flatten)]
    one: One,
    /// How many at most, from the latest.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    server: ServerFlags,
    /// The file; `-` reads it from stdin.
    #[arg(long, value_name = "FILE_OR_-")]
    file: PathBuf,
}

impl Schedules {
    pub fn common(&self) -> Option<&Common> {
        match self {
            Self::List(command) => Some(&command.common),
            Self::New(command) => Some(&command.common),
            Self::Runs(command) => Some(&command.one.common),
            Self::Show(one) | Self::Pause(one) | Self::Resume(one) | Self::Run(one) | Self::Delete(one) => {
                Some(&one.common)
            }
            Self::Due(_) => None,
        }
    }

    pub fn json(&self) -> bool {
        match self {
            Self::Due(command) => command.json,
            _ => self.common().is_some_and(|common| common.json),
        }
    }

    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let json = self.json();
        match self {
            Self::List(command) => {
                let server = command.server.needed(&configuration)?;
                let schedules = pages(&server, &["schedules"], "schedules", command.limit).await?;
                match json {
                    true => write_json(&json!({ "schedules": schedules }))?,
                    false => schedules.iter().try_for_each(|schedule| write_line(&words::said(schedule)))?,
                }
            }
            Self::Show(one) => {
                let schedule = one.server.needed(&configuration)?.get(&["schedules", &one.id], &[]).await?;
                match json {
                    true => write_json(&schedule)?,
                    false => words::details(&schedule).iter().try_for_each(|line| write_line(line))?,
                }
            }
            Self::New(command) => {
                let server = command.server.needed(&configuration)?;
                let body = read_text(&command.file)?;
                // Not sent again: it would make two.
                let schedule = server.post_once(&["schedules"], &body).await?;
                tell(&schedule, json)?;
            }
            Self::Pause(one) => one.act("pause", &configuration, json).await?,
            Self::Resume(one) => one.act("resume", &configuration, json).await?,
            Self::Run(one) => {
                let server = one.server.needed(&configuration)?;
                // With a key of its own the request may be sent again, and still makes one run.
                let key = (HeaderName::from_static("idempotency-key"), uuid::Uuid::now_v7().to_string());
                let run = server.post(&["schedules", &one.id, "run"], None, &[key]).await?;
                match json {
                    true => write_json(&run)?,
                    false => write_line(&words::run(&run))?,
                }
            }
            Self::Runs(Runs { one, limit }) => {
                let server = one.server.needed(&configuration)?;
                let runs = pages(&server, &["schedules", &one.id, "runs"], "runs", limit).await?;
                match json {
                    true => write_json(&json!({ "runs": runs }))?,
                    false => runs.iter().try_for_each(|run| write_line(&words::run(run)))?,
                }
            }
            Self::Delete(one) => {
                one.server.needed(&configuration)?.delete(&["schedules", &one.id]).await?;
                match json {
                    true => write_json(&json!({ "deleted": one.id }))?,
                    false => write_line(&format!("{} is gone", one.id))?,
                }
            }
            Self::Due(command) => command.tell()?,
        }
        Ok(End::Done)
    }
}

impl One {
    async fn act(self, action: &str, configuration: &Configuration, json: bool) -> Result<(), Failure> {
        let server = self.server.needed(configuration)?;
        tell(&server.post(&["schedules", &self.id, action], None, &[]).await?, json)
    }
}

fn tell(schedule: &Value, json: bool) -> Result<(), Failure> {
    match json {
        true => write_json(schedule),
        false => write_line(&words::said(schedule)),
    }
}

/// Page after page of a listing, until there are so many.
async fn pages(server: &Server, path: &[&str], member: &str, limit: usize) -> Result<Vec<Value>, Failure> {
    let mut all: Vec<Value> = Vec::new();
    let mut cursor: Option<String> = None;
    while all.len() < limit {
        let size = (limit - all.len()).min(PAGE).to_string();
        let mut query = vec![("limit", size.as_str())];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let mut page = server.get(path, &query).await?;
        match page.get_mut(member).map(Value::take) {
            Some(Value::Array(more)) => all.extend(more),
            _ => return Err(Failure::failed(format!("the server's answer lists no {member}"))),
        }
        cursor = text(&page, "next_cursor");
        if cursor.is_none() {
            break;
        }
    }
    Ok(all)
}
