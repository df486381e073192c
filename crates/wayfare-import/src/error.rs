//! What ends an import, and whether anything was tried.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// How the caller should see an [`ImportError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What was asked for makes no sense; nothing was loaded.
    Refused,
    /// Something broke on the way; what was loaded before is kept.
    Failed,
}

/// What ends an import.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Neither profiles nor events were named.
    #[error("nothing to load: name at least one file with --profiles or --events")]
    NothingToLoad,
    /// A file that is not there, or that may not be read.
    #[error("{}: cannot be opened", path.display())]
    Open {
        /// As it was named.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A directory, a device, a pipe.
    #[error("{}: is {what}; name a file", path.display())]
    NotAFile {
        /// As it was named.
        path: PathBuf,
        /// `a directory`, `not a regular file`.
        what: &'static str,
    },
    /// A file whose name does not say what it holds.
    #[error(
        "{}: unknown format; a name ends in .ndjson, .jsonl, .json, .csv or .parquet, then perhaps .gz or .zst",
        path.display()
    )]
    UnknownFormat {
        /// As it was named.
        path: PathBuf,
    },
    /// The rejects file would replace a file to load.
    #[error("{}: is a file to load; name another file for the rejects", path.display())]
    RejectsOverInput {
        /// As it was named.
        path: PathBuf,
    },
    /// The rejects file holds something that is not this import's.
    #[error("{}: is there already; name another file for the rejects, or remove this one", path.display())]
    RejectsExist {
        /// As it was named.
        path: PathBuf,
    },
    /// A header or schema that cannot be read as profiles or events.
    #[error("{}: {message}{}", path.display(), suggestion(nearest.as_deref()))]
    Header {
        /// As it was named.
        path: PathBuf,
        /// What is wrong and what to do.
        message: String,
        /// The known column nearest to the one written.
        nearest: Option<String>,
    },
    /// A `.parquet` file that is none.
    #[error("{}: is not a Parquet file, or not a whole one", path.display())]
    NotParquet {
        /// As it was named.
        path: PathBuf,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A compressed file that ends too early, or that does not decompress.
    #[error("{}: the archive {what} {}", path.display(), after(*line))]
    Archive {
        /// As it was named.
        path: PathBuf,
        /// `ends too early`, `is damaged`.
        what: &'static str,
        /// The last whole line read.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// A compressed file of which no row can be kept until it is whole.
    #[error("{}: the archive {what}, and {why}. Repair the file and import it again", path.display())]
    ArchiveWhole {
        /// As it was named.
        path: PathBuf,
        /// `ends too early`, `is damaged`.
        what: &'static str,
        /// Why the rows before cannot be kept.
        why: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A file that could not be read further.
    #[error("{}: reading failed", path.display())]
    Read {
        /// As it was named.
        path: PathBuf,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The rejects file could not be written.
    #[error("{}: the rejects file cannot be written", path.display())]
    Rejects {
        /// The rejects file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store did not take the records.
    #[error("the store did not take the records")]
    Store(#[source] Box<dyn Error + Send + Sync>),
    /// A worker thread ended without an answer.
    #[error("reading stopped unexpectedly")]
    Worker,
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn after(line: u64) -> String {
    match line {
        0 => "at its start; no row of it was read".to_owned(),
        _ => format!(
            "after line {line}; the rows before are kept. Repair the file and import it again: rows that were \
             loaded are not loaded twice"
        ),
    }
}

impl ImportError {
    /// Whether the request was refused or the import failed.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NothingToLoad
            | Self::Open { .. }
            | Self::NotAFile { .. }
            | Self::UnknownFormat { .. }
            | Self::RejectsOverInput { .. }
            | Self::RejectsExist { .. }
            | Self::Header { .. }
            | Self::NotParquet { .. } => Kind::Refused,
            Self::Archive { .. }
            | Self::ArchiveWhole { .. }
            | Self::Read { .. }
            | Self::Rejects { .. }
            | Self::Store(_)
            | Self::Worker => Kind::Failed,
        }
    }
}

/// What a read error of a compressed stream says about the archive.
pub(crate) fn archive_fault(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "ends too early",
        _ => "is damaged",
    }
}
