//! Reading and writing at once: threads read stretches and make rows of them, one writes what they made in order.

use crate::attribute_table::{AttributeForm, AttributeTable};
use crate::error::ExportError;
use crate::ordered::{Outlet, in_order};
use crate::people::People;
use crate::plan::CellSource;
use crate::prepare::Prepared;
use crate::progress::Control;
use crate::ranked_ids::{Rank, RankedIds};
use crate::read_rows::{Blocking, Placed, Rows, profile_column, select};
use crate::rows::{RowMaker, row_makers};
use crate::selection::ranks;
use crate::source::StretchBatches;
use crate::text_rows::{GroupText, TextBlock, TextRows, groups};
use crate::writer::Writer;
use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use std::sync::{Arc, Mutex, PoisonError};

/// What a thread makes of the rows of a batch.
enum Made {
    Text(TextBlock),
    Columns(Vec<ArrayRef>, usize),
}

/// Makes rows of each layout.
#[derive(Clone)]
enum Makers {
    Text(Vec<TextRows>),
    /// Text of cells to which something is done before.
    TreatedText(Vec<(RowMaker, TextRows)>),
    Columns(Vec<RowMaker>),
}

/// In which form the table of attributes is needed; the cells themselves where something is done to them.
pub fn table_form(writer: &Writer, layouts: &[Vec<CellSource>], prepared: &Prepared) -> AttributeForm {
    let attributes = prepared.plan.attributes().len();
    match writer {
        // The attributes stand at the same columns whatever the layout.
        Writer::Text { encoder, prepares: true, .. } if !prepared.treats_cells() => {
            let groups = layouts.first().map(|layout| groups(layout)).unwrap_or_default();
            AttributeForm::Text(Box::new(GroupText::new(encoder.clone(), groups)))
        }
        _ => AttributeForm::Cells(attributes),
    }
}

/// Writes the rows that come after the first `skip`, which finished parts hold already; gives how many.
///
/// Blocks: for a thread that may.
pub fn write_rows(
    rows: Rows,
    prepared: &Prepared,
    layouts: &[Vec<CellSource>],
    known: Known<'_>,
    mut writer: Writer,
    skip: u64,
    control: &Control,
) -> Result<u64, ExportError> {
    let makers = Makers::new(&writer, layouts, prepared)?;
    let mut written = 0;
    let take = |made: Made| {
        control.check()?;
        match (&mut writer, made) {
            (Writer::Text { writer, .. }, Made::Text(block)) => {
                written += block.ends.len() as u64;
                writer.write(&block)
            }
            (Writer::Table(writer), Made::Columns(columns, rows)) => {
                written += rows as u64;
                writer.write(&columns, rows)
            }
            _ => Err(ExportError::Worker("rows were made in a form that is not written".into())),
        }
    };
    match rows {
        Rows::Placed(mut placed) => {
            placed.retain(|placed| placed.before + placed.rows > skip);
            let work = |makers: &mut Makers, piece: usize, outlet: &Outlet<'_, Made>| {
                let Placed { layout, before, stretch, .. } = &placed[piece];
                let source = Source { batches: stretch.read()?, layout: *layout, before: *before, skip };
                source.send(prepared, makers, known, control, outlet)
            };
            in_order(placed.len(), || makers.clone(), work, take)?;
        }
        Rows::Stream(stream) => {
            let stream = Mutex::new(Some(stream));
            let runtime = tokio::runtime::Handle::current();
            let work = |makers: &mut Makers, _: usize, outlet: &Outlet<'_, Made>| {
                let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                let batches: StretchBatches = match stream {
                    Some(stream) => Box::new(Blocking { stream, runtime: runtime.clone() }),
                    None => return Ok(()),
                };
                let source = Source { batches, layout: 0, before: 0, skip };
                source.send(prepared, makers, known, control, outlet)
            };
            in_order(1, || makers.clone(), work, take)?;
        }
    }
    writer.finish()?;
    Ok(written)
}

/// What is known of the people of rows, and what is kept of them.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Everybody of whom there may be rows.
    pub ids: &'a RankedIds,
    /// Their attributes.
    pub table: Option<&'a AttributeTable>,
    /// Who they were.
    pub people: Option<&'a People>,
}

impl Known<'_> {
    /// The ranks of the people of a batch's rows, marked; none where nobody asks.
    fn ranks(&self, batch: &RecordBatch, profile: usize) -> Result<Vec<Rank>, ExportError> {
        if self.table.is_none() && self.people.is_none() {
            return Ok(Vec::new());
        }
        let ranks = ranks(batch, profile, self.ids)?;
        if let Some(people) = self.people {
            ranks.iter().for_each(|rank| people.mark(*rank));
        }
        Ok(ranks)
    }
}

/// Batches of one layout, and what is done with them.
struct Source {
    batches: StretchBatches,
    layout: usize,
    /// How many rows of the export come before.
    before: u64,
    /// How many rows of the export are written already.
    skip: u64,
}

impl Source {
    fn send(
        self,
        prepared: &Prepared,
        makers: &mut Makers,
        known: Known<'_>,
        control: &Control,
        outlet: &Outlet<'_, Made>,
    ) -> Result<(), ExportError> {
        let profile = profile_column(&prepared.plan.rows);
        let mut before = self.before;
        for batch in self.batches {
            control.check()?;
            let selected = select(prepared, self.layout, batch?)?;
            let rows = selected.num_rows() as u64;
            let skipped = self.skip.saturating_sub(before).min(rows);
            before += rows;
            if skipped == rows {
                continue;
            }
            let rest = selected.slice(skipped as usize, (rows - skipped) as usize);
            let number = before - rest.num_rows() as u64 + 1;
            let ranks = known.ranks(&rest, profile)?;
            makers.make(self.layout, &rest, (&ranks, known.table), number, outlet)?;
        }
        Ok(())
    }
}

impl Makers {
    fn new(writer: &Writer, layouts: &[Vec<CellSource>], prepared: &Prepared) -> Result<Self, ExportError> {
        let (profile, computed) = (profile_column(&prepared.plan.rows), &prepared.computed);
        Ok(match writer {
            Writer::Text { encoder, .. } if prepared.treats_cells() => {
                let rows = row_makers(prepared).into_iter().zip(layouts).map(|(maker, layout)| {
                    // What comes from the maker are the columns of the files, one by one.
                    let made: Vec<_> = (0..layout.len()).map(CellSource::Stream).collect();
                    Ok((maker, TextRows::new(encoder.clone(), &made, profile, false, None)?))
                });
                Self::TreatedText(rows.collect::<Result<_, ExportError>>()?)
            }
            Writer::Text { encoder, prepares, .. } => {
                let rows = layouts.iter().map(|layout| {
                    TextRows::new(encoder.clone(), layout, profile, *prepares, computed.clone())
                });
                Self::Text(rows.collect::<Result<_, _>>()?)
            }
            Writer::Table(_) => Self::Columns(row_makers(prepared)),
        })
    }

    /// Sends the rows of a batch; `number` is the first one's in the export.
    fn make(
        &mut self,
        layout: usize,
        batch: &RecordBatch,
        (ranks, table): (&[Rank], Option<&AttributeTable>),
        number: u64,
        outlet: &Outlet<'_, Made>,
    ) -> Result<(), ExportError> {
        let unknown = || ExportError::Worker(format!("there is no layout {layout}"));
        let send = |block: TextBlock| {
            let bytes = block.bytes.capacity() + block.ends.capacity() * size_of::<usize>();
            outlet.send(Made::Text(block), bytes)
        };
        match self {
            Self::Text(rows) => {
                rows.get_mut(layout).ok_or_else(unknown)?.encode(batch, (ranks, table), number, send)
            }
            Self::TreatedText(rows) => {
                let (maker, rows) = rows.get_mut(layout).ok_or_else(unknown)?;
                let columns = maker.columns(batch, ranks, table)?;
                let fields = columns
                    .iter()
                    .enumerate()
                    .map(|(place, column)| Field::new(place.to_string(), column.data_type().clone(), true));
                let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
                rows.encode(&RecordBatch::try_new(schema, columns)?, (&[], None), number, send)
            }
            Self::Columns(rows) => {
                let columns = rows.get_mut(layout).ok_or_else(unknown)?.columns(batch, ranks, table)?;
                // What columns share, they would all count.
                let size = |column: &ArrayRef| column.to_data().get_slice_memory_size();
                let bytes = columns.iter().map(|column| size(column).unwrap_or(0)).sum();
                outlet.send(Made::Columns(columns, batch.num_rows()), bytes)
            }
        }
    }
}
