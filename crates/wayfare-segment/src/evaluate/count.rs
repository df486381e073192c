//! How often: the profiles with so and so many events.

use super::mask::{Lanes, masked};
use super::pieces::{PROFILES, Walk};
use super::scan::{Latest, rows};
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::Columns;
use crate::plan::{CountRange, EventPlan};
use std::ops::AddAssign;

impl<C: Columns> Evaluation<'_, C> {
    /// The profiles whose number of events lies in the node's range; not yet cut to the live ones.
    pub(super) fn counted(&self, plan: &EventPlan) -> Result<Bits, EvaluateError> {
        let CountRange { least, most } = plan.count;
        if least > most {
            return Ok(Bits::new(self.columns.ordinals()));
        }
        if least == 0 {
            // Profiles without any event are in, so the others are counted.
            return match most.checked_add(1) {
                None => Ok(self.columns.live().clone()),
                Some(more) => self.not(self.between(plan, more, u64::MAX)?),
            };
        }
        self.between(plan, least, most)
    }

    /// The profiles with at least `least` (1 or more) and at most `most` events.
    fn between(&self, plan: &EventPlan, least: u64, most: u64) -> Result<Bits, EvaluateError> {
        if least == 1 && most == u64::MAX {
            return self.seen(plan);
        }
        // Counting stops where a greater number makes no difference.
        let enough = if most == u64::MAX { least } else { most.saturating_add(1) };
        match (u8::try_from(enough), u32::try_from(enough)) {
            (Ok(enough), _) => self.counted_to(plan, enough, &|count| (least..=most).contains(&count.into())),
            (_, enough) => {
                let enough = enough.unwrap_or(u32::MAX);
                self.counted_to(plan, enough, &|count| (least..=most).contains(&count.into()))
            }
        }
    }

    /// The profiles whose number of events, counted as far as `enough`, holds.
    fn counted_to<N>(
        &self,
        plan: &EventPlan,
        enough: N,
        holds: &(impl Fn(N) -> bool + Sync),
    ) -> Result<Bits, EvaluateError>
    where
        N: Copy + Default + PartialOrd + From<bool> + AddAssign + Send + Sync,
    {
        let scans = self.scans(plan)?;
        let start = |first| (Walk::new(&scans, first), vec![N::default(); PROFILES as usize]);
        let (bits, _) = self.by_pieces(rows(&scans), start, |(walk, counts), piece| {
            counts.fill(N::default());
            let (counts, first) = (&mut counts[..], piece.first);
            walk.visit(piece.bound, |batch| {
                batch.each(|ordinal, _| {
                    if let Some(count) = counts.get_mut((ordinal - first) as usize) {
                        *count += N::from(*count < enough);
                    }
                });
            });
            piece.insert_where(&counts[..piece.len()], |count| holds(*count));
        })?;
        Ok(bits)
    }

    /// The profiles with any event.
    fn seen(&self, plan: &EventPlan) -> Result<Bits, EvaluateError> {
        let mut scans = self.scans(plan)?;
        let mut all_marks = Vec::new();
        for scan in &mut scans {
            if let Some(Latest { marks, least, rest }) = scan.latest()
                // Eight profiles are looked at in the time of a row, about.
                && scan.rows() > marks.len() / 8
            {
                all_marks.push((marks, least));
                *scan = rest;
            }
        }
        // A bit of each profile is kept: nothing is gained by small pieces.
        let rows = rows(&scans);
        let half = self.columns.ordinals().div_ceil(2).next_multiple_of(64).max(64);
        let (bits, _) = self.by_pieces_of(
            half,
            rows,
            |first| Walk::new(&scans, first),
            |walk, piece| {
                for (marks, least) in &all_marks {
                    piece.insert_masks(|base| {
                        masked(marks, base, |block| u32::between(block, *least, u32::MAX))
                    });
                }
                walk.visit(piece.bound, |batch| piece.insert_all(&batch));
            },
        )?;
        self.look_at(all_marks.iter().map(|(marks, _)| marks.len()).sum());
        Ok(bits)
    }
}
