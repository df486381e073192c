//! Steps by hand, and whole histories under a virtual clock: outages, pauses, slow and failing exports.

use super::*;
use jiff::civil::Time;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const HOUR: i64 = 3_600;

/// Seconds after midnight of 1 September 2026, UTC.
fn at(seconds: i64) -> Instant {
    let start = Instant::parse("2026-09-01T00:00:00Z").unwrap();
    later(start, seconds * 1_000_000).unwrap()
}

fn hours(instant: Instant) -> i64 {
    (instant.micros() - at(0).micros()) / 1_000_000 / HOUR
}

fn terms(backfill: bool) -> Terms {
    Terms {
        schedule: "sch_1".into(),
        rule: Rule::Hour { minute: 0 },
        zone: TimeZone::UTC,
        backfill,
        pauses: Vec::new(),
        expected_within: None,
    }
}

fn fresh() -> State {
    State { decided_until: at(0), runs: Vec::new() }
}

/// Runs as `hour status`, and the actions with the hours of their runs.
fn told(step: &Step) -> (Vec<String>, Vec<String>) {
    let run = |id: &str| step.state.runs.iter().find(|run| run.id == id).unwrap();
    let runs = step.state.runs.iter().map(|run| format!("{} {}", hours(run.due), run.status.name()));
    let actions = step.actions.iter().map(|action| match action {
        Action::Start(id) => format!("start {}", hours(run(id).due)),
        Action::Missed(id) => format!("missed {}", hours(run(id).due)),
    });
    (runs.collect(), actions.collect())
}

#[test]
fn missed_runs_are_made_in_order_one_at_a_time() {
    let terms = terms(true);
    let mut step = step(&terms, fresh(), &[], at(3 * HOUR + 60));
    assert_eq!(
        told(&step),
        (vec!["1 waiting".into(), "2 waiting".into(), "3 waiting".into()], vec!["start 1".into()])
    );
    step.state.runs[0].status = RunStatus::Running;
    let run = step.state.runs[0].id.clone();
    let idle = super::step(&terms, step.state, &[], at(3 * HOUR + 61));
    assert!(idle.actions.is_empty());
    let outcome = Outcome {
        run,
        status: RunStatus::Failed,
        finished_at: at(3 * HOUR + 70),
        why: Some("no disk".into()),
    };
    let next = super::step(&terms, idle.state, &[outcome], at(3 * HOUR + 71));
    assert_eq!(told(&next).1, ["start 2"]);
    assert_eq!(next.state.runs[0].why.as_deref(), Some("no disk"));
}

#[test]
fn without_back_fill_what_was_missed_is_skipped() {
    // Three were due while nobody looked; the newest of them four minutes ago.
    let step = step(&terms(false), fresh(), &[], at(3 * HOUR + 240));
    assert_eq!(
        told(&step),
        (vec!["1 skipped".into(), "2 skipped".into(), "3 waiting".into()], vec!["start 3".into()])
    );
    assert_eq!(step.state.runs[0].why.as_deref(), Some("the service was not running at the time"));
    let late = super::step(&terms(false), fresh(), &[], at(3 * HOUR + 301));
    assert_eq!(told(&late).1, [""; 0]);
}

#[test]
fn a_run_that_takes_too_long_holds_back_the_newest_only() {
    let mut state = step(&terms(false), fresh(), &[], at(HOUR)).state;
    state.runs[0].status = RunStatus::Running;
    let state = step(&terms(false), state, &[], at(2 * HOUR)).state;
    let step = step(&terms(false), state, &[], at(3 * HOUR));
    assert_eq!(told(&step).0, ["1 running", "2 skipped", "3 waiting"]);
    assert_eq!(step.state.runs[1].why.as_deref(), Some("the next one was due before it could begin"));
}

#[test]
fn what_is_due_during_a_pause_waits_or_is_skipped() {
    let pauses = || vec![Pause { from: at(0), to: None }];
    let paused = |backfill| Terms { pauses: pauses(), expected_within: Some(1), ..terms(backfill) };
    let held = step(&paused(true), fresh(), &[], at(2 * HOUR));
    assert_eq!(told(&held), (vec!["1 waiting".into(), "2 waiting".into()], vec![]));
    let resumed = step(&terms(true), held.state, &[], at(2 * HOUR + 60));
    assert_eq!(told(&resumed).1, ["start 1"]);
    let skipped = step(&paused(false), fresh(), &[], at(2 * HOUR));
    assert_eq!(told(&skipped), (vec!["1 skipped".into(), "2 skipped".into()], vec![]));
    assert!(skipped.state.runs.iter().all(|run| !run.is_open()));
    // Somebody may ask for a run all the same.
    let mut asked = skipped.state;
    asked.runs.push(Run::asked("sch_1", at(2 * HOUR + 5), "ana", "key"));
    let step = step(&paused(false), asked, &[], at(2 * HOUR + 6));
    assert!(matches!(&step.actions[..], [Action::Start(_)]));
}

#[test]
fn a_run_that_is_not_complete_in_time_is_missed_once() {
    let terms = Terms { expected_within: Some(600 * 1_000_000), ..terms(true) };
    let mut state = step(&terms, fresh(), &[], at(HOUR)).state;
    state.runs[0].status = RunStatus::Running;
    let before = step(&terms, state, &[], at(HOUR + 599));
    assert!(before.actions.is_empty());
    let missed = step(&terms, before.state, &[], at(HOUR + 600));
    assert_eq!(told(&missed).1, ["missed 1"]);
    let after = step(&terms, missed.state, &[], at(HOUR + 601));
    assert!(after.actions.is_empty());
    // Complete in the end: it stays missed, and is looked at until somebody was told.
    let run = after.state.runs[0].id.clone();
    let outcome = Outcome { run, status: RunStatus::Complete, finished_at: at(HOUR + 700), why: None };
    let mut done = step(&terms, after.state, &[outcome], at(HOUR + 701));
    assert!(done.actions.is_empty() && done.state.runs[0].is_open());
    done.state.runs[0].told = true;
    assert!(!done.state.runs[0].is_open());
}

#[test]
fn complete_in_time_is_not_missed_however_late_that_is_seen() {
    let terms = Terms { expected_within: Some(600 * 1_000_000), ..terms(true) };
    for (finished, is_missed) in [(599, false), (600, false), (601, true)] {
        let mut state = step(&terms, fresh(), &[], at(HOUR)).state;
        state.runs[0].status = RunStatus::Running;
        let run = state.runs[0].id.clone();
        let outcome =
            Outcome { run, status: RunStatus::Complete, finished_at: at(HOUR + finished), why: None };
        let step = step(&terms, state, &[outcome], at(HOUR + 1_800));
        assert_eq!(step.actions.len(), usize::from(is_missed), "{finished}");
        assert_eq!(step.state.runs[0].is_open(), is_missed, "{finished}");
    }
}

#[test]
fn a_pile_waits_in_the_calendar() {
    let long = at(2_000 * HOUR);
    let step = step(&terms(true), fresh(), &[], long);
    assert_eq!((step.state.runs.len(), step.more), (MOST_WAITING, false));
    let skipped = super::step(&terms(false), fresh(), &[], long);
    assert_eq!((skipped.state.runs.len(), skipped.more), (MOST_DECIDED, true));
}

#[test]
fn what_came_due_in_a_pause_is_held_whenever_that_is_decided() {
    let end = at(72 * HOUR);
    let every_five = |to| Terms {
        rule: Rule::Minutes(5),
        pauses: vec![Pause { from: at(0), to }],
        expected_within: Some(600 * 1_000_000),
        ..terms(true)
    };
    let paused = step(&every_five(None), fresh(), &[], end);
    assert_eq!((paused.state.runs.len(), paused.actions.len()), (MOST_WAITING, 0));
    // After three days it goes on. The first 500 are made by and by; the other 364 are decided on then, and one more comes due.
    let resumed = State { runs: Vec::new(), ..paused.state };
    let rest = step(&every_five(Some(end)), resumed, &[], at(72 * HOUR + 300)).state.runs;
    assert_eq!(rest.len(), 364 + 1);
    assert!(rest[..364].iter().all(|run| run.held && run.expected_by.is_none() && run.missed_at.is_none()));
    assert!(!rest[364].held && rest[364].expected_by.is_some());
}

#[test]
fn what_an_outage_left_is_missed_also_where_that_is_seen_in_a_pause() {
    let terms = Terms {
        pauses: vec![Pause { from: at(3 * HOUR + 1_800), to: None }],
        expected_within: Some(600 * 1_000_000),
        ..terms(true)
    };
    let step = step(&terms, fresh(), &[], at(4 * HOUR));
    assert_eq!(told(&step).1, ["missed 1", "missed 2", "missed 3"]);
    let held: Vec<bool> = step.state.runs.iter().map(|run| run.held).collect();
    assert_eq!(held, [false, false, false, true]);
    let skipped = super::step(&Terms { backfill: false, ..terms }, fresh(), &[], at(4 * HOUR));
    let why: Vec<&str> = skipped.state.runs.iter().filter_map(|run| run.why.as_deref()).collect();
    let down = "the service was not running at the time";
    assert_eq!(why, [down, down, down, "the schedule was paused"]);
}

#[test]
fn under_another_rule_what_is_left_of_the_one_before_is_written_down() {
    let terms = Terms { expected_within: Some(600 * 1_000_000), ..terms(true) };
    let now = at(2_000 * HOUR + 60);
    let mut state = step(&terms, fresh(), &[], now).state;
    assert_eq!(state.runs.len(), MOST_WAITING);
    let mut steps = Vec::new();
    loop {
        let after = leave(&terms, state.clone(), now);
        let new: Vec<Run> = after.state.new_since(&state).into_iter().cloned().collect();
        assert!(after.actions.is_empty());
        assert!(new.iter().all(|run| !run.is_open() && run.why.as_deref() == Some("the rule was changed")));
        steps.push(new.len());
        state = after.state;
        if !after.more {
            break;
        }
    }
    assert_eq!(steps, [MOST_DECIDED, 2_000 - MOST_WAITING - MOST_DECIDED]);
    let dues: Vec<i64> = state.runs.iter().map(|run| hours(run.due)).collect();
    assert_eq!(dues, (1..=2_000i64).collect::<Vec<i64>>());
    assert_eq!(state.decided_until, at(2_000 * HOUR));
    // What waits already is made, and nothing else is to be decided on.
    let waiting = state.runs.iter().filter(|run| run.status == RunStatus::Waiting).count();
    assert_eq!((waiting, leave(&terms, state.clone(), now).state), (MOST_WAITING, state));
}

#[test]
fn a_clock_that_was_ahead_leaves_nothing_that_is_made_twice_or_never() {
    for backfill in [true, false] {
        let terms = terms(backfill);
        let mut state = step(&terms, fresh(), &[], at(9 * HOUR + 600)).state;
        assert_eq!(state.runs.len(), 9);
        // What is skipped stays open where a miss of it is still to be told.
        state.runs.iter_mut().for_each(|run| run.expected_by = later(run.due, 600 * 1_000_000));
        // The clock is set back, and what is decided falls back with it.
        state.decided_until = at(2 * HOUR + 60);
        state.runs.retain(|run| run.due > at(2 * HOUR));
        let idle = step(&terms, state, &[], at(2 * HOUR + 120));
        assert_eq!(told(&idle).1, [""; 0], "{backfill}: nothing is due");
        let next = step(&terms, idle.state, &[], at(3 * HOUR));
        assert_eq!(told(&next).1, ["start 3"], "{backfill}");
        let ids: BTreeSet<&str> = next.state.runs.iter().map(|run| run.id.as_str()).collect();
        assert_eq!((ids.len(), next.state.runs.len()), (7, 7), "{backfill}");
        // Under another rule it is not due any more.
        let left = leave(&terms, next.state, at(3 * HOUR)).state;
        let waiting = left.runs.iter().filter(|run| run.status == RunStatus::Waiting);
        assert_eq!(waiting.map(|run| hours(run.due)).collect::<Vec<i64>>(), [3], "{backfill}");
    }
}

#[test]
fn a_step_without_runs_that_were_made_before() {
    let after = step(&terms(true), fresh(), &[], at(3 * HOUR));
    let made = HashSet::from([after.state.runs[0].id.clone()]);
    let without = after.clone().without(&made);
    assert_eq!(told(&without), (vec!["2 waiting".into(), "3 waiting".into()], vec![]));
    assert!(without.more && without.state.decided_until == at(3 * HOUR));
    assert_eq!(after.clone().without(&HashSet::new()), after);
    let next = step(&terms(true), without.state, &[], at(3 * HOUR));
    assert_eq!(told(&next).1, ["start 2"]);
}

#[test]
fn what_changed_between_two_states() {
    let before = step(&terms(true), fresh(), &[], at(3 * HOUR)).state;
    assert!(before.changed_since(&before).is_empty() && before.new_since(&before).is_empty());
    let mut after = step(&terms(true), before.clone(), &[], at(4 * HOUR)).state;
    after.runs[1].status = RunStatus::Running;
    // As the slow comparison of all with all has it.
    let slow: Vec<&Run> = after.runs.iter().filter(|run| !before.runs.contains(run)).collect();
    assert_eq!(after.changed_since(&before), slow);
    let changed: Vec<i64> = slow.iter().map(|run| hours(run.due)).collect();
    let new: Vec<i64> = after.new_since(&before).iter().map(|run| hours(run.due)).collect();
    assert_eq!((changed, new), (vec![2, 4], vec![4]));
}

/// One thing that happens in a history.
#[derive(Debug, Clone)]
enum Event {
    /// Nobody looks for so many seconds.
    Outage(i64),
    /// Somebody looks every so many seconds, so many times.
    Looks(i64, usize),
    Pause,
    Resume,
    AskForOne,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (1i64..5 * 86_400).prop_map(Event::Outage),
        (1i64..7_200, 1usize..60).prop_map(|(every, times)| Event::Looks(every, times)),
        Just(Event::Pause),
        Just(Event::Resume),
        Just(Event::AskForOne),
    ]
}

fn rule() -> impl Strategy<Value = (Rule, &'static str)> {
    let at = |hour, minute| Time::new(hour, minute, 0, 0).unwrap();
    prop::sample::select(vec![
        (Rule::Hour { minute: 7 }, "Asia/Kathmandu"),
        (Rule::Day { at: at(2, 30) }, "America/New_York"),
        (Rule::Day { at: at(2, 15) }, "Australia/Lord_Howe"),
        (Rule::Minutes(30), "UTC"),
    ])
}

proptest! {
    /// Whatever happens, each due time has exactly one run; runs are under way one at a time; back-filled ones begin in
    /// order; and a step that is repeated because a crash forgot it decides the same.
    #[test]
    fn histories(
        (rule, name) in rule(),
        backfill in any::<bool>(),
        events in prop::collection::vec(event(), 1..12),
        durations in prop::collection::vec(1i64..9_000, 8),
    ) {
        let zone = TimeZone::get(name).unwrap();
        let begin = Instant::parse("2026-10-20T00:00:00Z").unwrap();
        let mut terms = Terms { rule: rule.clone(), zone: zone.clone(), expected_within: Some(HOUR * 1_000_000), ..terms(backfill) };
        let mut state = State { decided_until: begin, runs: Vec::new() };
        let mut history: BTreeMap<String, Run> = BTreeMap::new();
        let (mut now, mut begun, mut missed, mut asked) = (begin, Vec::new(), 0usize, 0usize);
        let mut ends: Option<(String, Instant)> = None;
        for event in &events {
            let looks = match event {
                Event::Outage(seconds) => { now = later(now, seconds * 1_000_000).unwrap(); vec![] }
                Event::Looks(every, times) => vec![*every; *times],
                Event::Pause => {
                    if !terms.is_paused() { terms.pauses.push(Pause { from: now, to: None }); }
                    vec![1]
                }
                Event::Resume => {
                    terms.pauses.iter_mut().filter(|pause| pause.to.is_none()).for_each(|pause| pause.to = Some(now));
                    vec![1]
                }
                Event::AskForOne => {
                    let run = Run::asked("sch_1", now, "ana", &asked.to_string());
                    asked += 1;
                    state.runs.push(run);
                    vec![1]
                }
            };
            for wait in looks {
                now = later(now, wait * 1_000_000).unwrap();
                let mut outcomes: Vec<Outcome> = ends.iter().filter(|(_, end)| *end <= now).map(|(run, end)| {
                    Outcome { run: run.clone(), status: RunStatus::Complete, finished_at: *end, why: None }
                }).collect();
                loop {
                    let after = step(&terms, state.clone(), &outcomes, now);
                    prop_assert_eq!(&after, &step(&terms, state.clone(), &outcomes, now));
                    state = after.state;
                    if !outcomes.is_empty() { ends = None; }
                    outcomes.clear();
                    for action in &after.actions {
                        match action {
                            Action::Start(id) => {
                                prop_assert!(ends.is_none(), "two at a time");
                                let end = later(now, durations[begun.len() % durations.len()] * 1_000_000).unwrap();
                                ends = Some((id.clone(), end));
                                let run = state.runs.iter_mut().find(|run| &run.id == id).unwrap();
                                run.status = RunStatus::Running;
                                begun.push(run.clone());
                            }
                            Action::Missed(id) => {
                                missed += 1;
                                state.runs.iter_mut().find(|run| &run.id == id).unwrap().told = true;
                            }
                        }
                    }
                    for run in &state.runs { history.insert(run.id.clone(), run.clone()); }
                    state.runs.retain(Run::is_open);
                    if !after.more { break; }
                }
            }
        }
        let mut ids: Vec<&str> = begun.iter().map(|run| run.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), begun.len(), "a run began twice");
        let scheduled = |run: &&Run| run.asked_by.is_none();
        let mut dues: Vec<Instant> = history.values().filter(scheduled).map(|run| run.due).collect();
        dues.sort_unstable();
        let mut expected = Vec::new();
        let mut last = begin;
        while let Some(due) = rule.due_after(&zone, last).filter(|due| *due <= state.decided_until) {
            expected.push(due);
            last = due;
        }
        prop_assert_eq!(dues, expected);
        if backfill {
            prop_assert!(history.values().all(|run| run.status != RunStatus::Skipped));
            let order: Vec<Instant> = begun.iter().filter(scheduled).map(|run| run.due).collect();
            prop_assert!(order.is_sorted(), "{:?}", order);
        }
        // Whenever it was decided, a run is held where it came due in a pause; nobody waits for that, but for all others.
        for run in history.values().filter(scheduled) {
            prop_assert_eq!(run.held, terms.pauses.iter().any(|pause| pause.holds(run.due)), "{:?}", run);
            prop_assert_eq!(run.held, run.expected_by.is_none(), "{:?}", run);
        }
        prop_assert_eq!(missed, history.values().filter(|run| run.missed_at.is_some()).count());
    }
}
