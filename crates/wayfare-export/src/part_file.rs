//! One part on disk: written under a temporary name while it is hashed and counted, synced, renamed.

use crate::error::ExportError;
use crate::note::Note;
use crate::progress::Control;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A finished part, as the manifest tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name in the export's directory.
    pub file: String,
    /// Its rows, without a header.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Cells that the format could not hold as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// The most parts of an export: a job's record lists them all and is written anew with each.
pub const MOST_PARTS: usize = 10_000;

/// Records a finished part; it may block.
pub type OnPart = Box<dyn FnMut(&Part) -> Result<(), ExportError> + Send>;

/// Makes the parts of one export and tells when one is finished.
pub struct PartFiles {
    directory: PathBuf,
    /// `.csv.gz`
    extension: String,
    finished: usize,
    /// Whether parts are only counted and hashed.
    only_hashed: bool,
    control: Control,
    on_part: OnPart,
}

impl PartFiles {
    /// Parts in `directory`, after the `finished` ones that are there already. `on_part` records a part that is
    /// finished; the next one is not begun before it returns.
    pub fn new(
        directory: &Path,
        extension: String,
        finished: usize,
        control: Control,
        on_part: OnPart,
    ) -> Self {
        Self { directory: directory.into(), extension, finished, only_hashed: false, control, on_part }
    }

    /// Parts that are counted and hashed as if they were written, and go nowhere.
    pub fn only_hashed(extension: String, control: Control, on_part: OnPart) -> Self {
        Self { only_hashed: true, ..Self::new(Path::new(""), extension, 0, control, on_part) }
    }

    /// Whether no part was finished yet.
    pub fn is_first(&self) -> bool {
        self.finished == 0
    }

    /// What the export tells and listens to.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Begins the next part.
    pub fn begin(&self) -> Result<PartFile, ExportError> {
        if self.finished >= MOST_PARTS {
            let message = format!("the export does not fit into {MOST_PARTS} files; allow more bytes a file");
            return Err(ExportError::refused("max_bytes", message));
        }
        let name = format!("part-{:05}{}", self.finished + 1, self.extension);
        let temporary = self.directory.join(format!(".{name}.tmp"));
        let target = match self.only_hashed {
            true => Target::Nowhere,
            false => Target::Disk(File::create(&temporary).map_err(ExportError::file(&temporary))?),
        };
        Ok(PartFile {
            target: Some(target),
            temporary,
            path: self.directory.join(&name),
            name,
            digest: Sha256::new(),
            bytes: 0,
            notes: Vec::new(),
            control: self.control.clone(),
        })
    }

    /// Syncs a part, gives it its name, records it.
    pub fn finish(&mut self, part: PartFile, rows: u64) -> Result<(), ExportError> {
        let part = part.finish(rows)?;
        if !self.only_hashed {
            sync_directory(&self.directory)?;
        }
        self.finished += 1;
        (self.on_part)(&part)
    }
}

/// Where the bytes of a part go.
enum Target {
    Disk(File),
    /// They are only hashed.
    Nowhere,
}

/// A part that is being written. Dropped before it is finished, it leaves nothing behind.
pub struct PartFile {
    /// Gone once the part is finished.
    target: Option<Target>,
    temporary: PathBuf,
    path: PathBuf,
    name: String,
    digest: Sha256,
    bytes: u64,
    notes: Vec<Note>,
    control: Control,
}

impl PartFile {
    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Says what cells of this part became; recorded with it.
    pub fn note(&mut self, notes: Vec<Note>) {
        self.notes = notes;
    }

    /// The file that is being written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends bytes, telling errors by the file's name.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.write_all(bytes).map_err(ExportError::file(&self.path))
    }

    fn finish(mut self, rows: u64) -> Result<Part, ExportError> {
        if let Some(Target::Disk(file)) = &self.target {
            file.sync_all().map_err(ExportError::file(&self.path))?;
            std::fs::rename(&self.temporary, &self.path).map_err(ExportError::file(&self.path))?;
        }
        self.target = None;
        Ok(Part {
            file: self.name.clone(),
            rows,
            bytes: self.bytes,
            sha256: hex(&std::mem::take(&mut self.digest).finalize()),
            notes: std::mem::take(&mut self.notes),
        })
    }
}

impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.target {
            Some(Target::Disk(file)) => file.write(bytes)?,
            Some(Target::Nowhere) => bytes.len(),
            None => return Err(io::Error::other("the part is finished")),
        };
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        self.control.add_bytes(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if let Some(Target::Disk(_)) = self.target.take() {
            // An unfinished part is worth nothing; where it cannot be removed, verify names it.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

/// Writes a small file that stands beside the parts: synced, then named, then the name synced.
pub(crate) fn write_whole(directory: &Path, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
    let path = directory.join(name);
    let temporary = directory.join(format!(".{name}.tmp"));
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let named = written.and_then(|()| std::fs::rename(&temporary, &path));
    if named.is_err() {
        // The error below says why; what is left of the file says nothing.
        let _ = std::fs::remove_file(&temporary);
    }
    named.map_err(ExportError::file(&path))?;
    sync_directory(directory)
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(directory: &Path) -> Result<(), ExportError> {
    File::open(directory).and_then(|file| file.sync_all()).map_err(ExportError::file(directory))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
