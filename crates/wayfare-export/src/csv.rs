//! CSV: RFC 4180, UTF-8. Null is an empty cell (or the null text), the empty string is `""`.

use crate::cells::{Cell, Cells};
use crate::column::{Column, ColumnType};
use crate::error::ExportError;
use crate::request::Formulas;
use crate::text::{self, Times};

/// How CSV is written.
#[derive(Debug, Clone)]
pub struct CsvOptions {
    /// Between cells.
    pub delimiter: u8,
    /// Whether a part starts with a byte order mark.
    pub bom: bool,
    /// Whether rows end in CR LF.
    pub crlf: bool,
    /// What stands for null.
    pub null: String,
    /// What happens to text that a spreadsheet would run as a formula.
    pub formulas: Formulas,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { delimiter: b',', bom: false, crlf: false, null: String::new(), formulas: Formulas::Raw }
    }
}

/// Encodes rows as CSV.
#[derive(Debug)]
pub struct CsvEncoder {
    columns: Vec<Column>,
    options: CsvOptions,
    /// By byte: whether a cell that has it needs quotes.
    needs_quotes: [bool; 256],
    times: Times,
    scratch: Vec<u8>,
}

impl CsvEncoder {
    /// An encoder of rows with the given columns.
    pub fn new(columns: Vec<Column>, options: CsvOptions) -> Self {
        let mut needs_quotes = [false; 256];
        for byte in [b'"', b'\n', b'\r', options.delimiter] {
            needs_quotes[usize::from(byte)] = true;
        }
        Self { columns, options, needs_quotes, times: Times::default(), scratch: Vec::new() }
    }

    /// Appends the header that every part starts with.
    pub fn header(&self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        if self.options.bom {
            out.extend_from_slice("\u{feff}".as_bytes());
        }
        for (index, column) in self.columns.iter().enumerate() {
            if index > 0 {
                out.push(self.options.delimiter);
            }
            // A header is text that a source chose, too.
            self.text(out, column, &column.name, true, 0)?;
        }
        self.end_row(out);
        Ok(())
    }

    /// Appends one row; `number` is its number in the export, from 1.
    pub fn row(
        &mut self,
        out: &mut Vec<u8>,
        cells: &[Cells<'_>],
        row: usize,
        number: u64,
    ) -> Result<(), ExportError> {
        for (index, cells) in cells.iter().enumerate() {
            if index > 0 {
                out.push(self.options.delimiter);
            }
            self.cell(out, index, cells.get(row), number)?;
        }
        self.end_row(out);
        Ok(())
    }

    fn end_row(&self, out: &mut Vec<u8>) {
        if self.options.crlf {
            out.push(b'\r');
        }
        out.push(b'\n');
    }

    #[inline]
    fn cell(
        &mut self,
        out: &mut Vec<u8>,
        index: usize,
        cell: Cell<'_>,
        number: u64,
    ) -> Result<(), ExportError> {
        match cell {
            Cell::Null => out.extend_from_slice(self.options.null.as_bytes()),
            Cell::Boolean(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
            Cell::Integer(value) => text::integer(out, value),
            Cell::Unsigned(value) => text::unsigned(out, value),
            Cell::Float(value) => text::float(out, value),
            Cell::Date(day) => self.times.date(out, day),
            Cell::Micros(micros) => self.times.instant(out, micros),
            Cell::Text(value) => return self.source_text(out, index, value, number),
        }
        Ok(())
    }

    #[inline]
    fn source_text(
        &mut self,
        out: &mut Vec<u8>,
        index: usize,
        value: &str,
        number: u64,
    ) -> Result<(), ExportError> {
        let column = &self.columns[index];
        match column.column_type {
            ColumnType::String => self.text(out, column, value, true, number),
            ColumnType::Array(_) => {
                let mut compact = std::mem::take(&mut self.scratch);
                compact.clear();
                text::compact_json(&mut compact, value);
                self.quoted_where_needed(out, &compact);
                self.scratch = compact;
                Ok(())
            }
            ColumnType::Number if text::number(out, value) => Ok(()),
            ColumnType::Integer if value.parse::<i64>().is_ok() => {
                out.extend_from_slice(value.as_bytes());
                Ok(())
            }
            ColumnType::Datetime if self.times.instant_text(out, value) => Ok(()),
            ColumnType::Identifier | ColumnType::Json => self.text(out, column, value, false, number),
            // What its column's type does not hold is text.
            _ => self.text(out, &self.columns[index], value, true, number),
        }
    }

    fn text(
        &self,
        out: &mut Vec<u8>,
        column: &Column,
        value: &str,
        is_text: bool,
        number: u64,
    ) -> Result<(), ExportError> {
        let bytes = value.as_bytes();
        if is_text && self.options.formulas != Formulas::Raw && starts_formula(bytes) {
            if self.options.formulas == Formulas::Refuse {
                return Err(ExportError::Formula {
                    column: column.name.clone(),
                    row: number,
                    text: value.chars().take(40).collect(),
                });
            }
            let escaped = [b"'", bytes].concat();
            self.quoted_where_needed(out, &escaped);
        } else {
            self.quoted_where_needed(out, bytes);
        }
        Ok(())
    }

    fn quoted_where_needed(&self, out: &mut Vec<u8>, bytes: &[u8]) {
        // Empty and null must stay apart, whatever stands for null.
        let is_null_text = bytes == self.options.null.as_bytes();
        if bytes.is_empty() || is_null_text || bytes.iter().any(|byte| self.needs_quotes[usize::from(*byte)])
        {
            out.push(b'"');
            let mut rest = bytes;
            while let Some(quote) = rest.iter().position(|byte| *byte == b'"') {
                out.extend_from_slice(&rest[..=quote]);
                out.push(b'"');
                rest = &rest[quote + 1..];
            }
            out.extend_from_slice(rest);
            out.push(b'"');
        } else {
            out.extend_from_slice(bytes);
        }
    }
}

/// Whether a spreadsheet would run a cell that starts so.
fn starts_formula(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))
}
