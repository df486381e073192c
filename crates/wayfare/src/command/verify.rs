//! `wayfare verify`.

use super::export_key::failure;
use super::progress::{Counted, Shown, watched};
use super::vault::vault;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use wayfare_export::{
    AgainstReport, Check, Control, Manifest, PublicKey, VerifyReport, verify_against, verify_with,
};
use wayfare_store::{Access, Store};

/// Checks exports against their manifests, with nothing but the files; or against the data that they came from.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Directories with exports; several are also checked as a chain.
    #[arg(required = true, value_name = "DIR")]
    directories: Vec<PathBuf>,
    /// Whose signature the manifests must have: a file with an Ed25519 public key, or the key in base64.
    #[arg(long, value_name = "FILE_OR_BASE64")]
    public_key: Option<String>,
    /// Makes the exports again out of this data directory, as of the positions in their manifests, and compares.
    #[arg(long, value_name = "DATA")]
    against: Option<PathBuf>,
    /// Says how far it is also where stderr is no terminal.
    #[arg(long)]
    progress: bool,
    /// Writes one JSON object to stdout.
    #[arg(long)]
    pub json: bool,
}

/// What `--json` writes.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    files: VerifyReport,
    /// How each export stands against the store, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<Vec<AgainstReport>>,
}

impl Verify {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let public_key = self.public_key.as_deref().map(PublicKey::read).transpose().map_err(failure)?;
        let store = match &self.against {
            None => None,
            Some(data) => {
                super::must_exist(data)?;
                Some(Store::open(data, configuration.store(Access::Read, false)).await?)
            }
        };
        let mut files = self.files(public_key).await?;
        let mut against = None;
        if let Some(store) = store {
            let vault = vault(&configuration)?;
            let mut reports = Vec::with_capacity(self.directories.len());
            // What does not match its own manifest has been told of already.
            let sound = files.exports.iter().filter(|export| export.problems.is_empty());
            for export in sound {
                let control = Control::new();
                let made =
                    async { verify_against(&store, &vault, &export.directory, &control).await.map_err(failure) };
                let shown = Shown { counted: Counted::Rows, lines: self.progress };
                reports.push(watched(made, &control, shown).await?);
            }
            files.ok &= reports.iter().all(|report| report.problems.is_empty());
            against = Some(reports);
        }
        let told = Told { files, against };
        match self.json {
            true => write_json(&told),
            false => {
                let reports = told.against.iter().flatten().map(ToString::to_string);
                let said = reports.fold(told.files.to_string(), |said, report| said + &report);
                write_line(said.trim_end())
            }
        }?;
        Ok(if told.files.ok { End::Done } else { End::Failed })
    }

    /// What the files say.
    async fn files(&self, public_key: Option<PublicKey>) -> Result<VerifyReport, Failure> {
        let (directories, control) = (self.directories.clone(), Control::new());
        // A manifest that cannot be read is a finding, and nothing to wait for.
        let manifests = directories.iter().filter_map(|directory| Manifest::read(directory).ok());
        let bytes = manifests.flat_map(|manifest| manifest.parts).map(|part| part.bytes).sum();
        let reading = control.clone();
        let verified = async {
            let work = tokio::task::spawn_blocking(move || {
                verify_with(&directories, &Check { public_key: public_key.as_ref(), control: reading })
            });
            work.await.map_err(Failure::failed)?.map_err(failure)
        };
        let shown = Shown { counted: Counted::Bytes(bytes), lines: self.progress };
        watched(verified, &control, shown).await
    }
}
