//! Scans over the events of one name: which rows a node means.

use super::filter::{ALL, Filter, NONE};
use super::times::{Within, times};
use super::{EvaluateError, Evaluation};
use crate::columns::{Columns, EventRun};
use crate::plan::EventPlan;
use std::ops::Range;
use std::sync::Arc;

/// Rows of one group that a node means.
pub(super) struct Batch<'b> {
    /// The place of their scan.
    pub scan: usize,
    /// The group, of which all are.
    pub group: usize,
    /// Of all rows of the run whose they are.
    pub ordinals: &'b [u32],
    /// Which rows.
    pub rows: Rows<'b>,
}

/// Some rows of a run, ascending.
pub(super) enum Rows<'b> {
    All(Range<usize>),
    Some(&'b [u32]),
}

impl Batch<'_> {
    /// Visits ordinal and row of each.
    #[inline]
    pub fn each(&self, mut visit: impl FnMut(u32, usize)) {
        match &self.rows {
            Rows::All(rows) => {
                let ordinals = &self.ordinals[rows.clone()];
                ordinals.iter().zip(rows.clone()).for_each(|(ordinal, row)| visit(*ordinal, row));
            }
            Rows::Some(rows) => {
                let ordinals = self.ordinals;
                rows.iter().for_each(|row| visit(ordinals[*row as usize], *row as usize));
            }
        }
    }
}

/// Rows of a group of which some are meant.
#[derive(Clone)]
struct Part {
    group: u32,
    start: u32,
    end: u32,
    /// Whether the times of some lie outside of the range.
    is_timed: bool,
    /// Whether some do not pass the filter, or are not to be seen.
    is_tested: bool,
}

/// The rows of a run that a node means.
pub(super) struct RunScan<'c> {
    pub run: &'c EventRun,
    /// Which of the runs of its event it is.
    pub index: usize,
    ordinals: &'c [u32],
    filter: Filter<'c>,
    within: Within<'c>,
    times: Range<i64>,
    parts: Vec<Part>,
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

/// How far a scan has come in each of its groups.
pub(super) struct Cursors(Vec<u32>);

impl<'c> RunScan<'c> {
    /// The rows that pass a filter at some times.
    fn new(run: &'c EventRun, index: usize, filter: Filter<'c>, times: &Range<i64>) -> Self {
        let base = &run.base;
        let verdicts = filter.of_groups(base.ends.len());
        let mut parts = Vec::new();
        let mut start = 0;
        let spans = base.firsts.iter().zip(base.lasts.iter());
        for (((group, end), (first, last)), verdict) in (0..).zip(base.ends.iter()).zip(spans).zip(verdicts) {
            if verdict != NONE && *first < times.end && *last >= times.start {
                let is_timed = *first < times.start || *last >= times.end;
                let is_tested = verdict != ALL || run.before.is_some();
                parts.push(Part { group, start, end: *end, is_timed, is_tested });
            }
            start = *end;
        }
        let within = Within::new(&base.times, times);
        Self { run, index, ordinals: &base.ordinals, filter, within, times: times.clone(), parts }
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
        let rest = Self::new(self.run, self.index, Filter::Always(true), &times);
        Some(Latest { marks: &base.latest, least, rest })
    }

    /// How many rows lie in groups of which some are meant.
    pub fn rows(&self) -> usize {
        self.parts.iter().map(|part| (part.end - part.start) as usize).sum()
    }

    /// Before the first row of that ordinal, or a later one, in each group.
    pub fn at(&self, ordinal: u32) -> Cursors {
        let place = |part: &Part| {
            let rows = &self.ordinals[part.start as usize..part.end as usize];
            part.start + if ordinal == 0 { 0 } else { rows.partition_point(|known| *known < ordinal) as u32 }
        };
        Cursors(self.parts.iter().map(place).collect())
    }

    /// Visits the rows of ordinals below `bound`, from where the cursors stand, and moves these; tells how many rows were
    /// looked at. What it needs meanwhile it keeps in `selected`; `scan` is what batches are to be told by.
    #[inline]
    pub fn visit(
        &self,
        scan: usize,
        cursors: &mut Cursors,
        bound: u32,
        selected: &mut Vec<u32>,
        mut visit: impl FnMut(Batch<'_>),
    ) -> usize {
        let mut looked_at = 0;
        for (part, cursor) in self.parts.iter().zip(&mut cursors.0) {
            let start = *cursor as usize;
            let next = start + below(&self.ordinals[start..part.end as usize], bound);
            if next == start {
                continue;
            }
            looked_at += next - start;
            *cursor = next as u32;
            let rows = match part.is_timed || part.is_tested {
                true => {
                    self.select(part, start..next, selected);
                    Rows::Some(selected)
                }
                false => Rows::All(start..next),
            };
            visit(Batch { scan, group: part.group as usize, ordinals: self.ordinals, rows });
        }
        looked_at
    }

    /// Finds which of some rows are meant.
    fn select(&self, part: &Part, rows: Range<usize>, selected: &mut Vec<u32>) {
        selected.clear();
        for start in rows.clone().step_by(64) {
            let count = (rows.end - start).min(64);
            let mut mask = u64::MAX >> (64 - count);
            if part.is_timed {
                mask &= self.within.mask(start);
            }
            if part.is_tested && mask != 0 {
                mask &= self.filter.mask(part.group as usize, start);
            }
            while mask != 0 {
                let row = start + mask.trailing_zeros() as usize;
                if self.run.is_seen(row) {
                    selected.push(row as u32);
                }
                mask &= mask - 1;
            }
        }
    }
}

/// How many of ascending ordinals lie below a bound: looked for near the start.
#[inline]
fn below(ordinals: &[u32], bound: u32) -> usize {
    if ordinals.last().is_none_or(|last| *last < bound) {
        return ordinals.len();
    }
    let mut reach = 64;
    while ordinals.get(reach).is_some_and(|ordinal| *ordinal < bound) {
        reach *= 2;
    }
    let start = if reach == 64 { 0 } else { reach / 2 };
    let near = &ordinals[start..ordinals.len().min(reach)];
    start + near.partition_point(|ordinal| *ordinal < bound)
}

/// How many rows lie in groups of which scans mean some.
pub(super) fn rows(scans: &[RunScan<'_>]) -> usize {
    scans.iter().map(RunScan::rows).sum()
}

impl<C: Columns> Evaluation<'_, C> {
    /// The scans of all runs of which a node may mean rows.
    pub(super) fn scans(&self, plan: &EventPlan) -> Result<Vec<RunScan<'_>>, EvaluateError> {
        let times = times(plan, &self.clock);
        let mut scans = Vec::new();
        if times.is_empty() {
            return Ok(scans);
        }
        for (index, run) in self.columns.event(&plan.event).iter().map(Arc::as_ref).enumerate() {
            let Some((first, last)) = run.base.span else { continue };
            if first >= times.end || last < times.start {
                continue;
            }
            let filter = Filter::of_run(plan.condition.as_ref(), run, &self.clock)?;
            if !matches!(filter, Filter::Always(false)) {
                scans.push(RunScan::new(run, index, filter, &times));
            }
        }
        Ok(scans)
    }
}
