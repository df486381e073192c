//! Parquet: typed columns, Zstandard, row groups bounded in memory.

use crate::cell_form::CellForm;
use crate::column::Column;
use crate::described;
use crate::error::ExportError;
use crate::ordered::threads;
use crate::part_file::{PartFile, PartFiles};
use crate::typed_column::TypedColumn;
use crate::writer::{Limits, TableWriter};
use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Rows handed to the encoder at once. Counted from the start of a part, so that pages and row groups end at the
/// same rows whatever batches the rows came in.
const ROWS_AT_ONCE: usize = 32_768;
/// With a limit of bytes the estimate is looked at more often.
const ROWS_AT_ONCE_LIMITED: usize = 512;
/// A row group ends when the encoder holds this much.
const ROW_GROUP_BYTES: usize = 32 * 1024 * 1024;
/// A row group ends at this many rows, whatever its size.
const ROW_GROUP_ROWS: usize = 1 << 20;
const ZSTD_LEVEL: i32 = 1;
const PAGE_BYTES: usize = 256 * 1024;
/// Kept free for a file's footer.
const FOOTER_BYTES: u64 = 16 * 1024;

/// Writes Parquet. The columns of rows are typed and encoded by several threads, each column by one at a time, while the
/// next rows are gathered.
pub struct ParquetWriter {
    schema: SchemaRef,
    columns: Columns,
    /// Threads that encode the rows gathered last.
    encoding: Vec<JoinHandle<Result<(), ExportError>>>,
    /// Columns of rows that are not encoded yet, batch by batch.
    waiting: Vec<Vec<ArrayRef>>,
    pending: usize,
    properties: WriterProperties,
    limits: Limits,
    rows_at_once: usize,
    files: PartFiles,
    rows: u64,
    part: Option<Part>,
}

type Columns = Arc<Vec<Mutex<EncodedColumn>>>;

/// A column on its way into the open row group.
struct EncodedColumn {
    typed: TypedColumn,
    /// There while a row group is open.
    writer: Option<ArrowColumnWriter>,
    /// What the rows encoded last took.
    took: Duration,
}

/// The open part.
struct Part {
    file: SerializedFileWriter<PartFile>,
    factory: ArrowRowGroupWriterFactory,
    rows: u64,
    row_groups: usize,
    /// Rows of the open row group; there is none where it is 0.
    in_group: usize,
}

impl ParquetWriter {
    /// A writer that begins after `rows` rows.
    pub fn new(
        columns: Vec<Column>,
        form: &CellForm,
        limits: Limits,
        files: PartFiles,
        rows: u64,
    ) -> Result<Self, ExportError> {
        let builders: Vec<_> = columns.into_iter().map(|column| TypedColumn::new(column, form)).collect();
        let properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_data_page_size_limit(PAGE_BYTES)
            .set_dictionary_page_size_limit(PAGE_BYTES)
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_key_value_metadata(Some(vec![described::key_value(&builders)?]));
        let properties = builders.iter().fold(properties, encoded).build();
        let rows_at_once = if limits.bytes.is_some() { ROWS_AT_ONCE_LIMITED } else { ROWS_AT_ONCE };
        Ok(Self {
            schema: described::schema(&builders),
            columns: Arc::new(
                builders
                    .into_iter()
                    .map(|typed| Mutex::new(EncodedColumn { typed, writer: None, took: Duration::ZERO }))
                    .collect(),
            ),
            encoding: Vec::new(),
            waiting: Vec::new(),
            pending: 0,
            properties,
            limits,
            rows_at_once,
            files,
            rows,
            part: None,
        })
    }

    fn open(&mut self) -> Result<(), ExportError> {
        let file = self.files.begin()?;
        let writer = ArrowWriter::try_new(file, self.schema.clone(), Some(self.properties.clone()))?;
        let (file, factory) = writer.into_serialized_writer().map_err(told)?;
        self.part = Some(Part { file, factory, rows: 0, row_groups: 0, in_group: 0 });
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExportError> {
        self.end_group()?;
        match self.part.take() {
            Some(part) => {
                let file = part.file.into_inner().map_err(told)?;
                self.files.finish(file, part.rows)
            }
            None => Ok(()),
        }
    }

    /// Writes the open row group.
    fn end_group(&mut self) -> Result<(), ExportError> {
        let Some(part) = self.part.as_mut().filter(|part| part.in_group > 0) else { return Ok(()) };
        let mut group = part.file.next_row_group().map_err(told)?;
        for column in &*self.columns {
            if let Some(writer) = locked(column).writer.take() {
                writer.close().and_then(|chunk| chunk.append_to_row_group(&mut group)).map_err(told)?;
            }
        }
        group.close().map_err(told)?;
        part.row_groups += 1;
        part.in_group = 0;
        Ok(())
    }

    /// Hands the pending rows to the encoder once it is done with those before.
    fn settle(&mut self) -> Result<(), ExportError> {
        if self.pending == 0 {
            return Ok(());
        }
        self.encoded()?;
        let Some(part) = &mut self.part else { return Ok(()) };
        if part.in_group == 0 {
            let writers = part.factory.create_column_writers(part.row_groups).map_err(told)?;
            for (column, writer) in self.columns.iter().zip(writers) {
                locked(column).writer = Some(writer);
            }
        }
        self.encoding = encode(&self.columns, &self.schema, std::mem::take(&mut self.waiting));
        part.rows += self.pending as u64;
        part.in_group += self.pending;
        self.pending = 0;
        self.files.control().set_rows(self.rows);
        // Where the part may end here, the next rows are not gathered before that is known: they are counted from its
        // start.
        let is_full = self.limits.rows.is_some_and(|most| part.rows >= most);
        if is_full || self.limits.bytes.is_some() {
            self.encoded()?;
        }
        if is_full {
            self.close()?;
        }
        self.files.control().check()
    }

    /// Waits until the rows handed over last are encoded, and ends the row group or the part where they are large enough.
    fn encoded(&mut self) -> Result<(), ExportError> {
        for thread in self.encoding.drain(..) {
            let broke_off = |_| ExportError::Worker("a thread that encodes Parquet broke off".into());
            thread.join().map_err(broke_off)??;
        }
        let Some(part) = self.part.as_ref().filter(|part| part.in_group > 0) else { return Ok(()) };
        let (mut memory, mut size) = (0, part.file.bytes_written() as u64 + FOOTER_BYTES);
        for column in &*self.columns {
            if let Some(writer) = &locked(column).writer {
                memory += writer.memory_size();
                size += writer.get_estimated_total_bytes() as u64;
            }
        }
        // The next rows are taken to be as large as those so far on average.
        let next = size / part.rows.max(1) * self.rows_at_once as u64;
        if self.limits.bytes.is_some_and(|most| size + next > most) {
            return self.close();
        }
        if memory >= ROW_GROUP_BYTES || part.in_group + self.rows_at_once > ROW_GROUP_ROWS {
            return self.end_group();
        }
        Ok(())
    }

    /// How many rows more are taken before they are handed to the encoder.
    fn room(&self) -> usize {
        let in_part = self.part.as_ref().map_or(0, |part| part.rows) + self.pending as u64;
        let left = self.limits.rows.map_or(u64::MAX, |most| most.saturating_sub(in_part));
        usize::try_from(left).unwrap_or(usize::MAX).min(self.rows_at_once - self.pending).max(1)
    }

    fn is_full(&self) -> bool {
        let rows = self.part.as_ref().map_or(0, |part| part.rows) + self.pending as u64;
        self.pending >= self.rows_at_once || self.limits.rows.is_some_and(|most| rows >= most)
    }
}

/// How a column is encoded. Instants hardly repeat and ascend for long stretches: their differences are packed. Everything
/// else gets a dictionary for as long as it stays small.
fn encoded(properties: WriterPropertiesBuilder, column: &TypedColumn) -> WriterPropertiesBuilder {
    match column.data_type() {
        DataType::Timestamp(..) => {
            let path = ColumnPath::new(vec![column.column().name.clone()]);
            properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED)
        }
        _ => properties,
    }
}

/// Types and encodes the columns of rows, on threads of their own.
fn encode(
    columns: &Columns,
    schema: &SchemaRef,
    rows: Vec<Vec<ArrayRef>>,
) -> Vec<JoinHandle<Result<(), ExportError>>> {
    // What takes longest first, so that no thread is left with it at the end.
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_cached_key(|index| Reverse(locked(&columns[*index]).took));
    let (rows, order, next) = (Arc::new(rows), Arc::new(order), Arc::new(AtomicUsize::new(0)));
    let work = || {
        let (columns, schema, rows) = (columns.clone(), schema.clone(), rows.clone());
        let (order, next) = (order.clone(), next.clone());
        move || {
            loop {
                let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) else { return Ok(()) };
                let EncodedColumn { typed, writer, took } = &mut *locked(&columns[index]);
                let Some(writer) = writer else { continue };
                let began = Instant::now();
                let arrays: Vec<ArrayRef> =
                    rows.iter().filter_map(|columns| columns.get(index).cloned()).collect();
                for leaf in compute_leaves(schema.field(index), &typed.typed(&arrays)?).map_err(told)? {
                    writer.write(&leaf).map_err(told)?;
                }
                *took = began.elapsed();
            }
        }
    };
    (0..threads().min(columns.len())).map(|_| std::thread::spawn(work())).collect()
}

fn locked(column: &Mutex<EncodedColumn>) -> MutexGuard<'_, EncodedColumn> {
    column.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TableWriter for ParquetWriter {
    fn write(&mut self, columns: &[ArrayRef], rows: usize) -> Result<(), ExportError> {
        let mut from = 0;
        while from < rows {
            if self.part.is_none() {
                self.open()?;
            }
            let taken = self.room().min(rows - from);
            let slices = columns.iter().map(|column| column.slice(from, taken)).collect();
            self.waiting.push(slices);
            from += taken;
            self.rows += taken as u64;
            self.pending += taken;
            if self.is_full() {
                self.settle()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.settle()?;
        self.encoded()?;
        if self.part.is_none() && self.files.is_first() {
            self.open()?;
        }
        self.close()
    }
}

/// A full disk inside the Parquet writer is told as such.
fn told(error: ParquetError) -> ExportError {
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(io) => ExportError::file(std::path::Path::new("the Parquet part"))(*io),
            Err(inner) => ExportError::Parquet(ParquetError::External(inner)),
        },
        other => ExportError::Parquet(other),
    }
}
