//! `wayfare vault`.

use super::export_key::{check_place, failure};
use super::{Common, must_exist, write};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use wayfare_export::vault::Vault;
use wayfare_export::webhook::endpoint;
use wayfare_export::{api_key, destination};

#[derive(Debug, Subcommand)]
pub(crate) enum VaultKeys {
    /// Makes a file with one key, for the setting `vault_keys`.
    New(Named),
    /// Puts a new key in the place of those in a file, and seals every kept secret anew. The service must be stopped.
    Rotate(Rotate),
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The file of keys, outside of the data directory.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Writes one JSON object to stdout.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    common: Common,
    /// The file of keys, outside of the data directory.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl VaultKeys {
    pub fn common(&self) -> Option<&Common> {
        match self {
            Self::New(_) => None,
            Self::Rotate(command) => Some(&command.common),
        }
    }

    pub fn json(&self) -> bool {
        match self {
            Self::New(named) => named.json,
            Self::Rotate(command) => command.common.json,
        }
    }

    pub async fn run(self, configuration: &Configuration) -> Result<End, Failure> {
        match self {
            Self::New(Named { file, json }) => {
                check_place(configuration.data(), &file)?;
                Vault::make(&file).map_err(failure)?;
                let said = format!("{}: keep a copy; without it no kept secret opens", file.display());
                match json {
                    true => write_json(&json!({ "file": file })),
                    false => write_line(&said),
                }?;
            }
            Self::Rotate(command) => {
                let sealed = rotate(&command.file, configuration).await?;
                match command.common.json {
                    true => write_json(&json!({ "file": command.file, "sealed": sealed })),
                    false => write_line(&format!(
                        "{}: one new key, under which {sealed} kept secrets are sealed; keep a copy",
                        command.file.display()
                    )),
                }?;
            }
        }
        Ok(End::Done)
    }
}

/// The new key joins the old ones first, and those go last: wherever it is stopped, everything opens.
async fn rotate(file: &Path, configuration: &Configuration) -> Result<usize, Failure> {
    check_place(configuration.data(), file)?;
    must_exist(configuration.data())?;
    // A file that holds no keys is refused before anything is touched.
    Vault::read(file).map_err(failure)?;
    let store = write(configuration, "stop the service for the rotation").await?;
    Vault::add_key(file).map_err(failure)?;
    let vault = Vault::read(file).map_err(failure)?;
    let mut sealed = destination::sealed::reseal_all(&store, &vault).await.map_err(failure)?;
    sealed += endpoint::reseal_all(&store, &vault).await.map_err(failure)?;
    sealed += api_key::reseal_all(&store, &vault).await.map_err(failure)?;
    Vault::keep_first_key(file).map_err(failure)?;
    Ok(sealed)
}

/// Reads the keys that the configuration names; none where it names no file.
pub(super) fn vault(configuration: &Configuration) -> Result<Vault, Failure> {
    let Some(file) = configuration.vault_keys.as_deref() else { return Ok(Vault::default()) };
    check_place(configuration.data(), file)?;
    Vault::read(file).map_err(failure)
}
