//! NDJSON: one object a line, every column in it, null as `null`.
//!
//! Numbers stand as their source wrote them, booleans and arrays as what they are, days and instants as text, or
//! instants as numbers where that is asked for.

use crate::cell_form::{ArrayText, CellForm};
use crate::cells::Cell;
use crate::column::{Column, ColumnType};
use crate::error::ExportError;
use crate::text;
use crate::times::Times;
use wayfare_model::value::exact_number;

/// Encodes rows as NDJSON.
#[derive(Debug, Clone)]
pub struct NdjsonEncoder {
    columns: Vec<Column>,
    /// `{"name":` of the first column, `,"name":` of the others.
    keys: Vec<Vec<u8>>,
    times: Times,
    arrays: ArrayText,
    scratch: Vec<u8>,
}

impl NdjsonEncoder {
    /// An encoder of rows with the given columns.
    pub fn new(columns: Vec<Column>, form: CellForm) -> Self {
        let keys = columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let mut key = vec![if index == 0 { b'{' } else { b',' }];
                string(&mut key, &column.name);
                key.push(b':');
                key
            })
            .collect();
        let arrays = form.arrays.unwrap_or(ArrayText::Json);
        Self { columns, keys, times: form.times, arrays, scratch: Vec::new() }
    }

    /// Appends what stands before a cell.
    #[inline]
    pub fn before(&self, out: &mut Vec<u8>, index: usize) {
        out.extend_from_slice(&self.keys[index]);
    }

    /// Ends a row.
    #[inline]
    pub fn end_row(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"}\n");
    }

    /// Appends a cell.
    #[inline]
    pub fn cell(&mut self, out: &mut Vec<u8>, index: usize, cell: Cell<'_>) -> Result<(), ExportError> {
        let column_type = self.columns[index].column_type;
        let is_text = matches!(column_type, ColumnType::String | ColumnType::Identifier);
        match cell {
            Cell::Null => out.extend_from_slice(b"null"),
            Cell::Text(value) => return self.source_text(out, index, value),
            // JSON has no number for what is no finite float.
            Cell::Float(value) if !value.is_finite() => out.extend_from_slice(b"null"),
            Cell::Date(day) => quoted(out, true, |out| self.times.date(out, day)),
            Cell::Micros(micros) => {
                let quote = is_text || !self.times.gives_numbers();
                quoted(out, quote, |out| self.times.instant(out, micros));
            }
            // A column that holds text beside numbers holds them all as text.
            Cell::Boolean(value) => {
                quoted(out, is_text, |out| out.extend_from_slice(if value { b"true" } else { b"false" }));
            }
            Cell::Integer(value) => quoted(out, is_text, |out| text::integer(out, value)),
            Cell::Unsigned(value) => quoted(out, is_text, |out| text::unsigned(out, value)),
            Cell::Float(value) => quoted(out, is_text, |out| text::float(out, value)),
        }
        Ok(())
    }

    #[inline]
    fn source_text(&mut self, out: &mut Vec<u8>, index: usize, value: &str) -> Result<(), ExportError> {
        match self.columns[index].column_type {
            ColumnType::Number if exact_number(value).is_some() => {
                out.extend_from_slice(value.as_bytes());
            }
            ColumnType::Integer if value.parse::<i64>().is_ok() => {
                out.extend_from_slice(value.as_bytes());
            }
            ColumnType::Boolean if matches!(value, "true" | "false") => {
                out.extend_from_slice(value.as_bytes());
            }
            ColumnType::Array(_) if value.starts_with('[') => match &self.arrays {
                ArrayText::Json => text::compact_json(out, value),
                joined @ ArrayText::Joined(_) => {
                    self.scratch.clear();
                    joined.append(&mut self.scratch, value, &self.columns[index].name)?;
                    escaped(out, &self.scratch);
                }
            },
            ColumnType::Json => out.extend_from_slice(value.as_bytes()),
            ColumnType::Datetime => {
                let (start, quote) = (out.len(), !self.times.gives_numbers());
                let mut is_instant = true;
                quoted(out, quote, |out| is_instant = self.times.instant_text(out, value));
                if !is_instant {
                    out.truncate(start);
                    string(out, value);
                }
            }
            _ => string(out, value),
        }
        Ok(())
    }
}

/// Appends something that needs no escapes, as a string where asked for.
#[inline]
fn quoted(out: &mut Vec<u8>, quote: bool, append: impl FnOnce(&mut Vec<u8>)) {
    if quote {
        out.push(b'"');
    }
    append(out);
    if quote {
        out.push(b'"');
    }
}

/// By byte: 0 needs no escape, `u` is written as `\u00XX`, anything else is written after a backslash.
const ESCAPES: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = b'u';
        byte += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0a] = b'n';
    table[0x0c] = b'f';
    table[0x0d] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

/// Appends a JSON string.
pub(crate) fn string(out: &mut Vec<u8>, value: &str) {
    escaped(out, value.as_bytes());
}

fn escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let mut plain_from = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        let escape = ESCAPES[usize::from(byte)];
        if escape == 0 {
            continue;
        }
        out.extend_from_slice(&bytes[plain_from..index]);
        plain_from = index + 1;
        match escape {
            b'u' => out.extend_from_slice(&[
                b'\\',
                b'u',
                b'0',
                b'0',
                HEX[usize::from(byte >> 4)],
                HEX[usize::from(byte & 15)],
            ]),
            other => out.extend_from_slice(&[b'\\', other]),
        }
    }
    out.extend_from_slice(&bytes[plain_from..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strings_read_back(value in ".*") {
            let mut out = Vec::new();
            string(&mut out, &value);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).expect("JSON"), value);
        }
    }
}
