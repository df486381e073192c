//! Text formats, cut into chunks that are compressed one by one and collected into parts.
//!
//! A chunk ends at a row. Compressed, it is a whole gzip member or Zstandard frame. Where parts have a limit of bytes, its
//! size is known before it is appended: a part never grows beyond its limit. Where a chunk no longer fits, it moves to the
//! next part as if its rows had just been encoded, so a part depends on nothing but the row it starts with. Without such a
//! limit chunks are compressed by several threads, and appended in their order.

use crate::compress;
use crate::error::ExportError;
use crate::ordered;
use crate::part_file::{PartFile, PartFiles};
use crate::request::Compression;
use crate::text_rows::{TextBlock, TextEncoder};
use crate::writer::Limits;
use std::collections::VecDeque;
use tokio::task::JoinHandle;

/// Rows as long as this together make a chunk.
const CHUNK: usize = 512 * 1024;

/// Writes a text format.
pub struct TextWriter {
    encoder: TextEncoder,
    compression: Option<Compression>,
    limits: Limits,
    chunk_target: usize,
    files: PartFiles,
    /// Rows in chunks so far, those of earlier parts included.
    rows: u64,
    /// The open part, and the rows in it.
    part: Option<(PartFile, u64)>,
    /// Rows not written yet, after the part's header where the part is new.
    chunk: Vec<u8>,
    chunk_rows: u64,
    header_len: usize,
    /// Chunks of the open part that are being compressed.
    packing: VecDeque<JoinHandle<Result<Vec<u8>, ExportError>>>,
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
            packing: VecDeque::new(),
        }
    }

    /// Writes rows.
    pub fn write(&mut self, block: &TextBlock) -> Result<(), ExportError> {
        if self.goes_as_it_is(block) {
            return self.write_as_it_is(block);
        }
        let mut row = 0;
        let mut from = 0;
        while row < block.ends.len() {
            if self.part.is_none() {
                self.open()?;
            }
            // Up to the row that fills the chunk, that one included.
            let room = self.chunk_target.saturating_sub(self.chunk.len() - self.header_len);
            let filled = row + block.ends[row..].partition_point(|end| end - from < room) + 1;
            let in_part = self.part.as_ref().map_or(0, |(_, rows)| *rows) + self.chunk_rows;
            let left = self.limits.rows.map_or(u64::MAX, |most| most.saturating_sub(in_part).max(1));
            let until = filled
                .min(block.ends.len())
                .min(row.saturating_add(usize::try_from(left).unwrap_or(usize::MAX)));
            let end = block.ends[until - 1];
            self.chunk.extend_from_slice(&block.bytes[from..end]);
            self.chunk_rows += (until - row) as u64;
            self.rows += (until - row) as u64;
            (row, from) = (until, end);
            if self.is_full() {
                self.settle(false)?;
                self.files.control().check()?;
            }
        }
        Ok(())
    }

    /// Whether nothing asks for chunks: no compression, no limit that may be reached within the block.
    fn goes_as_it_is(&self, block: &TextBlock) -> bool {
        let in_part = self.part.as_ref().map_or(0, |(_, rows)| *rows) + self.chunk_rows;
        let rows = in_part + block.ends.len() as u64;
        self.compression.is_none()
            && self.limits.bytes.is_none()
            && self.limits.rows.is_none_or(|most| rows < most)
    }

    fn write_as_it_is(&mut self, block: &TextBlock) -> Result<(), ExportError> {
        if self.part.is_none() {
            self.open()?;
        }
        // The part's header, or rows that came while its end was near.
        let before = std::mem::take(&mut self.chunk);
        let Some((part, rows)) = &mut self.part else { return Ok(()) };
        part.append(&before)?;
        part.append(&block.bytes)?;
        *rows += self.chunk_rows + block.ends.len() as u64;
        self.rows += block.ends.len() as u64;
        (self.chunk_rows, self.header_len) = (0, 0);
        self.files.control().set_rows(self.rows);
        self.files.control().check()
    }

    /// Finishes the last part; an export without rows has one part without rows.
    pub fn finish(mut self) -> Result<(), ExportError> {
        self.settle(true)?;
        if self.part.is_none() && self.files.is_first() {
            self.open()?;
            let chunk = std::mem::take(&mut self.chunk);
            self.append(chunk)?;
        }
        self.close()
    }

    /// Opens a part; what the chunk holds already goes behind the header.
    fn open(&mut self) -> Result<(), ExportError> {
        let mut header = Vec::new();
        self.encoder.header(&mut header)?;
        self.header_len = header.len();
        self.chunk.splice(0..0, header);
        self.part = Some((self.files.begin()?, 0));
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExportError> {
        self.append_packed(0)?;
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
            let most = self.limits.bytes;
            match most {
                Some(most) if !self.append_within(most)? => {
                    self.close()?;
                    self.open()?;
                    continue;
                }
                Some(_) => self.chunk.clear(),
                None => {
                    let room = Vec::with_capacity(self.chunk_target + self.chunk_target / 4);
                    let chunk = std::mem::replace(&mut self.chunk, room);
                    self.append(chunk)?;
                }
            }
            let mut ended = false;
            if let Some((_, rows)) = &mut self.part {
                *rows += self.chunk_rows;
                ended = self.limits.rows.is_some_and(|most| *rows >= most);
            }
            (self.chunk_rows, self.header_len) = (0, 0);
            self.files.control().set_rows(self.rows);
            if ended {
                self.close()?;
            }
        }
        Ok(())
    }

    /// Appends the chunk where the part stays within so many bytes, or has no row yet; whether it did.
    fn append_within(&mut self, most: u64) -> Result<bool, ExportError> {
        let packed = match self.compression {
            Some(compression) => Some(compress::pack(compression, &self.chunk)?),
            None => None,
        };
        let bytes = packed.as_deref().unwrap_or(&self.chunk);
        let Some((part, rows)) = &mut self.part else { return Ok(true) };
        if *rows > 0 && part.bytes() + bytes.len() as u64 > most {
            return Ok(false);
        }
        part.append(bytes)?;
        Ok(true)
    }

    /// Appends a chunk to the open part, at once or once it is compressed.
    fn append(&mut self, chunk: Vec<u8>) -> Result<(), ExportError> {
        let Some(compression) = self.compression else {
            return match &mut self.part {
                Some((part, _)) => part.append(&chunk),
                None => Ok(()),
            };
        };
        self.packing.push_back(tokio::task::spawn_blocking(move || compress::pack(compression, &chunk)));
        self.append_packed(ordered::threads() * 2)
    }

    /// Appends compressed chunks until no more than `ahead` are left.
    fn append_packed(&mut self, ahead: usize) -> Result<(), ExportError> {
        while self.packing.len() > ahead {
            let Some(packing) = self.packing.pop_front() else { break };
            let packed = tokio::runtime::Handle::current().block_on(packing);
            let packed = packed.map_err(|error| ExportError::Worker(error.to_string()))??;
            if let Some((part, _)) = &mut self.part {
                part.append(&packed)?;
            }
        }
        Ok(())
    }
}
