//! `wayfare vault`.

use super::export_key::{check_place, failure};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;
use wayfare_export::vault::Vault;

#[derive(Debug, Subcommand)]
pub(crate) enum VaultKeys {
    /// Makes a file with one key, for the setting `vault_keys`.
    New(Named),
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

impl VaultKeys {
    pub fn json(&self) -> bool {
        let Self::New(named) = self;
        named.json
    }

    pub fn run(self, configuration: &Configuration) -> Result<End, Failure> {
        let Self::New(Named { file, json }) = self;
        check_place(configuration.data(), &file)?;
        Vault::make(&file).map_err(failure)?;
        match json {
            true => write_json(&json!({ "file": file })),
            false => write_line(&format!("{}: keep a copy; without it no kept secret opens", file.display())),
        }?;
        Ok(End::Done)
    }
}

/// Reads the keys that the configuration names; none where it names no file.
pub(super) fn vault(configuration: &Configuration) -> Result<Vault, Failure> {
    let Some(file) = configuration.vault_keys.as_deref() else { return Ok(Vault::default()) };
    check_place(configuration.data(), file)?;
    Vault::read(file).map_err(failure)
}
