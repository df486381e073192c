//! How things stand with people in a journey.

use super::parts::Parts;
use super::scan::Row;
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::{Columns, EventRun, RunColumn, Values};
use crate::definition::JourneyState;
use crate::plan::JourneyPlan;
use foldhash::quality::RandomState;
use std::hash::BuildHasher;

/// Exit reasons that mean that a journey was completed.
const COMPLETED: [&str; 3] = ["completed", "goal", "goal_reached"];

/// An entry or an exit.
#[derive(Clone, Copy, Default)]
struct Passage {
    time: i64,
    position: i64,
    /// What the pass is told by, where it has an id.
    pass: Option<u128>,
    /// Of exits, whether its reason says that the journey was completed.
    completed: bool,
    exit: bool,
}

impl<C: Columns> Evaluation<'_, C> {
    /// The live profiles of whom the state is true.
    pub(super) fn journey(&self, plan: &JourneyPlan) -> Result<Bits, EvaluateError> {
        let bound = self.columns.ordinals();
        let mut anyone = Bits::new(bound);
        let mut passages: Parts<Passage> = Parts::new(bound);
        let hasher = PassHasher::default();
        for (plan_of, exit) in [(&plan.entries, false), (&plan.exits, true)] {
            let runs = self.columns.event(&plan_of.event);
            let columns: Vec<Option<&RunColumn>> =
                runs.iter().map(|run| run.parameters.get("pass_id").map(|column| &**column)).collect();
            let reasons: Vec<Reasons<'_>> = runs.iter().map(|run| Reasons::new(run)).collect();
            self.scan(plan_of, |run, of, at| {
                anyone.insert(at.ordinal);
                if plan.state == JourneyState::NeverEntered {
                    return;
                }
                let passage = Passage {
                    time: of.base.times.get(at.row),
                    position: of.base.positions.get(at.row),
                    pass: columns[run].and_then(|column| hasher.pass(column, at)),
                    completed: exit && reasons[run].completed(at),
                    exit,
                };
                passages.push(at.ordinal, passage);
            })?;
        }
        if plan.state == JourneyState::NeverEntered {
            return self.not(anyone);
        }
        self.go_on()?;
        let mut meant = Bits::new(bound);
        passages.of_each(|ordinal, passages| {
            if state(passages) == Some(plan.state) {
                meant.insert(ordinal);
            }
        });
        self.alive(meant)
    }
}

/// The state of someone who has passages, entries first.
fn state(passages: &[Passage]) -> Option<JourneyState> {
    let (entries, exits) = passages.split_at(passages.partition_point(|passage| !passage.exit));
    let is_closed = |entry: &Passage| match entry.pass {
        Some(pass) => exits.iter().any(|exit| exit.pass == Some(pass)),
        None => exits.iter().any(|exit| exit.time >= entry.time),
    };
    if !entries.iter().all(is_closed) {
        return Some(JourneyState::Active);
    }
    let newest = exits.iter().max_by_key(|exit| (exit.time, exit.position))?;
    Some(if newest.completed { JourneyState::Completed } else { JourneyState::Exited })
}

/// Makes 128 bits of the id of a pass, under keys of this process: the ids of one profile's passes through one journey
/// are compared by them, and two that differ do not meet.
#[derive(Default)]
struct PassHasher(RandomState, RandomState);

impl PassHasher {
    fn pass(&self, column: &RunColumn, at: Row) -> Option<u128> {
        let Values::String(texts) = &*column.values else { return None };
        let text = texts.bytes(column.code(at.group, at.row).checked_sub(1)? as usize)?;
        Some(u128::from(self.0.hash_one(text)) << 64 | u128::from(self.1.hash_one(text)))
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
