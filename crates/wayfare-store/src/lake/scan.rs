//! Reading the lake: columns of one table at one snapshot, in a fixed order, as a stream.

use super::{Lake, apart};
use crate::error::StoreError;
use datafusion::catalog::{CatalogProvider, TableProvider};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::SortExpr;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::{Expr, SessionConfig, SessionContext, ident};
use datafusion_ducklake::{DuckLakeCatalog, MetadataProvider};
use futures::StreamExt;
use std::collections::HashSet;
use std::sync::Arc;

/// Rows of a batch at most.
const MOST_ROWS: usize = 8_192;
/// What a batch should take as it is stored, in bytes: rows with long texts come in smaller batches.
const BATCH_BYTES: u64 = 2 << 20;
/// What one scan may hold beside its batches.
const MEMORY: usize = 96 << 20;
/// What of that a sort keeps free for merging what it spilled.
const SORT_RESERVATION: usize = 8 << 20;

impl Lake {
    /// The columns that a table has at a snapshot; none where there is no such table.
    pub async fn columns_of(
        &self,
        snapshot: i64,
        schema: &str,
        table: &str,
    ) -> Result<HashSet<String>, StoreError> {
        let opening = open(self.provider.clone(), snapshot, schema.to_owned(), table.to_owned());
        let Some(table) = apart(opening).await? else { return Ok(HashSet::new()) };
        Ok(table.schema().fields().iter().map(|field| field.name().clone()).collect())
    }

    /// Streams `columns` of a table at a snapshot, rows that pass all of `filters`; `None` where the snapshot has no
    /// such table or not all of the columns.
    ///
    /// Rows come file by file in the order of flushes, and within a file as they were sorted.
    pub async fn scan(
        &self,
        snapshot: i64,
        schema: &str,
        table: &str,
        columns: &[&str],
        filters: Vec<Expr>,
    ) -> Result<Option<SendableRecordBatchStream>, StoreError> {
        self.stream(snapshot, (schema, table), columns, filters, &[]).await
    }

    /// The same, sorted by columns of the result; what memory does not hold goes to temporary files.
    pub async fn scan_sorted(
        &self,
        snapshot: i64,
        schema: &str,
        table: &str,
        columns: &[&str],
        filters: Vec<Expr>,
        by: &[&str],
    ) -> Result<Option<SendableRecordBatchStream>, StoreError> {
        self.stream(snapshot, (schema, table), columns, filters, by).await
    }

    async fn stream(
        &self,
        snapshot: i64,
        (schema, table): (&str, &str),
        columns: &[&str],
        filters: Vec<Expr>,
        by: &[&str],
    ) -> Result<Option<SendableRecordBatchStream>, StoreError> {
        let batch_rows = self.batch_rows(snapshot, schema, table).await?;
        let opening = open(self.provider.clone(), snapshot, schema.to_owned(), table.to_owned());
        let columns: Vec<Expr> = columns.iter().map(|column| ident(*column)).collect();
        let by: Vec<SortExpr> = by.iter().map(|column| ident(*column).sort(true, false)).collect();
        apart(async move {
            let Some(table) = opening.await? else { return Ok(None) };
            let known = table.schema();
            let is_known = |column: &Expr| matches!(column, Expr::Column(column) if known.column_with_name(&column.name).is_some());
            if !columns.iter().all(is_known) {
                return Ok(None);
            }
            let mut frame = session(batch_rows)?.read_table(table)?;
            for filter in filters {
                frame = frame.filter(filter)?;
            }
            frame = frame.select(columns)?;
            if !by.is_empty() {
                frame = frame.sort(by)?;
            }
            let schema = Arc::new(frame.schema().as_arrow().clone());
            // A snapshot that a merge wrote anew is a union of plans; run at once, their rows would mix by chance.
            let parts = frame.execute_stream_partitioned().await?;
            let rows = futures::stream::iter(parts).flatten();
            Ok(Some(Box::pin(RecordBatchStreamAdapter::new(schema, rows)) as SendableRecordBatchStream))
        })
        .await
    }

    /// How many rows of a table make a batch.
    async fn batch_rows(&self, snapshot: i64, schema: &str, table: &str) -> Result<usize, StoreError> {
        let (rows, bytes): (i64, i64) = sqlx::query_as(
            "select coalesce(sum(f.record_count), 0), coalesce(sum(f.file_size_bytes), 0)
             from ducklake_data_file f join ducklake_table t using (table_id)
                 join ducklake_schema s using (schema_id)
             where f.begin_snapshot <= ?1 and (f.end_snapshot is null or f.end_snapshot > ?1)
                 and t.end_snapshot is null and s.end_snapshot is null and s.schema_name = ?2 and t.table_name = ?3",
        )
        .bind(snapshot)
        .bind(schema)
        .bind(table)
        .fetch_one(&self.catalog)
        .await?;
        let a_row = bytes as u64 / (rows as u64).max(1);
        Ok((BATCH_BYTES / a_row.max(1)).clamp(32, MOST_ROWS as u64) as usize)
    }
}

async fn open(
    provider: Arc<dyn MetadataProvider>,
    snapshot: i64,
    schema: String,
    table: String,
) -> Result<Option<Arc<dyn TableProvider>>, StoreError> {
    let catalog = DuckLakeCatalog::with_snapshot(provider, snapshot)?;
    let Some(schema) = catalog.schema(&schema) else { return Ok(None) };
    Ok(schema.table(&table).await?)
}

fn session(batch_rows: usize) -> Result<SessionContext, StoreError> {
    // One partition: file after file, so that two scans of one snapshot give the same rows in the same order.
    let mut config = SessionConfig::new()
        .with_target_partitions(1)
        .with_batch_size(batch_rows)
        .with_sort_spill_reservation_bytes(SORT_RESERVATION);
    let options = config.options_mut();
    options.execution.parquet.schema_force_view_types = false;
    options.execution.parquet.pushdown_filters = true;
    options.execution.parquet.reorder_filters = true;
    let runtime =
        RuntimeEnvBuilder::new().with_memory_pool(Arc::new(FairSpillPool::new(MEMORY))).build_arc()?;
    Ok(SessionContext::new_with_config_rt(config, runtime))
}
