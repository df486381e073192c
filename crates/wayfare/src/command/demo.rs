//! `wayfare demo`.

use super::Common;
use super::serve::{listen, serve};
use crate::configuration::Configuration;
use crate::failure::{Failure, with_causes};
use crate::output::End;
use clap::Args;
use std::path::PathBuf;
use wayfare_import::{Control, End as Ended, Import, RejectsAt, Request};
use wayfare_store::{Access, Store};

/// The bundled data: what it is and where it comes from stands in `demo/README.md`.
const PROFILES: &[u8] = include_bytes!("../../../../demo/profiles.ndjson.gz");
const EVENTS: &[u8] = include_bytes!("../../../../demo/events.ndjson.gz");

/// Loads the bundled real data, serves the web app, prints the address.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    pub common: Common,
    /// The address and port; a free port of this machine where it is not given.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub listen: Option<String>,
}

impl Demo {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let listener = listen(&configuration).await?;
        let store = Store::open(configuration.data(), configuration.store(Access::Write, true)).await?;
        load(&store).await?;
        serve(configuration, listener, store, self.common.json).await
    }
}

/// Loads the bundled data, once: an import that was broken off goes on, one that is complete is not begun again.
async fn load(store: &Store) -> Result<(), Failure> {
    let folder = store.data_dir().join("demo");
    let (profiles, events) = (folder.join("profiles.ndjson.gz"), folder.join("events.ndjson.gz"));
    if store.position() > 0 && !folder.exists() {
        return Ok(());
    }
    if !folder.exists() {
        let unfinished = folder.with_extension("unfinished");
        let write = || {
            std::fs::create_dir_all(&unfinished)?;
            std::fs::write(unfinished.join("profiles.ndjson.gz"), PROFILES)?;
            std::fs::write(unfinished.join("events.ndjson.gz"), EVENTS)?;
            std::fs::rename(&unfinished, &folder)
        };
        write().map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))?;
    }
    eprintln!("loading the bundled data: 17,000 customers and their activity with ten offers");
    let failed = |error: &dyn std::error::Error| Failure::failed(with_causes(error));
    let control = Control::default();
    let rejects = RejectsAt::Folder(PathBuf::from(store.data_dir()).join("rejects"));
    let request = Request { profiles: vec![profiles], events: vec![events], rejects };
    let import = Import::new(&request, &control).map_err(|error| failed(&error))?;
    let report = import.run(store, &control).await.map_err(|error| failed(&error))?;
    if let Ended::Failed(error) = report.end {
        return Err(failed(&error));
    }
    import.forget(store).await.map_err(|error| failed(&error))?;
    // Gone once all is loaded: its absence says that nothing is left to do.
    std::fs::remove_dir_all(&folder)
        .map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))
}
