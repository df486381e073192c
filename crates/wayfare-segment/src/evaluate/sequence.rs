//! Events one after the other.

use super::clock::Clock;
use super::pieces::{Gathered, PROFILES, Walk};
use super::reader::NumberReader;
use super::scan::rows;
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::Columns;
use crate::plan::SequencePlan;
use std::cmp::Reverse;

/// An event of a candidate that a step means.
#[derive(Clone, Copy)]
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
        let mut scans = Vec::with_capacity(steps.len());
        for (step, plan) in (0..).zip(steps) {
            let of_step = self.scans(plan)?;
            if of_step.is_empty() {
                return Ok(Bits::new(self.columns.ordinals()));
            }
            scans.push((step, of_step));
        }
        scans.sort_by_key(|(_, of_step)| rows(of_step));
        let times: Vec<Vec<NumberReader<'_>>> = scans
            .iter()
            .map(|(_, of_step)| of_step.iter().map(|scan| NumberReader::new(&scan.run.base.times)).collect())
            .collect();
        let clock = &self.clock;
        let start = |first| {
            let walks: Vec<Walk<'_, '_>> = scans.iter().map(|(_, scans)| Walk::new(scans, first)).collect();
            // For each profile how many of the steps, in the order they are read, it has.
            let reached = vec![0u32; PROFILES as usize];
            (walks, (reached, Gathered::new(), vec![None; steps.len()]))
        };
        let all = scans.iter().map(|(_, of_step)| rows(of_step)).sum();
        let (bits, _) = self.by_pieces(all, start, |(walks, (reached, happened, began)), piece| {
            reached.fill(0);
            for (before, ((walk, (step, _)), times)) in (0u32..).zip(walks.iter_mut().zip(&scans).zip(&times))
            {
                let (reached, first, step) = (&mut reached[..], piece.first, *step);
                walk.visit(piece.bound, |batch| {
                    let times = times[batch.scan];
                    batch.each(|ordinal, row| {
                        let place = (ordinal - first) as usize;
                        if let Some(reached) = reached.get_mut(place)
                            && *reached >= before
                        {
                            *reached = before + 1;
                            happened.push(place, Happened { time: times.get(row), step });
                        }
                    });
                });
            }
            happened.of_each(|place, events| {
                if reached[place] as usize == steps.len() {
                    // Of one instant later steps go first, so that none follows an event that is not strictly earlier.
                    let order = |event: &Happened| (event.time, Reverse(event.step));
                    if !events.is_sorted_by_key(order) {
                        events.sort_unstable_by_key(order);
                    }
                    if in_order(plan, clock, events, began) {
                        piece.insert(piece.first + place as u32);
                    }
                }
            });
        })?;
        Ok(bits)
    }
}

/// Whether events, in the order of time, hold a chain.
fn in_order(plan: &SequencePlan, clock: &Clock, events: &[Happened], began: &mut [Option<i64>]) -> bool {
    let last = plan.steps.len() - 1;
    began.fill(None);
    events.iter().any(|Happened { time, step }| {
        let step = *step as usize;
        let start = match step {
            0 => Some(*time),
            _ => began[step - 1],
        };
        began[step] = began[step].max(start);
        let in_time = |start: i64| plan.within.is_none_or(|within| *time <= clock.after(start, within));
        step == last && start.is_some_and(in_time)
    })
}
