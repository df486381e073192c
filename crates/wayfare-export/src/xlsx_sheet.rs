//! A sheet of XLSX as XML, row by row: text is always text, numbers, days and instants are what they are where
//! spreadsheets hold them exactly, and text where they do not.

use crate::cell_form::{ArrayText, CellForm};
use crate::cells::{Cell, Cells};
use crate::column::{Column, ColumnType};
use crate::csv::starts_formula;
use crate::error::ExportError;
use crate::note::{Became, Notes};
use crate::text;
use wayfare_model::time::{Instant, parse_date};
use wayfare_model::value::exact_number;

/// The most characters of a cell, counted as UTF-16 has them.
const LONGEST: usize = 32_767;
/// The serial number of 1900-03-01, from which on all spreadsheets count alike.
const FIRST_DAY: i64 = 61;
/// The serial number of 1970-01-01.
const EPOCH: i64 = 25_569;
const MILLIS_A_DAY: i64 = 86_400_000;
/// The digits of a whole number that spreadsheets show and keep when somebody edits the cell.
const DIGITS: usize = 15;

/// Places in the list of cell formats in `xl/styles.xml`.
mod style {
    pub const HEADER: u8 = 1;
    /// Text: it stays what it is when somebody edits the cell.
    pub const TEXT: u8 = 2;
    /// Text that begins like a formula: it stays text whatever format the cell is given.
    pub const QUOTED: u8 = 3;
    pub const WHOLE: u8 = 4;
    pub const DAY: u8 = 5;
    pub const SECONDS: u8 = 6;
    pub const MILLIS: u8 = 7;
    /// Numbers with a fraction.
    pub const GENERAL: u8 = 0;
}

/// Encodes rows.
pub struct SheetEncoder {
    columns: Vec<Column>,
    /// `A`, `B`, …
    letters: Vec<String>,
    form: CellForm,
    scratch: Vec<u8>,
    /// What became of cells since they were taken last.
    pub notes: Notes,
}

impl SheetEncoder {
    /// An encoder of rows with the given columns.
    pub fn new(columns: Vec<Column>, form: CellForm) -> Self {
        let letters = (0..columns.len()).map(letters).collect();
        Self { columns, letters, form, scratch: Vec::new(), notes: Notes::default() }
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Appends what comes before the first row of data, the header among it.
    pub fn header(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(
            concat!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
                r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#,
                r#"<sheetViews><sheetView workbookViewId="0">"#,
                r#"<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>"#,
                r#"</sheetView></sheetViews>"#,
            )
            .as_bytes(),
        );
        self.widths(out);
        out.extend_from_slice(b"<sheetData><row r=\"1\">");
        for index in 0..self.columns.len() {
            let name = std::mem::take(&mut self.columns[index].name);
            self.text(out, index, 1, name.as_bytes(), style::HEADER);
            self.columns[index].name = name;
        }
        out.extend_from_slice(b"</row>");
    }

    /// Appends what comes after the last row.
    pub fn footer(out: &mut Vec<u8>) {
        out.extend_from_slice(b"</sheetData></worksheet>");
    }

    /// Wide enough that no day or instant shows as `####`.
    fn widths(&self, out: &mut Vec<u8>) {
        let mut cols = String::new();
        for (index, column) in self.columns.iter().enumerate() {
            let width = match column.column_type {
                ColumnType::Date => 12,
                ColumnType::Datetime => 24,
                _ => continue,
            };
            let number = index + 1;
            cols += &format!(r#"<col min="{number}" max="{number}" width="{width}" customWidth="1"/>"#);
        }
        if !cols.is_empty() {
            out.extend_from_slice(format!("<cols>{cols}</cols>").as_bytes());
        }
    }

    /// Appends a row as the sheet's row of that number; the header is 1.
    pub fn row(
        &mut self,
        out: &mut Vec<u8>,
        cells: &[Cells<'_>],
        row: usize,
        number: u32,
    ) -> Result<(), ExportError> {
        out.extend_from_slice(b"<row r=\"");
        text::unsigned(out, number.into());
        out.extend_from_slice(b"\">");
        for (index, cells) in cells.iter().enumerate() {
            self.cell(out, index, cells.get(row), number)?;
        }
        out.extend_from_slice(b"</row>");
        Ok(())
    }

    fn cell(&mut self, out: &mut Vec<u8>, index: usize, cell: Cell<'_>, row: u32) -> Result<(), ExportError> {
        let is_text = matches!(self.columns[index].column_type, ColumnType::String | ColumnType::Identifier);
        match cell {
            Cell::Null => {}
            Cell::Text(value) => self.source_text(out, index, value, row)?,
            // A column that holds text beside numbers holds them all as text.
            Cell::Boolean(value) if is_text => self.plain(out, index, row, value.to_string().as_bytes()),
            Cell::Integer(value) if is_text => self.plain(out, index, row, value.to_string().as_bytes()),
            Cell::Unsigned(value) if is_text => self.plain(out, index, row, value.to_string().as_bytes()),
            Cell::Boolean(value) => {
                self.value(out, index, row, Some("b"), style::GENERAL, &[b'0' + u8::from(value)])
            }
            Cell::Integer(value) => {
                let mut digits = Vec::with_capacity(20);
                text::integer(&mut digits, value);
                self.number(out, index, row, &digits);
            }
            Cell::Unsigned(value) => {
                let mut digits = Vec::with_capacity(20);
                text::unsigned(&mut digits, value);
                self.number(out, index, row, &digits);
            }
            Cell::Float(value) => {
                let mut digits = Vec::with_capacity(24);
                text::float(&mut digits, value);
                if value.is_finite() && !is_text {
                    self.number(out, index, row, &digits);
                } else {
                    if !is_text {
                        self.notes.add(index, Became::NumberAsText);
                    }
                    self.plain(out, index, row, &digits);
                }
            }
            Cell::Date(day) => self.day(out, index, row, day),
            Cell::Micros(micros) => self.instant(out, index, row, micros),
        }
        Ok(())
    }

    fn source_text(
        &mut self,
        out: &mut Vec<u8>,
        index: usize,
        value: &str,
        row: u32,
    ) -> Result<(), ExportError> {
        match self.columns[index].column_type {
            ColumnType::Array(_) => {
                let mut array = std::mem::take(&mut self.scratch);
                array.clear();
                let form = self.form.arrays.as_ref().unwrap_or(&ArrayText::Json);
                form.append(&mut array, value, &self.columns[index].name)?;
                self.plain(out, index, row, &array);
                self.scratch = array;
            }
            ColumnType::Boolean if value == "true" => {
                self.value(out, index, row, Some("b"), style::GENERAL, b"1")
            }
            ColumnType::Boolean if value == "false" => {
                self.value(out, index, row, Some("b"), style::GENERAL, b"0")
            }
            ColumnType::Integer if value.parse::<i64>().is_ok() => {
                self.number(out, index, row, value.as_bytes());
            }
            ColumnType::Number if exact_number(value).is_some() => {
                let mut digits = Vec::with_capacity(24);
                text::number(&mut digits, value);
                self.number(out, index, row, &digits);
            }
            ColumnType::Date if let Some(day) = parse_date(value) => self.day(out, index, row, day),
            ColumnType::Datetime if let Ok(instant) = Instant::parse(value) => {
                self.instant(out, index, row, instant.micros());
            }
            _ => self.plain(out, index, row, value.as_bytes()),
        }
        Ok(())
    }

    fn number(&mut self, out: &mut Vec<u8>, index: usize, row: u32, decimal: &[u8]) {
        let digits = decimal.strip_prefix(b"-").unwrap_or(decimal);
        if !digits.iter().all(u8::is_ascii_digit) {
            return self.value(out, index, row, None, style::GENERAL, decimal);
        }
        let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
        if digits.len() - zeros <= DIGITS {
            // In the general format it would have an exponent from twelve digits on.
            self.value(out, index, row, None, style::WHOLE, decimal);
        } else {
            self.notes.add(index, Became::NumberAsText);
            self.plain(out, index, row, decimal);
        }
    }

    fn day(&mut self, out: &mut Vec<u8>, index: usize, row: u32, day: i32) {
        let serial = i64::from(day) + EPOCH;
        let mut text = Vec::with_capacity(16);
        if serial >= FIRST_DAY {
            text::integer(&mut text, serial);
            self.value(out, index, row, None, style::DAY, &text);
        } else {
            self.form.times.date(&mut text, day);
            self.notes.add(index, Became::DateAsText);
            self.plain(out, index, row, &text);
        }
    }

    fn instant(&mut self, out: &mut Vec<u8>, index: usize, row: u32, micros: i64) {
        let mut text = Vec::with_capacity(40);
        if self.form.times_as_text {
            self.form.times.instant(&mut text, micros);
            if !self.form.times.gives_numbers() {
                return self.plain(out, index, row, &text);
            }
            if reads_back(&text) {
                return self.number(out, index, row, &text);
            }
            self.notes.add(index, Became::NumberAsText);
            return self.plain(out, index, row, &text);
        }
        let millis =
            self.form.times.local(micros).filter(|local| local % 1_000 == 0).map(|local| local / 1_000);
        match millis.map(|millis| (millis.div_euclid(MILLIS_A_DAY) + EPOCH, millis.rem_euclid(MILLIS_A_DAY)))
        {
            Some((day, within)) if day >= FIRST_DAY => {
                text::float(&mut text, day as f64 + within as f64 / MILLIS_A_DAY as f64);
                let style = if within % 1_000 == 0 { style::SECONDS } else { style::MILLIS };
                self.value(out, index, row, None, style, &text);
            }
            _ => {
                self.form.times.instant(&mut text, micros);
                self.notes.add(index, Became::TimeAsText);
                self.plain(out, index, row, &text);
            }
        }
    }

    /// A text cell in the style that fits it.
    fn plain(&mut self, out: &mut Vec<u8>, index: usize, row: u32, bytes: &[u8]) {
        let style = if starts_formula(bytes) { style::QUOTED } else { style::TEXT };
        self.text(out, index, row, bytes, style);
    }

    fn text(&mut self, out: &mut Vec<u8>, index: usize, row: u32, bytes: &[u8], style: u8) {
        if bytes.len() > LONGEST && String::from_utf8_lossy(bytes).encode_utf16().count() > LONGEST {
            self.notes.add(index, Became::TooLong);
            return self.value(out, index, row, Some("e"), style::GENERAL, b"#N/A");
        }
        self.open(out, index, row, Some("inlineStr"), style);
        out.extend_from_slice(b"<is><t");
        let is_space = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
        if is_space(bytes.first()) || is_space(bytes.last()) {
            out.extend_from_slice(b" xml:space=\"preserve\"");
        }
        out.push(b'>');
        if escape(out, bytes) {
            self.notes.add(index, Became::Escaped);
        }
        out.extend_from_slice(b"</t></is></c>");
    }

    fn value(&self, out: &mut Vec<u8>, index: usize, row: u32, kind: Option<&str>, style: u8, value: &[u8]) {
        self.open(out, index, row, kind, style);
        out.extend_from_slice(b"<v>");
        out.extend_from_slice(value);
        out.extend_from_slice(b"</v></c>");
    }

    fn open(&self, out: &mut Vec<u8>, index: usize, row: u32, kind: Option<&str>, style: u8) {
        out.extend_from_slice(b"<c r=\"");
        out.extend_from_slice(self.letters[index].as_bytes());
        text::unsigned(out, row.into());
        if style != style::GENERAL {
            out.extend_from_slice(&[b'"', b' ', b's', b'=', b'"', b'0' + style]);
        }
        if let Some(kind) = kind {
            out.extend_from_slice(b"\" t=\"");
            out.extend_from_slice(kind.as_bytes());
        }
        out.extend_from_slice(b"\">");
    }
}

/// Whether a float holds a decimal apart from its neighbours.
fn reads_back(decimal: &[u8]) -> bool {
    let text = std::str::from_utf8(decimal).unwrap_or_default();
    text.parse::<f64>().is_ok_and(|value| {
        let mut again = Vec::with_capacity(24);
        text::float(&mut again, value);
        again == decimal
    })
}

/// Appends text for XML; whether it has characters that XML cannot hold.
///
/// These become `_xHHHH_`, as the format's strings have them, and so a text that looks like one gets `_x005F_` for
/// its first character. A carriage return stands as a reference, or readers would take it for a line feed.
fn escape(out: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let mut escaped = false;
    let mut plain_from = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        let short;
        let instead: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'\r' => b"&#13;",
            b'_' if looks_escaped(&bytes[index..]) => b"_x005F_",
            b'\t' | b'\n' => continue,
            0..0x20 => {
                escaped = true;
                short = format!("_x{byte:04X}_");
                short.as_bytes()
            }
            // U+FFFE and U+FFFF; the bytes that follow are left out with this one.
            0xEF if bytes[index..].starts_with(b"\xEF\xBF\xBE")
                || bytes[index..].starts_with(b"\xEF\xBF\xBF") =>
            {
                escaped = true;
                short = format!("_xFFF{:X}_", bytes[index + 2] - 0xB0);
                short.as_bytes()
            }
            _ => continue,
        };
        out.extend_from_slice(&bytes[plain_from..index]);
        out.extend_from_slice(instead);
        plain_from = index + if byte == 0xEF { 3 } else { 1 };
    }
    out.extend_from_slice(&bytes[plain_from..]);
    escaped
}

/// Whether a text begins with `_xHHHH_`.
fn looks_escaped(bytes: &[u8]) -> bool {
    matches!(bytes, [b'_', b'x' | b'X', hex @ .., ] if hex.len() >= 5 && hex[4] == b'_' && hex[..4].iter().all(u8::is_ascii_hexdigit))
}

/// `A`, …, `Z`, `AA`, …: the name of a column, counted from 0.
pub fn letters(mut index: usize) -> String {
    let mut reversed = Vec::new();
    loop {
        reversed.push(char::from(b'A' + (index % 26) as u8));
        match index / 26 {
            0 => return reversed.iter().rev().collect(),
            more => index = more - 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        ArrayRef, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
    };
    use proptest::prelude::*;
    use std::sync::Arc;

    fn encoded(column_type: ColumnType, array: ArrayRef) -> (String, Notes) {
        let mut sheet = SheetEncoder::new(vec![Column::new("c", column_type)], CellForm::default());
        let mut out = Vec::new();
        let cells = [Cells::of(&array).unwrap()];
        for row in 0..array.len() {
            sheet.row(&mut out, &cells, row, row as u32 + 2).unwrap();
        }
        (String::from_utf8(out).unwrap(), sheet.notes)
    }

    /// The texts of the cells as a reader has them: XML's references resolved, then those of the format's strings.
    fn texts(xml: &str) -> Vec<String> {
        let mut found = Vec::new();
        for cell in xml.split("<is>").skip(1) {
            let (_, rest) = cell.split_once('>').unwrap();
            let (text, _) = rest.split_once("</t>").unwrap();
            let text =
                text.replace("&#13;", "\r").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            let mut decoded = String::new();
            let mut rest = text.as_str();
            while let Some(at) = rest.find("_x") {
                decoded.push_str(&rest[..at]);
                rest = &rest[at..];
                if looks_escaped(rest.as_bytes()) {
                    let code = u32::from_str_radix(&rest[2..6], 16).unwrap();
                    decoded.push(char::from_u32(code).unwrap());
                    rest = &rest[7..];
                } else {
                    decoded.push('_');
                    rest = &rest[1..];
                }
            }
            decoded.push_str(rest);
            found.push(decoded);
        }
        found
    }

    #[test]
    fn names_of_columns() {
        assert_eq!([0, 25, 26, 701, 702, 16_383].map(letters), ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
    }

    #[test]
    fn values_in_their_cells() {
        let micros = |texts: &[&str]| -> ArrayRef {
            Arc::new(
                texts
                    .iter()
                    .map(|text| Instant::parse(text).ok().map(Instant::micros))
                    .collect::<TimestampMicrosecondArray>(),
            )
        };
        let days = [-25_568 + 59, -25_568 + 60, 2_932_896];
        let shown = 999_999_999_999_999;
        let told = [
            encoded(
                ColumnType::Integer,
                Arc::new(Int64Array::from(vec![Some(shown), Some(-shown - 1), Some(shown + 2), None])),
            ),
            encoded(
                ColumnType::Number,
                Arc::new(Float64Array::from(vec![0.1, 1e300, f64::NAN, -3.0, 1e16, 1e16 + 2.0])),
            ),
            encoded(ColumnType::Number, Arc::new(StringArray::from(vec!["1.50", "9007199254740991", "001"]))),
            encoded(
                ColumnType::String,
                Arc::new(StringArray::from(vec!["1.50", "001", "=1+1", "", " x", "<&>"])),
            ),
            encoded(ColumnType::String, Arc::new(Int64Array::from(vec![1]))),
            encoded(ColumnType::Date, Arc::new(Date32Array::from(days.to_vec()))),
            encoded(
                ColumnType::Datetime,
                micros(&[
                    "1900-02-28T23:59:59.999Z",
                    "1900-03-01T00:00:00Z",
                    "2026-09-01T07:00:00.25Z",
                    "2026-09-01T07:00:00.000001Z",
                ]),
            ),
            encoded(
                ColumnType::Array(wayfare_model::value::Scalar::Number),
                Arc::new(StringArray::from(vec!["[1, 2]"])),
            ),
        ];
        let told =
            told.map(|(xml, notes)| format!("{}\n  {notes:?}", xml.replace("<row", "\n<row").trim_start()));
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn the_longest_text() {
        for (text, is_whole) in [
            ("x".repeat(LONGEST), true),
            ("x".repeat(LONGEST + 1), false),
            ("é".repeat(LONGEST), true),
            ("👩".repeat(LONGEST / 2), true),
            ("👩".repeat(LONGEST / 2 + 1), false),
        ] {
            let (xml, notes) = encoded(ColumnType::String, Arc::new(StringArray::from(vec![text.as_str()])));
            match is_whole {
                true => assert_eq!(texts(&xml), [text]),
                false => assert_eq!(xml, "<row r=\"2\"><c r=\"A2\" t=\"e\"><v>#N/A</v></c></row>"),
            }
            assert_eq!(notes.list(&[Column::new("c", ColumnType::String)]).len(), usize::from(!is_whole));
        }
    }

    proptest! {
        #[test]
        fn any_text_reads_back(texts_in in prop::collection::vec("(\\PC|[\\x00-\\x1f<>&_x0-9A-F\u{fffe}\u{ffff}]){0,12}", 1..6)) {
            let (xml, _) = encoded(ColumnType::String, Arc::new(StringArray::from(texts_in.clone())));
            let is_xml = |c: char| c >= ' ' && !"\u{fffe}\u{ffff}".contains(c) || matches!(c, '\t' | '\n');
            prop_assert!(xml.chars().all(is_xml));
            prop_assert_eq!(texts(&xml), texts_in);
        }
    }
}
