//! The rejects file: every row and value that was not kept, with the reason.

use crate::error::ImportError;
use crate::read::Shown;
use serde::Serialize;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Where rejects go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectsAt {
    /// Into this file, which is missing or empty where the import does not go on in it.
    File(PathBuf),
    /// Into a new file of this folder.
    Folder(PathBuf),
}

impl RejectsAt {
    /// The path for an import that starts.
    pub(crate) fn choose(&self, session: &str) -> io::Result<PathBuf> {
        match self {
            Self::File(path) => std::path::absolute(path),
            Self::Folder(folder) => {
                let folder = std::path::absolute(folder)?;
                let start = &session[..session.len().min(12)];
                let mut path = folder.join(format!("import-{start}.ndjson"));
                let mut count = 2;
                while path.exists() {
                    path = folder.join(format!("import-{start}-{count}.ndjson"));
                    count += 1;
                }
                Ok(path)
            }
        }
    }
}

/// One line of the rejects file.
#[derive(Serialize)]
pub(crate) struct Reject<'a> {
    /// As the file was named.
    pub file: &'a str,
    /// Line or row number.
    pub line: u64,
    /// Why.
    pub reason: &'a str,
    /// The row, or its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<&'a str>,
    /// The same in base 64, where it is not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_base64: Option<&'a str>,
    /// How long the row is, where only its start is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_cut_from: Option<u64>,
}

impl<'a> Reject<'a> {
    /// A row, or a value of it, that was not kept.
    pub fn new(file: &'a str, line: u64, reason: &'a str, shown: &'a Shown) -> Self {
        Self {
            file,
            line,
            reason,
            row: shown.text.as_deref(),
            row_base64: shown.base64.as_deref(),
            row_cut_from: shown.cut_from,
        }
    }
}

/// The rejects file of one import, which comes to be with the first reject.
pub(crate) struct RejectsFile {
    path: PathBuf,
    length: u64,
    file: Option<File>,
}

impl RejectsFile {
    /// Goes on behind `length` bytes; what a run that broke off wrote behind them is cut off.
    pub fn new(path: &Path, length: u64) -> Result<Self, ImportError> {
        let mut rejects = Self { path: path.to_owned(), length, file: None };
        if length > 0 {
            rejects.open().map_err(|source| rejects.fault(source))?;
        }
        Ok(rejects)
    }

    /// How long it is, as far as it counts.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends what `write` writes, durably; without a trace where it writes nothing.
    pub fn append(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), ImportError> {
        let mut out = BufWriter::with_capacity(1 << 20, Appending { rejects: self, bytes: 0 });
        let written = write(&mut out).and_then(|()| out.flush());
        let (appending, _) = out.into_parts();
        let bytes = appending.bytes;
        let synced = written.and_then(|()| match &self.file {
            Some(file) if bytes > 0 => file.sync_data(),
            _ => Ok(()),
        });
        self.length += bytes;
        synced.map_err(|source| self.fault(source))
    }

    fn open(&mut self) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(&self.path)?;
        let found = file.metadata()?.len();
        if found < self.length {
            tracing::warn!(rejects = %self.path.display(), "the rejects file is shorter than it was");
            self.length = found;
        }
        file.set_len(self.length)?;
        file.seek(SeekFrom::Start(self.length))?;
        self.file = Some(file);
        Ok(())
    }

    fn fault(&self, source: io::Error) -> ImportError {
        ImportError::Rejects { path: self.path.clone(), source }
    }
}

/// Opens the file with the first byte.
struct Appending<'a> {
    rejects: &'a mut RejectsFile,
    bytes: u64,
}

impl Write for Appending<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.rejects.file.is_none() {
            self.rejects.open()?;
        }
        let Some(file) = &mut self.rejects.file else { return Ok(0) };
        let written = file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
