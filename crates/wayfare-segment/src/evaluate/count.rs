//! How often: the profiles with so and so many events.

use super::mask::{Lanes, masked};
use super::scan::{Latest, RunScan, times};
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::Columns;
use crate::plan::{CountRange, EventPlan};

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
        let bound = self.columns.ordinals() as usize;
        match (u8::try_from(enough), u32::try_from(enough)) {
            (Ok(enough), _) => {
                let mut counts = vec![0u8; bound];
                self.scan(plan, |_, _, row| {
                    if let Some(count) = counts.get_mut(row.ordinal as usize) {
                        *count += u8::from(*count < enough);
                    }
                })?;
                Ok(Bits::of(&counts, |_, count| (least..=most).contains(&u64::from(*count))))
            }
            (_, enough) => {
                let enough = enough.unwrap_or(u32::MAX);
                let mut counts = vec![0u32; bound];
                self.scan(plan, |_, _, row| {
                    if let Some(count) = counts.get_mut(row.ordinal as usize) {
                        *count += u32::from(*count < enough);
                    }
                })?;
                Ok(Bits::of(&counts, |_, count| (least..=most).contains(&u64::from(*count))))
            }
        }
    }

    /// The profiles with any event.
    fn seen(&self, plan: &EventPlan) -> Result<Bits, EvaluateError> {
        let bound = self.columns.ordinals();
        let mut seen = Bits::new(bound);
        let times = times(plan, &self.clock);
        if times.is_empty() {
            return Ok(seen);
        }
        for run in self.columns.event(&plan.event) {
            let Some(scan) = RunScan::new(plan, run, &times, &self.clock)? else { continue };
            match scan.latest() {
                // Eight profiles are looked at in the time of a row, about.
                Some(Latest { marks, least, rest }) if scan.rows() > marks.len() / 8 => {
                    self.look_at(marks.len());
                    for (index, base) in (0..marks.len()).step_by(64).enumerate() {
                        seen.or_mask(
                            index,
                            masked(marks, base, |block| u32::between(block, least, u32::MAX)),
                        );
                    }
                    self.scan_run(&rest, |row| seen.insert(row.ordinal))?;
                }
                _ => self.scan_run(&scan, |row| seen.insert(row.ordinal))?,
            }
        }
        Ok(seen)
    }
}
