//! `wayfare export-key`.

use super::place::within;
use crate::configuration::Configuration;
use crate::failure::{Failure, with_causes};
use crate::output::{End, write_json, write_line};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use wayfare_export::{ErrorKind, ExportError, SigningKey};

#[derive(Debug, Subcommand)]
pub(crate) enum ExportKey {
    /// Makes a key in a new file, for the setting `export_signing_key`, and prints its public half.
    New(Named),
    /// Prints the public half of a key: what `wayfare verify --public-key` takes.
    Public(Named),
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The file of the key, outside of the data directory.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Prints PEM, which other tools read, instead of one line of base64.
    #[arg(long)]
    pem: bool,
    /// Writes one JSON object to stdout.
    #[arg(long)]
    json: bool,
}

impl ExportKey {
    fn named(&self) -> &Named {
        match self {
            Self::New(named) | Self::Public(named) => named,
        }
    }

    pub fn json(&self) -> bool {
        self.named().json
    }

    pub fn run(self, configuration: &Configuration) -> Result<End, Failure> {
        let Named { file, pem, json } = self.named();
        let key = match &self {
            Self::New(_) => {
                check_place(configuration.data(), file)?;
                SigningKey::make(file)
            }
            Self::Public(_) => SigningKey::read(file),
        };
        let public = key.map_err(failure)?.public_key();
        match (json, pem) {
            (true, _) => {
                write_json(&json!({"file": file, "public_key": public.to_string(), "pem": public.pem()}))
            }
            (false, true) => write_line(public.pem().trim_end()),
            (false, false) => write_line(&public.to_string()),
        }?;
        Ok(End::Done)
    }
}

/// Reads the key that the configuration names, where it names one.
pub(super) fn signing_key(configuration: &Configuration) -> Result<Option<SigningKey>, Failure> {
    let Some(file) = configuration.export_signing_key.as_deref() else { return Ok(None) };
    check_place(configuration.data(), file)?;
    SigningKey::read(file).map(Some).map_err(failure)
}

/// Refuses a key among the data: whoever has a copy of that could use it.
pub(super) fn check_place(data: &Path, file: &Path) -> Result<(), Failure> {
    match within(data, file)? {
        Some(_) => Err(Failure::refused(format!(
            "{}: lies in the data directory {}; keep the key elsewhere, or every copy of the data has it",
            file.display(),
            data.display()
        ))),
        None => Ok(()),
    }
}

pub(super) fn failure(error: ExportError) -> Failure {
    match error.kind() {
        ErrorKind::Refused => Failure::refused(with_causes(&error)),
        _ => Failure::failed(with_causes(&error)),
    }
}
