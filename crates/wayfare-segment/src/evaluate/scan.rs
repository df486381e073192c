//! Scans over the events of one name: which rows a node means.

use super::clock::Clock;
use super::filter::{ALL, Filter, NONE};
use super::{EvaluateError, Evaluation};
use crate::columns::{Columns, EventRun};
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

/// A row that a node means.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub ordinal: u32,
    pub group: usize,
    pub row: usize,
}

/// The rows of a run that a node may mean.
pub(super) struct RunScan<'c> {
    run: &'c EventRun,
    filter: Filter<'c>,
    times: Range<i64>,
    /// Whether each time of the run lies in the range.
    all_times: bool,
}

/// What the latest times of profiles tell of a range that reaches over the last of them.
pub(super) struct Latest<'c> {
    /// By ordinal.
    pub marks: &'c [u32],
    /// Whoever has this mark or a greater one has an event in the range.
    pub least: u32,
    /// The only other events in the range.
    pub rest: RunScan<'c>,
}

impl<'c> RunScan<'c> {
    /// `None` where no row is meant.
    pub fn new(
        plan: &EventPlan,
        run: &'c EventRun,
        times: &Range<i64>,
        clock: &Clock,
    ) -> Result<Option<Self>, EvaluateError> {
        let Some((first, last)) = run.base.span else { return Ok(None) };
        if first >= times.end || last < times.start {
            return Ok(None);
        }
        let filter = Filter::of_run(plan.condition.as_ref(), run, clock)?;
        let all_times = times.start <= first && last < times.end;
        let scan = Self { run, filter, times: times.clone(), all_times };
        Ok((!matches!(scan.filter, Filter::Always(false))).then_some(scan))
    }

    /// Where every row of the run passes and the range reaches over its last one: what the latest times tell.
    pub fn latest(&self) -> Option<Latest<'c>> {
        let (base, (_, last)) = (&self.run.base, self.run.base.span?);
        let whole = matches!(self.filter, Filter::Always(true)) && self.run.before.is_none();
        if !whole || last >= self.times.end || base.latest.is_empty() {
            return None;
        }
        let (least, below) = base.times.marks()?.from(self.times.start);
        let times = self.times.start..below.unwrap_or(self.times.start).min(self.times.end);
        let rest = Self { run: self.run, filter: Filter::Always(true), times, all_times: false };
        Some(Latest { marks: &base.latest, least, rest })
    }

    /// How many rows lie in the range, about.
    pub fn rows(&self) -> usize {
        match self.all_times {
            true => self.run.base.len(),
            false => (0..self.run.base.ends.len()).map(|group| self.in_range(group).len()).sum(),
        }
    }

    /// How many rows lie in groups and times of which some pass.
    pub fn passing_rows(&self) -> usize {
        let verdicts = self.filter.of_groups(self.run.base.ends.len());
        let groups = verdicts.iter().enumerate().filter(|(_, verdict)| **verdict != NONE);
        groups.map(|(group, _)| self.in_range(group).len()).sum()
    }

    /// The rows of a group whose times lie in the range.
    fn in_range(&self, group: usize) -> Range<usize> {
        let base = &self.run.base;
        let rows = base.group(group);
        if self.all_times {
            return rows;
        }
        let start = base.times.first_from(rows.clone(), self.times.start);
        start..base.times.first_from(start..rows.end, self.times.end)
    }

    /// Visits the rows.
    pub fn visit(
        &self,
        mut go_on: impl FnMut(usize) -> Result<(), EvaluateError>,
        mut visit: impl FnMut(Row),
    ) -> Result<(), EvaluateError> {
        let base = &self.run.base;
        let ordinals = &base.ordinals[..];
        let verdicts = self.filter.of_groups(base.ends.len());
        let mut since = 0;
        for (group, verdict) in verdicts.into_iter().enumerate() {
            if verdict == NONE {
                continue;
            }
            let rows = self.in_range(group);
            since += rows.len() + 1;
            if since >= STRIDE {
                go_on(since)?;
                since = 0;
            }
            let whole = verdict == ALL && self.run.before.is_none();
            if whole {
                for (row, ordinal) in rows.clone().zip(&ordinals[rows]) {
                    visit(Row { ordinal: *ordinal, group, row });
                }
                continue;
            }
            for start in rows.clone().step_by(64) {
                let mut mask = self.filter.mask(group, start);
                if rows.end - start < 64 {
                    mask &= (1 << (rows.end - start)) - 1;
                }
                while mask != 0 {
                    let row = start + mask.trailing_zeros() as usize;
                    if self.run.is_seen(row) {
                        visit(Row { ordinal: ordinals[row], group, row });
                    }
                    mask &= mask - 1;
                }
            }
        }
        go_on(since)
    }
}

impl<C: Columns> Evaluation<'_, C> {
    /// Visits all rows that a node means, run by run.
    pub(super) fn scan(
        &self,
        plan: &EventPlan,
        mut visit: impl FnMut(usize, &EventRun, Row),
    ) -> Result<(), EvaluateError> {
        let times = times(plan, &self.clock);
        if times.is_empty() {
            return Ok(());
        }
        for (index, run) in self.columns.event(&plan.event).iter().enumerate() {
            if let Some(scan) = RunScan::new(plan, run, &times, &self.clock)? {
                self.scan_run(&scan, |row| visit(index, run, row))?;
            }
        }
        Ok(())
    }

    /// Visits all rows of one run.
    pub(super) fn scan_run(&self, scan: &RunScan<'_>, visit: impl FnMut(Row)) -> Result<(), EvaluateError> {
        scan.visit(
            |rows| {
                self.look_at(rows);
                self.go_on()
            },
            visit,
        )
    }
}
