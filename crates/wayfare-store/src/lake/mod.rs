//! The lake: a DuckLake whose catalog is a SQLite file and whose data are Parquet files in a folder.
//!
//! All use of `datafusion-ducklake`, which is young and changes, stays in this module. [`layout`] says which tables
//! and columns there are, [`additions`] makes the catalog one that DuckDB attaches, [`flush`] writes, [`scan`] and [`stretches`] read,
//! [`maintenance`] keeps files few.

mod additions;
mod durable_files;
pub(crate) mod flush;
pub(crate) mod layout;
pub(crate) mod maintenance;
pub(crate) mod scan;
pub(crate) mod stretches;
pub(crate) mod text;

use crate::data_dir::DataDir;
use crate::error::StoreError;
use datafusion_ducklake::{
    DuckLakeTableWriter, DuckLakeWriteOptions, MetadataProvider, MetadataWriter, SqliteMetadataProvider,
    SqliteMetadataWriter,
};
use durable_files::DurableFiles;
use parquet::basic::{Compression, ZstdLevel};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::sync::Arc;
use std::time::Duration;

/// Rows of a Parquet row group: what a reader takes at once, and what skipping works by.
const ROW_GROUP_ROWS: usize = 131_072;

/// A snapshot of the lake and the position up to which it holds everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LakeSnapshot {
    pub id: i64,
    pub position: u64,
}

/// An open lake. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Lake {
    provider: Arc<dyn MetadataProvider>,
    writer: Option<LakeWriter>,
    catalog: SqlitePool,
}

#[derive(Debug, Clone)]
struct LakeWriter {
    metadata: Arc<SqliteMetadataWriter>,
    tables: DuckLakeTableWriter,
}

impl Lake {
    /// Opens the lake for reading.
    pub async fn open(dir: &DataDir) -> Result<Self, StoreError> {
        let catalog = open_catalog(dir, false).await?;
        let provider = SqliteMetadataProvider::new(&url(dir)).await?;
        Ok(Self { provider: Arc::new(provider), writer: None, catalog })
    }

    /// Opens the lake for writing, and makes it where it is missing.
    pub async fn open_writable(dir: &DataDir) -> Result<Self, StoreError> {
        let catalog = open_catalog(dir, true).await?;
        let metadata = Arc::new(SqliteMetadataWriter::new_with_init(&url(dir)).await?);
        let files = dir.lake_files();
        let path = files.to_str().ok_or_else(|| {
            StoreError::corrupt(files.display().to_string(), "the data directory's path must be UTF-8")
        })?;
        metadata.set_data_path(path)?;
        additions::add(&catalog).await?;
        layout::create_fixed_tables(&metadata)?;
        let store = Arc::new(DurableFiles::default());
        let tables = DuckLakeTableWriter::new(metadata.clone(), store)?.with_options(&write_options());
        let provider = SqliteMetadataProvider::new(&url(dir)).await?;
        Ok(Self { provider: Arc::new(provider), writer: Some(LakeWriter { metadata, tables }), catalog })
    }

    fn writer(&self) -> Result<&LakeWriter, StoreError> {
        self.writer.as_ref().ok_or(StoreError::ReadOnly)
    }

    /// The newest snapshot, with the position that the last flush at or before it carried.
    pub async fn newest(&self) -> Result<LakeSnapshot, StoreError> {
        let (id, position): (i64, Option<i64>) = sqlx::query_as(
            "select max(snapshot_id),
                    (select json_extract(commit_extra_info, '$.position') from ducklake_snapshot_changes
                     where commit_extra_info is not null order by snapshot_id desc limit 1)
             from ducklake_snapshot",
        )
        .fetch_one(&self.catalog)
        .await?;
        Ok(LakeSnapshot { id, position: position.unwrap_or(0) as u64 })
    }

    /// A snapshot by id, with its position; `None` where there is none (any more).
    pub async fn at(&self, id: i64) -> Result<Option<LakeSnapshot>, StoreError> {
        let found: Option<(Option<i64>,)> = sqlx::query_as(
            "select (select json_extract(commit_extra_info, '$.position') from ducklake_snapshot_changes
                     where commit_extra_info is not null and snapshot_id <= ?1 order by snapshot_id desc limit 1)
             from ducklake_snapshot where snapshot_id = ?1",
        )
        .bind(id)
        .fetch_optional(&self.catalog)
        .await?;
        Ok(found.map(|(position,)| LakeSnapshot { id, position: position.unwrap_or(0) as u64 }))
    }

    /// The newest snapshot that holds everything before `position` and nothing else; `None` where there is none (any
    /// more).
    pub async fn of_position(&self, position: u64) -> Result<Option<LakeSnapshot>, StoreError> {
        let (id,): (Option<i64>,) = sqlx::query_as(
            "select max(snapshot_id) from ducklake_snapshot s
             where coalesce((select json_extract(commit_extra_info, '$.position') from ducklake_snapshot_changes c
                             where commit_extra_info is not null and c.snapshot_id <= s.snapshot_id
                             order by c.snapshot_id desc limit 1), 0) = ?",
        )
        .bind(position as i64)
        .fetch_one(&self.catalog)
        .await?;
        Ok(id.map(|id| LakeSnapshot { id, position }))
    }
}

impl Lake {
    /// When a snapshot was made; `None` where there is none (any more).
    pub async fn time_of(&self, id: i64) -> Result<Option<String>, StoreError> {
        let time =
            sqlx::query_as("select cast(snapshot_time as text) from ducklake_snapshot where snapshot_id = ?");
        let time: Option<(String,)> = time.bind(id).fetch_optional(&self.catalog).await?;
        Ok(time.map(|(time,)| time))
    }

    /// Whether the lake once had a snapshot of that id and time: also where it has expired, as long as no other has
    /// its id.
    pub async fn was(&self, snapshot: Option<&(i64, String)>) -> Result<bool, StoreError> {
        let Some((id, time)) = snapshot else { return Ok(true) };
        match self.time_of(*id).await? {
            Some(known) => Ok(known == *time),
            None => Ok(self.newest().await?.id > *id),
        }
    }
}

/// How files are written, by flushes and by merges.
fn write_options() -> DuckLakeWriteOptions {
    let mut options = DuckLakeWriteOptions::default();
    options.compression = Some(Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default()));
    options.max_row_group_rows = Some(ROW_GROUP_ROWS);
    options
}

fn url(dir: &DataDir) -> String {
    format!("sqlite:{}?mode=rwc", dir.catalog().display())
}

async fn open_catalog(dir: &DataDir, create: bool) -> Result<SqlitePool, StoreError> {
    let mut options = SqliteConnectOptions::new()
        .filename(dir.catalog())
        .create_if_missing(create)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10));
    if create {
        // Set once, it stays: without it readers such as DuckDB and commits would lock each other out.
        options = options.journal_mode(SqliteJournalMode::Wal);
    }
    Ok(SqlitePoolOptions::new().max_connections(2).connect_with(options).await?)
}

/// Drives work on the catalog away from the runtime's own threads.
///
/// The crate waits for its catalog without yielding, and a connection that it lets go of is returned by a task on
/// the caller's runtime: with all of that runtime's threads waiting, none would ever return. Nor does it yield, so that the
/// runtime must not count on it: after some hundred operations without a pause, all that waited would be told to wait for
/// ever.
async fn apart<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(tokio::task::unconstrained(work)))
        .await
        .map_err(StoreError::stopped)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn work_that_never_yields_goes_on() {
        let free = tokio::sync::Semaphore::new(1);
        let work = async move {
            // What is free at once is had at once, however often it was asked for.
            let asked = (0..1_000).map(|_| free.acquire().now_or_never());
            Ok(asked.filter(|had| matches!(had, Some(Ok(_)))).count())
        };
        assert_eq!(apart(work).await.expect("worked"), 1_000);
    }
}
