//! Rows of the files as columns, made from batches of the store.

use crate::attribute_table::AttributeTable;
use crate::computed::ComputedTable;
use crate::error::ExportError;
use crate::plan::CellSource;
use crate::policy::cells::CellTreatment;
use crate::prepare::Prepared;
use crate::ranked_ids::Rank;
use crate::read_rows::profile_column;
use crate::run::layouts;
use arrow::array::{Array, ArrayRef, NullArray, StringArray};
use arrow::record_batch::RecordBatch;
use std::sync::Arc;

/// Makes rows of one layout.
#[derive(Clone)]
pub struct RowMaker {
    sources: Vec<CellSource>,
    /// By column: what is done to its cells; shorter where nothing is.
    treatments: Vec<Option<CellTreatment>>,
    /// By column: a constant's cells, as many as the largest batch so far had rows.
    constants: Vec<Option<ArrayRef>>,
    /// Where batches have the profile.
    profile: usize,
    /// The computed columns.
    computed: Option<Arc<ComputedTable>>,
}

impl RowMaker {
    /// Rows whose cells come from `sources`, after what is done to them.
    pub fn new(
        sources: Vec<CellSource>,
        treatments: Vec<Option<CellTreatment>>,
        profile: usize,
        computed: Option<Arc<ComputedTable>>,
    ) -> Self {
        let constants = vec![None; sources.len()];
        Self { sources, treatments, constants, profile, computed }
    }

    /// The columns of the files for the rows of a batch; with a table of attributes come the ranks of the rows' profiles.
    pub fn columns(
        &mut self,
        batch: &RecordBatch,
        ranks: &[Rank],
        table: Option<&AttributeTable>,
    ) -> Result<Vec<ArrayRef>, ExportError> {
        let mut columns = self.untreated(batch, ranks, table)?;
        for (column, treatment) in columns.iter_mut().zip(&self.treatments) {
            if let Some(treatment) = treatment {
                *column = treatment.treat(column)?;
            }
        }
        Ok(columns)
    }

    fn untreated(
        &mut self,
        batch: &RecordBatch,
        ranks: &[Rank],
        table: Option<&AttributeTable>,
    ) -> Result<Vec<ArrayRef>, ExportError> {
        let rows = batch.num_rows();
        let attributes = match table {
            Some(table) => table.look_up(ranks),
            None => Vec::new(),
        };
        let computed = match &self.computed {
            Some(table) => table.columns(batch.column(self.profile))?,
            None => Vec::new(),
        };
        let mut columns = Vec::with_capacity(self.sources.len());
        for (source, constant) in self.sources.iter().zip(&mut self.constants) {
            columns.push(match source {
                CellSource::Stream(place) => {
                    batch.columns().get(*place).cloned().ok_or_else(|| too_few(batch, *place))?
                }
                CellSource::Attribute(place) => {
                    attributes.get(*place).cloned().ok_or_else(|| too_few(batch, *place))?
                }
                CellSource::Computed(place) => {
                    computed.get(*place).cloned().ok_or_else(|| too_few(batch, *place))?
                }
                CellSource::Missing => Arc::new(NullArray::new(rows)),
                CellSource::Constant(text) => match constant {
                    Some(cells) if cells.len() >= rows => cells.slice(0, rows),
                    _ => {
                        let cells = StringArray::from_iter_values(std::iter::repeat_n(text, rows));
                        constant.insert(Arc::new(cells)).clone()
                    }
                },
            });
        }
        Ok(columns)
    }
}

/// The rows of each kind that a prepared export has.
pub fn row_makers(prepared: &Prepared) -> Vec<RowMaker> {
    let profile = profile_column(&prepared.plan.rows);
    let layouts = layouts(prepared).into_iter().enumerate();
    let maker = |(index, cells): (usize, Vec<CellSource>)| {
        let treatments = prepared.treatments.get(index).cloned().unwrap_or_default();
        RowMaker::new(cells, treatments, profile, prepared.computed.clone())
    };
    layouts.map(maker).collect()
}

fn too_few(batch: &RecordBatch, place: usize) -> ExportError {
    ExportError::Columns {
        asked: format!("column {}", place + 1),
        given: format!("{} columns", batch.num_columns()),
    }
}
