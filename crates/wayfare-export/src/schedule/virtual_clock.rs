//! Schedules under a virtual clock, over five years in ten zones, against a slow check that looks at the clock of each zone
//! minute by minute and knows nothing of offsets or transitions: every run once, none missed, none doubled.

use super::kept::{Run, RunStatus};
use super::rule::{MonthDay, Rule};
use super::state::{Action, Outcome, State, Terms, later, step};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use wayfare_model::time::Instant;

const MICROS_A_MINUTE: i64 = 60_000_000;
/// Years in which Apia skipped a day, Sao Paulo and Tehran still set their clocks, Istanbul and Casablanca changed their rules.
const SPANS: [(&str, &str); 2] =
    [("2011-06-01T00:00:00Z", "2013-12-01T00:00:00Z"), ("2016-06-01T00:00:00Z", "2018-12-01T00:00:00Z")];

pub(super) const ZONES: [&str; 10] = [
    "Europe/Istanbul",
    "America/New_York",
    "Europe/Lisbon",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Tehran",
    "UTC",
];

fn minute(text: &str) -> i64 {
    Instant::parse(text).unwrap().micros() / MICROS_A_MINUTE
}

fn instant(minute: i64) -> Instant {
    Instant::from_micros(minute * MICROS_A_MINUTE).unwrap()
}

fn rules() -> Vec<Rule> {
    let at = |text: &str| text.parse::<Time>().unwrap();
    let week = |weekdays: &[Weekday], time| Rule::Week { weekdays: weekdays.to_vec(), at: at(time) };
    vec![
        Rule::Day { at: at("00:00") },
        Rule::Day { at: at("02:15") },
        Rule::Day { at: at("02:30") },
        Rule::Day { at: at("23:59") },
        week(&[Weekday::Sunday], "03:00"),
        week(&[Weekday::Saturday, Weekday::Sunday], "01:30"),
        Rule::Month { day: MonthDay::Day(31), at: at("00:30") },
        Rule::Month { day: MonthDay::Last, at: at("02:00") },
        Rule::Hour { minute: 7 },
        Rule::Minutes(20),
    ]
}

/// What the clock of a zone shows at each minute of UTC from `from` on, as minutes since its own 1970-01-01 00:00.
fn walk(zone: &TimeZone, from: i64, to: i64) -> Vec<i64> {
    (from..to).map(|minute| shown(zone.to_datetime(Timestamp::from_second(minute * 60).unwrap()))).collect()
}

fn shown(local: DateTime) -> i64 {
    day_number(local.date()) * 1_440 + i64::from(local.hour()) * 60 + i64::from(local.minute())
}

/// Days since 1970-01-01, counted out of years that begin in March.
fn day_number(date: Date) -> i64 {
    let (year, month, day) = (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// The minutes of UTC at which a rule is due, found by looking at the clock every minute.
///
/// For each day that the rule means it is the first minute at which the clock shows the wanted time or is past it. A day that
/// the clock never shows is reached by the first minute past it.
fn slowly(rule: &Rule, clock: &[i64], from: i64, first_day: Date) -> BTreeSet<i64> {
    let minutes = from..from + clock.len() as i64;
    let at = match rule {
        Rule::Minutes(every) => {
            return minutes.filter(|each| each.rem_euclid(i64::from(*every)) == 0).collect();
        }
        Rule::Hour { minute } => {
            return minutes.filter(|each| each.rem_euclid(60) == i64::from(*minute)).collect();
        }
        Rule::Day { at } | Rule::Week { at, .. } | Rule::Month { at, .. } => *at,
    };
    let mut wanted = first_day;
    let mut wanted_at = shown(wanted.to_datetime(at));
    let mut found = BTreeSet::new();
    for (minute, shows) in minutes.zip(clock) {
        while *shows >= wanted_at {
            let is_last = wanted.tomorrow().unwrap().day() == 1;
            let is_meant = match rule {
                Rule::Week { weekdays, .. } => weekdays.contains(&wanted.weekday()),
                Rule::Month { day: MonthDay::Day(day), .. } => {
                    wanted.day() == *day || wanted.day() < *day && is_last
                }
                Rule::Month { day: MonthDay::Last, .. } => is_last,
                _ => true,
            };
            if is_meant {
                found.insert(minute);
            }
            wanted = wanted.tomorrow().unwrap();
            wanted_at = shown(wanted.to_datetime(at));
        }
    }
    found
}

/// What is due by the rule itself, within minutes of UTC.
fn by_the_rule(rule: &Rule, zone: &TimeZone, from: i64, to: i64) -> BTreeSet<i64> {
    let mut last = Instant::from_micros(from * MICROS_A_MINUTE - 1).unwrap();
    let mut found = BTreeSet::new();
    while let Some(due) = rule.due_after(zone, last).filter(|due| *due < instant(to)) {
        assert_eq!(due.micros() % MICROS_A_MINUTE, 0, "{due}");
        assert!(found.insert(due.micros() / MICROS_A_MINUTE), "{due} is due twice");
        last = due;
    }
    found
}

/// The due times of the runs that a schedule began, looked at by a clock that moves in uneven steps, from seconds to days;
/// each export takes as long as a step.
fn by_the_schedule(rule: &Rule, zone: &TimeZone, from: i64, to: i64) -> Vec<i64> {
    let terms = Terms {
        schedule: "sch_1".into(),
        rule: rule.clone(),
        zone: zone.clone(),
        backfill: true,
        pauses: Vec::new(),
        expected_within: None,
    };
    let mut state =
        State { decided_until: Instant::from_micros(from * MICROS_A_MINUTE - 1).unwrap(), runs: Vec::new() };
    let (mut begun, mut under_way): (Vec<i64>, Option<String>) = (Vec::new(), None);
    let (mut now, mut turn) = (instant(from), 0usize);
    // Behind the end the clock goes on until everything that waits was made.
    let mut is_over = false;
    while !is_over {
        let outcomes: Vec<Outcome> = under_way
            .take()
            .map(|run| Outcome { run, status: RunStatus::Complete, finished_at: now, why: None })
            .into_iter()
            .collect();
        let look = now.min(Instant::from_micros(to * MICROS_A_MINUTE - 1).unwrap());
        let after = step(&terms, state, &outcomes, look);
        state = after.state;
        for action in after.actions {
            let Action::Start(id) = action else { panic!("nothing is expected, so nothing is missed") };
            let run = state.runs.iter_mut().find(|run| run.id == id).unwrap();
            run.status = RunStatus::Running;
            begun.push(run.due.micros() / MICROS_A_MINUTE);
            under_way = Some(id);
        }
        state.runs.retain(Run::is_open);
        is_over = now >= instant(to) && state.runs.is_empty();
        turn += 1;
        let seconds = [1, 59, 61, 600, 1_799, 7, 86_400 * 3, 1, 1, 30][turn % 10];
        now = later(now, seconds * 1_000_000).unwrap();
    }
    begun
}

#[test]
fn every_run_once_none_missed_none_doubled() {
    for name in ZONES {
        let zone = TimeZone::get(name).unwrap();
        for (from, to) in SPANS.map(|(from, to)| (minute(from), minute(to))) {
            let clock = walk(&zone, from, to);
            let first_day = zone.to_datetime(Timestamp::from_second(from * 60).unwrap()).date();
            for rule in rules() {
                // What lies before the first midnight is the walk's to find out, not to be judged.
                let settled = from + 2 * 1_440;
                let slow = slowly(&rule, &clock, from, first_day);
                let slow: BTreeSet<i64> = slow.into_iter().filter(|minute| *minute >= settled).collect();
                assert!(slow.len() > 25, "{name} {rule:?}: {} runs", slow.len());
                let quick = by_the_rule(&rule, &zone, settled, to);
                let differing: Vec<_> = slow.symmetric_difference(&quick).take(5).collect();
                assert!(differing.is_empty(), "{name} {rule:?}: {differing:?}");
                // Rules within the hour come too often for a clock that jumps by days to be walked to its end here.
                if !matches!(rule, Rule::Hour { .. } | Rule::Minutes(_)) {
                    let made = by_the_schedule(&rule, &zone, settled, to);
                    assert!(made.iter().eq(slow.iter()), "{name} {rule:?}: every run once, in order");
                }
            }
        }
    }
}
