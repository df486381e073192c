//! NDJSON: one object a line, every column in it, null as `null`.
//!
//! Numbers stand as their source wrote them, booleans and arrays as what they are, days and instants as text.

use crate::cells::{Cell, Cells};
use crate::column::{Column, ColumnType};
use crate::text::{self, Times};
use wayfare_model::value::exact_number;

/// Encodes rows as NDJSON.
#[derive(Debug)]
pub struct NdjsonEncoder {
    columns: Vec<Column>,
    /// `{"name":` of the first column, `,"name":` of the others.
    keys: Vec<Vec<u8>>,
    times: Times,
}

impl NdjsonEncoder {
    /// An encoder of rows with the given columns.
    pub fn new(columns: Vec<Column>) -> Self {
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
        Self { columns, keys, times: Times::default() }
    }

    /// Appends one row.
    pub fn row(&mut self, out: &mut Vec<u8>, cells: &[Cells<'_>], row: usize) {
        for (index, cells) in cells.iter().enumerate() {
            out.extend_from_slice(&self.keys[index]);
            self.cell(out, self.columns[index].column_type, cells.get(row));
        }
        out.extend_from_slice(b"}\n");
    }

    #[inline]
    fn cell(&mut self, out: &mut Vec<u8>, column_type: ColumnType, cell: Cell<'_>) {
        let is_text = matches!(column_type, ColumnType::String | ColumnType::Identifier);
        let start = out.len();
        match cell {
            Cell::Null => return out.extend_from_slice(b"null"),
            Cell::Text(value) => return self.source_text(out, column_type, value),
            // JSON has no number for what is no finite float.
            Cell::Float(value) if !value.is_finite() => return out.extend_from_slice(b"null"),
            Cell::Date(_) | Cell::Micros(_) => {
                out.push(b'"');
                match cell {
                    Cell::Date(day) => self.times.date(out, day),
                    Cell::Micros(micros) => self.times.instant(out, micros),
                    _ => {}
                }
                return out.push(b'"');
            }
            Cell::Boolean(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
            Cell::Integer(value) => text::integer(out, value),
            Cell::Unsigned(value) => text::unsigned(out, value),
            Cell::Float(value) => text::float(out, value),
        }
        // A column that holds text beside numbers holds them all as text.
        if is_text {
            out.insert(start, b'"');
            out.push(b'"');
        }
    }

    #[inline]
    fn source_text(&mut self, out: &mut Vec<u8>, column_type: ColumnType, value: &str) {
        match column_type {
            ColumnType::Number if exact_number(value).is_some() => {
                out.extend_from_slice(value.as_bytes());
            }
            ColumnType::Integer if value.parse::<i64>().is_ok() => {
                out.extend_from_slice(value.as_bytes());
            }
            ColumnType::Boolean if matches!(value, "true" | "false") => {
                out.extend_from_slice(value.as_bytes());
            }
            ColumnType::Array(_) if value.starts_with('[') => text::compact_json(out, value),
            ColumnType::Json => out.extend_from_slice(value.as_bytes()),
            ColumnType::Datetime => {
                out.push(b'"');
                if self.times.instant_text(out, value) {
                    out.push(b'"');
                } else {
                    out.pop();
                    string(out, value);
                }
            }
            _ => string(out, value),
        }
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
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let bytes = value.as_bytes();
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
