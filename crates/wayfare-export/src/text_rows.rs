//! Rows as text: what each thread makes of the batches that it reads.
//!
//! What is the same in every row, and what is the same in every row of a profile, is encoded once and copied from there.

use crate::attribute_table::{AT_ONCE, AttributeTable};
use crate::cells::{Cell, Cells};
use crate::computed::ComputedTable;
use crate::csv::CsvEncoder;
use crate::error::ExportError;
use crate::ndjson::NdjsonEncoder;
use crate::plan::CellSource;
use crate::ranked_ids::Rank;
use crate::text::{PIECE, append_start};
use arrow::record_batch::RecordBatch;
use std::sync::Arc;

/// Encodes the cells of a text format.
#[derive(Debug, Clone)]
pub enum TextEncoder {
    /// CSV.
    Csv(Box<CsvEncoder>),
    /// NDJSON.
    Ndjson(NdjsonEncoder),
}

impl TextEncoder {
    /// Appends what every part starts with.
    pub fn header(&self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        match self {
            Self::Csv(encoder) => encoder.header(out),
            Self::Ndjson(_) => Ok(()),
        }
    }

    /// Appends a cell of a column and what stands before it; `number` is its row's in the export, from 1.
    #[inline]
    fn cell(
        &mut self,
        out: &mut Vec<u8>,
        column: usize,
        cell: Cell<'_>,
        number: u64,
    ) -> Result<(), ExportError> {
        match self {
            Self::Csv(encoder) => {
                encoder.before(out, column);
                encoder.cell(out, column, cell, number)
            }
            Self::Ndjson(encoder) => {
                encoder.before(out, column);
                encoder.cell(out, column, cell)
            }
        }
    }

    #[inline]
    fn end_row(&self, out: &mut Vec<u8>) {
        match self {
            Self::Csv(encoder) => encoder.end_row(out),
            Self::Ndjson(encoder) => encoder.end_row(out),
        }
    }
}

/// Rows of text.
#[derive(Debug)]
pub struct TextBlock {
    /// The rows, one after the other.
    pub bytes: Vec<u8>,
    /// Where each row ends.
    pub ends: Vec<usize>,
}

/// Rows of about so many bytes are handed over together: small enough that memory comes from what is there already.
const BLOCK: usize = 128 * 1024;

impl Default for TextBlock {
    fn default() -> Self {
        Self { bytes: Vec::with_capacity(BLOCK + BLOCK / 4), ends: Vec::with_capacity(2_048) }
    }
}

/// Longer texts are not looked for in the row before.
const SHORT: usize = 24;

/// The cell that a column had last in a block, and where its text stands there.
#[derive(Clone, Copy, Default)]
struct Last<'a> {
    cell: Option<Cell<'a>>,
    from: usize,
    to: usize,
}

impl<'a> Last<'a> {
    /// Where the text of an equal cell stands. Rows lie sorted, so that most columns repeat themselves.
    #[inline]
    fn of(&self, cell: &Cell<'a>) -> Option<std::ops::Range<usize>> {
        let equal = match (self.cell?, cell) {
            (Cell::Null, Cell::Null) => true,
            (Cell::Integer(last), Cell::Integer(cell)) => last == *cell,
            (Cell::Boolean(last), Cell::Boolean(cell)) => last == *cell,
            (Cell::Text(last), Cell::Text(cell)) => cell.len() <= SHORT && last == *cell,
            _ => false,
        };
        equal.then_some(self.from..self.to)
    }
}

/// What stands between two places of a row.
#[derive(Debug, Clone)]
enum Slot {
    /// The cells of a batch's column.
    Cells { column: usize, place: usize },
    /// The same text in every row.
    Fixed(Fixed),
    /// What the table of attributes has of the row's profile, by group.
    Prepared(usize),
    /// What it has of one attribute, cell by cell.
    Attribute { column: usize, place: usize },
    /// What was computed for the row's profile.
    Computed { column: usize, place: usize },
}

/// A text and, so that it is copied in pieces, zeros behind it.
#[derive(Debug, Clone, Default)]
struct Fixed {
    padded: Vec<u8>,
    length: usize,
}

impl Fixed {
    fn push(&mut self, text: &[u8]) {
        self.padded.truncate(self.length);
        self.padded.extend_from_slice(text);
        self.length = self.padded.len();
        self.padded.resize(self.length.max(PIECE), 0);
    }
}

/// Columns that stand side by side and are the same in every row of a profile: the column's number, and which attribute.
pub type Group = Vec<(usize, usize)>;

/// The groups of a layout.
pub fn groups(sources: &[CellSource]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (column, source) in sources.iter().enumerate() {
        let CellSource::Attribute(attribute) = source else { continue };
        match groups.last_mut() {
            Some(group) if group.last().is_some_and(|(last, _)| last + 1 == column) => {
                group.push((column, *attribute));
            }
            _ => groups.push(vec![(column, *attribute)]),
        }
    }
    groups
}

/// Makes rows of one layout.
#[derive(Clone)]
pub struct TextRows {
    encoder: TextEncoder,
    slots: Vec<Slot>,
    /// Where batches have the profile, for its attributes.
    profile: usize,
    /// Whether the table of attributes holds text.
    prepared: bool,
    /// The computed columns.
    computed: Option<Arc<ComputedTable>>,
}

impl TextRows {
    /// Rows whose cells come from `sources`; `prepared` where the table of attributes holds text.
    pub fn new(
        mut encoder: TextEncoder,
        sources: &[CellSource],
        profile: usize,
        prepared: bool,
        computed: Option<Arc<ComputedTable>>,
    ) -> Result<Self, ExportError> {
        let mut slots: Vec<Slot> = Vec::with_capacity(sources.len());
        let mut groups = 0;
        for (column, source) in sources.iter().enumerate() {
            let fixed = match source {
                CellSource::Stream(place) => {
                    slots.push(Slot::Cells { column, place: *place });
                    continue;
                }
                CellSource::Computed(place) => {
                    slots.push(Slot::Computed { column, place: *place });
                    continue;
                }
                CellSource::Attribute(place) if !prepared => {
                    slots.push(Slot::Attribute { column, place: *place });
                    continue;
                }
                CellSource::Attribute(_) => {
                    let goes_on = column > 0 && matches!(sources[column - 1], CellSource::Attribute(_));
                    if !goes_on {
                        slots.push(Slot::Prepared(groups));
                        groups += 1;
                    }
                    continue;
                }
                CellSource::Constant(text) => Cell::Text(text),
                CellSource::Missing => Cell::Null,
            };
            let mut text = Vec::new();
            encoder.cell(&mut text, column, fixed, 0)?;
            match slots.last_mut() {
                Some(Slot::Fixed(before)) => before.push(&text),
                _ => {
                    let mut fixed = Fixed::default();
                    fixed.push(&text);
                    slots.push(Slot::Fixed(fixed));
                }
            }
        }
        Ok(Self { encoder, slots, profile, prepared, computed })
    }

    /// Gives the rows of a batch to `send`, block by block; `number` is the first one's in the export, from 1. With a table of
    /// attributes come the ranks of the rows' profiles.
    pub fn encode(
        &mut self,
        batch: &RecordBatch,
        (ranks, table): (&[Rank], Option<&AttributeTable>),
        number: u64,
        mut send: impl FnMut(TextBlock) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let cells = batch.columns().iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
        let rows = batch.num_rows();
        let attributes = match table {
            Some(table) if !self.prepared => table.look_up(ranks),
            _ => Vec::new(),
        };
        let mut prepared = Vec::new();
        let attributes = attributes.iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
        let computed = match &self.computed {
            Some(table) => table.columns(batch.column(self.profile))?,
            None => Vec::new(),
        };
        let computed = computed.iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
        let mut last = vec![Last::default(); self.slots.len()];
        let mut block = TextBlock::default();
        for row in 0..rows {
            if let Some(table) = table.filter(|_| self.prepared && row % AT_ONCE == 0) {
                prepared = table.of(&ranks[row..rows.min(row + AT_ONCE)])?;
            }
            for (slot, last) in self.slots.iter().zip(&mut last) {
                let (column, cells) = match slot {
                    Slot::Cells { column, place } => (*column, cells.get(*place)),
                    Slot::Attribute { column, place } => (*column, attributes.get(*place)),
                    Slot::Computed { column, place } => (*column, computed.get(*place)),
                    Slot::Fixed(fixed) => {
                        append_start(&mut block.bytes, &fixed.padded, fixed.length);
                        continue;
                    }
                    Slot::Prepared(group) => {
                        if let Some(prepared) = prepared.get(row % AT_ONCE) {
                            let (text, length) = prepared.group(*group)?;
                            append_start(&mut block.bytes, text, length);
                        }
                        continue;
                    }
                };
                let cell = cells.map_or(Cell::Null, |cells| cells.get(row));
                if let Some(range) = last.of(&cell) {
                    match block.bytes.get(range.start..).and_then(<[u8]>::first_chunk::<PIECE>).copied() {
                        Some(piece) if range.len() <= PIECE => {
                            append_start(&mut block.bytes, &piece, range.len());
                        }
                        _ => block.bytes.extend_from_within(range),
                    }
                    continue;
                }
                let from = block.bytes.len();
                self.encoder.cell(&mut block.bytes, column, cell, number + row as u64)?;
                *last = Last { cell: Some(cell), from, to: block.bytes.len() };
            }
            self.encoder.end_row(&mut block.bytes);
            block.ends.push(block.bytes.len());
            if block.bytes.len() >= BLOCK {
                send(std::mem::take(&mut block))?;
                last.fill(Last::default());
            }
        }
        match block.ends.is_empty() {
            true => Ok(()),
            false => send(block),
        }
    }
}

/// Prepares the text of groups.
#[derive(Debug, Clone)]
pub struct GroupText {
    encoder: TextEncoder,
    groups: Vec<Group>,
}

impl GroupText {
    /// The text of `groups` as `encoder` writes it.
    pub fn new(encoder: TextEncoder, groups: Vec<Group>) -> Self {
        Self { encoder, groups }
    }

    /// How many groups there are.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Appends one group of a profile, whose attributes `cell` gives.
    pub fn append<'a>(
        &mut self,
        out: &mut Vec<u8>,
        group: usize,
        cell: impl Fn(usize) -> Cell<'a>,
    ) -> Result<(), ExportError> {
        for (column, attribute) in &self.groups[group] {
            self.encoder.cell(out, *column, cell(*attribute), 0)?;
        }
        Ok(())
    }
}
