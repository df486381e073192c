//! The place that an import has reached, kept with the records themselves.

use crate::file::InputFile;
use crate::summary::Summary;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Raised when a recorded place would be read wrongly; an older record is then not used.
const VERSION: u32 = 1;

/// A place between two rows of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Unpacked bytes before it; of a Parquet file, rows.
    pub offset: u64,
    /// Lines before it; of a Parquet file, rows.
    pub line: u64,
}

/// All that a second run needs to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    version: u32,
    /// Which of the files comes next.
    pub file: usize,
    /// Where in it.
    pub place: Place,
    /// Stored bytes of all files up to there.
    pub bytes: u64,
    /// The hash of that file's content, where it was needed.
    pub content: Option<String>,
    /// What was done so far.
    pub summary: Summary,
    /// Where rejects go.
    pub rejects: PathBuf,
    /// How long the rejects file was.
    pub rejects_length: u64,
}

impl State {
    /// Nothing done yet.
    pub fn start(rejects: PathBuf) -> Self {
        Self { version: VERSION, rejects, ..Self::default() }
    }

    /// Reads a recorded state; `None` where it is of another version.
    pub fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str::<Self>(json).ok().filter(|state| state.version == VERSION)
    }

    /// The text to record.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The name of an import: the same files, unchanged and in the same order, are the same import.
pub(crate) fn session(files: &[InputFile]) -> String {
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let path = file.canonical.as_os_str().as_encoded_bytes();
        hasher.update(file.records.name().as_bytes());
        hasher.update(&(path.len() as u64).to_le_bytes());
        hasher.update(path);
        hasher.update(&file.size.to_le_bytes());
        hasher.update(&file.modified.to_le_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
