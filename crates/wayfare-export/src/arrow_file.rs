//! Arrow IPC: a file a part, with a footer, so that readers may map it and jump to any batch.

use crate::cell_form::CellForm;
use crate::cells::{Cell, Cells};
use crate::column::Column;
use crate::described;
use crate::error::ExportError;
use crate::part_file::{PartFile, PartFiles};
use crate::request::Compression;
use crate::typed_column::TypedColumn;
use crate::writer::{Limits, TableWriter};
use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use arrow::record_batch::RecordBatch;
use std::io::BufWriter;

/// Rows of a batch. Counted from the start of a part, whatever batches the rows came in.
const ROWS_AT_ONCE: usize = 8_192;
/// A batch ends earlier where its texts are as long as this together.
const TEXT_AT_ONCE: usize = 8 * 1024 * 1024;
/// With a limit of bytes the size is looked at more often.
const ROWS_AT_ONCE_LIMITED: usize = 512;
/// Kept free for a file's footer.
const FOOTER_BYTES: u64 = 8 * 1024;

/// Writes Arrow IPC files.
pub struct ArrowFileWriter {
    schema: SchemaRef,
    columns: Vec<TypedColumn>,
    pending: usize,
    pending_text: usize,
    options: IpcWriteOptions,
    limits: Limits,
    rows_at_once: usize,
    files: PartFiles,
    rows: u64,
    part: Option<Open>,
}

struct Open {
    writer: FileWriter<BufWriter<PartFile>>,
    rows: u64,
    largest_batch: u64,
}

impl Open {
    fn bytes(&self) -> u64 {
        let buffer = self.writer.get_ref();
        buffer.get_ref().bytes() + buffer.buffer().len() as u64
    }
}

impl ArrowFileWriter {
    /// A writer that begins after `rows` rows.
    pub fn new(
        columns: Vec<Column>,
        form: &CellForm,
        compression: Option<Compression>,
        limits: Limits,
        files: PartFiles,
        rows: u64,
    ) -> Result<Self, ExportError> {
        let columns: Vec<_> = columns.into_iter().map(|column| TypedColumn::new(column, form)).collect();
        let packed = compression.map(|_| CompressionType::ZSTD);
        let options = IpcWriteOptions::default().try_with_compression(packed)?;
        let rows_at_once = if limits.bytes.is_some() { ROWS_AT_ONCE_LIMITED } else { ROWS_AT_ONCE };
        Ok(Self {
            schema: described::schema(&columns),
            columns,
            pending: 0,
            pending_text: 0,
            options,
            limits,
            rows_at_once,
            files,
            rows,
            part: None,
        })
    }

    fn open(&mut self) -> Result<(), ExportError> {
        let file = BufWriter::with_capacity(256 * 1024, self.files.begin()?);
        let writer =
            FileWriter::try_new_with_options(file, &self.schema, self.options.clone()).map_err(told)?;
        self.part = Some(Open { writer, rows: 0, largest_batch: 0 });
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExportError> {
        let Some(Open { mut writer, rows, .. }) = self.part.take() else { return Ok(()) };
        writer.finish().map_err(told)?;
        let buffer = writer.into_inner().map_err(told)?;
        let file = buffer.into_inner().map_err(|error| told(ArrowError::from(error.into_error())))?;
        self.files.finish(file, rows)
    }

    /// Writes the pending rows as a batch, and ends the part where it is large enough.
    fn settle(&mut self) -> Result<(), ExportError> {
        if self.pending == 0 {
            return Ok(());
        }
        let arrays = self.columns.iter_mut().map(TypedColumn::finish).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays)?;
        let Some(part) = &mut self.part else { return Ok(()) };
        let before = part.bytes();
        part.writer.write(&batch).map_err(told)?;
        part.rows += self.pending as u64;
        part.largest_batch = part.largest_batch.max(part.bytes() - before);
        (self.pending, self.pending_text) = (0, 0);
        // The next batch is taken to be as large as the largest so far.
        let next = part.bytes() + part.largest_batch + FOOTER_BYTES;
        let ended = self.limits.rows.is_some_and(|most| part.rows >= most)
            || self.limits.bytes.is_some_and(|most| next > most);
        self.files.control().set_rows(self.rows);
        if ended {
            self.close()?;
        }
        self.files.control().check()
    }

    fn is_full(&self) -> bool {
        let rows = self.part.as_ref().map_or(0, |part| part.rows) + self.pending as u64;
        self.pending >= self.rows_at_once
            || self.pending_text >= TEXT_AT_ONCE
            || self.limits.rows.is_some_and(|most| rows >= most)
    }
}

impl TableWriter for ArrowFileWriter {
    fn write(&mut self, columns: &[ArrayRef], rows: usize) -> Result<(), ExportError> {
        let cells = columns.iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
        for row in 0..rows {
            if self.part.is_none() {
                self.open()?;
            }
            for (column, cells) in self.columns.iter_mut().zip(&cells) {
                let cell = cells.get(row);
                if let Cell::Text(text) = cell {
                    self.pending_text += text.len();
                }
                column.push(cell)?;
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

/// A full disk inside the Arrow writer is told as such.
fn told(error: ArrowError) -> ExportError {
    match error {
        ArrowError::IoError(_, io) => ExportError::file(std::path::Path::new("the Arrow part"))(io),
        other => ExportError::Arrow(other),
    }
}
