//! Events one after the other.

use super::parts::Parts;
use super::scan::{RunScan, times};
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::Columns;
use crate::plan::{EventPlan, SequencePlan};
use std::cmp::Reverse;

/// An event of a candidate that a step means.
#[derive(Clone, Copy, Default)]
struct Happened {
    time: i64,
    step: u32,
}

impl<C: Columns> Evaluation<'_, C> {
    /// The profiles with events in the order of the steps; not yet cut to the live ones.
    ///
    /// Of all events that a step means, in order of time, a profile keeps for each step the latest first event that
    /// a chain up to that step may have: of chains that reach as far, the one that began last is never the worse.
    pub(super) fn sequence(&self, plan: &SequencePlan) -> Result<Bits, EvaluateError> {
        let steps = &plan.steps;
        if let [step] = steps.as_slice() {
            return self.counted(step);
        }
        // The rarest step goes first: whoever lacks it need not be looked at, and few are left for the others.
        let mut order: Vec<usize> = (0..steps.len()).collect();
        let rows = steps.iter().map(|step| self.rows(step)).collect::<Result<Vec<_>, _>>()?;
        order.sort_by_key(|step| rows[*step]);
        let mut candidates = self.columns.live().clone();
        let mut happened: Parts<Happened> = Parts::new(self.columns.ordinals());
        for step in order {
            let mut seen = Bits::new(self.columns.ordinals());
            self.scan(&steps[step], |_, run, row| {
                if candidates.contains(row.ordinal) {
                    seen.insert(row.ordinal);
                    let time = run.base.times.get(row.row);
                    happened.push(row.ordinal, Happened { time, step: step as u32 });
                }
            })?;
            candidates = seen;
            if candidates.is_empty() {
                return Ok(candidates);
            }
        }
        self.go_on()?;
        let mut passing = Bits::new(self.columns.ordinals());
        let mut began: Vec<Option<i64>> = vec![None; steps.len()];
        happened.of_each(|ordinal, events| {
            if candidates.contains(ordinal) {
                // Of one instant later steps go first, so that none follows an event that is not strictly earlier.
                events.sort_unstable_by_key(|event| (event.time, Reverse(event.step)));
                if self.in_order(plan, events, &mut began) {
                    passing.insert(ordinal);
                }
            }
        });
        Ok(passing)
    }

    /// Whether events, in the order of time, hold a chain.
    fn in_order(&self, plan: &SequencePlan, events: &[Happened], began: &mut [Option<i64>]) -> bool {
        let last = plan.steps.len() - 1;
        began.fill(None);
        events.iter().any(|Happened { time, step }| {
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
    }

    /// About how many rows a step reads.
    fn rows(&self, plan: &EventPlan) -> Result<usize, EvaluateError> {
        let times = times(plan, &self.clock);
        let mut rows = 0;
        for run in self.columns.event(&plan.event) {
            if let Some(scan) = RunScan::new(plan, run, &times, &self.clock)? {
                rows += scan.passing_rows();
            }
        }
        Ok(rows)
    }
}
