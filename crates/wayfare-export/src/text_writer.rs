//! Text formats, cut into chunks that are compressed one by one and collected into parts.
//!
//! A chunk ends at a row. Compressed, it is a whole gzip member or Zstandard frame, so its size is known before
//! it is appended: a part never grows beyond its limit. Where a chunk no longer fits, it moves to the next part
//! as if its rows had just been encoded, so a part depends on nothing but the row it starts with.

use crate::cells::Cells;
use crate::compress;
use crate::csv::CsvEncoder;
use crate::error::ExportError;
use crate::ndjson::NdjsonEncoder;
use crate::part_file::{PartFile, PartFiles};
use crate::request::Compression;
use crate::writer::{Limits, TableWriter};
use arrow::array::ArrayRef;

/// Rows as long as this together make a chunk.
const CHUNK: usize = 512 * 1024;

/// Encodes the rows of a text format.
pub enum TextEncoder {
    /// CSV.
    Csv(Box<CsvEncoder>),
    /// NDJSON.
    Ndjson(NdjsonEncoder),
}

/// Writes a text format.
pub struct TextWriter {
    encoder: TextEncoder,
    compression: Option<Compression>,
    limits: Limits,
    chunk_target: usize,
    files: PartFiles,
    /// Rows encoded so far, those of earlier parts included.
    rows: u64,
    /// The open part, and the rows in it.
    part: Option<(PartFile, u64)>,
    /// Encoded rows not written yet, after the part's header where the part is new.
    chunk: Vec<u8>,
    chunk_rows: u64,
    header_len: usize,
}

impl TextWriter {
    /// A writer that begins after `rows` rows.
    pub fn new(
        encoder: TextEncoder,
        compression: Option<Compression>,
        limits: Limits,
        files: PartFiles,
        rows: u64,
    ) -> Self {
        let chunk_target = limits.bytes.map_or(CHUNK, |bytes| CHUNK.min((bytes / 8).max(1) as usize));
        Self {
            encoder,
            compression,
            limits,
            chunk_target,
            files,
            rows,
            part: None,
            chunk: Vec::with_capacity(chunk_target + chunk_target / 4),
            chunk_rows: 0,
            header_len: 0,
        }
    }

    /// Opens a part; what the chunk holds already goes behind the header.
    fn open(&mut self) -> Result<(), ExportError> {
        let mut header = Vec::new();
        if let TextEncoder::Csv(encoder) = &self.encoder {
            encoder.header(&mut header)?;
        }
        self.header_len = header.len();
        self.chunk.splice(0..0, header);
        self.part = Some((self.files.begin()?, 0));
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExportError> {
        match self.part.take() {
            Some((part, rows)) => self.files.finish(part, rows),
            None => Ok(()),
        }
    }

    fn is_full(&self) -> bool {
        let rows = self.part.as_ref().map_or(0, |(_, rows)| *rows) + self.chunk_rows;
        self.chunk.len() - self.header_len >= self.chunk_target
            || self.limits.rows.is_some_and(|most| rows >= most)
    }

    /// Writes the chunk where it is full, or `at_end` whatever it holds.
    fn settle(&mut self, at_end: bool) -> Result<(), ExportError> {
        while self.chunk_rows > 0 && (at_end || self.is_full()) {
            let packed = self.compression.map(|how| compress::pack(how, &self.chunk)).transpose()?;
            let bytes = packed.as_deref().unwrap_or(&self.chunk);
            let Some((part, rows)) = &mut self.part else { return Ok(()) };
            let after = part.bytes() + bytes.len() as u64;
            if *rows > 0 && self.limits.bytes.is_some_and(|most| after > most) {
                self.close()?;
                self.open()?;
                continue;
            }
            part.append(bytes)?;
            *rows += self.chunk_rows;
            let ended = self.limits.rows.is_some_and(|most| *rows >= most);
            self.chunk.clear();
            (self.chunk_rows, self.header_len) = (0, 0);
            self.files.control().set_rows(self.rows);
            if ended {
                self.close()?;
            }
        }
        Ok(())
    }
}

impl TableWriter for TextWriter {
    fn write(&mut self, columns: &[ArrayRef], rows: usize) -> Result<(), ExportError> {
        let cells = columns.iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
        for row in 0..rows {
            if self.part.is_none() {
                self.open()?;
            }
            self.rows += 1;
            match &mut self.encoder {
                TextEncoder::Csv(encoder) => encoder.row(&mut self.chunk, &cells, row, self.rows)?,
                TextEncoder::Ndjson(encoder) => encoder.row(&mut self.chunk, &cells, row)?,
            }
            self.chunk_rows += 1;
            if self.is_full() {
                self.settle(false)?;
                self.files.control().check()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.settle(true)?;
        if self.part.is_none() && self.files.is_first() {
            self.open()?;
            let packed = self.compression.map(|how| compress::pack(how, &self.chunk)).transpose()?;
            if let Some((part, _)) = &mut self.part {
                part.append(packed.as_deref().unwrap_or(&self.chunk))?;
            }
        }
        self.close()
    }
}
