//! How often: the profiles with so and so many events.

use super::bits::Bits;
use super::{EvaluateError, Run};
use crate::columns::Columns;
use crate::plan::{CountRange, EventPlan};
use roaring::RoaringBitmap;

impl<C: Columns> Run<'_, C> {
    /// The profiles whose number of events lies in the node's range; not yet cut to the live ones.
    pub(super) fn counted(&self, plan: &EventPlan) -> Result<RoaringBitmap, EvaluateError> {
        let CountRange { least, most } = plan.count;
        if least > most {
            return Ok(RoaringBitmap::new());
        }
        if least == 0 {
            // Profiles without any event are in, so the others are counted.
            return match most.checked_add(1) {
                None => Ok(self.columns.live().clone()),
                Some(more) => Ok(self.columns.live() - self.between(plan, more, u64::MAX)?),
            };
        }
        self.between(plan, least, most)
    }

    /// The profiles with at least `least` (1 or more) and at most `most` events.
    fn between(&self, plan: &EventPlan, least: u64, most: u64) -> Result<RoaringBitmap, EvaluateError> {
        let bound = self.columns.ordinals();
        if least == 1 && most == u64::MAX {
            let mut seen = Bits::new(bound);
            self.scan(plan, |_, chunk, row| seen.insert(chunk.ordinals[row]))?;
            return Ok(seen.into_bitmap());
        }
        // Counting stops where a greater number makes no difference.
        let enough = if most == u64::MAX { least } else { most.saturating_add(1) };
        match (u8::try_from(enough), u32::try_from(enough)) {
            (Ok(enough), _) => {
                let mut counts = vec![0u8; bound as usize];
                self.scan(plan, |_, chunk, row| {
                    if let Some(count) = counts.get_mut(chunk.ordinals[row] as usize) {
                        *count += u8::from(*count < enough);
                    }
                })?;
                Ok(Bits::of(&counts, |_, count| (least..=most).contains(&u64::from(*count))).into_bitmap())
            }
            (_, enough) => {
                let enough = enough.unwrap_or(u32::MAX);
                let mut counts = vec![0u32; bound as usize];
                self.scan(plan, |_, chunk, row| {
                    if let Some(count) = counts.get_mut(chunk.ordinals[row] as usize) {
                        *count += u32::from(*count < enough);
                    }
                })?;
                Ok(Bits::of(&counts, |_, count| (least..=most).contains(&u64::from(*count))).into_bitmap())
            }
        }
    }
}
