//! Which runs there are: the file that makes them count.

use crate::error::StoreError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// Changes with the form of runs and with what they hold.
const VERSION: u32 = 1;
const FILE: &str = "manifest.json";

/// The runs of all events, which together hold everything before a position.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    /// One past the last position that the runs hold.
    pub position: u64,
    /// The lake's snapshot that reached the position, with its time: a lake that was put back has another.
    pub lake: Option<(i64, String)>,
    /// For each event its files, in the order of their rows' positions.
    pub events: BTreeMap<String, Vec<RunName>>,
    /// The number that the next file gets.
    pub next: u64,
}

/// A file of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RunName {
    pub file: String,
    pub rows: u64,
}

impl Manifest {
    pub fn new() -> Self {
        Self { version: VERSION, ..Self::default() }
    }

    /// The manifest in a folder; none where there is none or it is of another version.
    pub fn read(folder: &Path) -> Result<Option<Self>, StoreError> {
        let path = folder.join(FILE);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::file(&path)(error)),
        };
        // One that cannot be read is as good as none: what it names is derived and made again.
        let known: Option<Self> = serde_json::from_slice(&bytes).ok();
        Ok(known.filter(|manifest| manifest.version == VERSION))
    }

    /// Puts the manifest in the place of the one in a folder.
    pub fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let partial = folder.join("manifest.part");
        let path = folder.join(FILE);
        let written = (|| {
            let mut file = std::fs::File::create(&partial)?;
            serde_json::to_writer(&mut file, self)?;
            file.sync_all()?;
            std::fs::rename(&partial, &path)
        })();
        written.map_err(StoreError::file(&path))
    }

    /// The name of a new file.
    pub fn name(&mut self) -> String {
        self.next += 1;
        format!("{:08}.run", self.next)
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = &RunName> {
        self.events.values().flatten()
    }
}
