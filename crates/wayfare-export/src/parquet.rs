//! Parquet: typed columns, Zstandard, row groups bounded in memory.

use crate::cell_form::CellForm;
use crate::cells::Cells;
use crate::column::Column;
use crate::described;
use crate::error::ExportError;
use crate::part_file::{PartFile, PartFiles};
use crate::typed_column::TypedColumn;
use crate::writer::{Limits, TableWriter};
use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterVersion};

/// Rows handed to the encoder at once. Counted from the start of a part, so that pages and row groups end at the
/// same rows whatever batches the rows came in.
const ROWS_AT_ONCE: usize = 4_096;
/// With a limit of bytes the estimate is looked at more often.
const ROWS_AT_ONCE_LIMITED: usize = 512;
/// A row group ends when the encoder holds this much.
const ROW_GROUP_BYTES: usize = 32 * 1024 * 1024;
/// A row group ends at this many rows, whatever its size.
const ROW_GROUP_ROWS: usize = 1 << 20;
const PAGE_BYTES: usize = 256 * 1024;
/// Kept free for a file's footer.
const FOOTER_BYTES: u64 = 16 * 1024;

/// Writes Parquet.
pub struct ParquetWriter {
    schema: SchemaRef,
    columns: Vec<TypedColumn>,
    pending: usize,
    properties: WriterProperties,
    limits: Limits,
    rows_at_once: usize,
    files: PartFiles,
    rows: u64,
    part: Option<(ArrowWriter<PartFile>, u64)>,
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
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_data_page_size_limit(PAGE_BYTES)
            .set_dictionary_page_size_limit(PAGE_BYTES)
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_key_value_metadata(Some(vec![described::key_value(&builders)?]))
            .build();
        let rows_at_once = if limits.bytes.is_some() { ROWS_AT_ONCE_LIMITED } else { ROWS_AT_ONCE };
        Ok(Self {
            schema: described::schema(&builders),
            columns: builders,
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
        self.part = Some((writer, 0));
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExportError> {
        match self.part.take() {
            Some((writer, rows)) => {
                let file = writer.into_inner().map_err(told)?;
                self.files.finish(file, rows)
            }
            None => Ok(()),
        }
    }

    /// Hands the pending rows to the encoder, and ends the row group or the part where they are large enough.
    fn settle(&mut self) -> Result<(), ExportError> {
        if self.pending == 0 {
            return Ok(());
        }
        let arrays = self.columns.iter_mut().map(TypedColumn::finish).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays)?;
        let Some((writer, rows)) = &mut self.part else { return Ok(()) };
        writer.write(&batch).map_err(told)?;
        *rows += self.pending as u64;
        self.pending = 0;
        if writer.memory_size() >= ROW_GROUP_BYTES {
            writer.flush().map_err(told)?;
        }
        let size = writer.bytes_written() as u64 + writer.in_progress_size() as u64 + FOOTER_BYTES;
        // The next rows are taken to be as large as those so far on average.
        let next = size / (*rows).max(1) * self.rows_at_once as u64;
        let ended = self.limits.rows.is_some_and(|most| *rows >= most)
            || self.limits.bytes.is_some_and(|most| size + next > most);
        self.files.control().set_rows(self.rows);
        if ended {
            self.close()?;
        }
        self.files.control().check()
    }

    fn is_full(&self) -> bool {
        let rows = self.part.as_ref().map_or(0, |(_, rows)| *rows) + self.pending as u64;
        self.pending >= self.rows_at_once || self.limits.rows.is_some_and(|most| rows >= most)
    }
}

impl TableWriter for ParquetWriter {
    fn write(&mut self, columns: &[ArrayRef], rows: usize) -> Result<(), ExportError> {
        let cells = columns.iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
        for row in 0..rows {
            if self.part.is_none() {
                self.open()?;
            }
            for (column, cells) in self.columns.iter_mut().zip(&cells) {
                column.push(cells.get(row))?;
            }
            self.rows += 1;
            self.pending += 1;
            if self.is_full() {
                self.settle()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.settle()?;
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
