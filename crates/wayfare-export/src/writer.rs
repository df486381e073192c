//! Writing rows: one trait for every format, and the choice of the writer that a request asks for.

use crate::column::Column;
use crate::csv::{CsvEncoder, CsvOptions};
use crate::error::ExportError;
use crate::ndjson::NdjsonEncoder;
use crate::parquet::ParquetWriter;
use crate::part_file::PartFiles;
use crate::request::{ExportRequest, Format, Surface};
use crate::text_writer::{TextEncoder, TextWriter};
use arrow::array::ArrayRef;

/// Writes rows into parts.
///
/// The bytes depend on the rows alone, never on how they are cut into batches: a part that is begun again after
/// a restart comes out the same.
pub trait TableWriter: Send {
    /// Writes rows, given as columns in the order of the export's.
    fn write(&mut self, columns: &[ArrayRef], rows: usize) -> Result<(), ExportError>;
    /// Finishes the last part; an export without rows has one part without rows.
    fn finish(self: Box<Self>) -> Result<(), ExportError>;
}

/// Where a part ends.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// The most rows of a part.
    pub rows: Option<u64>,
    /// The most bytes of a part. A text part exceeds it only with a single row (or block) larger than that; a
    /// Parquet part is ended by an estimate of its size.
    pub bytes: Option<u64>,
}

/// The extension of the files that a request asks for: `.csv.gz`.
pub fn extension(request: &ExportRequest) -> String {
    let compressed = request.compression.map_or("", |compression| compression.extension());
    format!(".{}{compressed}", request.format.name())
}

/// The CSV options of a request.
pub fn csv_options(request: &ExportRequest) -> CsvOptions {
    let null = request.null_text.clone();
    match request.surface {
        Surface::Native => CsvOptions {
            delimiter: request.delimiter.map_or(b',', |delimiter| delimiter as u8),
            bom: request.bom,
            crlf: request.crlf,
            null: null.unwrap_or_default(),
            formulas: request.formulas,
        },
        // Clients of that surface read one form; nothing is ever put in front of their cells.
        Surface::V1 | Surface::V2 => {
            CsvOptions { null: null.unwrap_or_else(|| "\\N".into()), ..CsvOptions::default() }
        }
    }
}

/// The writer that a request asks for, which begins after `rows` rows that finished parts hold already.
pub fn writer(
    request: &ExportRequest,
    columns: Vec<Column>,
    files: PartFiles,
    rows: u64,
) -> Result<Box<dyn TableWriter>, ExportError> {
    let limits =
        Limits { rows: request.max_rows.map(|rows| rows.get()), bytes: request.max_bytes.map(|b| b.get()) };
    let text = |encoder, files| TextWriter::new(encoder, request.compression, limits, files, rows);
    Ok(match request.format {
        Format::Csv => {
            let encoder = CsvEncoder::new(columns, csv_options(request));
            Box::new(text(TextEncoder::Csv(Box::new(encoder)), files))
        }
        Format::Ndjson => Box::new(text(TextEncoder::Ndjson(NdjsonEncoder::new(columns)), files)),
        Format::Parquet => {
            let times_as_text = request.surface == Surface::V1;
            Box::new(ParquetWriter::new(columns, times_as_text, limits, files, rows)?)
        }
    })
}
