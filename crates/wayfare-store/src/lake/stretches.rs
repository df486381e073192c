//! Reading a table by stretches: a row group of a file, in a fixed place among the others, that any thread may read.
//!
//! An export writes rows in one order and reads as fast as the machine can. So the order is that of the catalog's files
//! and of the row groups in them, and each of these is read by whoever comes first. What is read is Parquet and nothing
//! more: no plan stands between.

use super::Lake;
use crate::error::StoreError;
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimestampMicrosecondType};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter,
};
use parquet::file::metadata::RowGroupMetaData;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wayfare_model::time::Instant;

/// Rows of a batch at most.
const MOST_ROWS: usize = 8_192;
/// What a batch should take unpacked, in bytes: rows with long texts come in smaller batches.
const BATCH_BYTES: u64 = 4 << 20;
/// In a file that a merge wrote: the snapshot that each row came with.
const ORIGIN: &str = "_ducklake_internal_snapshot_id";
/// What ranges of event times are of.
const TIME: &str = "timestamp";
/// What ranges of commit positions are of.
const POSITION: &str = "position";

/// Which rows of a table are asked for: those within both ranges, each half-open; all of them where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// Of event times.
    pub times: Option<(Instant, Instant)>,
    /// Of commit positions.
    pub positions: Option<(u64, u64)>,
}

impl Window {
    fn bounds(&self) -> impl Iterator<Item = Bound> {
        let times = self.times.map(|(from, to)| Bound { column: TIME, from: from.micros(), to: to.micros() });
        times.into_iter().chain(self.positions.map(Bound::of_positions))
    }
}

/// A half-open range of a column: of whole numbers, or of instants in microseconds.
#[derive(Debug, Clone, Copy)]
struct Bound {
    column: &'static str,
    from: i64,
    to: i64,
}

impl Bound {
    fn of_positions((from, to): (u64, u64)) -> Self {
        let within = |position: u64| i64::try_from(position).unwrap_or(i64::MAX);
        Self { column: POSITION, from: within(from), to: within(to) }
    }
}

/// Rows in a fixed place of a table's order.
#[derive(Clone)]
pub(crate) struct Stretch {
    file: Arc<DataFile>,
    group: usize,
    /// Beyond which the row group reaches.
    bounds: Vec<Bound>,
    /// The newest snapshot whose rows are in, where the row group has later ones.
    newest: Option<i64>,
}

struct DataFile {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    /// By column asked for: its place among the file's.
    places: Vec<Option<usize>>,
}

impl Lake {
    /// The stretches of a table at a snapshot, in order, for `columns` of it; those that hold no row of `window` are left
    /// out.
    pub async fn stretches(
        &self,
        snapshot: i64,
        (schema, table): (&str, &str),
        columns: &[String],
        window: Window,
    ) -> Result<Vec<Stretch>, StoreError> {
        let files = self.files(snapshot, schema, table, window.positions).await?;
        let columns = columns.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            let mut stretches = Vec::new();
            for (path, newest) in files {
                open(&path, newest, &columns, window, &mut stretches)?;
            }
            Ok(stretches)
        });
        opened.await.map_err(StoreError::stopped)?
    }

    /// The files of a table at a snapshot, in order; with the snapshot where a file has rows of later ones too. Those that
    /// the catalog knows to hold none of `positions` are left out, unopened: what is new costs the same however much
    /// is old.
    async fn files(
        &self,
        snapshot: i64,
        schema: &str,
        table: &str,
        positions: Option<(u64, u64)>,
    ) -> Result<Vec<(PathBuf, Option<i64>)>, StoreError> {
        type Found = (String, bool, String, bool, String, bool, Option<i64>, bool);
        let root: Option<String> =
            sqlx::query_scalar("select value from ducklake_metadata where key = 'data_path'")
                .fetch_optional(&self.catalog)
                .await?;
        let root =
            root.ok_or_else(|| StoreError::corrupt("the lake's catalog", "it names no `data_path`"))?;
        let bound = positions.map(Bound::of_positions);
        let found: Vec<Found> = sqlx::query_as(
            "select s.path, s.path_is_relative, t.path, t.path_is_relative, f.path, f.path_is_relative, f.partial_max,
                exists (select 1 from ducklake_delete_file d where d.data_file_id = f.data_file_id
                    and d.begin_snapshot <= ?1 and (d.end_snapshot is null or d.end_snapshot > ?1))
             from ducklake_data_file f join ducklake_table t using (table_id) join ducklake_schema s using (schema_id)
             where f.begin_snapshot <= ?1 and (f.end_snapshot is null or f.end_snapshot > ?1)
                 and t.end_snapshot is null and s.end_snapshot is null and s.schema_name = ?2 and t.table_name = ?3
                 and (?5 is null or f.data_file_id not in (
                    select p.data_file_id from ducklake_file_column_stats p join ducklake_column c using (table_id, column_id)
                    where c.column_name = ?4
                        and (cast(p.max_value as integer) < ?5 or cast(p.min_value as integer) >= ?6)))
             order by f.data_file_id",
        )
        .bind(snapshot)
        .bind(schema)
        .bind(table)
        .bind(POSITION)
        .bind(bound.map(|bound| bound.from))
        .bind(bound.map(|bound| bound.to))
        .fetch_all(&self.catalog)
        .await?;
        let mut files = Vec::with_capacity(found.len());
        for (schema_path, schema_relative, table_path, table_relative, file, relative, newest, deleted) in
            found
        {
            // Joining an absolute path stands over what is before it.
            let levels = [(schema_path, schema_relative), (table_path, table_relative), (file, relative)];
            let path = levels.into_iter().fold(PathBuf::from(&root), |path, (level, is_relative)| {
                if is_relative { path.join(level) } else { PathBuf::from(level) }
            });
            if deleted {
                let why = "another program has deleted rows from the lake, which only Wayfare may write";
                return Err(StoreError::corrupt(path.display().to_string(), why));
            }
            files.push((path, newest.filter(|newest| *newest > snapshot).map(|_| snapshot)));
        }
        Ok(files)
    }
}

fn told<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> StoreError + '_ {
    move |error| StoreError::corrupt(path.display().to_string(), error)
}

fn open(
    path: &Path,
    newest: Option<i64>,
    columns: &[String],
    window: Window,
    stretches: &mut Vec<Stretch>,
) -> Result<(), StoreError> {
    let file = File::open(path).map_err(StoreError::file(path))?;
    let read = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(told(path))?;
    let schema = as_views(read.schema());
    let places = columns.iter().map(|name| schema.index_of(name).ok()).collect();
    let options = ArrowReaderOptions::new().with_schema(schema);
    let metadata = ArrowReaderMetadata::try_new(read.metadata().clone(), options).map_err(told(path))?;
    let file = Arc::new(DataFile { path: path.into(), metadata, places });
    'groups: for (group, metadata) in file.metadata.metadata().row_groups().iter().enumerate() {
        let mut bounds = Vec::new();
        for bound in window.bounds() {
            match file.extent(metadata, bound.column)? {
                Some((first, last)) if last < bound.from || first >= bound.to => continue 'groups,
                Some((first, last)) if bound.from <= first && last < bound.to => {}
                _ => bounds.push(bound),
            }
        }
        stretches.push(Stretch { file: file.clone(), group, bounds, newest });
    }
    Ok(())
}

/// A file's columns with text as views, which share what the file says once.
fn as_views(schema: &SchemaRef) -> SchemaRef {
    let fields: Vec<Field> = schema.fields().iter().map(|field| with_views(field)).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// A field, as a view where it is text.
pub(crate) fn with_views(field: &Field) -> Field {
    match field.data_type() {
        DataType::Utf8 => field.clone().with_data_type(DataType::Utf8View),
        _ => field.clone(),
    }
}

impl DataFile {
    /// The least and the greatest number or time of a column in a row group; `None` where the file does not say.
    fn extent(&self, group: &RowGroupMetaData, column: &str) -> Result<Option<(i64, i64)>, StoreError> {
        let schema = self.metadata.parquet_schema();
        let converter = StatisticsConverter::try_new(column, self.metadata.schema(), schema);
        let converter = converter.map_err(told(&self.path))?;
        let least = converter.row_group_mins([group]).map_err(told(&self.path))?;
        let most = converter.row_group_maxes([group]).map_err(told(&self.path))?;
        Ok(first_number(&least).zip(first_number(&most)))
    }
}

fn first_number(array: &dyn Array) -> Option<i64> {
    if array.is_empty() || array.is_null(0) {
        return None;
    }
    let time = array.as_primitive_opt::<TimestampMicrosecondType>().map(|times| times.value(0));
    time.or_else(|| array.as_primitive_opt::<Int64Type>().map(|numbers| numbers.value(0)))
}

impl Stretch {
    /// How many rows it gives, where that is known before it is read.
    pub fn rows(&self) -> Option<u64> {
        let group = self.file.metadata.metadata().row_group(self.group);
        (self.bounds.is_empty() && self.newest.is_none()).then_some(group.num_rows() as u64)
    }

    /// Whether a column asked for, by its place, is known to be null throughout.
    pub fn is_null(&self, column: usize) -> bool {
        let Some(place) = self.file.places.get(column).copied().flatten() else { return true };
        let group = self.file.metadata.metadata().row_group(self.group);
        let Some(column) = group.columns().get(place) else { return false };
        let nulls = column.statistics().and_then(|statistics| statistics.null_count_opt());
        nulls.is_some_and(|nulls| nulls == group.num_rows() as u64)
    }

    /// By column asked for: its place in the batches that [`read`](Self::read) gives.
    pub fn places(&self) -> Vec<Option<usize>> {
        let mut read: Vec<usize> = self.file.places.iter().flatten().copied().collect();
        read.sort_unstable();
        read.dedup();
        let place = |place: &Option<usize>| place.and_then(|place| read.binary_search(&place).ok());
        self.file.places.iter().map(place).collect()
    }

    /// Reads its rows: those of the file's columns that were asked for and are there, in the file's order.
    pub fn read(
        &self,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, StoreError>> + Send + use<>, StoreError> {
        let path = self.file.path.clone();
        let file = File::open(&path).map_err(StoreError::file(&*path))?;
        let group = self.file.metadata.metadata().row_group(self.group);
        let a_row = group.total_byte_size() as u64 / (group.num_rows() as u64).max(1);
        let batch = (BATCH_BYTES / a_row.max(1)).clamp(32, MOST_ROWS as u64) as usize;
        let schema = self.file.metadata.parquet_schema();
        let places = self.file.places.iter().flatten().copied();
        let mut builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.file.metadata.clone())
                .with_row_groups(vec![self.group])
                .with_projection(ProjectionMask::roots(schema, places))
                .with_batch_size(batch);
        if let Some(filter) = self.row_filter()? {
            builder = builder.with_row_filter(filter);
        }
        let reader = builder.build().map_err(told(&path))?;
        Ok(reader.map(move |batch| batch.map_err(told(&path))))
    }

    fn row_filter(&self) -> Result<Option<RowFilter>, StoreError> {
        let schema = self.file.metadata.parquet_schema();
        let place = |name: &str| self.file.metadata.schema().index_of(name).map_err(told(&self.file.path));
        let mut predicates: Vec<Box<dyn parquet::arrow::arrow_reader::ArrowPredicate>> = Vec::new();
        for Bound { column, from, to } in self.bounds.iter().copied() {
            let mask = ProjectionMask::roots(schema, [place(column)?]);
            predicates.push(Box::new(ArrowPredicateFn::new(mask, move |batch: RecordBatch| {
                let numbers = cast(batch.column(0), &DataType::Int64)?;
                let numbers = numbers.as_primitive::<Int64Type>();
                let is_in = |row| numbers.is_valid(row) && (from..to).contains(&numbers.value(row));
                Ok((0..numbers.len()).map(|row| Some(is_in(row))).collect::<BooleanArray>())
            })));
        }
        if let Some(newest) = self.newest {
            let mask = ProjectionMask::roots(schema, [place(ORIGIN)?]);
            predicates.push(Box::new(ArrowPredicateFn::new(mask, move |batch: RecordBatch| {
                let origins = batch.column(0).as_primitive::<Int64Type>();
                Ok(BooleanArray::from_unary(origins, |origin| origin <= newest))
            })));
        }
        Ok((!predicates.is_empty()).then(|| RowFilter::new(predicates)))
    }
}
