//! The current attributes of profiles, looked up row by row for an export of events.
//!
//! They are written to a temporary file without a name, sixteen profiles a block; what is small enough is then
//! held in memory. Memory holds two bytes a profile, eight a block, and a fixed budget.

use crate::cells::{Cell, Cells};
use crate::error::ExportError;
use crate::ranked_ids::RankedIds;
use crate::text;
use crate::times::Times;
use arrow::array::{ArrayRef, StringBuilder};
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wayfare_model::id::ProfileId;

const BLOCK: usize = 16;
/// Tables up to this size are held in memory.
const IN_MEMORY: u64 = 40 * 1024 * 1024;

/// Collects a table.
pub struct TableBuilder {
    columns: usize,
    ids: RankedIds,
    blocks: Vec<u64>,
    file: BufWriter<File>,
    directory: PathBuf,
    bytes: u64,
    row: Vec<u8>,
    times: Times,
}

/// Attributes by profile.
pub struct AttributeTable {
    columns: usize,
    ids: RankedIds,
    /// Where each block starts, and where the last one ends.
    blocks: Vec<u64>,
    rows: Rows,
    path: PathBuf,
}

enum Rows {
    Memory(Vec<u8>),
    File(File),
}

impl TableBuilder {
    /// A table of `columns` attributes; its file lies in `directory` and has no name there.
    pub fn new(directory: &Path, columns: usize) -> Result<Self, ExportError> {
        let file = tempfile::tempfile_in(directory).map_err(ExportError::file(directory))?;
        Ok(Self {
            columns,
            ids: RankedIds::default(),
            blocks: Vec::new(),
            file: BufWriter::with_capacity(256 * 1024, file),
            directory: directory.into(),
            bytes: 0,
            row: Vec::new(),
            times: Times::default(),
        })
    }

    /// Appends a profile, whose id is greater than all before, with the cells of one row.
    pub fn push(&mut self, id: ProfileId, cells: &[Cells<'_>], row: usize) -> Result<(), ExportError> {
        if self.ids.len().is_multiple_of(BLOCK) {
            self.blocks.push(self.bytes);
        }
        if !self.ids.push(id) {
            return Err(ExportError::Worker(format!("profile {id} came out of order")));
        }
        self.row.clear();
        for cells in cells {
            self.cell(cells.get(row));
        }
        let mut length = [0u8; 10];
        let length = varint(&mut length, self.row.len() as u64);
        let write = self.file.write_all(length).and_then(|()| self.file.write_all(&self.row));
        write.map_err(ExportError::file(&self.directory))?;
        self.bytes += (length.len() + self.row.len()) as u64;
        Ok(())
    }

    /// A cell is its length and one more, then its text; zero is null.
    fn cell(&mut self, cell: Cell<'_>) {
        let mut written = Vec::new();
        let text: &[u8] = match cell {
            Cell::Null => {
                self.row.push(0);
                return;
            }
            Cell::Text(text) => text.as_bytes(),
            Cell::Boolean(true) => b"true",
            Cell::Boolean(false) => b"false",
            other => {
                match other {
                    Cell::Integer(value) => text::integer(&mut written, value),
                    Cell::Unsigned(value) => text::unsigned(&mut written, value),
                    Cell::Float(value) => text::float(&mut written, value),
                    Cell::Date(day) => self.times.date(&mut written, day),
                    Cell::Micros(micros) => self.times.instant(&mut written, micros),
                    Cell::Null | Cell::Text(_) | Cell::Boolean(_) => {}
                }
                &written
            }
        };
        let mut length = [0u8; 10];
        self.row.extend_from_slice(varint(&mut length, text.len() as u64 + 1));
        self.row.extend_from_slice(text);
    }

    /// The table, ready for look-ups.
    pub fn finish(mut self) -> Result<AttributeTable, ExportError> {
        self.blocks.push(self.bytes);
        let told = || ExportError::file(&self.directory);
        let mut file = self.file.into_inner().map_err(|error| told()(error.into_error()))?;
        let rows = if self.bytes <= IN_MEMORY {
            let mut rows = Vec::with_capacity(self.bytes as usize);
            file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut rows)).map_err(told())?;
            Rows::Memory(rows)
        } else {
            Rows::File(file)
        };
        Ok(AttributeTable {
            columns: self.columns,
            ids: self.ids,
            blocks: self.blocks,
            rows,
            path: self.directory,
        })
    }
}

impl AttributeTable {
    /// The attributes of each of the profiles, as columns of text; those of an unknown profile are null.
    pub fn look_up(&self, ids: &[Option<ProfileId>]) -> Result<Vec<ArrayRef>, ExportError> {
        let mut builders: Vec<_> =
            (0..self.columns).map(|_| StringBuilder::with_capacity(ids.len(), ids.len() * 8)).collect();
        match &self.rows {
            Rows::Memory(rows) => {
                for id in ids {
                    let row = id.and_then(|id| self.ids.rank(id)).and_then(|rank| {
                        let block = rows.get(self.block_range(rank)?)?;
                        row_of(block, rank % BLOCK)
                    });
                    append(&mut builders, row);
                }
            }
            Rows::File(file) => {
                let (arena, slots) = self.read_blocks(file, ids)?;
                for slot in slots {
                    append(&mut builders, slot.and_then(|(block, index)| row_of(&arena[block], index)));
                }
            }
        }
        Ok(builders.into_iter().map(|mut builder| Arc::new(builder.finish()) as ArrayRef).collect())
    }

    fn block_range(&self, rank: usize) -> Option<std::ops::Range<usize>> {
        let block = rank / BLOCK;
        Some(*self.blocks.get(block)? as usize..*self.blocks.get(block + 1)? as usize)
    }

    /// Reads every block that is needed, once and in the order of the file.
    #[allow(clippy::type_complexity, reason = "the pair is read where it is made")]
    fn read_blocks(
        &self,
        file: &File,
        ids: &[Option<ProfileId>],
    ) -> Result<(Vec<Vec<u8>>, Vec<Option<(usize, usize)>>), ExportError> {
        let ranks: Vec<_> = ids.iter().map(|id| id.and_then(|id| self.ids.rank(id))).collect();
        let mut wanted: Vec<_> = ranks.iter().flatten().map(|rank| rank / BLOCK).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut arena = Vec::with_capacity(wanted.len());
        for block in &wanted {
            let range = self.block_range(block * BLOCK).unwrap_or(0..0);
            let mut bytes = vec![0; range.len()];
            file.read_exact_at(&mut bytes, range.start as u64).map_err(ExportError::file(&self.path))?;
            arena.push(bytes);
        }
        let slots = ranks
            .into_iter()
            .map(|rank| {
                let rank = rank?;
                wanted.binary_search(&(rank / BLOCK)).ok().map(|block| (block, rank % BLOCK))
            })
            .collect();
        Ok((arena, slots))
    }
}

fn append(builders: &mut [StringBuilder], row: Option<&[u8]>) {
    let mut rest = row.unwrap_or_default();
    for builder in builders {
        let cell = read_varint(&mut rest).and_then(|length| {
            let length = usize::try_from(length.checked_sub(1)?).ok()?;
            let (text, after) = rest.split_at_checked(length)?;
            rest = after;
            std::str::from_utf8(text).ok()
        });
        builder.append_option(cell);
    }
}

fn row_of(mut block: &[u8], index: usize) -> Option<&[u8]> {
    for _ in 0..index {
        let length = read_varint(&mut block)?;
        block = block.get(length as usize..)?;
    }
    let length = read_varint(&mut block)?;
    block.get(..length as usize)
}

fn varint(buffer: &mut [u8; 10], mut value: u64) -> &[u8] {
    let mut length = 0;
    loop {
        let more = value >= 0x80;
        buffer[length] = value as u8 & 0x7f | u8::from(more) << 7;
        length += 1;
        value >>= 7;
        if !more {
            return &buffer[..length];
        }
    }
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, AsArray, BooleanArray, StringArray};

    fn table(profiles: u64) -> AttributeTable {
        let directory = tempfile::tempdir().unwrap();
        let mut builder = TableBuilder::new(directory.path(), 2).unwrap();
        for first in 0..profiles {
            let name = (first % 3 != 0).then(|| format!("name {first} {}", "é".repeat(first as usize % 90)));
            let name: ArrayRef = Arc::new(StringArray::from(vec![name.as_deref()]));
            let flag: ArrayRef = Arc::new(BooleanArray::from(vec![first % 2 == 0]));
            let cells = [Cells::of(&name).unwrap(), Cells::of(&flag).unwrap()];
            builder.push(ProfileId::from_first_position(first * 7), &cells, 0).unwrap();
        }
        builder.finish().unwrap()
    }

    fn check(table: &AttributeTable, profiles: u64) {
        let asked: Vec<_> =
            (0..profiles * 7).rev().map(|first| Some(ProfileId::from_first_position(first))).collect();
        let found = table.look_up(&asked).unwrap();
        for (row, id) in asked.iter().enumerate() {
            let first = id.unwrap().first_position();
            let (known, number) = (first % 7 == 0, first / 7);
            let names = found[0].as_string::<i32>();
            assert_eq!(names.is_valid(row), known && number % 3 != 0, "{first}");
            if names.is_valid(row) {
                assert!(names.value(row).starts_with(&format!("name {number} ")));
            }
            let flags = found[1].as_string::<i32>();
            assert_eq!(flags.is_valid(row), known);
            assert!(!known || flags.value(row) == (number % 2 == 0).to_string());
        }
        assert!(table.look_up(&[None]).unwrap()[0].is_null(0));
    }

    #[test]
    fn from_memory_and_from_the_file() {
        let mut table = table(100);
        check(&table, 100);
        let Rows::Memory(bytes) = &table.rows else { panic!("small") };
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        table.rows = Rows::File(file);
        check(&table, 100);
    }
}
