//! Computed columns: a value of each of some profiles instead of a set of them.
//!
//! What is kept beside the answer is what a piece of profiles needs; the answer takes eight bytes a profile.

use super::pieces::{PROFILES, Walk, joined};
use super::reader::NumberReader;
use super::scan::{Batch, RunScan, rows};
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::check::CheckedColumn;
use crate::columns::Columns;
use crate::moment::Moment;
use crate::plan::{ComputedPlan, EventPlan};
use std::sync::atomic::AtomicBool;

/// The values of a computed column, by the rank of the profile among those that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum ComputedValues {
    /// How many events.
    Counts(Vec<u64>),
    /// A sum; NaN where no event has the parameter.
    Sums(Vec<f64>),
    /// When, in microseconds; [`NEVER`](Self::NEVER) where there is no event.
    Times(Vec<i64>),
    /// Whether a definition means the profile.
    Members(Bits),
}

/// The value of one profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ComputedValue {
    /// How many events.
    Count(u64),
    /// A sum; missing where no event has the parameter.
    Sum(Option<f64>),
    /// When, in microseconds; missing where there is no event.
    Time(Option<i64>),
    /// Whether a definition means the profile.
    Member(bool),
}

impl ComputedValues {
    /// Stands for no time: it lies before the year 1.
    pub const NEVER: i64 = i64::MIN;

    /// The value of the profile of a rank; `None` behind the last.
    pub fn get(&self, rank: usize) -> Option<ComputedValue> {
        Some(match self {
            Self::Counts(counts) => ComputedValue::Count(*counts.get(rank)?),
            Self::Sums(sums) => ComputedValue::Sum(Some(*sums.get(rank)?).filter(|sum| !sum.is_nan())),
            Self::Times(times) => {
                ComputedValue::Time(Some(*times.get(rank)?).filter(|at| *at != Self::NEVER))
            }
            Self::Members(members) => {
                let rank = u32::try_from(rank).ok().filter(|rank| *rank < members.bound())?;
                ComputedValue::Member(members.contains(rank))
            }
        })
    }
}

/// The values of the live profiles of a set, by rank in it, unless `cancelled` becomes true while it runs.
pub fn evaluate_column(
    column: &CheckedColumn,
    columns: &impl Columns,
    moment: &Moment,
    of: &Bits,
    cancelled: &AtomicBool,
) -> Result<ComputedValues, EvaluateError> {
    let evaluation = Evaluation::new(columns, moment, cancelled);
    Ok(match &column.plan {
        ComputedPlan::Count(plan) => ComputedValues::Counts(evaluation.counts(plan, of)?),
        ComputedPlan::FirstTime(plan) => ComputedValues::Times(evaluation.times(plan, of, false)?),
        ComputedPlan::LastTime(plan) => ComputedValues::Times(evaluation.times(plan, of, true)?),
        ComputedPlan::Sum(plan, parameter) => ComputedValues::Sums(evaluation.sums(plan, parameter, of)?),
        ComputedPlan::Member(plan) => {
            let meant = evaluation.node(plan)?;
            let mut members = Bits::new(u32::try_from(of.len()).unwrap_or(u32::MAX));
            let ranks = of.iter().zip(0..).filter(|(ordinal, _)| meant.contains(*ordinal));
            ranks.for_each(|(_, rank)| members.insert(rank));
            ComputedValues::Members(members)
        }
    })
}

impl<C: Columns> Evaluation<'_, C> {
    /// How many events each has.
    fn counts(&self, plan: &EventPlan, of: &Bits) -> Result<Vec<u64>, EvaluateError> {
        self.each(&self.scans(plan)?, of, 0u64, |batch, first, counts| {
            batch.each(|ordinal, _| {
                if let Some(count) = counts.get_mut((ordinal - first) as usize) {
                    *count += 1;
                }
            });
        })
    }

    /// When the first or the last event of each was.
    fn times(&self, plan: &EventPlan, of: &Bits, last: bool) -> Result<Vec<i64>, EvaluateError> {
        let scans = self.scans(plan)?;
        let readers: Vec<_> = scans.iter().map(|scan| NumberReader::new(&scan.run.base.times)).collect();
        self.each(&scans, of, ComputedValues::NEVER, |batch, first, kept| {
            let times = &readers[batch.scan];
            batch.each(|ordinal, row| {
                let Some(known) = kept.get_mut((ordinal - first) as usize) else { return };
                let time = times.get(row);
                if *known == ComputedValues::NEVER || (time > *known) == last {
                    *known = time;
                }
            });
        })
    }

    /// What is kept of each of some profiles after all rows were read, in their order.
    fn each<K: Copy + Send + Sync>(
        &self,
        scans: &[RunScan<'_>],
        of: &Bits,
        none: K,
        read: impl Fn(&Batch<'_>, u32, &mut [K]) + Sync,
    ) -> Result<Vec<K>, EvaluateError> {
        let start = |first| (Walk::new(scans, first), (vec![none; PROFILES as usize], Vec::new()));
        let (_, states) = self.by_pieces(rows(scans), start, |(walk, (kept, told)), piece| {
            kept.fill(none);
            walk.visit(piece.bound, |batch| read(&batch, piece.first, kept));
            told.extend(piece.of(of).map(|ordinal| kept[piece.place(ordinal)]));
        })?;
        Ok(joined(states.into_iter().map(|(_, (_, told))| told).collect()))
    }
}
