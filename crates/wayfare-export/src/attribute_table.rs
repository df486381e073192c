//! The current attributes of profiles, looked up row by row for an export of events.
//!
//! They are written to a temporary file without a name, in the form that rows need: as the text that stands in them, or
//! cell by cell. What is small is held in memory, the rest is mapped. Memory of its own holds six bytes a profile, and eight
//! more while the table is made.

use crate::cells::{Cell, Cells};
use crate::error::ExportError;
use crate::ordered::in_order;
use crate::progress::Control;
use crate::ranked_ids::{Rank, RankedIds};
use crate::selection::profile_id;
use crate::source::Stretch;
use crate::text;
use crate::text_rows::GroupText;
use crate::times::Times;
use arrow::array::{ArrayRef, StringBuilder};
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

/// Tables up to this size are held in memory.
const IN_MEMORY: u64 = 8 << 20;
/// Rows start at multiples of this, so that four bytes tell a row's place in 16 GiB.
const STEP: u64 = 4;
/// No row.
const NONE: u32 = u32::MAX;

/// For so many profiles rows are best looked up together: they lie far apart, and what is fetched for the first is still
/// near when the last is.
pub const AT_ONCE: usize = 256;

/// How rows of a table are written.
#[derive(Clone)]
pub enum AttributeForm {
    /// As the text of groups of columns.
    Text(Box<GroupText>),
    /// Cell by cell, for so many attributes.
    Cells(usize),
}

/// Attributes by the rank of a profile.
pub struct AttributeTable {
    /// By rank: where its row starts, in steps.
    starts: Vec<u32>,
    rows: Rows,
    /// The row of a profile that is not in the table.
    missing: Vec<u8>,
    groups: usize,
    columns: usize,
}

enum Rows {
    Memory(Vec<u8>),
    Mapped(memmap2::Mmap),
}

/// Rows that one thread made.
struct Made {
    /// Rank, position of the state, end of the row in `bytes`.
    rows: Vec<(u32, u64, usize)>,
    bytes: Vec<u8>,
}

impl AttributeTable {
    /// Reads the attributes of the profiles in `ids` from all states of profiles; the file lies in `directory` and has no
    /// name there. Of several states of a profile the one at the highest position counts.
    pub fn build(
        directory: &Path,
        stretches: &[Box<dyn Stretch>],
        ids: &RankedIds,
        form: &AttributeForm,
        control: &Control,
    ) -> Result<Self, ExportError> {
        let file = tempfile::tempfile_in(directory).map_err(ExportError::file(directory))?;
        let mut file = BufWriter::with_capacity(256 * 1024, file);
        let mut starts = vec![NONE; ids.len()];
        let mut positions = vec![0u64; ids.len()];
        let mut written = 0u64;
        in_order(
            stretches.len(),
            || RowForm::new(form.clone()),
            |row_form, piece, outlet| {
                for batch in stretches[piece].read()? {
                    control.check()?;
                    let made = row_form.rows(&batch?, ids)?;
                    let bytes = made.bytes.len();
                    outlet.send(made, bytes)?;
                }
                Ok(())
            },
            |made| {
                let mut from = 0;
                for (rank, position, end) in made.rows {
                    let row = &made.bytes[from..end];
                    from = end;
                    let rank = rank as usize;
                    if starts[rank] != NONE && positions[rank] > position {
                        continue;
                    }
                    starts[rank] = u32::try_from(written / STEP)
                        .ok()
                        .filter(|start| *start != NONE)
                        .ok_or_else(|| {
                            ExportError::Worker("the attributes of all profiles take more than 16 GiB".into())
                        })?;
                    positions[rank] = position;
                    let padded = (row.len() as u64).next_multiple_of(STEP);
                    let padding = &[0; STEP as usize][..(padded - row.len() as u64) as usize];
                    let write = file.write_all(row).and_then(|()| file.write_all(padding));
                    write.map_err(ExportError::file(directory))?;
                    written += padded;
                }
                Ok(())
            },
        )?;
        let told = || ExportError::file(directory);
        let file = file.into_inner().map_err(|error| told()(error.into_error()))?;
        let rows = if written <= IN_MEMORY { read_all(file, written) } else { map(&file) };
        let mut form = RowForm::new(form.clone());
        let mut missing = Vec::new();
        form.row(&mut missing, &|_| Cell::Null)?;
        Ok(Self {
            starts,
            rows: rows.map_err(told())?,
            missing,
            groups: form.groups(),
            columns: form.columns(),
        })
    }

    /// The rows of profiles, by their ranks among the ids that the table was built for.
    pub fn of(&self, ranks: &[Rank]) -> Result<Vec<Row<'_>>, ExportError> {
        let starts: Vec<u32> = ranks.iter().map(|rank| self.start(*rank)).collect();
        let row = |start| {
            let mut first = self.bytes(start);
            let length = read_varint(&mut first).ok_or_else(unreadable)?;
            Ok(Row { first, length: usize::try_from(length).unwrap_or(usize::MAX), groups: self.groups })
        };
        let rows = starts.into_iter().map(row).collect::<Result<Vec<_>, ExportError>>()?;
        fetch(rows.iter().map(|row| row.first.get(row.length)));
        Ok(rows)
    }

    fn start(&self, rank: Rank) -> u32 {
        rank.and_then(|rank| self.starts.get(rank as usize)).copied().unwrap_or(NONE)
    }

    fn bytes(&self, start: u32) -> &[u8] {
        let all: &[u8] = match &self.rows {
            Rows::Memory(rows) => rows,
            Rows::Mapped(rows) => rows,
        };
        match start {
            NONE => &self.missing,
            start => all.get((u64::from(start) * STEP) as usize..).unwrap_or(&self.missing),
        }
    }

    /// The attributes of each of the profiles, by their ranks, as columns of text; those of an unknown profile are null.
    pub fn look_up(&self, ranks: &[Rank]) -> Vec<ArrayRef> {
        let builder = || StringBuilder::with_capacity(ranks.len(), ranks.len() * 8);
        let mut builders: Vec<StringBuilder> = (0..self.columns).map(|_| builder()).collect();
        for ranks in ranks.chunks(AT_ONCE) {
            let starts: Vec<u32> = ranks.iter().map(|rank| self.start(*rank)).collect();
            let mut rows: Vec<&[u8]> = starts.into_iter().map(|start| self.bytes(start)).collect();
            fetch(rows.iter().map(|row| row.first()));
            for builder in &mut builders {
                for rest in &mut rows {
                    let cell = read_varint(rest).and_then(|length| {
                        let length = usize::try_from(length.checked_sub(1)?).ok()?;
                        let (text, after) = rest.split_at_checked(length)?;
                        *rest = after;
                        std::str::from_utf8(text).ok()
                    });
                    builder.append_option(cell);
                }
            }
        }
        builders.into_iter().map(|mut builder| Arc::new(builder.finish()) as ArrayRef).collect()
    }
}

/// Reads one byte after the other, none of which the next one has to wait for: so the processor waits for many at a time.
fn fetch<'a>(bytes: impl Iterator<Item = Option<&'a u8>>) {
    let seen = bytes.fold(0, |seen, byte| seen ^ byte.copied().unwrap_or(0));
    std::hint::black_box(seen);
}

/// What a table has of one profile.
pub struct Row<'a> {
    /// The text of the first group, and whatever is behind it.
    first: &'a [u8],
    length: usize,
    groups: usize,
}

impl<'a> Row<'a> {
    /// The text of a group: so many bytes at the start of what is given.
    #[inline]
    pub fn group(&self, group: usize) -> Result<(&'a [u8], usize), ExportError> {
        match group {
            0 if self.length <= self.first.len() => Ok((self.first, self.length)),
            more => self.later_group(more),
        }
    }

    fn later_group(&self, group: usize) -> Result<(&'a [u8], usize), ExportError> {
        let (mut text, mut length) = (self.first, self.length);
        for _ in 0..group.min(self.groups) {
            let mut rest = text.get(length..).ok_or_else(unreadable)?;
            length = read_varint(&mut rest)
                .and_then(|length| usize::try_from(length).ok())
                .ok_or_else(unreadable)?;
            text = rest;
        }
        if length <= text.len() && group < self.groups { Ok((text, length)) } else { Err(unreadable()) }
    }
}

fn unreadable() -> ExportError {
    ExportError::Worker("the table of attributes cannot be read back".into())
}

fn read_all(mut file: File, bytes: u64) -> std::io::Result<Rows> {
    let mut rows = Vec::with_capacity(bytes as usize);
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut rows)?;
    Ok(Rows::Memory(rows))
}

/// Maps the file: its pages are the system's to take back.
#[allow(
    unsafe_code,
    reason = "a mapped file is unsafe where somebody else may change it; this one has no name"
)]
fn map(file: &File) -> std::io::Result<Rows> {
    // SAFETY: the file was made without a name, so nobody else can open, write or cut it; nothing here does once it is
    // mapped.
    unsafe { memmap2::Mmap::map(file) }.map(Rows::Mapped)
}

/// Writes rows of one form.
struct RowForm {
    form: AttributeForm,
    times: Times,
    text: Vec<u8>,
}

impl RowForm {
    fn new(form: AttributeForm) -> Self {
        Self { form, times: Times::default(), text: Vec::new() }
    }

    fn groups(&self) -> usize {
        match &self.form {
            AttributeForm::Text(text) => text.groups(),
            AttributeForm::Cells(_) => 0,
        }
    }

    fn columns(&self) -> usize {
        match &self.form {
            AttributeForm::Text(_) => 0,
            AttributeForm::Cells(columns) => *columns,
        }
    }

    /// The rows of a batch of states whose profiles are in `ids`.
    fn rows(
        &mut self,
        batch: &arrow::record_batch::RecordBatch,
        ids: &RankedIds,
    ) -> Result<Made, ExportError> {
        let cells = batch.columns().iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
        let [profiles, attributes @ .., positions] = cells.as_slice() else {
            return Err(ExportError::Worker("the store gave states of profiles without a position".into()));
        };
        let mut made = Made { rows: Vec::with_capacity(batch.num_rows()), bytes: Vec::new() };
        for row in 0..batch.num_rows() {
            let Some(rank) = ids.rank(profile_id(profiles.get(row))?) else { continue };
            let Cell::Integer(position) = positions.get(row) else { continue };
            self.row(&mut made.bytes, &|attribute: usize| {
                attributes.get(attribute).map_or(Cell::Null, |cells| cells.get(row))
            })?;
            made.rows.push((rank as u32, position as u64, made.bytes.len()));
        }
        Ok(made)
    }

    fn row<'a>(&mut self, out: &mut Vec<u8>, cell: &dyn Fn(usize) -> Cell<'a>) -> Result<(), ExportError> {
        match &mut self.form {
            AttributeForm::Text(groups) => {
                for group in 0..groups.groups() {
                    self.text.clear();
                    groups.append(&mut self.text, group, cell)?;
                    varint(out, self.text.len() as u64);
                    out.extend_from_slice(&self.text);
                }
            }
            AttributeForm::Cells(columns) => {
                for column in 0..*columns {
                    raw_cell(out, &mut self.text, &mut self.times, cell(column));
                }
            }
        }
        Ok(())
    }
}

/// A cell is its length and one more, then its text; zero is null.
fn raw_cell(out: &mut Vec<u8>, written: &mut Vec<u8>, times: &mut Times, cell: Cell<'_>) {
    written.clear();
    match cell {
        Cell::Null => return out.push(0),
        Cell::Text(text) => written.extend_from_slice(text.as_bytes()),
        Cell::Boolean(value) => written.extend_from_slice(if value { b"true" } else { b"false" }),
        Cell::Integer(value) => text::integer(written, value),
        Cell::Unsigned(value) => text::unsigned(written, value),
        Cell::Float(value) => text::float(written, value),
        Cell::Date(day) => times.date(written, day),
        Cell::Micros(micros) => times.instant(written, micros),
    }
    varint(out, written.len() as u64 + 1);
    out.extend_from_slice(written);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let more = value >= 0x80;
        out.push(value as u8 & 0x7f | u8::from(more) << 7);
        value >>= 7;
        if !more {
            return;
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
    use crate::source::StretchBatches;
    use arrow::array::{Array, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray};
    use arrow::datatypes::{DataType, Field, Schema};
    use wayfare_model::id::ProfileId;

    struct Batch(RecordBatch);

    impl Stretch for Batch {
        fn rows(&self) -> Option<u64> {
            None
        }
        fn is_null(&self, _: usize) -> bool {
            false
        }
        fn read(&self) -> Result<StretchBatches, ExportError> {
            Ok(Box::new(std::iter::once(Ok(self.0.clone()))))
        }
    }

    /// States of profiles at positions 0, 7, 14, …, the last ones first, and of each fifth an older one behind it.
    fn stretches(profiles: u64) -> Vec<Box<dyn Stretch>> {
        let states = (0..profiles)
            .rev()
            .map(|number| (number, 1_000))
            .chain((0..profiles).step_by(5).map(|number| (number, 3)));
        let states: Vec<_> = states.collect();
        let stretch = |states: &[(u64, i64)]| {
            let ids: StringArray = states
                .iter()
                .map(|(number, _)| Some(ProfileId::from_first_position(number * 7).to_string()))
                .collect();
            let names: StringArray = states
                .iter()
                .map(|(number, position)| match position {
                    3 => Some("old".to_owned()),
                    _ => (number % 3 != 0)
                        .then(|| format!("name {number} {}", "é".repeat(*number as usize % 90))),
                })
                .collect();
            let flags: BooleanArray = states.iter().map(|(number, _)| Some(number % 2 == 0)).collect();
            let positions: Int64Array = states.iter().map(|(_, position)| Some(*position)).collect();
            let fields = vec![
                Field::new("profile_id", DataType::Utf8, false),
                Field::new("name", DataType::Utf8, true),
                Field::new("flag", DataType::Boolean, true),
                Field::new("position", DataType::Int64, false),
            ];
            let columns: Vec<ArrayRef> =
                vec![Arc::new(ids), Arc::new(names), Arc::new(flags), Arc::new(positions)];
            let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
            Box::new(Batch(batch)) as Box<dyn Stretch>
        };
        states.chunks(17).map(stretch).collect()
    }

    fn check(table: &AttributeTable, ids: &RankedIds) {
        let profiles = ids.len() as u64;
        let asked: Vec<_> = (0..profiles * 7).rev().map(ProfileId::from_first_position).collect();
        let ranks: Vec<_> = asked.iter().map(|id| ids.rank(*id).map(|rank| rank as u32)).collect();
        let found = table.look_up(&ranks);
        for (row, id) in asked.iter().enumerate() {
            let first = id.first_position();
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
    }

    #[test]
    fn the_newest_state_from_memory_and_from_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let mut ids = RankedIds::default();
        assert!((0..100).all(|number| ids.push(ProfileId::from_first_position(number * 7))));
        let form = AttributeForm::Cells(2);
        let mut table =
            AttributeTable::build(directory.path(), &stretches(100), &ids, &form, &Control::new()).unwrap();
        check(&table, &ids);
        let Rows::Memory(bytes) = &table.rows else { panic!("small") };
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        table.rows = map(&file).unwrap();
        check(&table, &ids);
    }
}
