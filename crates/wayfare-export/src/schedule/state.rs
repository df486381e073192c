//! What is done about due times: `(schedule, state, now, outcomes) -> (state, actions)`.
//!
//! Every due time becomes one run. One run of a schedule is under way at a time, the earliest first. A time that was due while
//! nobody looked, or while the schedule was paused, is back-filled where the schedule says so, and else skipped with the
//! reason written down. A run that is not complete when it is expected to be is missed, once.

use super::kept::{Run, RunStatus};
use super::rule::Rule;
use jiff::tz::TimeZone;
use wayfare_model::time::Instant;

/// A due time that is seen so much later was missed: long enough for a restart.
const LATE: i64 = 5 * 60 * 1_000_000;
/// The most runs that wait written down; due times behind them wait in the calendar.
const MOST_WAITING: usize = 500;
/// The most due times that one step decides on.
const MOST_DECIDED: usize = 1_000;

/// What a schedule says that matters here.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The schedule's id.
    pub schedule: String,
    /// When runs are due.
    pub rule: Rule,
    /// By which clock.
    pub zone: TimeZone,
    /// Whether missed runs are made later.
    pub backfill: bool,
    /// Whether nothing is begun but what somebody asks for.
    pub paused: bool,
    /// Within how many microseconds of its due time a run is expected to be complete.
    pub expected_within: Option<i64>,
}

/// Where a schedule stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Every due time up to here has become a run.
    pub decided_until: Instant,
    /// The runs of which something is still to come, by due time.
    pub runs: Vec<Run>,
}

/// How the job of a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The run.
    pub run: String,
    /// Complete, failed or cancelled.
    pub status: RunStatus,
    /// When it ended.
    pub finished_at: Instant,
    /// Why, where it is not complete.
    pub why: Option<String>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Begin a run that waits.
    Start(String),
    /// Say that a run is missed.
    Missed(String),
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The state behind it.
    pub state: State,
    /// What is to be done now; at most one run is begun.
    pub actions: Vec<Action>,
    /// Whether another step has more due times to decide on.
    pub more: bool,
}

/// One look at a schedule.
pub fn step(terms: &Terms, mut state: State, outcomes: &[Outcome], now: Instant) -> Step {
    for outcome in outcomes {
        let run = state.runs.iter_mut().find(|run| run.id == outcome.run && run.status == RunStatus::Running);
        if let Some(run) = run {
            run.status = outcome.status;
            run.finished_at = Some(outcome.finished_at);
            run.why = outcome.why.clone();
        }
    }
    let more = decide(terms, &mut state, now);
    if !terms.backfill {
        keep_the_newest(&mut state.runs);
    }
    let mut actions = Vec::new();
    for run in &mut state.runs {
        if run.missed_at.is_none() && is_late(run, now) {
            run.missed_at = Some(now);
            actions.push(Action::Missed(run.id.clone()));
        }
    }
    let is_free = state.runs.iter().all(|run| run.status != RunStatus::Running);
    let may_begin =
        |run: &&Run| run.status == RunStatus::Waiting && (!terms.paused || run.asked_by.is_some());
    if let Some(run) =
        state.runs.iter().filter(may_begin).min_by_key(|run| (run.due, &run.id)).filter(|_| is_free)
    {
        actions.push(Action::Start(run.id.clone()));
    }
    Step { state, actions, more }
}

/// Makes a run of each due time up to now; tells whether there are more than one step takes.
fn decide(terms: &Terms, state: &mut State, now: Instant) -> bool {
    let mut waiting = state.runs.iter().filter(|run| run.status == RunStatus::Waiting).count();
    for _ in 0..MOST_DECIDED {
        if terms.backfill && waiting >= MOST_WAITING {
            return false;
        }
        let due = terms.rule.due_after(&terms.zone, state.decided_until).filter(|due| *due <= now);
        let Some(due) = due else { return false };
        let mut run = Run::scheduled(&terms.schedule, due);
        let was_missed = now.micros().saturating_sub(due.micros()) > LATE;
        run.held = terms.paused;
        // Nobody waits for what is held back on purpose.
        run.expected_by =
            terms.expected_within.filter(|_| !terms.paused).and_then(|within| later(due, within));
        if !terms.backfill && (terms.paused || was_missed) {
            let why = match terms.paused {
                true => "the schedule was paused",
                false => "the service was not running at the time",
            };
            run.skip(why);
        } else {
            waiting += 1;
        }
        state.runs.push(run);
        state.decided_until = due;
    }
    true
}

/// Of several runs that wait for their time only the newest is made, where nothing is back-filled.
fn keep_the_newest(runs: &mut [Run]) {
    let waits = |run: &Run| run.status == RunStatus::Waiting && run.asked_by.is_none();
    let newest = runs.iter().filter(|run| waits(run)).map(|run| run.due).max();
    for run in runs.iter_mut().filter(|run| waits(run) && Some(run.due) < newest) {
        run.skip("the next one was due before it could begin");
    }
}

/// Whether a run was not complete at the time it was expected.
fn is_late(run: &Run, now: Instant) -> bool {
    let Some(expected_by) = run.expected_by else { return false };
    match run.status {
        RunStatus::Complete => run.finished_at.is_some_and(|finished| finished > expected_by),
        _ => now >= expected_by,
    }
}

/// An instant so many microseconds later.
pub fn later(at: Instant, micros: i64) -> Option<Instant> {
    Instant::from_micros(at.micros().checked_add(micros)?)
}

#[cfg(test)]
mod tests;
