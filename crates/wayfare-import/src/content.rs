//! Ids for events that came without one, derived from the file's content and the row's line.
//!
//! The content is what the file holds unpacked, so packing it differently changes no id. It is read once more, and
//! only when the first row without an id turns up. An archive that ends too early has no such content yet: its
//! rows would get other ids once it is repaired, and be counted twice, so none of them is kept until then.

use crate::error::{ImportError, archive_fault};
use crate::file::{Compression, InputFile};
use crate::stored;
use std::io;
use std::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// The hash of one file's content, computed when first asked for.
pub(crate) struct ContentHash {
    file: InputFile,
    stop: CancellationToken,
    known: Mutex<Option<Box<str>>>,
}

impl ContentHash {
    /// Of `file`; `known` where an earlier run computed it.
    pub fn new(file: &InputFile, known: Option<String>, stop: &CancellationToken) -> Self {
        Self { file: file.clone(), stop: stop.clone(), known: Mutex::new(known.map(Into::into)) }
    }

    /// The hash, where it was asked for before.
    pub fn known(&self) -> Option<String> {
        self.known.lock().ok()?.as_deref().map(str::to_owned)
    }

    /// The hash: 128 bits in hexadecimal.
    pub fn get(&self) -> Result<Box<str>, ImportError> {
        let mut known = self.known.lock().map_err(|_| ImportError::Worker)?;
        if let Some(hash) = &*known {
            return Ok(hash.clone());
        }
        tracing::info!(file = %self.file.path.display(), "events without event_id: hashing the file for their ids");
        let hash = hash(&self.file, &self.stop).map_err(|source| self.fault(source))?;
        *known = Some(hash.clone());
        Ok(hash)
    }

    fn fault(&self, source: io::Error) -> ImportError {
        let path = self.file.path.clone();
        match self.file.compression {
            Compression::None => ImportError::Read { path, source: source.into() },
            Compression::Gzip | Compression::Zstd => ImportError::ArchiveWhole {
                path,
                what: archive_fault(&source),
                why: "events without event_id get one from the whole of it",
                source,
            },
        }
    }
}

fn hash(file: &InputFile, stop: &CancellationToken) -> io::Result<Box<str>> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(stored::open(file, 0, stop)?.reader)?;
    Ok(hasher.finalize().to_hex()[..32].into())
}

/// The id of the event at `line` of a file with the given content hash.
pub(crate) fn derived_id(hash: &str, line: u64) -> Box<str> {
    format!("file-{hash}-{line}").into()
}
