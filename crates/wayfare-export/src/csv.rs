//! CSV: RFC 4180, UTF-8. Null is an empty cell (or the null text), the empty string is `""`.

use crate::cell_form::{ArrayText, CellForm};
use crate::cells::Cell;
use crate::column::{Column, ColumnType};
use crate::error::ExportError;
use crate::form::Quotes;
use crate::request::Formulas;
use crate::text;
use crate::times::Times;

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
    /// Which cells stand in quotes.
    pub quotes: Quotes,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            delimiter: b',',
            bom: false,
            crlf: false,
            null: String::new(),
            formulas: Formulas::Raw,
            quotes: Quotes::Needed,
        }
    }
}

/// Encodes rows as CSV.
#[derive(Debug, Clone)]
pub struct CsvEncoder {
    columns: Vec<Column>,
    options: CsvOptions,
    /// By byte: whether a cell that has it needs quotes.
    needs_quotes: [bool; 256],
    /// Whether numbers and booleans stand in quotes.
    quote_numbers: bool,
    /// Whether instants do.
    quote_instants: bool,
    times: Times,
    arrays: ArrayText,
    scratch: Vec<u8>,
}

impl CsvEncoder {
    /// An encoder of rows with the given columns.
    pub fn new(columns: Vec<Column>, options: CsvOptions, form: CellForm) -> Self {
        let mut needs_quotes = [false; 256];
        for byte in [b'"', b'\n', b'\r', options.delimiter] {
            needs_quotes[usize::from(byte)] = true;
        }
        Self {
            columns,
            needs_quotes,
            quote_numbers: options.quotes == Quotes::All,
            quote_instants: match options.quotes {
                Quotes::Needed => false,
                Quotes::All => true,
                Quotes::Text => !form.times.gives_numbers(),
            },
            options,
            times: form.times,
            arrays: form.arrays.unwrap_or(ArrayText::Json),
            scratch: Vec::new(),
        }
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

    /// Appends what stands before a cell.
    #[inline]
    pub fn before(&self, out: &mut Vec<u8>, index: usize) {
        if index > 0 {
            out.push(self.options.delimiter);
        }
    }

    /// Ends a row.
    pub fn end_row(&self, out: &mut Vec<u8>) {
        if self.options.crlf {
            out.push(b'\r');
        }
        out.push(b'\n');
    }

    /// Appends a cell; `number` is its row's in the export, from 1.
    #[inline]
    pub fn cell(
        &mut self,
        out: &mut Vec<u8>,
        index: usize,
        cell: Cell<'_>,
        number: u64,
    ) -> Result<(), ExportError> {
        let quote = self.quote_numbers
            || self.options.quotes == Quotes::Text
                && matches!(self.columns[index].column_type, ColumnType::String | ColumnType::Identifier);
        match cell {
            Cell::Null => out.extend_from_slice(self.options.null.as_bytes()),
            Cell::Text(value) => return self.source_text(out, index, value, number),
            Cell::Boolean(value) => {
                between(out, quote, |out| out.extend_from_slice(if value { b"true" } else { b"false" }));
            }
            Cell::Integer(value) => between(out, quote, |out| text::integer(out, value)),
            Cell::Unsigned(value) => between(out, quote, |out| text::unsigned(out, value)),
            Cell::Float(value) => between(out, quote, |out| text::float(out, value)),
            Cell::Date(day) => {
                between(out, self.options.quotes != Quotes::Needed, |out| self.times.date(out, day));
            }
            Cell::Micros(micros) => {
                between(out, quote || self.quote_instants, |out| self.times.instant(out, micros));
            }
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
                let mut text = std::mem::take(&mut self.scratch);
                text.clear();
                self.arrays.append(&mut text, value, &column.name)?;
                // What joined elements start with, a source chose; JSON starts with a bracket.
                self.bytes(out, column, &text, true, number)?;
                self.scratch = text;
                Ok(())
            }
            ColumnType::Number if typed(out, self.quote_numbers, |out| text::number(out, value)) => Ok(()),
            ColumnType::Integer if value.parse::<i64>().is_ok() => {
                between(out, self.quote_numbers, |out| out.extend_from_slice(value.as_bytes()));
                Ok(())
            }
            ColumnType::Boolean if matches!(value, "true" | "false") => {
                between(out, self.quote_numbers, |out| out.extend_from_slice(value.as_bytes()));
                Ok(())
            }
            ColumnType::Datetime
                if typed(out, self.quote_instants, |out| self.times.instant_text(out, value)) =>
            {
                Ok(())
            }
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
        self.bytes(out, column, value.as_bytes(), is_text, number)
    }

    fn bytes(
        &self,
        out: &mut Vec<u8>,
        column: &Column,
        bytes: &[u8],
        is_text: bool,
        number: u64,
    ) -> Result<(), ExportError> {
        if is_text && self.options.formulas != Formulas::Raw && starts_formula(bytes) {
            if self.options.formulas == Formulas::Refuse {
                return Err(ExportError::Formula {
                    column: column.name.clone(),
                    row: number,
                    text: String::from_utf8_lossy(bytes).chars().take(40).collect(),
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
        if self.options.quotes != Quotes::Needed
            || bytes.is_empty()
            || is_null_text
            || bytes.iter().any(|byte| self.needs_quotes[usize::from(*byte)])
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

/// Appends something, between quotes where asked for; it has none in it.
#[inline]
fn between(out: &mut Vec<u8>, quote: bool, append: impl FnOnce(&mut Vec<u8>)) {
    if quote {
        out.push(b'"');
    }
    append(out);
    if quote {
        out.push(b'"');
    }
}

/// Appends something where it can be; else `false`, and then nothing was appended.
#[inline]
fn typed(out: &mut Vec<u8>, quote: bool, append: impl FnOnce(&mut Vec<u8>) -> bool) -> bool {
    let start = out.len();
    let mut fits = false;
    between(out, quote, |out| fits = append(out));
    if !fits {
        out.truncate(start);
    }
    fits
}

/// Whether a spreadsheet would run a cell that starts so.
pub(crate) fn starts_formula(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))
}
