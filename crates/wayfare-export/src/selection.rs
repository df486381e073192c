//! Which rows of a batch are in.

use crate::cells::{Cell, Cells};
use crate::error::ExportError;
use crate::filter::marks_dry_run;
use crate::plan::PlannedEvent;
use crate::ranked_ids::{Rank, RankedIds};
use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use arrow::record_batch::RecordBatch;
use wayfare_model::id::ProfileId;

/// What was selected of a batch.
pub struct Selected {
    /// The rows that are in.
    pub batch: RecordBatch,
    /// Rows that would be in if they were no dry runs.
    pub dry_runs: u64,
}

/// The column of a batch of events that holds the profile.
pub const EVENT_PROFILE: usize = 2;

/// The profile that a cell names.
pub fn profile_id(cell: Cell<'_>) -> Result<ProfileId, ExportError> {
    match cell {
        Cell::Text(text) => ProfileId::from_ascii(text.as_bytes())
            .ok_or_else(|| ExportError::Worker(format!("the store gave {text:?} for a profile id"))),
        other => Err(ExportError::Worker(format!("the store gave {other:?} for a profile id"))),
    }
}

/// The profiles of the rows of a batch, by the column that names them.
pub fn profile_ids(batch: &RecordBatch, column: usize) -> Result<Vec<ProfileId>, ExportError> {
    let cells = Cells::of(batch.column(column))?;
    (0..batch.num_rows()).map(|row| profile_id(cells.get(row))).collect()
}

/// The ranks of the profiles of the rows of a batch, by the column that names them.
pub fn ranks(batch: &RecordBatch, column: usize, ids: &RankedIds) -> Result<Vec<Rank>, ExportError> {
    let cells = Cells::of(batch.column(column))?;
    let rank = |row| Ok(ids.rank(profile_id(cells.get(row))?).map(|rank| rank as u32));
    (0..batch.num_rows()).map(rank).collect()
}

/// The profiles of a batch that are members.
pub fn select_profiles(batch: RecordBatch, members: &RankedIds) -> Result<Selected, ExportError> {
    let ids = Cells::of(batch.column(0))?;
    let mut is_in = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        is_in.push(members.rank(profile_id(ids.get(row))?).is_some());
    }
    Ok(Selected { batch: keep(batch, is_in)?, dry_runs: 0 })
}

/// The occurrences of a batch that pass the event's conditions and belong to members.
pub fn select_events(
    batch: RecordBatch,
    event: &PlannedEvent,
    members: Option<&RankedIds>,
) -> Result<Selected, ExportError> {
    if event.filters.is_empty() && event.dry_run.is_none() && members.is_none() {
        return Ok(Selected { batch, dry_runs: 0 });
    }
    let columns = batch.columns().iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
    let mut is_in = Vec::with_capacity(batch.num_rows());
    let mut dry_runs = 0;
    for row in 0..batch.num_rows() {
        let mut passes = event.filters.iter().all(|filter| filter.passes(columns[filter.column].get(row)));
        if let (true, Some(members)) = (passes, members) {
            passes = members.rank(profile_id(columns[EVENT_PROFILE].get(row))?).is_some();
        }
        if passes && event.dry_run.is_some_and(|column| marks_dry_run(columns[column].get(row))) {
            dry_runs += 1;
            passes = false;
        }
        is_in.push(passes);
    }
    Ok(Selected { batch: keep(batch, is_in)?, dry_runs })
}

fn keep(batch: RecordBatch, is_in: Vec<bool>) -> Result<RecordBatch, ExportError> {
    if is_in.iter().all(|is_in| *is_in) {
        return Ok(batch);
    }
    Ok(filter_record_batch(&batch, &BooleanArray::from(is_in))?)
}
