//! Keeping the lake's files few, and removing those that nobody can read any more.

use super::durable_files::DurableFiles;
use super::layout::{EVENTS, MAIN, PROFILES};
use super::{Lake, LakeSnapshot, apart};
use crate::error::StoreError;
use crate::ids::{IdHash, IdHasher};
use arrow::array::AsArray;
use arrow::datatypes::DataType;
use datafusion::catalog::CatalogProvider;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::prelude::{SessionContext, ident, lit};
use datafusion_ducklake::compaction::MergeOptions;
use datafusion_ducklake::maintenance::{
    CleanupCriteria, ExpireCriteria, cleanup_old_files_sqlite, delete_orphaned_files_sqlite,
};
use datafusion_ducklake::{DuckLakeCatalog, DuckLakeTable};
use futures::TryStreamExt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use wayfare_model::dictionary::Dictionary;

/// Files that are merged into one reach about this size.
const MERGED_FILE_BYTES: u64 = 128 << 20;
/// How long a replaced file stays for those who are still reading it.
const READERS_GRACE: Duration = Duration::from_secs(3600);

/// What a compaction did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compaction {
    /// Files that were merged into others.
    pub files_merged: usize,
    /// Files that came of it.
    pub files_written: usize,
    /// Snapshots that can no longer be read.
    pub snapshots_expired: usize,
    /// Files that were removed from the disk: they were replaced an hour ago or longer.
    pub files_removed: usize,
}

impl Lake {
    /// Merges small files unless they are to `stay`, expires snapshots older than an hour that nobody pins, and
    /// removes files that have been in no snapshot for an hour.
    ///
    /// A merge changes the order of rows in every snapshot that has the files.
    pub async fn compact(
        &self,
        dictionary: &Arc<Dictionary>,
        pinned: Vec<i64>,
        stay: bool,
    ) -> Result<(Compaction, LakeSnapshot), StoreError> {
        let (lake, dictionary) = (self.clone(), dictionary.clone());
        apart(async move { lake.tidy(&dictionary, &pinned, stay).await }).await
    }

    /// What the files of a snapshot are told by: another text after a merge.
    pub async fn files_digest(&self, snapshot: i64) -> Result<String, StoreError> {
        // A merge gives its file a new, higher number in all snapshots that had the files merged.
        let (count, newest): (i64, Option<i64>) = sqlx::query_as(
            "select count(*), max(data_file_id) from ducklake_data_file
             where begin_snapshot <= ?1 and (end_snapshot is null or end_snapshot > ?1)",
        )
        .bind(snapshot)
        .fetch_one(&self.catalog)
        .await?;
        Ok(format!("{count}-{}", newest.unwrap_or(0)))
    }

    async fn tidy(
        &self,
        dictionary: &Dictionary,
        pinned: &[i64],
        stay: bool,
    ) -> Result<(Compaction, LakeSnapshot), StoreError> {
        let before = self.newest().await?;
        let mut done = Compaction::default();
        let events = dictionary.events().iter().map(|event| (EVENTS, &*event.table));
        for (schema, table) in events.chain([(MAIN, PROFILES)]).filter(|_| !stay) {
            let (merged, written) = self.merge_files(schema, table).await?;
            done.files_merged += merged;
            done.files_written += written;
        }
        let writer = self.writer()?;
        let flushes: Vec<i64> = sqlx::query_scalar(
            "select snapshot_id from ducklake_snapshot_changes where commit_extra_info is not null
             order by snapshot_id",
        )
        .fetch_all(&self.catalog)
        .await?;
        // A flush's commit says up to which position its snapshot and those behind it hold everything.
        let flush_of = |id: i64| flushes.partition_point(|flush| *flush <= id).checked_sub(1);
        let mut stays: Vec<i64> =
            pinned.iter().chain([&before.id]).filter_map(|id| Some(flushes[flush_of(*id)?])).collect();
        stays.extend(pinned.iter().chain([&before.id]));
        let old: Vec<i64> = sqlx::query_scalar(
            "select snapshot_id from ducklake_snapshot where datetime(snapshot_time) < datetime('now', ?)",
        )
        .bind(format!("-{} seconds", READERS_GRACE.as_secs()))
        .fetch_all(&self.catalog)
        .await?;
        let old = old.into_iter().filter(|id| !stays.contains(id)).collect();
        done.snapshots_expired = writer.metadata.expire_snapshots(ExpireCriteria::Versions(old))?.len();
        let store = Arc::new(DurableFiles::default());
        let replaced = CleanupCriteria::OlderThan((SystemTime::now() - READERS_GRACE).into());
        let removed =
            cleanup_old_files_sqlite(&writer.metadata, store.clone(), replaced.clone(), false).await?;
        // Files of flushes that were killed belong to no snapshot.
        let orphans = delete_orphaned_files_sqlite(&writer.metadata, store, replaced, false).await?;
        done.files_removed = removed.len() + orphans.len();
        let after = LakeSnapshot { id: self.newest().await?.id, position: before.position };
        Ok((done, after))
    }

    async fn merge_files(&self, schema: &str, table: &str) -> Result<(usize, usize), StoreError> {
        let catalog = DuckLakeCatalog::with_writer(self.provider.clone(), self.writer()?.metadata.clone())?
            .with_write_options(super::write_options());
        let Some(schema) = catalog.schema(schema) else { return Ok((0, 0)) };
        let Some(table) = schema.table(table).await? else { return Ok((0, 0)) };
        let Some(table) = table.downcast_ref::<DuckLakeTable>() else { return Ok((0, 0)) };
        let options = MergeOptions { target_file_size: MERGED_FILE_BYTES, ..MergeOptions::default() };
        let session = SessionContext::new();
        session.register_object_store(
            ObjectStoreUrl::local_filesystem().as_ref(),
            Arc::new(DurableFiles::default()),
        );
        let result = table.merge_adjacent_files(&session.state(), options).await?;
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
