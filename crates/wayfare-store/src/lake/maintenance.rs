//! Keeping the lake's files few, and removing those that nobody can read any more.

use super::layout::{EVENTS, MAIN, PROFILES};
use super::{Lake, LakeSnapshot, apart};
use crate::error::StoreError;
use crate::ids::{IdHash, IdHasher};
use arrow::array::AsArray;
use arrow::datatypes::DataType;
use datafusion::catalog::CatalogProvider;
use datafusion::prelude::{SessionContext, ident, lit};
use datafusion_ducklake::compaction::MergeOptions;
use datafusion_ducklake::maintenance::{CleanupCriteria, ExpireCriteria, cleanup_old_files_sqlite};
use datafusion_ducklake::{DuckLakeCatalog, DuckLakeTable};
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use std::sync::Arc;
use wayfare_model::dictionary::Dictionary;

/// Files that are merged into one reach about this size.
const MERGED_FILE_BYTES: u64 = 128 << 20;
/// How long a replaced file stays for those who are still reading it, in SQLite's words.
const READERS_GRACE: &str = "-1 hour";

/// What a compaction did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compaction {
    /// Files that were merged into others.
    pub files_merged: usize,
    /// Files that came of it.
    pub files_written: usize,
    /// Snapshots that can no longer be read.
    pub snapshots_expired: usize,
    /// Files that were removed from the disk.
    pub files_removed: usize,
}

impl Lake {
    /// Merges small files, expires snapshots older than an hour that nobody pins, and removes files that are in no
    /// snapshot left.
    pub async fn compact(
        &self,
        dictionary: &Arc<Dictionary>,
        pinned: Vec<i64>,
    ) -> Result<(Compaction, LakeSnapshot), StoreError> {
        let (lake, dictionary) = (self.clone(), dictionary.clone());
        apart(async move { lake.tidy(&dictionary, &pinned).await }).await
    }

    async fn tidy(
        &self,
        dictionary: &Dictionary,
        pinned: &[i64],
    ) -> Result<(Compaction, LakeSnapshot), StoreError> {
        let before = self.newest().await?;
        let mut done = Compaction::default();
        let events = dictionary.events().iter().map(|event| (EVENTS, &*event.table));
        for (schema, table) in events.chain([(MAIN, PROFILES)]) {
            let (merged, written) = self.merge_files(schema, table).await?;
            done.files_merged += merged;
            done.files_written += written;
        }
        let writer = self.writer()?;
        let old: Vec<i64> = sqlx::query_scalar(
            // The last flush stays: its commit says up to which position the lake holds everything.
            "select snapshot_id from ducklake_snapshot where datetime(snapshot_time) < datetime('now', ?)
             and snapshot_id <> (select max(snapshot_id) from ducklake_snapshot_changes
                                 where commit_extra_info is not null)",
        )
        .bind(READERS_GRACE)
        .fetch_all(&self.catalog)
        .await?;
        let old = old.into_iter().filter(|id| !pinned.contains(id) && *id != before.id).collect();
        done.snapshots_expired = writer.metadata.expire_snapshots(ExpireCriteria::Versions(old))?.len();
        let store = Arc::new(LocalFileSystem::new());
        let removed = cleanup_old_files_sqlite(&writer.metadata, store, CleanupCriteria::All, false).await?;
        done.files_removed = removed.len();
        let after = LakeSnapshot { id: self.newest().await?.id, position: before.position };
        Ok((done, after))
    }

    async fn merge_files(&self, schema: &str, table: &str) -> Result<(usize, usize), StoreError> {
        let catalog = DuckLakeCatalog::with_writer(self.provider.clone(), self.writer()?.metadata.clone())?;
        let Some(schema) = catalog.schema(schema) else { return Ok((0, 0)) };
        let Some(table) = schema.table(table).await? else { return Ok((0, 0)) };
        let Some(table) = table.downcast_ref::<DuckLakeTable>() else { return Ok((0, 0)) };
        let options = MergeOptions { target_file_size: MERGED_FILE_BYTES, ..MergeOptions::default() };
        let result = table.merge_adjacent_files(&SessionContext::new().state(), options).await?;
        Ok((result.files_processed, result.files_created))
    }

    /// Hashes of the ids of a table's events at positions `from <= p < to`.
    pub async fn event_ids(
        &self,
        snapshot: i64,
        table: &str,
        from: u64,
        to: u64,
        hasher: IdHasher,
    ) -> Result<Vec<IdHash>, StoreError> {
        let between = ident("position").gt_eq(lit(from as i64)).and(ident("position").lt(lit(to as i64)));
        let Some(mut rows) = self.scan(snapshot, EVENTS, table, &["event_id"], vec![between]).await? else {
            return Ok(Vec::new());
        };
        let mut hashes = Vec::new();
        while let Some(batch) = rows.try_next().await? {
            let text = arrow::compute::cast(batch.column(0), &DataType::Utf8)?;
            hashes.extend(text.as_string::<i32>().iter().flatten().map(|event_id| hasher.hash(event_id)));
        }
        Ok(hashes)
    }
}
