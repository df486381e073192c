//! What can go wrong in the store, told so that a person can act on it.

use std::path::PathBuf;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk has no room: nothing acknowledged is at risk, and work goes on once there is room again.
    #[error("the disk that holds {} is full: free some space and try again; nothing acknowledged is lost", data.display())]
    DiskFull {
        /// The data directory.
        data: PathBuf,
    },
    /// Another process writes to the data directory.
    #[error("{} is in use by another wayfare process: stop it, or ask it over its API", data.display())]
    InUse {
        /// The data directory.
        data: PathBuf,
    },
    /// There is no store here.
    #[error("{} holds no wayfare data: give --data the directory that `wayfare serve` or `wayfare import` wrote", data.display())]
    Missing {
        /// The data directory.
        data: PathBuf,
    },
    /// The data directory's path cannot be written into the lake.
    #[error(
        "{}: the path of a data directory may have no letters beyond ASCII and none of # % ? * [ ] {{ }} ' ` ~ ^ | < > \": \
         give --data another",
        data.display()
    )]
    BadPath {
        /// The data directory.
        data: PathBuf,
    },
    /// The data directory is a file, or lies below one.
    #[error("{}: is a file or lies below one; name a directory", data.display())]
    NotADirectory {
        /// The data directory.
        data: PathBuf,
    },
    /// What the index leaves out would take more memory to read than counts have.
    #[error(
        "`{event}` has too many occurrences to read {} of them from the lake within {limit} bytes, as the index leaves it \
         out for its many different values: ask without it, or raise `column_bytes`",
        parameters.join(", ")
    )]
    TooMuchMemory {
        /// The event.
        event: String,
        /// The parameters that were to be read.
        parameters: Vec<String>,
        /// What may be taken.
        limit: usize,
    },
    /// Whoever asks may not write the operational database, which readers need too.
    #[error(
        "{}: cannot be written by this user; who asks needs it too, for the small file in which readers and the writer \
         meet: run as the user who owns the data directory",
        database.display()
    )]
    NotWritable {
        /// The operational database.
        database: PathBuf,
    },
    /// A write was asked of a store opened for reading.
    #[error("the store is open for reading only")]
    ReadOnly,
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The operational database refused.
    #[error("the operational database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The lake's catalog or one of its files refused.
    #[error("the lake failed: {0}")]
    Lake(#[from] datafusion_ducklake::DuckLakeError),
    /// Reading the lake failed.
    #[error("reading the lake failed: {0}")]
    Read(#[from] datafusion::error::DataFusionError),
    /// Columns could not be built.
    #[error("building columns failed: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// What was kept cannot be read back.
    #[error("{what} cannot be read back: {why}")]
    Corrupt {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
    /// Whoever sent a batch could not keep account of it.
    #[error("the batch was withdrawn by its sender")]
    Withdrawn,
    /// A fault of Wayfare's own.
    #[error("wayfare itself failed at this; the log of standard error says where, please report it")]
    Broken,
    /// The store is closing.
    #[error("the store is closing")]
    Closing,
    /// Shared by several requests that failed together.
    #[error("{0}")]
    Shared(std::sync::Arc<StoreError>),
}

impl StoreError {
    /// An error of the file system at `path`; a full disk is told as such.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { data: path }
            }
            _ => Self::File { path, source },
        }
    }

    /// One of the two databases was put back without the other.
    pub(crate) fn older_than_the_lake() -> Self {
        Self::corrupt(
            "the operational database",
            "`wayfare.db` is older than `lake.db`: put back the two of one moment, with the folder `lake`",
        )
    }

    /// Why work in the background gave no result.
    pub(crate) fn stopped(error: tokio::task::JoinError) -> Self {
        match error.is_panic() {
            true => Self::Broken,
            false => Self::Closing,
        }
    }

    /// What cannot be read back, and why.
    pub(crate) fn corrupt(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Corrupt { what: what.into(), why: why.to_string() }
    }

    /// Whether the cause, however deep, is a full disk.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::DiskFull { .. } => true,
            Self::Shared(inner) => inner.is_disk_full(),
            other => {
                let mut cause: Option<&dyn std::error::Error> = Some(other);
                while let Some(error) = cause {
                    let full = error.downcast_ref::<std::io::Error>().is_some_and(|io| {
                        matches!(
                            io.kind(),
                            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
                        )
                    });
                    // SQLite: 13 is SQLITE_FULL; the crate's own errors carry causes only as text.
                    let text = error.to_string();
                    if full
                        || text.contains("database or disk is full")
                        || text.contains("No space left on device")
                    {
                        return true;
                    }
                    cause = error.source();
                }
                false
            }
        }
    }

    /// The same error, told as [`DiskFull`](Self::DiskFull) where that is the cause.
    pub(crate) fn told(self, data: &std::path::Path) -> Self {
        match self.is_disk_full() {
            true => Self::DiskFull { data: data.to_owned() },
            false if self.to_string().contains("attempt to write a readonly database") => {
                Self::NotWritable { database: data.join("wayfare.db") }
            }
            false => self,
        }
    }
}
