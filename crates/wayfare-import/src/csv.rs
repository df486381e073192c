//! CSV as RFC 4180 has it: where a record ends, and its cells.
//!
//! Written by hand because the libraries at hand repair wrong quoting in silence, and a row that was repaired is a
//! row that says what nobody wrote.

use std::borrow::Cow;

/// What lies at the start of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    /// A record that ends before `end`, where its line end or the end of the file is.
    Record {
        /// Offset of the line end.
        end: usize,
        /// How many cells it has.
        cells: usize,
        /// How many physical lines it takes.
        lines: u64,
    },
    /// Wrong quoting.
    Fault(&'static str),
    /// More bytes are needed.
    Open,
}

const AFTER_QUOTE: &str = "has text after a closing quote; a quote inside a quoted cell is written twice";
const INSIDE_BARE: &str = "has a quote inside a cell that does not start with one";
const NOT_CLOSED: &str = "has a quote that is not closed";

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    CellStart,
    Bare,
    Quoted,
    /// After a quote within a quoted cell: its end, or half of a doubled quote.
    Quote,
}

/// Finds the end of a record that may have quotes; goes on where it stopped when more bytes are there.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    at: usize,
    state: State,
    cells: usize,
    lines: u64,
}

impl Scanner {
    /// Reads on in `bytes`, which start where they started before; `ended` says that no more will come.
    pub fn scan(&mut self, bytes: &[u8], ended: bool) -> Scan {
        while let Some(&byte) = bytes.get(self.at) {
            self.state = match (self.state, byte) {
                (State::CellStart, b'"') => State::Quoted,
                (State::CellStart | State::Bare | State::Quote, b',') => {
                    self.cells += 1;
                    State::CellStart
                }
                (State::CellStart | State::Bare | State::Quote, b'\n') => return self.record(),
                (State::Quote, b'\r') => match bytes.get(self.at + 1) {
                    Some(b'\n') => State::Quote,
                    None if ended => State::Quote,
                    None => return Scan::Open,
                    Some(_) => return Scan::Fault(AFTER_QUOTE),
                },
                (State::Quoted, b'"') => State::Quote,
                (State::Quote, b'"') => State::Quoted,
                (State::Quoted, _) => {
                    let rest = &bytes[self.at..];
                    let skipped = memchr::memchr(b'"', rest).unwrap_or(rest.len());
                    self.lines += memchr::memchr_iter(b'\n', &rest[..skipped]).count() as u64;
                    self.at += skipped;
                    continue;
                }
                (State::Bare, b'"') => return Scan::Fault(INSIDE_BARE),
                (State::CellStart | State::Bare, _) => State::Bare,
                (State::Quote, _) => return Scan::Fault(AFTER_QUOTE),
            };
            self.at += 1;
        }
        match self.state {
            _ if !ended => Scan::Open,
            State::Quoted => Scan::Fault(NOT_CLOSED),
            _ => self.record(),
        }
    }

    fn record(&self) -> Scan {
        Scan::Record { end: self.at, cells: self.cells + 1, lines: self.lines + 1 }
    }
}

/// The cells of one record whose end a [`Scanner`] found, or which has no quotes. Its line end is left out.
pub(crate) fn cells(record: &str) -> Vec<Cow<'_, str>> {
    let mut cells = Vec::new();
    let mut rest = record;
    loop {
        let (cell, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_cell(quoted),
            None => match rest.split_once(',') {
                Some((cell, after)) => (Cow::Borrowed(cell), Some(after)),
                None => (Cow::Borrowed(rest), None),
            },
        };
        cells.push(cell);
        match after {
            Some(after) => rest = after,
            None => return cells,
        }
    }
}

/// The content of a quoted cell from behind its first quote, and what follows its comma.
fn quoted_cell(quoted: &str) -> (Cow<'_, str>, Option<&str>) {
    let bytes = quoted.as_bytes();
    let mut doubled = false;
    let mut end = 0;
    while let Some(at) = memchr::memchr(b'"', &bytes[end..]) {
        end += at;
        if bytes.get(end + 1) != Some(&b'"') {
            break;
        }
        doubled = true;
        end += 2;
    }
    let content = &quoted[..end];
    let content = if doubled { Cow::Owned(content.replace("\"\"", "\"")) } else { Cow::Borrowed(content) };
    (content, quoted[(end + 1).min(quoted.len())..].strip_prefix(','))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &str, expected: &[&[&str]]) {
        let mut rest = bytes;
        let mut found = Vec::new();
        while !rest.is_empty() {
            let Scan::Record { end, cells: count, .. } = Scanner::default().scan(rest.as_bytes(), true)
            else {
                panic!("{rest:?} is no record");
            };
            let record = cells(rest[..end].strip_suffix('\r').unwrap_or(&rest[..end]));
            assert_eq!(record.len(), count, "{rest:?}");
            found.push(record.into_iter().map(Cow::into_owned).collect::<Vec<_>>());
            rest = &rest[(end + 1).min(rest.len())..];
        }
        assert_eq!(found, expected, "{bytes:?}");
    }

    #[test]
    fn records() {
        check("a,b\n", &[&["a", "b"]]);
        check("a,b", &[&["a", "b"]]);
        check("a,\n,b\r\n", &[&["a", ""], &["", "b"]]);
        check("\"a\",\"b\"\"c\"\"\"\r\n", &[&["a", "b\"c\""]]);
        check("\"a\nb,\",c\nd,e", &[&["a\nb,", "c"], &["d", "e"]]);
        check("\"\",\"\"\"\"", &[&["", "\""]]);
        check("\"ü\"\r", &[&["ü"]]);
    }

    #[test]
    fn wrong_quoting() {
        for (bytes, why) in [
            ("\"a\"b,c\n", AFTER_QUOTE),
            ("\"a\"\rb\n", AFTER_QUOTE),
            ("a\"b,c\n", INSIDE_BARE),
            ("\"a,b\n", NOT_CLOSED),
            ("a,\"", NOT_CLOSED),
        ] {
            assert_eq!(Scanner::default().scan(bytes.as_bytes(), true), Scan::Fault(why), "{bytes:?}");
        }
    }

    #[test]
    fn a_record_in_pieces() {
        let bytes = b"\"a\"\"\nb\",c\r\nrest";
        let mut scanner = Scanner::default();
        for end in 0..bytes.len() {
            match scanner.scan(&bytes[..end], false) {
                Scan::Open => {}
                record => {
                    assert_eq!(record, Scan::Record { end: 10, cells: 2, lines: 2 });
                    assert_eq!(end, 11);
                    return;
                }
            }
        }
        panic!("no record found");
    }
}
