//! Writing rows: what formats have in common, and the choice of the writer that a request asks for.

use crate::arrow_file::ArrowFileWriter;
use crate::cell_form::{ArrayText, CellForm};
use crate::column::Column;
use crate::csv::{CsvEncoder, CsvOptions};
use crate::error::ExportError;
use crate::ndjson::NdjsonEncoder;
use crate::parquet::ParquetWriter;
use crate::part_file::PartFiles;
use crate::request::{ExportRequest, Format, Formulas, Surface};
use crate::text_rows::TextEncoder;
use crate::text_writer::TextWriter;
use crate::xlsx::XlsxWriter;
use arrow::array::ArrayRef;

/// Writes rows as columns into parts.
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
    /// The most bytes of a part. A text part exceeds it only with a single row (or block) larger than that; parts of
    /// the other formats are ended by an estimate of their size.
    pub bytes: Option<u64>,
}

/// The extension of the files that a request asks for: `.csv.gz`.
pub fn extension(request: &ExportRequest) -> String {
    let compressed = match (request.format, request.compression) {
        // It is compressed inside, batch by batch.
        (Format::Arrow, _) | (_, None) => "",
        (_, Some(compression)) => compression.extension(),
    };
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
            quotes: request.quotes.unwrap_or_default(),
        },
        // Clients of that surface read one form; nothing is ever put in front of their cells.
        Surface::V1 | Surface::V2 => {
            CsvOptions { null: null.unwrap_or_else(|| "\\N".into()), ..CsvOptions::default() }
        }
    }
}

/// What a request is written with.
pub enum Writer {
    /// Rows as text, which several threads encode.
    Text {
        /// Encodes cells.
        encoder: TextEncoder,
        /// Whether the text of attributes may be prepared once a profile: a cell that fails is told with its row's number.
        prepares: bool,
        /// Writes rows.
        writer: Box<TextWriter>,
    },
    /// Rows as columns.
    Table(Box<dyn TableWriter>),
}

impl Writer {
    /// Finishes the last part; an export without rows has one part without rows.
    pub fn finish(self) -> Result<(), ExportError> {
        match self {
            Self::Text { writer, .. } => writer.finish(),
            Self::Table(writer) => writer.finish(),
        }
    }
}

/// The writer that a request asks for, which begins after `rows` rows that finished parts hold already.
pub fn writer(
    request: &ExportRequest,
    columns: Vec<Column>,
    files: PartFiles,
    rows: u64,
) -> Result<Writer, ExportError> {
    let limits =
        Limits { rows: request.max_rows.map(|rows| rows.get()), bytes: request.max_bytes.map(|b| b.get()) };
    let form = CellForm::of(request)?;
    let may_fail = csv_options(request).formulas == Formulas::Refuse
        || matches!(form.arrays, Some(ArrayText::Joined(_)));
    let encoder = match request.format {
        Format::Csv => TextEncoder::Csv(Box::new(CsvEncoder::new(columns, csv_options(request), form))),
        Format::Ndjson => TextEncoder::Ndjson(NdjsonEncoder::new(columns, form)),
        Format::Parquet => {
            return Ok(Writer::Table(Box::new(ParquetWriter::new(columns, &form, limits, files, rows)?)));
        }
        Format::Arrow => {
            let writer = ArrowFileWriter::new(columns, &form, request.compression, limits, files, rows)?;
            return Ok(Writer::Table(Box::new(writer)));
        }
        Format::Xlsx => {
            let writer = XlsxWriter::new(columns, form, request.kind.name(), limits, files, rows);
            return Ok(Writer::Table(Box::new(writer)));
        }
    };
    let writer = TextWriter::new(encoder.clone(), request.compression, limits, files, rows);
    Ok(Writer::Text { encoder, prepares: !may_fail, writer: Box::new(writer) })
}
