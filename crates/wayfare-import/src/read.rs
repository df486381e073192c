//! Turns a chunk into records: the work that runs on several threads.

use crate::cell::{self, Cell};
use crate::content::{ContentHash, derived_id};
use crate::csv;
use crate::error::ImportError;
use crate::file::Records;
use crate::header::Header;
use crate::table::TableChunk;
use crate::text::{Frame, LONGEST_SHOWN, TextChunk};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::IgnoredAny;
use wayfare_model::record::{
    Incoming, Read, Rejection, SetAside, event_parts_from_json, finish_event, profile_from_json,
};
use wayfare_model::value::{Source, SourceValue};

/// Rows of a file, unread.
pub(crate) enum Rows {
    /// JSON, a line each.
    Ndjson(TextChunk),
    /// CSV records.
    Csv(TextChunk),
    /// Rows of a columnar table.
    Table(TableChunk),
}

/// The rows of a chunk, read.
pub(crate) struct Batch {
    /// What was understood, in order.
    pub records: Vec<Incoming>,
    /// Every row, in order.
    pub rows: Vec<Row>,
    rows_as_given: Rows,
}

/// One row, and what is left to report of it.
pub(crate) struct Row {
    /// Its line in the file, or its row number.
    pub line: u64,
    /// The values set aside, or why there is no record.
    pub read: Result<Vec<SetAside>, Rejection>,
    index: usize,
}

/// A row as the rejects file shows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The row, or its start, where that is text.
    pub text: Option<String>,
    /// Otherwise its bytes in base 64.
    pub base64: Option<String>,
    /// The whole length where only the start is shown.
    pub cut_from: Option<u64>,
}

impl Shown {
    /// The same, cut to its start.
    pub fn start(&self) -> Self {
        const START: usize = 1 << 10;
        let length = self.text.as_ref().or(self.base64.as_ref()).map_or(0, String::len);
        if length <= START {
            return Self { text: self.text.clone(), base64: self.base64.clone(), cut_from: self.cut_from };
        }
        let cut = |text: &String| text[..text.floor_char_boundary(START)].to_owned();
        let whole = self.text.as_ref().map_or(length / 4 * 3, String::len) as u64;
        Self {
            text: self.text.as_ref().map(cut),
            base64: self.base64.as_ref().map(cut),
            cut_from: Some(self.cut_from.unwrap_or(whole)),
        }
    }
}

impl Batch {
    /// The row as it was given.
    pub fn show(&self, row: &Row) -> Shown {
        match &self.rows_as_given {
            Rows::Ndjson(chunk) | Rows::Csv(chunk) => {
                let frame = &chunk.frames[row.index];
                let bytes = chunk.row(frame);
                let length = match frame.fault {
                    Some(crate::text::Fault::TooLong(length)) => length,
                    _ => bytes.len() as u64,
                };
                show(bytes, length)
            }
            Rows::Table(table) => {
                let json = table.row_as_json(row.index);
                show(json.as_bytes(), json.len() as u64)
            }
        }
    }
}

fn show(bytes: &[u8], length: u64) -> Shown {
    let cut_from = (length > LONGEST_SHOWN as u64).then_some(length);
    let start = &bytes[..bytes.len().min(LONGEST_SHOWN)];
    let text = match std::str::from_utf8(start) {
        Ok(text) => Some(text),
        // The cut may fall inside a character.
        Err(error) if cut_from.is_some() && error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    match text {
        Some(text) => Shown { text: Some(text.to_owned()), base64: None, cut_from },
        None => Shown { text: None, base64: Some(BASE64.encode(start)), cut_from },
    }
}

/// Reads the rows of a chunk. An error means that no row of it can be taken.
pub(crate) fn read(
    records: Records,
    header: Option<&Header>,
    rows: Rows,
    content: &ContentHash,
) -> Result<Batch, ImportError> {
    let mut reading = Reading { content, hash: None, failure: None };
    let mut outcomes = Vec::new();
    match (&rows, header) {
        (Rows::Ndjson(chunk), _) => {
            outcomes.reserve(chunk.frames.len());
            for frame in &chunk.frames {
                let read = text(chunk, frame).and_then(|text| reading.json(records, text, frame.line));
                outcomes.push((frame.line, read));
            }
        }
        (Rows::Csv(chunk), Some(header)) => {
            outcomes.reserve(chunk.frames.len());
            for frame in &chunk.frames {
                let read = text(chunk, frame).and_then(|text| reading.csv(header, text, frame.line));
                outcomes.push((frame.line, read));
            }
        }
        (Rows::Table(table), Some(header)) => {
            let columns = table.columns();
            for index in 0..table.rows() {
                let line = table.line(index);
                let cells = columns.iter().map(|column| column.cell(index));
                let read = cell::record(header, cells, || reading.derived_id(line));
                outcomes.push((line, read));
            }
        }
        (Rows::Csv(_) | Rows::Table(_), None) => return Err(ImportError::Worker),
    }
    if let Some(failure) = reading.failure {
        return Err(failure);
    }
    Ok(split(outcomes, rows))
}

fn split(outcomes: Vec<(u64, Result<Read<Incoming>, Rejection>)>, rows_as_given: Rows) -> Batch {
    let mut records = Vec::with_capacity(outcomes.len());
    let mut rows = Vec::with_capacity(outcomes.len());
    for (index, (line, read)) in outcomes.into_iter().enumerate() {
        let read = read.map(|read| {
            records.push(read.record);
            read.set_aside
        });
        rows.push(Row { line, read, index });
    }
    Batch { records, rows, rows_as_given }
}

/// The text of a row.
fn text<'a>(chunk: &'a TextChunk, frame: &Frame) -> Result<&'a str, Rejection> {
    if let Some(fault) = &frame.fault {
        return Err(Rejection(fault.to_string()));
    }
    let bytes = chunk.row(frame);
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Rejection(format!("is not UTF-8 at byte {}", error.valid_up_to() + 1)))?;
    match memchr::memchr(0, bytes) {
        Some(at) => Err(Rejection(format!("has a NUL byte at byte {}", at + 1))),
        None => Ok(text),
    }
}

/// Why a line is no record: where it is part of JSON of another form, an array or objects over several lines, that.
fn of_one_line(what: &str, json: &str, why: Rejection) -> Rejection {
    let ends_early = || serde_json::from_str::<IgnoredAny>(json).is_err_and(|error| error.is_eof());
    let wrong = match json.trim_start().as_bytes().first() {
        Some(b'[') => "starts an array",
        Some(b'{') if !ends_early() => return why,
        _ => "does not hold a whole object",
    };
    Rejection(format!("not {what}; one object a line is expected: this line {wrong}"))
}

struct Reading<'a> {
    content: &'a ContentHash,
    hash: Option<Box<str>>,
    failure: Option<ImportError>,
}

impl Reading<'_> {
    fn json(&mut self, records: Records, json: &str, line: u64) -> Result<Read<Incoming>, Rejection> {
        match records {
            Records::Profiles => {
                let Read { record, set_aside } =
                    profile_from_json(json).map_err(|why| of_one_line("a profile", json, why))?;
                Ok(Read { record: Incoming::Profile(record), set_aside })
            }
            Records::Events => {
                let parts = event_parts_from_json(json).map_err(|why| of_one_line("an event", json, why))?;
                let Read { record, set_aside } = finish_event(parts, || self.derived_id(line))?;
                Ok(Read { record: Incoming::Event(record), set_aside })
            }
        }
    }

    fn csv(&mut self, header: &Header, record: &str, line: u64) -> Result<Read<Incoming>, Rejection> {
        let cells = csv::cells(record);
        if cells.len() != header.columns.len() {
            return Err(Rejection(format!(
                "has {} cells, the header has {}",
                cells.len(),
                header.columns.len()
            )));
        }
        let cells = cells
            .into_iter()
            .map(|cell| -> Cell { (!cell.is_empty()).then(|| Ok(SourceValue::new(Source::Text, cell))) });
        cell::record(header, cells, || self.derived_id(line))
    }

    /// An id for the event at `line`; where the file's hash cannot be computed the whole chunk fails.
    fn derived_id(&mut self, line: u64) -> Option<Box<str>> {
        if self.hash.is_none() && self.failure.is_none() {
            match self.content.get() {
                Ok(hash) => self.hash = Some(hash),
                Err(failure) => self.failure = Some(failure),
            }
        }
        self.hash.as_deref().map(|hash| derived_id(hash, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_rejects_file_shows() {
        assert_eq!(show(b"abc", 3), Shown { text: Some("abc".into()), base64: None, cut_from: None });
        assert_eq!(show(b"a\xff", 2).base64.as_deref(), Some("Yf8="));
        let long = "ü".repeat(LONGEST_SHOWN);
        let long = format!("x{long}");
        let shown = show(long.as_bytes(), long.len() as u64);
        assert_eq!(shown.text.as_deref().map(str::len), Some(LONGEST_SHOWN - 1));
        assert_eq!(shown.cut_from, Some(long.len() as u64));
    }
    #[test]
    fn lines_of_json_of_another_form() {
        let said = |json| of_one_line("an event", json, Rejection("not an event: as it was".into())).0;
        for json in ["[", " [{", "[]", r#"[{"event":"e"}]"#] {
            let expected = "not an event; one object a line is expected: this line starts an array";
            assert_eq!(said(json), expected, "{json}");
        }
        for json in ["{", r#"{"event":"e","#, r#""event": "e","#, "}", "},", "42"] {
            let expected =
                "not an event; one object a line is expected: this line does not hold a whole object";
            assert_eq!(said(json), expected, "{json}");
        }
        for json in ["{}", "{\"event\" 1}", "{} {}"] {
            assert_eq!(said(json), "not an event: as it was", "{json}");
        }
    }
}
