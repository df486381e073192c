//! Rules by hand where clocks are set and the calendar has holes, and what holds of all of them. The slow check stands in
//! [`crate::schedule::virtual_clock`].

use super::*;
use crate::schedule::virtual_clock::ZONES;
use proptest::prelude::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn instant(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn day(at: &str) -> Rule {
    Rule::Day { at: time(at) }
}

fn weekdays(at: &str, weekdays: &[Weekday]) -> Rule {
    Rule::Week { weekdays: weekdays.to_vec(), at: time(at) }
}

fn month(at: &str, day: MonthDay) -> Rule {
    Rule::Month { day, at: time(at) }
}

/// The first due times after an instant, one a line.
fn listed(rule: &Rule, name: &str, after: &str, most: usize) -> Vec<String> {
    let zone = zone(name);
    let dues = rule.dues_after(&zone, instant(after)).take(most);
    dues.map(|due| {
        format!(
            "{} {}{}",
            due.at,
            due.local,
            due.change.map_or("", |change| match change {
                Change::Skipped => " skipped",
                Change::Doubled => " doubled",
            })
        )
    })
    .collect()
}

#[test]
fn a_time_that_is_skipped_is_due_when_the_gap_is_over() {
    assert_eq!(
        listed(&day("02:30"), "America/New_York", "2026-03-07T12:00:00Z", 2),
        [
            "2026-03-08T07:00:00Z 2026-03-08T03:00:00-04:00 skipped",
            "2026-03-09T06:30:00Z 2026-03-09T02:30:00-04:00"
        ]
    );
    // Half an hour.
    assert_eq!(
        listed(&day("02:15"), "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 1),
        ["2026-10-03T15:30:00Z 2026-10-04T02:30:00+11:00 skipped"]
    );
    // Midnight itself.
    assert_eq!(
        listed(&day("00:00"), "America/Sao_Paulo", "2018-11-03T12:00:00Z", 1),
        ["2018-11-04T03:00:00Z 2018-11-04T01:00:00-02:00 skipped"]
    );
}

#[test]
fn a_time_that_comes_twice_is_due_once_the_first_time() {
    assert_eq!(
        listed(&day("01:30"), "America/New_York", "2026-10-31T12:00:00Z", 2),
        [
            "2026-11-01T05:30:00Z 2026-11-01T01:30:00-04:00 doubled",
            "2026-11-02T06:30:00Z 2026-11-02T01:30:00-05:00"
        ]
    );
    // Asked between the two, the second one is not due.
    assert_eq!(
        listed(&day("01:30"), "America/New_York", "2026-11-01T05:45:00Z", 1),
        ["2026-11-02T06:30:00Z 2026-11-02T01:30:00-05:00"]
    );
}

#[test]
fn a_day_that_is_skipped_is_due_when_the_next_begins() {
    // Samoa had no 30 December 2011; due times that fall on one instant are one.
    assert_eq!(
        listed(&day("06:00"), "Pacific/Apia", "2011-12-29T12:00:00Z", 3),
        [
            "2011-12-29T16:00:00Z 2011-12-29T06:00:00-10:00",
            "2011-12-30T10:00:00Z 2011-12-31T00:00:00+14:00 skipped",
            "2011-12-30T16:00:00Z 2011-12-31T06:00:00+14:00",
        ]
    );
    assert_eq!(
        listed(&day("00:00"), "Pacific/Apia", "2011-12-29T12:00:00Z", 2),
        [
            "2011-12-30T10:00:00Z 2011-12-31T00:00:00+14:00 skipped",
            "2011-12-31T10:00:00Z 2012-01-01T00:00:00+14:00"
        ]
    );
}

#[test]
fn months_and_weeks() {
    assert_eq!(
        listed(&month("06:00", MonthDay::Day(31)), "UTC", "2027-01-31T06:00:00Z", 3),
        [
            "2027-02-28T06:00:00Z 2027-02-28T06:00:00+00:00",
            "2027-03-31T06:00:00Z 2027-03-31T06:00:00+00:00",
            "2027-04-30T06:00:00Z 2027-04-30T06:00:00+00:00",
        ]
    );
    assert_eq!(
        listed(&month("06:00", MonthDay::Last), "UTC", "2028-02-01T00:00:00Z", 1),
        ["2028-02-29T06:00:00Z 2028-02-29T06:00:00+00:00"]
    );
    assert_eq!(
        listed(
            &weekdays("09:00", &[Weekday::Monday, Weekday::Thursday]),
            "Europe/Istanbul",
            "2026-09-02T07:00:00Z",
            2
        ),
        ["2026-09-03T06:00:00Z 2026-09-03T09:00:00+03:00", "2026-09-07T06:00:00Z 2026-09-07T09:00:00+03:00"]
    );
}

#[test]
fn within_the_hour_time_elapses() {
    // The clock of New York goes back at 06:00 UTC: no hour is left out and none comes twice.
    assert_eq!(
        listed(&Rule::Hour { minute: 15 }, "America/New_York", "2026-11-01T05:00:00Z", 2),
        ["2026-11-01T05:15:00Z 2026-11-01T01:15:00-04:00", "2026-11-01T06:15:00Z 2026-11-01T01:15:00-05:00"]
    );
    assert_eq!(
        listed(&Rule::Minutes(20), "UTC", "2026-11-01T05:20:00Z", 2),
        ["2026-11-01T05:40:00Z 2026-11-01T05:40:00+00:00", "2026-11-01T06:00:00Z 2026-11-01T06:00:00+00:00"]
    );
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let at = || (0i8..24, 0i8..60).prop_map(|(hour, minute)| Time::new(hour, minute, 0, 0).unwrap());
    let weekday = (1i8..=7).prop_map(|day| Weekday::from_monday_one_offset(day).unwrap());
    prop_oneof![
        prop::sample::select(vec![5u8, 6, 10, 12, 15, 20, 30]).prop_map(Rule::Minutes),
        (0u8..60).prop_map(|minute| Rule::Hour { minute }),
        at().prop_map(|at| Rule::Day { at }),
        (prop::collection::vec(weekday, 1..7), at()).prop_map(|(weekdays, at)| Rule::Week { weekdays, at }),
        (1i8..=31, at()).prop_map(|(day, at)| Rule::Month { day: MonthDay::Day(day), at }),
        at().prop_map(|at| Rule::Month { day: MonthDay::Last, at }),
    ]
}

proptest! {
    /// However often the clock is looked at in between, the same times are due.
    #[test]
    fn looks_in_between_change_nothing(
        rule in any_rule(),
        name in prop::sample::select(ZONES.to_vec()),
        start in 946_684_800i64..1_893_456_000,
        ahead in prop::collection::vec(1i64..40 * 86_400, 1..8),
    ) {
        let zone = zone(name);
        let at = |seconds: i64| Instant::from_micros(seconds * 1_000_000).unwrap();
        let first = rule.due_after(&zone, at(start)).unwrap();
        for step in ahead {
            let look = at(start + step);
            match look < first {
                true => prop_assert_eq!(rule.due_after(&zone, look), Some(first)),
                false => prop_assert!(rule.due_after(&zone, look).unwrap() > first),
            }
        }
        // It is due at once where it is looked for just before.
        let before = Instant::from_micros(first.micros() - 1).unwrap();
        prop_assert_eq!(rule.due_after(&zone, before), Some(first));
    }
}
