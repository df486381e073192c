//! One run as a file, which is mapped and read in place.
//!
//! The file is its sections one after the other, each at a multiple of 64 bytes, then a description of them as JSON,
//! the description's length and a mark. Numbers stand in this machine's order: the index is derived and never leaves
//! it. A file is written under another name, made durable and then renamed, so that what has the name is whole.

use crate::error::StoreError;
use bytemuck::Pod;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use wayfare_segment::columns::buffer::Buffer;
use wayfare_segment::columns::numbers::Numbers;
use wayfare_segment::columns::texts::Texts;
use wayfare_segment::columns::{Codes, RunBase, TextColumn, TextRun};

/// What the file ends with; the last digit is the version of the form.
const MARK: &[u8; 8] = b"wfrun-01";
/// Sections begin at multiples of this: enough for any number, and a line of the cache.
const ALIGNMENT: u64 = 64;

/// Where a section lies.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Section {
    start: u64,
    length: u64,
}

#[derive(Debug, Serialize, Deserialize)]
enum NumbersForm {
    Narrow { base: i64, unit: i64, offsets: Section },
    Wide(Section),
}

#[derive(Debug, Serialize, Deserialize)]
enum CodesForm {
    U8(Section),
    U16(Section),
    U32(Section),
}

#[derive(Debug, Serialize, Deserialize)]
struct ColumnForm {
    groups: Section,
    rows: Option<CodesForm>,
    text_ends: Section,
    text_bytes: Section,
}

#[derive(Debug, Serialize, Deserialize)]
struct Description {
    ordinals: Section,
    times: NumbersForm,
    positions: NumbersForm,
    ends: Section,
    latest: Section,
    span: Option<(i64, i64)>,
    columns: BTreeMap<String, ColumnForm>,
    left_out: BTreeSet<String>,
}

/// Writes a run to a file.
pub(super) fn write(path: &Path, run: &TextRun) -> Result<(), StoreError> {
    let failed = StoreError::file(path);
    let partial = path.with_extension("part");
    let written = (|| {
        let mut sections = Sections { file: BufWriter::with_capacity(1 << 20, File::create(&partial)?), at: 0 };
        let base = &run.base;
        let mut columns = BTreeMap::new();
        for (name, column) in &run.columns {
            let (ends, bytes) = column.texts.parts();
            let rows = match &column.rows {
                None => None,
                Some(Codes::U8(codes)) => Some(CodesForm::U8(sections.add(codes)?)),
                Some(Codes::U16(codes)) => Some(CodesForm::U16(sections.add(codes)?)),
                Some(Codes::U32(codes)) => Some(CodesForm::U32(sections.add(codes)?)),
            };
            let form = ColumnForm {
                groups: sections.add(&column.groups)?,
                rows,
                text_ends: sections.add(ends)?,
                text_bytes: sections.add(bytes)?,
            };
            columns.insert(name.clone(), form);
        }
        let description = Description {
            ordinals: sections.add(&base.ordinals)?,
            times: sections.add_numbers(&base.times)?,
            positions: sections.add_numbers(&base.positions)?,
            ends: sections.add(&base.ends)?,
            latest: sections.add(&base.latest)?,
            span: base.span,
            columns,
            left_out: run.left_out.clone(),
        };
        let text = serde_json::to_vec(&description)?;
        sections.file.write_all(&text)?;
        sections.file.write_all(&(text.len() as u64).to_le_bytes())?;
        sections.file.write_all(MARK)?;
        let file = sections.file.into_inner().map_err(|error| error.into_error())?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    })();
    written.map_err(|error: std::io::Error| {
        // What is left of it is of no use; that it cannot be removed either says nothing new.
        let _ = std::fs::remove_file(&partial);
        failed(error)
    })
}

struct Sections {
    file: BufWriter<File>,
    at: u64,
}

impl Sections {
    fn add<T: Pod>(&mut self, numbers: &[T]) -> std::io::Result<Section> {
        let bytes: &[u8] = bytemuck::cast_slice(numbers);
        let start = self.at.next_multiple_of(ALIGNMENT);
        self.file.write_all(&[0; ALIGNMENT as usize][..(start - self.at) as usize])?;
        self.file.write_all(bytes)?;
        self.at = start + bytes.len() as u64;
        Ok(Section { start, length: bytes.len() as u64 })
    }

    fn add_numbers(&mut self, numbers: &Numbers) -> std::io::Result<NumbersForm> {
        Ok(match numbers {
            Numbers::Narrow { base, unit, offsets } => {
                NumbersForm::Narrow { base: *base, unit: *unit, offsets: self.add(offsets)? }
            }
            Numbers::Wide(numbers) => NumbersForm::Wide(self.add(numbers)?),
        })
    }
}

/// A run from its file.
pub(super) fn read(path: &Path) -> Result<TextRun, StoreError> {
    let bytes = map(path)?;
    described(&bytes).ok_or_else(|| {
        let why = "it is not a whole run of this version; stop wayfare and remove the folder `index`";
        StoreError::corrupt(path.display().to_string(), why)
    })
}

fn described(bytes: &Bytes) -> Option<TextRun> {
    let rest = bytes.strip_suffix(MARK)?;
    let (rest, length) = rest.split_last_chunk::<8>()?;
    let start = rest.len().checked_sub(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let description: Description = serde_json::from_slice(&rest[start..]).ok()?;
    let part = |section: Section| {
        let end = section.start.checked_add(section.length).filter(|end| *end <= start as u64)?;
        Some(bytes.slice(section.start as usize..end as usize))
    };
    fn numbers<T: Pod>(bytes: Bytes) -> Option<Buffer<T>> {
        Buffer::of_bytes(bytes)
    }
    let whole = |form: &NumbersForm| {
        Some(match form {
            NumbersForm::Narrow { base, unit, offsets } => {
                Numbers::Narrow { base: *base, unit: (*unit).max(1), offsets: numbers(part(*offsets)?)? }
            }
            NumbersForm::Wide(section) => Numbers::Wide(numbers(part(*section)?)?),
        })
    };
    let base = RunBase {
        ordinals: numbers(part(description.ordinals)?)?,
        times: whole(&description.times)?,
        positions: whole(&description.positions)?,
        ends: numbers(part(description.ends)?)?,
        latest: numbers(part(description.latest)?)?,
        span: description.span,
    };
    let rows = base.len();
    let fits = base.times.len() == rows
        && base.positions.len() == rows
        && base.ends.is_sorted()
        && base.ends.last().copied().unwrap_or(0) as usize == rows;
    let mut columns = BTreeMap::new();
    for (name, form) in &description.columns {
        let codes = match &form.rows {
            None => None,
            Some(CodesForm::U8(section)) => Some(Codes::U8(numbers(part(*section)?)?)),
            Some(CodesForm::U16(section)) => Some(Codes::U16(numbers(part(*section)?)?)),
            Some(CodesForm::U32(section)) => Some(Codes::U32(numbers(part(*section)?)?)),
        };
        let column = TextColumn {
            groups: numbers(part(form.groups)?)?,
            rows: codes,
            texts: Texts::of_parts(numbers(part(form.text_ends)?)?, part(form.text_bytes)?)?,
        };
        columns.insert(name.clone(), column);
    }
    fits.then(|| TextRun { base: Arc::new(base), columns, left_out: description.left_out })
}

/// The bytes of a file, read as they are asked for.
#[allow(unsafe_code)]
fn map(path: &Path) -> Result<Bytes, StoreError> {
    let file = File::open(path).map_err(StoreError::file(path))?;
    // SAFETY: a mapped file must not change. Files of the index get their name when they are whole and are never
    // written again, only removed, which leaves the mapping as it is; they lie in the data directory, which the lock
    // and the documentation keep for wayfare alone.
    let mapped = unsafe { memmap2::Mmap::map(&file) }.map_err(StoreError::file(path))?;
    Ok(Bytes::from_owner(mapped))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wayfare_segment::columns::RowsBuilder;

    fn run() -> TextRun {
        let mut builder = RowsBuilder::new(["a", "b"].into_iter(), |_| false);
        for row in 0..1_000usize {
            builder.push(row as u32 % 7, 1_000 * row as i64, row as u64);
            builder.set(row, 0, &(row % 3).to_string());
            if row % 2 == 0 {
                builder.set(row, 1, &row.to_string());
            }
        }
        builder.finish(&["a"])
    }

    #[test]
    fn a_run_comes_back_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.run");
        let run = run();
        write(&path, &run).unwrap();
        let back = read(&path).unwrap();
        assert_eq!(*back.base.ordinals, *run.base.ordinals);
        assert_eq!(*back.base.ends, *run.base.ends);
        assert_eq!(*back.base.latest, *run.base.latest);
        assert_eq!(back.base.span, run.base.span);
        for (group, rows) in run.base.groups() {
            for row in rows {
                assert_eq!(back.base.times.get(row), run.base.times.get(row));
                for (name, column) in &run.columns {
                    let other = &back.columns[name];
                    assert_eq!(other.code(group, row), column.code(group, row));
                }
            }
        }
        assert_eq!(back.columns["b"].texts.iter().count(), run.columns["b"].texts.iter().count());
    }

    #[test]
    fn a_file_that_is_not_whole_is_told_and_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.run");
        write(&path, &run()).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for cut in [0, 1, 8, 100, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert!(read(&path).is_err(), "{cut}");
        }
        let mut other = bytes.clone();
        let last = other.len() - 1;
        other[last] = b'9';
        std::fs::write(&path, &other).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("index"));
    }
}
