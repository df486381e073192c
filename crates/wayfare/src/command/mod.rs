//! The command line: a file a command.

mod audit;
mod compact;
mod definition;
mod demo;
mod destination;
mod export;
mod export_form;
mod export_key;
mod flush;
mod import;
mod key;
mod list;
mod mail;
mod place;
mod progress;
mod schedule;
mod segment;
mod serve;
mod vault;
mod verify;
mod webhook;

use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::End;
use clap::{Args, Parser, Subcommand};
use std::path::{Path, PathBuf};
use wayfare_store::{Access, Store, StoreError};

/// Who went through a journey, counted exactly and taken away as a file that proves itself.
#[derive(Debug, Parser)]
#[command(name = "wayfare", version, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// A TOML file with settings.
    #[arg(long, global = true, value_name = "FILE", env = "WAYFARE_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Loads the bundled real data, serves the web app, prints the address.
    Demo(demo::Demo),
    /// Serves the API and the web app.
    Serve(serve::Serve),
    /// Loads files of profiles and events, durably, from where it was stopped.
    Import(import::ImportCommand),
    /// Who a definition means, and definitions that are saved.
    #[command(subcommand)]
    Segment(segment::Segment),
    /// Lists: people written down once, whatever happens to them later.
    #[command(subcommand)]
    List(list::Lists),
    /// Takes data away as files with a manifest.
    #[command(subcommand)]
    Export(Box<export::Export>),
    /// Exports that a server makes again and again, when a rule says so.
    #[command(subcommand)]
    Schedule(schedule::Schedules),
    /// Endpoints of a server that are told of what happens, and their messages.
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    /// Where a server sends exports to.
    #[command(subcommand)]
    Destination(destination::Destinations),
    /// Whether a server's letters arrive.
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Named API keys of a server, each with a policy of what its exports show.
    #[command(subcommand)]
    Key(key::Keys),
    /// Keys that sign the manifests of exports.
    #[command(subcommand)]
    ExportKey(export_key::ExportKey),
    /// Keys under which secrets of others, such as a bucket's, are kept.
    #[command(subcommand)]
    Vault(vault::VaultKeys),
    /// Checks exports against their manifests, with nothing but the files; or against the data that they came from.
    Verify(verify::Verify),
    /// What was done with exports, by whom, newest first.
    Audit(audit::Audit),
    /// Which exports hold a person, who asked for them, who had them sent.
    Lineage(audit::Lineage),
    /// Moves everything accepted so far into the lake.
    Flush(flush::Flush),
    /// Merges small files of the lake into large ones.
    Compact(compact::Compact),
}

/// Where the data is, and how results are written.
#[derive(Debug, Clone, Args)]
struct Common {
    /// The data directory; `WAYFARE_DATA`, then `./data`, where it is not given.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Writes one JSON object to stdout.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub fn configuration_file(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    fn common(&self) -> Option<&Common> {
        match &self.command {
            Command::Demo(command) => Some(&command.common),
            Command::Serve(command) => Some(&command.common),
            Command::Import(command) => Some(&command.common),
            Command::Segment(command) => command.common(),
            Command::List(command) => Some(command.common()),
            Command::Export(command) => Some(command.common()),
            Command::Schedule(command) => command.common(),
            Command::Webhook(command) => Some(command.common()),
            Command::Destination(command) => Some(command.common()),
            Command::Mail(command) => Some(command.common()),
            Command::Key(command) => Some(command.common()),
            Command::Vault(command) => command.common(),
            Command::ExportKey(_) | Command::Verify(_) => None,
            Command::Audit(command) => Some(&command.common),
            Command::Lineage(command) => Some(&command.common),
            Command::Flush(command) => Some(&command.common),
            Command::Compact(command) => Some(&command.common),
        }
    }

    /// Whether results are wanted as JSON.
    pub fn json(&self) -> bool {
        match &self.command {
            Command::Schedule(command) => command.json(),
            Command::ExportKey(command) => command.json(),
            Command::Vault(command) => command.json(),
            Command::Verify(verify) => verify.json,
            _ => self.common().is_some_and(|common| common.json),
        }
    }

    /// Settings given as flags, by their names.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let mut settings = Vec::new();
        let data = self.common().and_then(|common| common.data.as_ref());
        settings.extend(data.map(|data| ("data", data.to_string_lossy().into_owned())));
        let listen = match &self.command {
            Command::Serve(serve) => serve.listen.clone(),
            Command::Demo(demo) => demo.listen.clone(),
            _ => None,
        };
        settings.extend(listen.map(|listen| ("listen", listen)));
        settings
    }
}

/// Runs the command.
pub(crate) async fn run(arguments: Arguments, configuration: Configuration) -> Result<End, Failure> {
    match arguments.command {
        Command::Demo(command) => command.run(configuration).await,
        Command::Serve(command) => command.run(configuration).await,
        Command::Import(command) => command.run(configuration).await,
        Command::Segment(command) => command.run(configuration).await,
        Command::List(command) => command.run(configuration).await,
        Command::Export(command) => command.run(configuration).await,
        Command::Schedule(command) => command.run(configuration).await,
        Command::Webhook(command) => command.run(configuration).await,
        Command::ExportKey(command) => command.run(&configuration),
        Command::Destination(command) => command.run(configuration).await,
        Command::Mail(command) => command.run(configuration).await,
        Command::Key(command) => command.run(&configuration).await,
        Command::Vault(command) => command.run(&configuration).await,
        Command::Verify(command) => command.run(configuration).await,
        Command::Audit(command) => command.run(configuration).await,
        Command::Lineage(command) => command.run(configuration).await,
        Command::Flush(command) => command.run(configuration).await,
        Command::Compact(command) => command.run(configuration).await,
    }
}

/// Who is named where something is saved from the command line.
const WRITTEN_BY: &str = "command line";

/// Takes the store for a small change; where a service has it, `how` says how to do the same over its API.
async fn write(configuration: &Configuration, how: &str) -> Result<Store, Failure> {
    let options = configuration.store(Access::Write, false);
    Store::open(configuration.data(), options).await.map_err(|error| match error {
        StoreError::InUse { data } => Failure::refused(format!(
            "{} is in use by another wayfare process: {how} where that is the service, or stop it first",
            data.display()
        )),
        other => other.into(),
    })
}

/// Opens the store that is there, for reading beside whoever writes.
async fn read_store(configuration: &Configuration) -> Result<Store, Failure> {
    must_exist(configuration.data())?;
    Ok(Store::open(configuration.data(), configuration.store(Access::Read, false)).await?)
}

/// Refuses a data directory that is not there: a command that only works on what is there must not make one.
fn must_exist(data: &Path) -> Result<(), Failure> {
    match data.join("wayfare.db").is_file() {
        true => Ok(()),
        false => Err(StoreError::Missing { data: data.to_owned() }.into()),
    }
}
