//! An export run by a server: asked for, followed, brought here.

use super::download::{download, prepare};
use super::watch::{ProgressFlag, Stage, Watch};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::interrupt::asked_to_stop;
use crate::server::Server;
use clap::Args;
use hyper::header::HeaderName;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use wayfare_export::ExportRequest;
use wayfare_export::request::Surface;

/// How long is waited between two looks at a job: short at first, since many are done at once.
const FIRST_LOOK: Duration = Duration::from_millis(100);
const LAST_LOOK: Duration = Duration::from_secs(2);

/// Which server is asked.
#[derive(Debug, Clone, Args)]
pub(in crate::command) struct ServerFlags {
    /// Asks the server at this address instead of a data directory; `WAYFARE_SERVER`, where neither is given.
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    server: Option<String>,
    /// The server's API key; `WAYFARE_API_KEY` keeps it out of the list of processes.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

impl ServerFlags {
    /// The server that is meant; `None` where a data directory is.
    pub fn server(
        &self,
        data: Option<&Path>,
        configuration: &Configuration,
    ) -> Result<Option<Server>, Failure> {
        let named = || std::env::var("WAYFARE_SERVER").ok().filter(|address| !address.is_empty());
        let address = match (&self.server, data) {
            (Some(address), _) => Some(address.clone()),
            (None, Some(_)) => None,
            (None, None) => named(),
        };
        let key = self.key.as_deref().or(configuration.api_key.as_deref());
        match (address, &self.key) {
            (Some(address), _) => Server::new(&address, key).map(Some),
            (None, Some(_)) => Err(Failure::refused("--key goes with --server")),
            (None, None) => Ok(None),
        }
    }

    /// The server, for what only a server does.
    pub fn needed(&self, configuration: &Configuration) -> Result<Server, Failure> {
        let missing = || Failure::refused("--server: name the server to ask, or set WAYFARE_SERVER");
        self.server(None, configuration)?.ok_or_else(missing)
    }
}

/// The body that asks a server for the same.
pub(super) fn body(request: &ExportRequest) -> Result<String, Failure> {
    let mut body = serde_json::to_string(request).map_err(Failure::failed)?;
    let surface = match request.surface {
        Surface::Native => None,
        Surface::V1 => Some("v1"),
        Surface::V2 => Some("v2"),
    };
    if let Some(surface) = surface {
        // The surface is no part of a kept request; it goes along as a member of its own.
        body.insert_str(1, &format!("\"surface\":\"{surface}\","));
    }
    Ok(body)
}

/// Has a server run an export, and brings its files; gives the manifest.
pub(super) async fn run(
    server: &Server,
    request: &ExportRequest,
    output: &Path,
    progress: ProgressFlag,
) -> Result<Vec<u8>, Failure> {
    let was_missing = prepare(output, false)?;
    let done = asked(server, request, output, progress).await;
    if done.is_err() && was_missing {
        // A directory with files in it stays, for a download that goes on.
        let _ = std::fs::remove_dir(output);
    }
    done
}

async fn asked(
    server: &Server,
    request: &ExportRequest,
    output: &Path,
    progress: ProgressFlag,
) -> Result<Vec<u8>, Failure> {
    // Heard from here on, so that no job is left behind that nobody follows.
    let mut stop = listen();
    // With a key of its own the request may be sent again, and still makes one job.
    let key = (HeaderName::from_static("idempotency-key"), uuid::Uuid::now_v7().to_string());
    let job = server.post(&["exports"], Some(&body(request)?), &[key]).await?;
    let id = text(&job, "id").ok_or_else(|| Failure::failed("the server tells no id of the export"))?;
    let mut watch = Watch::new(progress);
    let done = async {
        follow(server, &id, job, &mut watch, &mut stop).await?;
        fetch(server, &id, output, &mut watch, &mut stop).await
    }
    .await;
    watch.finish();
    done
}

/// Hears when the process is asked to stop.
pub(super) type Stop = tokio::task::JoinHandle<Result<(), Failure>>;

/// Begins to listen.
pub(super) fn listen() -> Stop {
    tokio::spawn(asked_to_stop())
}

/// Brings the files of a complete export, unless it is stopped; what is there stays, so that it can go on.
pub(super) async fn fetch(
    server: &Server,
    id: &str,
    output: &Path,
    watch: &mut Watch,
    stop: &mut Stop,
) -> Result<Vec<u8>, Failure> {
    let mut tell = |bytes, of| watch.tell(Stage::Downloading, bytes, Some(of));
    tokio::select! {
        manifest = download(server, id, output, &mut tell) => manifest,
        stopped = stop => {
            stopped.map_err(Failure::failed)??;
            let on = format!("`wayfare export download {id} --output {}` goes on", output.display());
            Err(Failure::failed(format!("stopped while files were brought: {on}")))
        }
    }
}

/// Follows a job to its end; being asked to stop cancels it.
async fn follow(
    server: &Server,
    id: &str,
    mut job: Value,
    watch: &mut Watch,
    stop: &mut Stop,
) -> Result<(), Failure> {
    let mut pause = FIRST_LOOK;
    loop {
        let figure = |name: &str| job.get("progress").and_then(|of| of.get(name)).and_then(Value::as_u64);
        match text(&job, "status").as_deref() {
            Some("complete") => return Ok(()),
            Some("failed") => {
                let why = text(&job, "error").unwrap_or_else(|| "the server does not say why".to_owned());
                return Err(Failure::failed(format!("export {id} failed: {why}")));
            }
            Some("cancelled") => return Err(Failure::failed(format!("export {id} was cancelled"))),
            Some("queued") => watch.tell(Stage::Queued, 0, None),
            _ => watch.tell(Stage::Running, figure("rows").unwrap_or(0), figure("rows_expected")),
        }
        let next = async {
            tokio::time::sleep(pause).await;
            server.get(&["exports", id], &[]).await
        };
        job = tokio::select! {
            job = next => job.map_err(|failure| {
                failure.and(&format!("export {id} goes on at the server: `wayfare export show {id}` tells how far it is"))
            })?,
            stopped = &mut *stop => {
                stopped.map_err(Failure::failed)??;
                let job = server.post(&["exports", id, "cancel"], None, &[]).await?;
                match text(&job, "status").as_deref() {
                    Some("complete") => return Err(Failure::failed(format!(
                        "export {id} was complete before it could be cancelled: `wayfare export download {id}` brings it"
                    ))),
                    _ => return Err(Failure::failed(format!("export {id} was cancelled"))),
                }
            }
        };
        pause = (pause * 2).min(LAST_LOOK);
    }
}

/// A member that is text.
pub(in crate::command) fn text(job: &Value, member: &str) -> Option<String> {
    job.get(member).and_then(Value::as_str).map(str::to_owned)
}
