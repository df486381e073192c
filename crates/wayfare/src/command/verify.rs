//! `wayfare verify`.

use crate::failure::{Failure, with_causes};
use crate::output::{End, write_json, write_line};
use clap::Args;
use std::path::PathBuf;
use wayfare_export::ErrorKind;

/// Checks exports against their manifests, with nothing but the files.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Directories with exports; several are also checked as a chain.
    #[arg(required = true, value_name = "DIR")]
    directories: Vec<PathBuf>,
    /// Writes one JSON object to stdout.
    #[arg(long)]
    pub json: bool,
}

impl Verify {
    pub async fn run(self) -> Result<End, Failure> {
        let directories = self.directories;
        let verified = tokio::task::spawn_blocking(move || wayfare_export::verify(&directories));
        let report = verified.await.map_err(Failure::failed)?.map_err(|error| match error.kind() {
            ErrorKind::Refused => Failure::refused(with_causes(&error)),
            _ => Failure::failed(with_causes(&error)),
        })?;
        match self.json {
            true => write_json(&report),
            false => write_line(report.to_string().trim_end()),
        }?;
        Ok(if report.ok { End::Done } else { End::Failed })
    }
}
