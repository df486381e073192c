//! What is done about due times: `(schedule, state, now, outcomes) -> (state, actions)`.
//!
//! Every due time becomes one run. One run of a schedule is under way at a time, the earliest first. A time that was due while
//! nobody looked, or while the schedule was paused, is back-filled where the schedule says so, and else skipped with the
//! reason written down. A run that is not complete when it is expected to be is missed, once.

use super::kept::{Pause, Run, RunStatus};
use super::rule::Rule;
use jiff::tz::TimeZone;
use std::collections::{HashMap, HashSet};
use wayfare_model::time::Instant;

/// A due time that is seen so much later was missed: long enough for a restart.
const LATE: i64 = 5 * 60 * 1_000_000;
/// The most runs that wait written down; due times behind them wait in the calendar.
const MOST_WAITING: usize = 500;
/// The most due times that one step decides on.
const MOST_DECIDED: usize = 1_000;
/// Why what came due under a rule is not made under the next one.
const RULE_CHANGED: &str = "the rule was changed";

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
    /// When nothing was begun but what somebody asked for, as far back as due times are not decided on.
    pub pauses: Vec<Pause>,
    /// Within how many microseconds of its due time a run is expected to be complete.
    pub expected_within: Option<i64>,
}

impl Terms {
    /// Whether nothing is begun now but what somebody asks for.
    fn is_paused(&self) -> bool {
        self.pauses.iter().any(|pause| pause.to.is_none())
    }

    /// The next due time that is not decided on.
    fn next_due(&self, state: &State, now: Instant) -> Option<Instant> {
        self.rule.due_after(&self.zone, state.decided_until).filter(|due| *due <= now)
    }

    /// The run of a due time, which is held where that lies in a pause, whenever somebody looks.
    fn run(&self, due: Instant) -> Run {
        let held = self.pauses.iter().any(|pause| pause.holds(due));
        Run { held, ..Run::scheduled(&self.schedule, due) }
    }
}

/// Where a schedule stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Every due time up to here has become a run.
    pub decided_until: Instant,
    /// The runs of which something is still to come, by due time.
    pub runs: Vec<Run>,
}

impl State {
    /// The runs that are new or others than before.
    pub fn changed_since(&self, before: &Self) -> Vec<&Run> {
        let before: HashMap<&str, &Run> = before.runs.iter().map(|run| (run.id.as_str(), run)).collect();
        self.runs.iter().filter(|run| before.get(run.id.as_str()).copied() != Some(*run)).collect()
    }

    /// The runs that were not there before.
    pub fn new_since(&self, before: &Self) -> Vec<&Run> {
        let before: HashSet<&str> = before.runs.iter().map(|run| run.id.as_str()).collect();
        self.runs.iter().filter(|run| !before.contains(run.id.as_str())).collect()
    }

    /// Where the rule's runs stand that are due behind what is decided: there are some where a clock was ahead.
    fn ahead(&self) -> HashMap<Instant, usize> {
        let of_the_rule = self.runs.iter().enumerate().filter(|(_, run)| run.asked_by.is_none());
        let ahead = of_the_rule.filter(|(_, run)| run.due > self.decided_until);
        ahead.map(|(place, run)| (run.due, place)).collect()
    }

    /// Adds the run of a due time, and tells whether it did. A run that is there already stays, unless it was only skipped.
    fn add(&mut self, run: Run, ahead: &HashMap<Instant, usize>) -> bool {
        match ahead.get(&run.due) {
            None => self.runs.push(run),
            Some(place) if self.runs[*place].status == RunStatus::Skipped => self.runs[*place] = run,
            Some(_) => return false,
        }
        true
    }
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

impl Action {
    fn run(&self) -> &str {
        match self {
            Self::Start(run) | Self::Missed(run) => run,
        }
    }
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

impl Step {
    /// The step without runs that their due times have already, as another step has to find what is to be done then.
    pub fn without(mut self, made: &HashSet<String>) -> Self {
        if !made.is_empty() {
            self.state.runs.retain(|run| !made.contains(&run.id));
            self.actions.retain(|action| !made.contains(action.run()));
            self.more = true;
        }
        self
    }
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
        keep_the_newest(&mut state.runs, now);
    }
    let mut actions = Vec::new();
    for run in &mut state.runs {
        if run.missed_at.is_none() && is_late(run, now) {
            run.missed_at = Some(now);
            actions.push(Action::Missed(run.id.clone()));
        }
    }
    let is_free = state.runs.iter().all(|run| run.status != RunStatus::Running);
    // What was written down under a clock that was ahead waits for its time.
    let is_due = |run: &Run| !terms.is_paused() && run.due <= now;
    let may_begin = |run: &&Run| run.status == RunStatus::Waiting && (run.asked_by.is_some() || is_due(run));
    if let Some(run) =
        state.runs.iter().filter(may_begin).min_by_key(|run| (run.due, &run.id)).filter(|_| is_free)
    {
        actions.push(Action::Start(run.id.clone()));
    }
    Step { state, actions, more }
}

/// Makes skipped runs of due times up to now that are not decided on, before another rule takes the place of this one: of
/// those behind the most that may wait. Nobody waits for what somebody took out, so none of them is missed.
pub fn leave(terms: &Terms, mut state: State, now: Instant) -> Step {
    let ahead = state.ahead();
    let mut more = true;
    for _ in 0..MOST_DECIDED {
        let Some(due) = terms.next_due(&state, now) else {
            more = false;
            break;
        };
        let mut run = terms.run(due);
        run.skip(RULE_CHANGED);
        state.add(run, &ahead);
        state.decided_until = due;
    }
    // What was written down under a clock that was ahead is not due under this rule any more.
    let waits = |run: &&mut Run| run.status == RunStatus::Waiting && run.asked_by.is_none();
    for run in state.runs.iter_mut().filter(waits).filter(|run| run.due > now) {
        run.skip(RULE_CHANGED);
        run.expected_by = None;
    }
    Step { state, actions: Vec::new(), more }
}

/// Makes a run of each due time up to now; tells whether there are more than one step takes.
fn decide(terms: &Terms, state: &mut State, now: Instant) -> bool {
    let waits = |run: &&Run| run.status == RunStatus::Waiting && run.due <= now;
    let mut waiting = state.runs.iter().filter(waits).count();
    let ahead = state.ahead();
    for _ in 0..MOST_DECIDED {
        if terms.backfill && waiting >= MOST_WAITING {
            return false;
        }
        let Some(due) = terms.next_due(state, now) else { return false };
        let mut run = terms.run(due);
        let was_missed = now.micros().saturating_sub(due.micros()) > LATE;
        // Nobody waits for what is held back on purpose.
        run.expected_by = terms.expected_within.filter(|_| !run.held).and_then(|within| later(due, within));
        if !terms.backfill && (run.held || was_missed) {
            let why = match run.held {
                true => "the schedule was paused",
                false => "the service was not running at the time",
            };
            run.skip(why);
        }
        let is_to_wait = run.status == RunStatus::Waiting;
        waiting += usize::from(state.add(run, &ahead) && is_to_wait);
        state.decided_until = due;
    }
    true
}

/// Of several runs that wait for their time only the newest that is due is made, where nothing is back-filled.
fn keep_the_newest(runs: &mut [Run], now: Instant) {
    let waits = |run: &Run| run.status == RunStatus::Waiting && run.asked_by.is_none() && run.due <= now;
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
