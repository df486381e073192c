//! Counting rows before they are written: by stretch, so that each row's number is known wherever reading begins.

use crate::cells::{Cell, Cells};
use crate::error::ExportError;
use crate::ordered::in_order;
use crate::plan::PlannedEvent;
use crate::progress::Control;
use crate::ranked_ids::RankedIds;
use crate::selection::{profile_id, profile_ids, select_events};
use crate::source::Stretch;
use roaring::RoaringTreemap;
use wayfare_model::id::ProfileId;

/// What counting found.
#[derive(Debug, Default)]
pub struct Counted {
    /// The rows that are in, by stretch.
    pub rows: Vec<u64>,
    /// Rows that would be in if they were no dry runs.
    pub dry_runs: u64,
}

/// Counts the occurrences of an event that are in; a stretch is read only where what the lake says of it does not tell.
pub fn count_events(
    stretches: &[Box<dyn Stretch>],
    event: &PlannedEvent,
    members: Option<&RankedIds>,
    control: &Control,
) -> Result<Counted, ExportError> {
    let mut counted = Counted::default();
    let known = |stretch: &dyn Stretch| {
        let has_dry_runs = event.dry_run.is_some_and(|column| !stretch.is_null(column));
        let all_are_in = members.is_none() && event.filters.is_empty() && !has_dry_runs;
        if all_are_in { stretch.rows() } else { None }
    };
    in_order(
        stretches.len(),
        || (),
        |(), piece, outlet| {
            let stretch = &*stretches[piece];
            let mut found = (known(stretch).unwrap_or(0), 0);
            if known(stretch).is_none() {
                for batch in stretch.read()? {
                    control.check()?;
                    let selected = select_events(batch?, event, members)?;
                    found.0 += selected.batch.num_rows() as u64;
                    found.1 += selected.dry_runs;
                }
            }
            outlet.send(found, 1)
        },
        |(rows, dry_runs)| {
            counted.rows.push(rows);
            counted.dry_runs += dry_runs;
            Ok(())
        },
    )?;
    Ok(counted)
}

/// Counts the profiles that are members; `None` where the states do not ascend by profile, no profile twice.
pub fn count_profiles(
    stretches: &[Box<dyn Stretch>],
    members: &RankedIds,
    control: &Control,
) -> Result<Option<Vec<u64>>, ExportError> {
    let mut rows = Vec::with_capacity(stretches.len());
    let mut in_order_so_far = true;
    let mut last = None;
    in_order(
        stretches.len(),
        || (),
        |(), piece, outlet| {
            let (mut first, mut last, mut ascending, mut found) = (None, None, true, 0);
            for batch in stretches[piece].read()? {
                control.check()?;
                let batch = batch?;
                let ids = Cells::of(batch.column(0))?;
                for row in 0..batch.num_rows() {
                    let cell: Cell<'_> = ids.get(row);
                    let id = profile_id(cell)?;
                    first.get_or_insert(id);
                    ascending &= last.is_none_or(|last| last < id);
                    last = Some(id);
                    found += u64::from(members.rank(id).is_some());
                }
            }
            outlet.send((first, last, ascending, found), 1)
        },
        |(first, its_last, ascending, found)| {
            in_order_so_far &= ascending && (last.is_none() || first.is_none() || last < first);
            last = its_last.or(last);
            rows.push(found);
            Ok(())
        },
    )?;
    Ok(in_order_so_far.then_some(rows))
}

/// The profiles that rows are of, by the column that names them.
pub fn profiles_of(
    stretches: &[Box<dyn Stretch>],
    column: usize,
    control: &Control,
) -> Result<RankedIds, ExportError> {
    let mut found = RoaringTreemap::new();
    in_order(
        stretches.len(),
        || (),
        |(), piece, outlet| {
            for batch in stretches[piece].read()? {
                control.check()?;
                let ids = profile_ids(&batch?, column)?;
                let bytes = size_of_val(ids.as_slice());
                outlet.send(ids, bytes)?;
            }
            Ok(())
        },
        |ids| {
            found.extend(ids.into_iter().map(ProfileId::first_position));
            Ok(())
        },
    )?;
    let mut ranked = RankedIds::default();
    for id in found {
        ranked.push(ProfileId::from_first_position(id));
    }
    Ok(ranked)
}
