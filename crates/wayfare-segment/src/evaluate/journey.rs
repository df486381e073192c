//! How things stand with people in a journey.

use super::bits::Bits;
use super::{EvaluateError, Run};
use crate::columns::{Columns, EventChunk, Values};
use crate::definition::JourneyState;
use crate::plan::JourneyPlan;
use roaring::RoaringBitmap;

/// Exit reasons that mean that a journey was completed.
const COMPLETED: [&str; 3] = ["completed", "goal", "goal_reached"];

/// An exit, and where the rest of it stands.
struct Exit {
    ordinal: u32,
    time: i64,
    position: u64,
    chunk: usize,
    row: usize,
}

impl<C: Columns> Run<'_, C> {
    /// The live profiles of whom the state is true.
    pub(super) fn journey(&self, plan: &JourneyPlan) -> Result<RoaringBitmap, EvaluateError> {
        let live = self.columns.live();
        let entries = self.columns.event(&plan.entries.event);
        let exits = self.columns.event(&plan.exits.event);
        let mut left: Vec<Exit> = Vec::new();
        self.scan(&plan.exits, |chunk, of, row| {
            let position = of.positions.get(row).copied().unwrap_or(0);
            left.push(Exit { ordinal: of.ordinals[row], time: of.times[row], position, chunk, row });
        })?;
        self.go_on()?;
        left.sort_unstable_by_key(|exit| (exit.ordinal, exit.time, exit.position));
        let mut entered = Bits::new(self.columns.ordinals());
        let mut active = Bits::new(self.columns.ordinals());
        self.scan(&plan.entries, |chunk, of, row| {
            let ordinal = of.ordinals[row];
            entered.insert(ordinal);
            let first = left.partition_point(|exit| exit.ordinal < ordinal);
            let mut exits_of_one = left[first..].iter().take_while(|exit| exit.ordinal == ordinal);
            let is_closed = match text(&entries[chunk], "pass_id", row) {
                Some(pass) => {
                    exits_of_one.any(|exit| text(&exits[exit.chunk], "pass_id", exit.row) == Some(pass))
                }
                None => exits_of_one.any(|exit| exit.time >= of.times[row]),
            };
            if !is_closed {
                active.insert(ordinal);
            }
        })?;
        let mut completed = RoaringBitmap::new();
        let mut exited = RoaringBitmap::new();
        // The last of each profile is its newest.
        for newest in left.chunk_by(|a, b| a.ordinal == b.ordinal).filter_map(<[Exit]>::last) {
            match text(&exits[newest.chunk], "exit_reason", newest.row) {
                Some(reason) if COMPLETED.contains(&reason) => completed.insert(newest.ordinal),
                _ => exited.insert(newest.ordinal),
            };
        }
        let active = active.into_bitmap();
        Ok(match plan.state {
            JourneyState::Active => active & live,
            JourneyState::Completed => (completed - active) & live,
            JourneyState::Exited => (exited - active) & live,
            JourneyState::NeverEntered => live - entered.into_bitmap() - completed - exited,
        })
    }
}

/// The text that a row has of a parameter.
fn text<'c>(chunk: &'c EventChunk, parameter: &str, row: usize) -> Option<&'c str> {
    let column = chunk.parameters.get(parameter)?;
    match &column.values {
        Values::String(values) => Some(values.get(column.codes.get(row).checked_sub(1)? as usize)?),
        _ => None,
    }
}
