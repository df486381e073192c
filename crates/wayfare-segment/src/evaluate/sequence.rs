//! Events one after the other.

use super::{EvaluateError, Run};
use crate::columns::Columns;
use crate::plan::SequencePlan;
use roaring::RoaringBitmap;
use std::cmp::Reverse;

impl<C: Columns> Run<'_, C> {
    /// The profiles with events in the order of the steps; not yet cut to the live ones.
    ///
    /// Of all events that a step means, in order of time, a profile keeps for each step the latest first event that
    /// a chain up to that step may have: of chains that reach as far, the one that began last is never the worse.
    pub(super) fn sequence(&self, plan: &SequencePlan) -> Result<RoaringBitmap, EvaluateError> {
        // Whoever lacks a step need not be looked at; that costs a scan, which is cheap beside sorting.
        let mut candidates = RoaringBitmap::new();
        for (index, step) in plan.steps.iter().enumerate() {
            let seen = self.counted(step)?;
            candidates = if index == 0 { seen } else { candidates & seen };
            if candidates.is_empty() || plan.steps.len() == 1 {
                return Ok(candidates);
            }
        }
        let mut happened: Vec<(u32, i64, Reverse<u32>)> = Vec::new();
        for (index, step) in plan.steps.iter().enumerate() {
            self.scan(step, |_, chunk, row| {
                let ordinal = chunk.ordinals[row];
                if candidates.contains(ordinal) {
                    happened.push((ordinal, chunk.times[row], Reverse(index as u32)));
                }
            })?;
        }
        self.go_on()?;
        // Of one instant later steps go first, so that none follows an event that is not strictly earlier.
        happened.sort_unstable();
        self.go_on()?;
        let last = plan.steps.len() - 1;
        let passing = happened.chunk_by(|a, b| a.0 == b.0).filter(|of_one| {
            let mut began: Vec<Option<i64>> = vec![None; plan.steps.len()];
            of_one.iter().any(|(_, time, Reverse(step))| {
                let step = *step as usize;
                let start = match step {
                    0 => Some(*time),
                    _ => began[step - 1],
                };
                began[step] = began[step].max(start);
                let in_time =
                    |start: i64| plan.within.is_none_or(|within| *time <= self.clock.after(start, within));
                step == last && start.is_some_and(in_time)
            })
        });
        Ok(passing.map(|of_one| of_one[0].0).collect())
    }
}
