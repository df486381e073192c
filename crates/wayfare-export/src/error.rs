//! What can go wrong in an export, and whose move it is.

use crate::policy::Policy;
use std::io;
use std::path::{Path, PathBuf};
use wayfare_model::problem::Refusal;
use wayfare_store::StoreError;

/// Whether an export was turned away before it began, failed on the way, or does not match its manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was asked for cannot be done as asked; nothing was written. Exit code 2.
    Refused,
    /// Something broke on the way, or a check did not hold. Exit code 1.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The request cannot be taken.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The output directory has something in it already.
    #[error("{} is not empty: an export is written into a directory that is missing or empty", path.display())]
    OutputNotEmpty {
        /// The output directory.
        path: PathBuf,
    },
    /// The output directory has what an export left that was killed.
    #[error("{} holds an unfinished export: remove it and run the export again", path.display())]
    OutputUnfinished {
        /// The output directory.
        path: PathBuf,
    },
    /// The output directory's name belongs to something else.
    #[error("{} is not a directory", path.display())]
    OutputNotADirectory {
        /// The output path.
        path: PathBuf,
    },
    /// The directory to verify is missing or not a directory.
    #[error("{} is not a directory with an export", path.display())]
    NotAnExport {
        /// The directory asked for.
        path: PathBuf,
    },
    /// The disk has no room.
    #[error("the disk that holds {} is full: free some space and run the export again", path.display())]
    DiskFull {
        /// The file that was being written.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A cell that a formula policy of `refuse` does not let through.
    #[error(
        "column {column:?}, row {row}: {text:?} would be run as a formula by a spreadsheet; choose to escape it or to write it raw"
    )]
    Formula {
        /// The column.
        column: String,
        /// The row, counted from 1 without the header.
        row: u64,
        /// The start of the cell.
        text: String,
    },
    /// An element that the separator of joined arrays stands in.
    #[error(
        "column {column:?}: {text:?} holds the separator {separator:?} of joined arrays; choose another, or JSON"
    )]
    Separator {
        /// The column.
        column: String,
        /// What stands between elements.
        separator: String,
        /// The start of the element.
        text: String,
    },
    /// A value that its column's type does not hold.
    #[error("column {column:?}: {text:?} is no {expected}")]
    Value {
        /// The column.
        column: String,
        /// The start of the value.
        text: String,
        /// The type.
        expected: String,
    },
    /// Rows were written that do not match those counted before.
    #[error(
        "{expected} rows were counted and {written} written: the export is not complete and was given up"
    )]
    Count {
        /// Counted before.
        expected: u64,
        /// Written.
        written: u64,
    },
    /// The columns that the store gave are not those that were asked for.
    #[error("the store gave column {given:?} where {asked:?} was asked for")]
    Columns {
        /// What was asked for.
        asked: String,
        /// What came.
        given: String,
    },
    /// Somebody stopped the export.
    #[error("the export was cancelled")]
    Cancelled,
    /// The process is ending; the export goes on when it starts again.
    #[error("the export was interrupted and goes on after a restart")]
    Interrupted,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Columnar data could not be handled.
    #[error("columnar data: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// Parquet could not be written or read.
    #[error("Parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// JSON could not be written or read.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// An e-mail could not be made or sent.
    #[error("the e-mail to {to} could not be sent: {why}")]
    Mail {
        /// To whom.
        to: String,
        /// Why.
        why: String,
    },
    /// A worker thread broke off.
    #[error("a worker broke off: {0}")]
    Worker(String),
    /// A kept job cannot be read back.
    #[error("export {id} cannot be read back: {why}")]
    Job {
        /// The job.
        id: String,
        /// Why.
        why: String,
    },
    /// There is no such export.
    #[error("there is no export {id}")]
    Unknown {
        /// The id asked for.
        id: String,
    },
    /// There is no such thing.
    #[error("there is no {what} {id}")]
    NoSuch {
        /// What was looked for.
        what: &'static str,
        /// The id asked for.
        id: String,
    },
    /// Somebody changed it meanwhile.
    #[error("the {what} is at revision {revision} by now; look at it, then change that")]
    Outdated {
        /// What was to be changed.
        what: &'static str,
        /// The revision it is at.
        revision: u64,
    },
    /// Others refer to it.
    #[error("the {what} is used by {}; change or remove these first", by.join(", "))]
    InUse {
        /// What was to be taken away.
        what: &'static str,
        /// Who refers to it.
        by: Vec<String>,
    },
    /// The export has no such file.
    #[error("export {id} has no file {file:?}")]
    NoFile {
        /// The job.
        id: String,
        /// The name asked for.
        file: String,
    },
    /// The idempotency key was used for another request.
    #[error("this Idempotency-Key came before with a different request")]
    KeyReused,
    /// As many raw exports were asked for today as may be.
    #[error("{limit} raw exports a day are allowed, and so many were asked for today (UTC)")]
    TooMany {
        /// How many are allowed.
        limit: u32,
        /// How long until the next may be asked for.
        retry_after: std::time::Duration,
    },
    /// Requests of others could not be made ready.
    #[error("requests of other services cannot be made: {0}")]
    Outbound(#[from] crate::outbound::OutboundError),
    /// A key cannot be used.
    #[error("{}: {why}", path.display())]
    Key {
        /// The file, or the text that was given for one.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A secret is to be kept or used, and there is no key for it.
    #[error(
        "secrets of others are kept encrypted: make a file of keys with `wayfare vault new FILE`, and name it in the setting `vault_keys`"
    )]
    NoVault,
    /// Columns are to be hashed, and whoever runs the export was given no key for that.
    #[error("the columns that are hashed cannot be made: the key of their hashes is not there")]
    NoHashKey,
    /// A secret that is kept cannot be opened.
    #[error("the secret of {owner} cannot be opened: {why}")]
    Sealed {
        /// Whose it is.
        owner: String,
        /// Why.
        why: String,
    },
    /// The export is in no state for that.
    #[error("export {id} is {status}: {why}")]
    State {
        /// The job.
        id: String,
        /// Its status.
        status: String,
        /// What needs another status.
        why: String,
    },
}

impl ExportError {
    /// Whose move it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(_)
            | Self::OutputNotEmpty { .. }
            | Self::OutputUnfinished { .. }
            | Self::OutputNotADirectory { .. }
            | Self::NotAnExport { .. }
            | Self::Unknown { .. }
            | Self::NoSuch { .. }
            | Self::Outdated { .. }
            | Self::InUse { .. }
            | Self::NoFile { .. }
            | Self::KeyReused
            | Self::TooMany { .. }
            | Self::Key { .. }
            | Self::NoVault
            | Self::NoHashKey
            | Self::State { .. } => ErrorKind::Refused,
            Self::Cancelled => ErrorKind::Cancelled,
            _ => ErrorKind::Failed,
        }
    }

    /// The same as whoever asks under a policy may be told it: without a name that is dropped.
    pub(crate) fn within_policy(self, policy: Option<&Policy>) -> Self {
        match (self, policy) {
            (Self::Refused(refusal), Some(policy)) => Self::Refused(policy.without_dropped(refusal)),
            (other, _) => other,
        }
    }

    /// The same without a name that may have been meant.
    pub fn without_suggestion(self) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(refusal.nearest(None)),
            other => other,
        }
    }

    /// Whether another try over the same rows may go better: rows that were written are as good as they were.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::DiskFull { .. }
                | Self::File { .. }
                | Self::Store(_)
                | Self::Parquet(_)
                | Self::Worker(_)
                | Self::Arrow(_)
        )
    }

    /// The error with its causes, on one line.
    pub fn with_causes(&self) -> String {
        let mut said = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let text = error.to_string();
            if !said.contains(&text) {
                said = format!("{said}: {text}");
            }
            cause = error.source();
        }
        said
    }

    /// An error of the file system at `path`; a full disk is told as such.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path: path.into() },
            _ => Self::File { path: path.into(), source },
        }
    }

    /// A key that cannot be used, and why.
    pub(crate) fn key(path: &Path, why: impl ToString) -> Self {
        Self::Key { path: path.into(), why: why.to_string() }
    }

    /// The refusal of a request, where and why.
    pub(crate) fn refused(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Refused(Refusal::new(path, message))
    }

    /// The refusal of a part, seen from the whole that has it at `path`.
    pub(crate) fn within(self, path: &str) -> Self {
        match self {
            Self::Refused(mut refusal) => {
                refusal.path = match refusal.path.as_str() {
                    "" => path.to_owned(),
                    below => format!("{path}.{below}"),
                };
                Self::Refused(refusal)
            }
            other => other,
        }
    }

    /// A refusal, of what stands at `path`.
    pub(crate) fn at(self, path: &str) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(Refusal { path: path.to_owned(), ..refusal }),
            other => other,
        }
    }
}
