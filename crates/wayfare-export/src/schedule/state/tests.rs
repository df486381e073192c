//! Steps by hand, and whole histories under a virtual clock: outages, pauses, slow and failing exports.

use super::*;
use jiff::civil::Time;
use proptest::prelude::*;
use std::collections::BTreeMap;

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
        paused: false,
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
    let paused = |backfill| Terms { paused: true, expected_within: Some(1), ..terms(backfill) };
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
                Event::Pause => { terms.paused = true; vec![1] }
                Event::Resume => { terms.paused = false; vec![1] }
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
        prop_assert_eq!(missed, history.values().filter(|run| run.missed_at.is_some()).count());
    }
}
