//! Text of a file, cut into rows and these into chunks.
//!
//! Where a chunk ends depends on the bytes alone, never on how many of them a read happened to bring. A row that is
//! longer than [`LONGEST_ROW`] is skipped without being held; a row that cannot be told apart from its neighbours
//! (wrong quoting) is marked, and reading goes on at the next line.

use crate::checkpoint::Place;
use crate::csv::{Scan, Scanner};
use std::io::{self, Read};
use std::ops::Range;

/// The longest row, in bytes: 4 MiB.
pub(crate) const LONGEST_ROW: usize = 4 << 20;
/// How much of a row the rejects file shows: 64 KiB.
pub(crate) const LONGEST_SHOWN: usize = 64 << 10;
/// A chunk is closed once it holds this many bytes.
const CHUNK_BYTES: usize = 4 << 20;
/// How many bytes are asked for at a time.
const PIECE: usize = 256 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How rows end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// At every line's end.
    Lines,
    /// As RFC 4180 says; so many cells a row.
    Csv {
        /// The number of cells of the header.
        cells: usize,
    },
}

/// Rows of text, in file order.
#[derive(Debug, Default)]
pub(crate) struct TextChunk {
    bytes: Vec<u8>,
    /// The rows within the bytes.
    pub frames: Vec<Frame>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    range: Range<usize>,
    /// The physical line on which it starts, from 1.
    pub line: u64,
    /// Why it cannot be read; its bytes are then what can be shown of it.
    pub fault: Option<Fault>,
}

/// Why a row cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// Longer than is held.
    #[error("is {0} bytes long; a row has at most {LONGEST_ROW}")]
    TooLong(u64),
    /// A quote in the wrong place.
    #[error("{0}")]
    Quoting(&'static str),
    /// A record over several lines that does not fit the header.
    #[error("has {cells} cells up to line {last}, the header has {expected}: a quote may be missing")]
    Cells {
        /// Cells found.
        cells: usize,
        /// Cells of the header.
        expected: usize,
        /// The last line of the record.
        last: u64,
    },
}

impl TextChunk {
    /// The bytes of a row.
    pub fn row(&self, frame: &Frame) -> &[u8] {
        &self.bytes[frame.range.clone()]
    }

    fn push(&mut self, row: &[u8], line: u64, fault: Option<Fault>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(row);
        self.frames.push(Frame { range: start..self.bytes.len(), line, fault });
    }

    fn is_full(&self, most_rows: usize) -> bool {
        self.bytes.len() >= CHUNK_BYTES || self.frames.len() >= most_rows
    }
}

/// Cuts the text of one file into chunks.
pub(crate) struct Framer<R> {
    window: Window<R>,
    framing: Framing,
    most_rows: usize,
}

impl<R: Read> Framer<R> {
    /// Starts at a place of the file, which the reader is at; a chunk is closed once it holds `most_rows`.
    pub fn new(reader: R, framing: Framing, place: Place, most_rows: usize) -> Self {
        Self { window: Window::new(reader, place), framing, most_rows }
    }

    /// The place after the last chunk.
    pub fn place(&self) -> Place {
        self.window.place
    }

    /// The next rows; `None` at the end. An error comes after all whole rows before it were given.
    pub fn next_chunk(&mut self) -> io::Result<Option<TextChunk>> {
        let mut chunk = TextChunk::default();
        self.window.skip_byte_order_mark();
        while !chunk.is_full(self.most_rows) && self.next_row(&mut chunk) {}
        match (chunk.frames.is_empty(), self.window.failure.take()) {
            (false, failure) => {
                self.window.failure = failure;
                Ok(Some(chunk))
            }
            (true, Some(failure)) => Err(failure),
            (true, None) => Ok(None),
        }
    }

    /// Takes the first row as the header of a CSV file: its bytes, or `None` where there is none.
    pub fn header(&mut self) -> io::Result<Option<(Vec<u8>, Option<Fault>)>> {
        let mut chunk = TextChunk::default();
        self.window.skip_byte_order_mark();
        while chunk.frames.is_empty() && self.next_row(&mut chunk) {}
        match chunk.frames.first() {
            Some(frame) => Ok(Some((chunk.row(frame).to_vec(), frame.fault.clone()))),
            None => self.window.failure.take().map_or(Ok(None), Err),
        }
    }

    /// Takes one row, blank lines left out; `false` at the end.
    fn next_row(&mut self, chunk: &mut TextChunk) -> bool {
        let line = self.window.place.line + 1;
        let end = match self.window.line_end() {
            LineEnd::At(end) => end,
            LineEnd::TooFar => {
                let head = self.window.rest()[..LONGEST_SHOWN].to_vec();
                return match self.window.skip_line() {
                    Some(bytes) => {
                        chunk.push(&head, line, Some(Fault::TooLong(bytes)));
                        true
                    }
                    None => false,
                };
            }
            LineEnd::Nowhere => return false,
        };
        let first_line = without_return(&self.window.rest()[..end]);
        if first_line.iter().all(u8::is_ascii_whitespace) {
            self.window.advance(end + 1, 1);
            return true;
        }
        let cells = match self.framing {
            Framing::Csv { cells } if memchr::memchr(b'"', first_line).is_some() => cells,
            _ => {
                chunk.push(first_line, line, None);
                self.window.advance(end + 1, 1);
                return true;
            }
        };
        self.next_quoted(chunk, line, end, cells)
    }

    /// Takes a CSV record that has quotes, and so perhaps several lines.
    fn next_quoted(&mut self, chunk: &mut TextChunk, line: u64, first_end: usize, expected: usize) -> bool {
        let mut scanner = Scanner::default();
        let fault = loop {
            let rest = self.window.rest();
            let held = rest.len().min(LONGEST_ROW + 1);
            let whole = self.window.ended && self.window.failure.is_none() && held == rest.len();
            match scanner.scan(&rest[..held], whole) {
                Scan::Record { cells, lines, .. } if lines > 1 && cells != expected => {
                    break Fault::Cells { cells, expected, last: line + lines - 1 };
                }
                Scan::Record { end, lines, .. } => {
                    chunk.push(without_return(&rest[..end]), line, None);
                    self.window.advance(end + 1, lines);
                    return true;
                }
                Scan::Fault(why) => break Fault::Quoting(why),
                Scan::Open if held > LONGEST_ROW => break Fault::Quoting("has a quote that is not closed"),
                Scan::Open => {
                    if !self.window.grow() && self.window.failure.is_some() {
                        return false;
                    }
                }
            }
        };
        chunk.push(without_return(&self.window.rest()[..first_end]), line, Some(fault));
        self.window.advance(first_end + 1, 1);
        true
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

enum LineEnd {
    /// At this offset of the rest; the last line may end where the rest does.
    At(usize),
    /// Further away than a row may be long.
    TooFar,
    /// There is no whole line any more.
    Nowhere,
}

/// The bytes that were read but not yet taken.
struct Window<R> {
    reader: R,
    /// Of which `start..end` is filled and not taken.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Of the first byte not taken, and how many lines lie before it.
    place: Place,
    ended: bool,
    failure: Option<io::Error>,
}

impl<R: Read> Window<R> {
    fn new(reader: R, place: Place) -> Self {
        Self { reader, buffer: vec![0; 2 * PIECE], start: 0, end: 0, place, ended: false, failure: None }
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Reads on; `false` at the end, be it regular or a failure.
    fn grow(&mut self) -> bool {
        if self.ended {
            return false;
        }
        if self.buffer.len() - self.end < PIECE {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            if self.buffer.len() - self.end < PIECE {
                self.buffer.resize(2 * self.buffer.len(), 0);
            }
        }
        let read = loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        match read {
            Ok(0) => self.ended = true,
            Ok(read) => self.end += read,
            Err(error) => {
                self.ended = true;
                self.failure = Some(error);
            }
        }
        !self.ended
    }

    /// Takes bytes; one past the rest is the line end that the last line lacks.
    fn advance(&mut self, bytes: usize, lines: u64) {
        let bytes = bytes.min(self.rest().len());
        self.start += bytes;
        self.place.offset += bytes as u64;
        self.place.line += lines;
    }

    fn skip_byte_order_mark(&mut self) {
        if self.place.offset > 0 {
            return;
        }
        while self.rest().len() < BYTE_ORDER_MARK.len() && self.grow() {}
        if self.rest().starts_with(BYTE_ORDER_MARK) {
            self.advance(BYTE_ORDER_MARK.len(), 0);
        }
    }

    fn line_end(&mut self) -> LineEnd {
        let mut searched = 0;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.rest()[searched..]) {
                let end = searched + at;
                return if end > LONGEST_ROW { LineEnd::TooFar } else { LineEnd::At(end) };
            }
            searched = self.rest().len();
            if searched > LONGEST_ROW {
                return LineEnd::TooFar;
            }
            if !self.grow() {
                // What follows the last line end of a broken archive may be half a row.
                return match self.failure.is_some() || self.rest().is_empty() {
                    true => LineEnd::Nowhere,
                    false => LineEnd::At(self.rest().len()),
                };
            }
        }
    }

    /// Takes a line without holding it; its length, or `None` where the file breaks off within.
    fn skip_line(&mut self) -> Option<u64> {
        let mut bytes = 0;
        loop {
            let rest = self.rest();
            let (taken, found) = match memchr::memchr(b'\n', rest) {
                Some(at) => (at, true),
                None => (rest.len(), false),
            };
            bytes += taken as u64;
            if found {
                self.advance(taken + 1, 1);
                return Some(bytes);
            }
            self.advance(taken, 0);
            if !self.grow() {
                self.place.line += 1;
                return self.failure.is_none().then_some(bytes);
            }
        }
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
