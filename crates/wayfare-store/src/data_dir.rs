//! The data directory: where things lie in it, and the lock that keeps one writer.

use crate::error::StoreError;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LOCK_ATTEMPTS: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Whether the lake's files are found by this path as it is: object stores spell other letters, and signs such as `#`,
/// `%` and `?`, in a way of their own.
fn is_spelled_alike(path: &Path) -> bool {
    path.to_str().is_some_and(|path| {
        object_store::path::Path::from(path).as_ref() == path.trim_matches('/') && !path.contains('\'')
    })
}

/// Paths in a data directory.
#[derive(Debug, Clone)]
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    /// Makes the directory and its folders where they are missing.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let this = Self(path.to_owned());
        for folder in [path.to_owned(), this.lake_files(), this.event_ids()] {
            std::fs::create_dir_all(&folder).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists | ErrorKind::NotADirectory => {
                    StoreError::NotADirectory { data: path.to_owned() }
                }
                _ => StoreError::file(&folder)(error),
            })?;
        }
        // The lake's catalog keeps absolute paths, so that DuckDB finds the files from wherever it runs.
        let absolute = path.canonicalize().map_err(StoreError::file(path))?;
        match is_spelled_alike(&absolute) {
            true => Ok(Self(absolute)),
            false => Err(StoreError::BadPath { data: absolute }),
        }
    }

    /// A directory that must hold a store already.
    pub fn existing(path: &Path) -> Result<Self, StoreError> {
        let missing = || StoreError::Missing { data: path.to_owned() };
        let absolute = path.canonicalize().map_err(|_| missing())?;
        let this = Self(absolute);
        match this.database().is_file() && this.catalog().is_file() {
            true => Ok(this),
            false => Err(missing()),
        }
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn database(&self) -> PathBuf {
        self.0.join("wayfare.db")
    }

    pub fn catalog(&self) -> PathBuf {
        self.0.join("lake.db")
    }

    pub fn lake_files(&self) -> PathBuf {
        self.0.join("lake")
    }

    pub fn event_ids(&self) -> PathBuf {
        self.index().join("event_ids")
    }

    /// What is derived and may be removed while nothing runs.
    pub fn index(&self) -> PathBuf {
        self.0.join("index")
    }

    /// Takes the writer's lock; it is let go when the file is dropped or the process ends.
    fn lock(&self) -> Result<File, StoreError> {
        let path = self.0.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(StoreError::file(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { data: self.0.clone() }),
            Err(TryLockError::Error(error)) => Err(StoreError::file(&path)(error)),
        }
    }

    /// The same, with some patience for a process that is just ending.
    pub async fn lock_soon(&self) -> Result<File, StoreError> {
        for _ in 0..LOCK_ATTEMPTS {
            match self.lock() {
                Err(StoreError::InUse { .. }) => tokio::time::sleep(LOCK_PAUSE).await,
                other => return other,
            }
        }
        self.lock()
    }

    /// Whether the disk has at least `bytes` free; yes where the system does not say.
    pub fn has_room(&self, bytes: u64) -> bool {
        rustix::fs::statvfs(&self.0).map_or(true, |stat| stat.f_bavail.saturating_mul(stat.f_frsize) >= bytes)
    }
}
