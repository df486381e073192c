//! How things stand with people in a journey.

use super::scan::Row;
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::{Columns, EventRun, Values};
use crate::definition::JourneyState;
use crate::plan::JourneyPlan;

/// Exit reasons that mean that a journey was completed.
const COMPLETED: [&str; 3] = ["completed", "goal", "goal_reached"];

/// An exit, and where the rest of it stands.
struct Exit {
    ordinal: u32,
    time: i64,
    position: i64,
    run: usize,
    at: Row,
}

impl<C: Columns> Evaluation<'_, C> {
    /// The live profiles of whom the state is true.
    pub(super) fn journey(&self, plan: &JourneyPlan) -> Result<Bits, EvaluateError> {
        let entries = self.columns.event(&plan.entries.event);
        let exits = self.columns.event(&plan.exits.event);
        let mut left: Vec<Exit> = Vec::new();
        self.scan(&plan.exits, |run, of, at| {
            let (time, position) = (of.base.times.get(at.row), of.base.positions.get(at.row));
            left.push(Exit { ordinal: at.ordinal, time, position, run, at });
        })?;
        self.go_on()?;
        left.sort_unstable_by_key(|exit| (exit.ordinal, exit.time, exit.position));
        let mut entered = Bits::new(self.columns.ordinals());
        let mut active = Bits::new(self.columns.ordinals());
        self.scan(&plan.entries, |run, of, at| {
            let ordinal = at.ordinal;
            entered.insert(ordinal);
            let first = left.partition_point(|exit| exit.ordinal < ordinal);
            let mut exits_of_one = left[first..].iter().take_while(|exit| exit.ordinal == ordinal);
            let is_closed = match text(&entries[run], "pass_id", at) {
                Some(pass) => {
                    exits_of_one.any(|exit| text(&exits[exit.run], "pass_id", exit.at) == Some(pass))
                }
                None => exits_of_one.any(|exit| exit.time >= of.base.times.get(at.row)),
            };
            if !is_closed {
                active.insert(ordinal);
            }
        })?;
        let mut completed = Bits::new(self.columns.ordinals());
        let mut exited = Bits::new(self.columns.ordinals());
        // The last of each profile is its newest.
        for newest in left.chunk_by(|a, b| a.ordinal == b.ordinal).filter_map(<[Exit]>::last) {
            match text(&exits[newest.run], "exit_reason", newest.at) {
                Some(reason) if COMPLETED.contains(&reason) => completed.insert(newest.ordinal),
                _ => exited.insert(newest.ordinal),
            }
        }
        match plan.state {
            JourneyState::Active => self.alive(active),
            JourneyState::Completed => {
                completed.and_not(&active);
                self.alive(completed)
            }
            JourneyState::Exited => {
                exited.and_not(&active);
                self.alive(exited)
            }
            JourneyState::NeverEntered => {
                entered.or(&completed);
                entered.or(&exited);
                self.not(entered)
            }
        }
    }
}

/// The text that a row has of a parameter.
fn text<'c>(run: &'c EventRun, parameter: &str, at: Row) -> Option<&'c str> {
    let column = run.parameters.get(parameter)?;
    match &*column.values {
        Values::String(values) => values.get(column.code(at.group, at.row).checked_sub(1)? as usize),
        _ => None,
    }
}
