//! Scans over the events of one name: which rows a node means.

use super::clock::Clock;
use super::filter::{Filter, mask_of};
use super::{EvaluateError, Run};
use crate::columns::{Columns, EventChunk};
use crate::plan::{EventPlan, RangePlan};
use std::ops::Range;

/// Rows between two looks at whether the evaluation was cancelled.
const STRIDE: usize = 1 << 18;

/// The times of the events that a node sees: its range, and before the moment of evaluation.
pub(super) fn times(plan: &EventPlan, clock: &Clock) -> Range<i64> {
    let range = match plan.range {
        RangePlan::Ever => i64::MIN..i64::MAX,
        RangePlan::InLast(span) => clock.last(span),
        RangePlan::CalendarLast(span) => clock.calendar_last(span),
        RangePlan::Between(from, to) => from..to,
    };
    range.start..range.end.min(clock.as_of)
}

impl<C: Columns> Run<'_, C> {
    /// Visits all rows that a node means, chunk by chunk.
    pub(super) fn scan(
        &self,
        plan: &EventPlan,
        mut visit: impl FnMut(usize, &EventChunk, usize),
    ) -> Result<(), EvaluateError> {
        let times = times(plan, &self.clock);
        if times.is_empty() {
            return Ok(());
        }
        for (index, chunk) in self.columns.event(&plan.event).iter().enumerate() {
            let filter = match &plan.condition {
                Some(condition) => Filter::of_condition(condition, &chunk.parameters, &self.clock)?,
                None => Filter::Always(true),
            };
            if !matches!(filter, Filter::Always(false)) {
                self.scan_chunk(chunk, &filter, &times, |row| visit(index, chunk, row))?;
            }
        }
        Ok(())
    }

    fn scan_chunk(
        &self,
        chunk: &EventChunk,
        filter: &Filter<'_>,
        times: &Range<i64>,
        mut visit: impl FnMut(usize),
    ) -> Result<(), EvaluateError> {
        let rows = chunk.ordinals.len().min(chunk.times.len());
        // One unsigned comparison tells whether a time lies in the range.
        let width = times.end.wrapping_sub(times.start) as u64;
        let seen = |time: i64| (time.wrapping_sub(times.start) as u64) < width;
        for base in (0..rows).step_by(64) {
            if base % STRIDE == 0 {
                self.go_on()?;
            }
            let mut mask = filter.mask(base);
            if rows - base < 64 {
                mask &= (1 << (rows - base)) - 1;
            }
            if mask == 0 {
                continue;
            }
            if mask.count_ones() > 24 {
                mask &= mask_of(&chunk.times, base, seen, false);
                while mask != 0 {
                    visit(base + mask.trailing_zeros() as usize);
                    mask &= mask - 1;
                }
            } else {
                while mask != 0 {
                    let row = base + mask.trailing_zeros() as usize;
                    if seen(chunk.times[row]) {
                        visit(row);
                    }
                    mask &= mask - 1;
                }
            }
        }
        Ok(())
    }
}
