//! How things stand with people in a journey.

use super::by_profile::ByProfile;
use super::scan::Row;
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::{Columns, EventRun, RunColumn, Values};
use crate::definition::JourneyState;
use crate::plan::JourneyPlan;

/// Exit reasons that mean that a journey was completed.
const COMPLETED: [&str; 3] = ["completed", "goal", "goal_reached"];

/// An entry or an exit.
#[derive(Clone, Copy)]
struct Passage<'c> {
    time: i64,
    position: i64,
    pass: Option<&'c str>,
    /// Of exits, whether its reason says that the journey was completed.
    completed: bool,
    exit: bool,
}

impl Default for Passage<'_> {
    fn default() -> Self {
        Self { time: 0, position: 0, pass: None, completed: false, exit: false }
    }
}

impl<C: Columns> Evaluation<'_, C> {
    /// The live profiles of whom the state is true.
    pub(super) fn journey(&self, plan: &JourneyPlan) -> Result<Bits, EvaluateError> {
        let bound = self.columns.ordinals();
        let mut entered = Bits::new(bound);
        let mut left = Bits::new(bound);
        let mut passages: Vec<(u32, Passage<'_>)> = Vec::new();
        for (plan, exit) in [(&plan.entries, false), (&plan.exits, true)] {
            let runs = self.columns.event(&plan.event);
            let reasons: Vec<Reasons<'_>> = runs.iter().map(|run| Reasons::new(run)).collect();
            self.scan(plan, |run, of, at| {
                if exit { &mut left } else { &mut entered }.insert(at.ordinal);
                let passage = Passage {
                    time: of.base.times.get(at.row),
                    position: of.base.positions.get(at.row),
                    pass: text(&runs[run], "pass_id", at),
                    completed: exit && reasons[run].completed(at),
                    exit,
                };
                passages.push((at.ordinal, passage));
            })?;
        }
        let mut anyone = entered;
        anyone.or(&left);
        if plan.state == JourneyState::NeverEntered {
            return self.not(anyone);
        }
        self.go_on()?;
        let mut meant = Bits::new(bound);
        let mut by_profile = ByProfile::new(anyone, passages.iter().copied());
        self.go_on()?;
        for (ordinal, passages) in by_profile.of_each() {
            // Entries came first.
            let (entries, exits) = passages.split_at(passages.partition_point(|passage| !passage.exit));
            let is_closed = |entry: &Passage<'_>| match entry.pass {
                Some(pass) => exits.iter().any(|exit| exit.pass == Some(pass)),
                None => exits.iter().any(|exit| exit.time >= entry.time),
            };
            let newest = exits.iter().max_by_key(|exit| (exit.time, exit.position));
            let state = match newest {
                _ if !entries.iter().all(is_closed) => JourneyState::Active,
                Some(Passage { completed: true, .. }) => JourneyState::Completed,
                Some(_) => JourneyState::Exited,
                // Who entered and never left is active.
                None => JourneyState::NeverEntered,
            };
            if state == plan.state {
                meant.insert(ordinal);
            }
        }
        self.alive(meant)
    }
}

/// Which reasons of a run's exits say that the journey was completed.
struct Reasons<'c> {
    column: Option<&'c RunColumn>,
    completed: Vec<bool>,
}

impl<'c> Reasons<'c> {
    fn new(run: &'c EventRun) -> Self {
        let column = run.parameters.get("exit_reason").map(|column| &**column);
        let completed = match column.map(|column| &*column.values) {
            Some(Values::String(reasons)) => {
                let is_completed = |reason: &str| COMPLETED.contains(&reason);
                std::iter::once(false).chain(reasons.iter().map(is_completed)).collect()
            }
            _ => Vec::new(),
        };
        Self { column, completed }
    }

    fn completed(&self, at: Row) -> bool {
        let code = self.column.map_or(0, |column| column.code(at.group, at.row));
        self.completed.get(code as usize).copied().unwrap_or(false)
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
