//! Rows of the files, made from batches of the store.

use crate::attribute_table::AttributeTable;
use crate::cells::Cells;
use crate::error::ExportError;
use crate::plan::CellSource;
use crate::selection::profile_id;
use arrow::array::{Array, ArrayRef, NullArray, StringArray};
use arrow::record_batch::RecordBatch;
use std::sync::Arc;
use wayfare_model::id::ProfileId;

/// The column of a batch that holds the profile.
const PROFILE: &str = "profile_id";

/// Makes rows of one shape.
pub struct RowMaker {
    sources: Vec<CellSource>,
    /// By column: a constant's cells, as many as the largest batch so far had rows.
    constants: Vec<Option<ArrayRef>>,
}

impl RowMaker {
    /// Rows whose cells come from `sources`.
    pub fn new(sources: Vec<CellSource>) -> Self {
        let constants = vec![None; sources.len()];
        Self { sources, constants }
    }

    /// The columns of the files for the rows of a batch.
    pub fn columns(
        &mut self,
        batch: &RecordBatch,
        table: Option<&AttributeTable>,
    ) -> Result<Vec<ArrayRef>, ExportError> {
        let rows = batch.num_rows();
        let attributes = match table {
            Some(table) => table.look_up(&profile_ids(batch)?)?,
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

fn profile_ids(batch: &RecordBatch) -> Result<Vec<Option<ProfileId>>, ExportError> {
    let ids = batch.column_by_name(PROFILE).ok_or_else(|| ExportError::Columns {
        asked: PROFILE.into(),
        given: format!("{} columns", batch.num_columns()),
    })?;
    let ids = Cells::of(ids)?;
    (0..batch.num_rows()).map(|row| profile_id(ids.get(row)).map(Some)).collect()
}

fn too_few(batch: &RecordBatch, place: usize) -> ExportError {
    ExportError::Columns {
        asked: format!("column {}", place + 1),
        given: format!("{} columns", batch.num_columns()),
    }
}
