//! Flags for what is new since an earlier export.

use crate::failure::Failure;
use clap::Args;
use std::path::Path;
use wayfare_export::manifest::{MANIFEST, Manifest};
use wayfare_export::positions::Positions;
use wayfare_model::problem::Refusal;

#[derive(Debug, Clone, Args)]
pub(super) struct SinceFlags {
    /// Only what came in since: an earlier export's directory, its id (at a server), or a commit position; 0 begins a chain.
    #[arg(long, value_name = "DIR|EXPORT|POSITION")]
    since: Option<String>,
    /// The first commit position that is out again [default: one past the last].
    #[arg(long, value_name = "POSITION", requires = "since")]
    until: Option<u64>,
}

impl SinceFlags {
    /// The window that is asked for; reads the manifest of an earlier export.
    pub fn positions(&self) -> Result<Option<Positions>, Failure> {
        let Some(since) = &self.since else { return Ok(None) };
        let positions = match since.parse() {
            Ok(position) => Positions::since(position),
            Err(_) if since.starts_with("exp_") && !Path::new(since).exists() => {
                Positions { from: None, after: Some(since.clone()), to: None }
            }
            Err(_) => Positions::since(end_of(Path::new(since))?),
        };
        Ok(Some(Positions { to: self.until, ..positions }))
    }
}

/// Where an export ends.
fn end_of(path: &Path) -> Result<u64, Failure> {
    let directory = match path.file_name().and_then(|name| name.to_str()) {
        Some(MANIFEST) => path.parent().unwrap_or(Path::new("")),
        _ => path,
    };
    let manifest = Manifest::read(directory).map_err(|error| {
        let message = format!(
            "must be a commit position, the id of an export at a server, or the directory of a complete export: {error}"
        );
        Refusal::new("--since", message)
    })?;
    Ok(manifest.position_to)
}
