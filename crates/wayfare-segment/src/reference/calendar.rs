//! Days, instants and time zones, counted by hand.

use crate::definition::{Span, Unit};
use crate::moment::Moment;
use jiff::Timestamp;
use jiff::tz::TimeZone;

const MICROS_OF_SECOND: i64 = 1_000_000;
const MICROS_OF_DAY: i64 = 86_400 * MICROS_OF_SECOND;
/// Days from 0001-01-01 to 1970-01-01.
const EPOCH: i64 = 719_162;

/// A year, a month from 1, a day from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day {
    pub year: i64,
    pub month: i64,
    pub day: i64,
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_before_year(year: i64) -> i64 {
    let before = year - 1;
    before * 365 + before / 4 - before / 100 + before / 400
}

impl Day {
    /// Days since 1970-01-01; the year is at least 1.
    pub fn number(self) -> i64 {
        let months: i64 = (1..self.month).map(|month| days_of_month(self.year, month)).sum();
        days_before_year(self.year) + months + self.day - 1 - EPOCH
    }

    /// The day of that number.
    pub fn of_number(number: i64) -> Self {
        let since_first = number + EPOCH;
        let mut year = since_first / 366 + 1;
        while days_before_year(year + 1) <= since_first {
            year += 1;
        }
        let mut rest = since_first - days_before_year(year);
        let mut month = 1;
        while rest >= days_of_month(year, month) {
            rest -= days_of_month(year, month);
            month += 1;
        }
        Self { year, month, day: rest + 1 }
    }

    /// So many months later, clamped to the month's last day; `None` outside the years 1 to 9999.
    fn plus_months(self, months: i64) -> Option<Self> {
        let month = (self.year * 12 + self.month - 1).checked_add(months)?;
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        let day = self.day.min(days_of_month(year, month));
        (1..=9999).contains(&year).then_some(Self { year, month, day })
    }
}

/// The number that some ASCII digits write.
fn digits(text: &str) -> Option<i64> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { text.parse().ok() } else { None }
}

/// `YYYY-MM-DD`, as days since 1970-01-01.
pub(super) fn read_date(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return None };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let (year, month, day) = (digits(year)?, digits(month)?, digits(day)?);
    let exists = year >= 1 && (1..=12).contains(&month) && (1..=days_of_month(year, month)).contains(&day);
    exists.then(|| Day { year, month, day }.number())
}

/// RFC 3339 with an offset, as microseconds since 1970-01-01T00:00:00Z; `None` where it is finer than that.
pub(super) fn read_datetime(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't'])?;
    let offset_at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, offset) = time.split_at(offset_at);
    let offset = match offset {
        "Z" | "z" => 0,
        _ => {
            let (hours, minutes) = offset[1..].split_once(':')?;
            let seconds = two_digits(hours, 23)? * 3_600 + two_digits(minutes, 59)? * 60;
            if offset.starts_with('-') { -seconds } else { seconds }
        }
    };
    let (whole, fraction) = match clock.split_once('.') {
        Some((whole, fraction)) => (whole, digits_of_second(fraction)?),
        None => (clock, 0),
    };
    let parts: Vec<&str> = whole.split(':').collect();
    let [hour, minute, second] = parts[..] else { return None };
    let seconds = two_digits(hour, 23)? * 3_600 + two_digits(minute, 59)? * 60 + two_digits(second, 59)?;
    let micros = read_date(date)? * MICROS_OF_DAY + (seconds - offset) * MICROS_OF_SECOND + fraction;
    let earliest = Day { year: 1, month: 1, day: 1 }.number() * MICROS_OF_DAY;
    let end = (Day { year: 9999, month: 12, day: 31 }.number() + 1) * MICROS_OF_DAY;
    (earliest..end).contains(&micros).then_some(micros)
}

fn two_digits(text: &str, most: i64) -> Option<i64> {
    if text.len() != 2 {
        return None;
    }
    digits(text).filter(|number| *number <= most)
}

/// The fraction of a second in microseconds.
fn digits_of_second(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let trimmed = fraction.trim_end_matches('0');
    if trimmed.len() > 6 {
        return None;
    }
    digits(&format!("{trimmed:0<6}"))
}

/// What clocks of a zone show at an instant, in microseconds since 1970-01-01T00:00:00 on them.
fn shown_at(micros: i64, zone: &TimeZone) -> i64 {
    micros + offset_at(micros, zone)
}

fn offset_at(micros: i64, zone: &TimeZone) -> i64 {
    i64::from(zone.to_offset(timestamp(micros)).seconds()) * MICROS_OF_SECOND
}

fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// The first instant at which clocks of a zone show `shown` or more: the moment itself, of a doubled one the first,
/// of a skipped one the moment after the skip. Goes from one change of the zone's offset to the next.
fn first_showing(shown: i64, zone: &TimeZone) -> i64 {
    // No offset is as much as 26 hours, so clocks do not show it yet.
    let mut since = shown - 26 * 3_600 * MICROS_OF_SECOND;
    loop {
        let reached = since.max(shown - offset_at(since, zone));
        let next_change = zone.following(timestamp(since)).next();
        let until = next_change.map_or(i64::MAX, |change| change.timestamp().as_microsecond());
        if reached < until {
            return reached;
        }
        since = until;
    }
}

/// The local day of an instant.
pub(super) fn local_day(micros: i64, zone: &TimeZone) -> i64 {
    shown_at(micros, zone).div_euclid(MICROS_OF_DAY)
}

/// The local day of the evaluation.
pub(super) fn today(moment: &Moment) -> i64 {
    local_day(moment.as_of.micros(), &moment.zone)
}

/// The instant that lies `span` before (`direction` -1) or after (1) the evaluation.
pub(super) fn moved(moment: &Moment, span: Span, direction: i64) -> i64 {
    let as_of = moment.as_of.micros();
    let unit = match span.unit {
        Unit::Minute => 60 * MICROS_OF_SECOND,
        Unit::Hour => 3_600 * MICROS_OF_SECOND,
        Unit::Day => MICROS_OF_DAY,
        Unit::Week => 7 * MICROS_OF_DAY,
        Unit::Month => {
            let shown = shown_at(as_of, &moment.zone);
            let day = Day::of_number(shown.div_euclid(MICROS_OF_DAY));
            let months = (span.value.min(1_000_000) as i64) * direction;
            return match day.plus_months(months) {
                Some(day) => first_showing(
                    day.number() * MICROS_OF_DAY + shown.rem_euclid(MICROS_OF_DAY),
                    &moment.zone,
                ),
                None => i64::MAX * direction,
            };
        }
    };
    let distance = i128::from(span.value) * i128::from(unit) * i128::from(direction);
    let target = i128::from(as_of) + distance;
    target.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

/// When the current day, week or month began, or that so many less one before it.
pub(super) fn start_of_last(moment: &Moment, span: Span) -> i64 {
    let today = today(moment);
    // No calendar goes back further than this many of any unit.
    let before = span.value.min(10_000_000) as i64 - 1;
    let day = match span.unit {
        Unit::Month => {
            let first = Day { day: 1, ..Day::of_number(today) };
            first.plus_months(-before).map(Day::number)
        }
        // Day 0 was a Thursday.
        Unit::Week => Some(today - (today + 3).rem_euclid(7) - 7 * before),
        _ => Some(today - before),
    };
    match day.filter(|day| *day >= -EPOCH) {
        Some(day) => first_showing(day * MICROS_OF_DAY, &moment.zone),
        None => i64::MIN,
    }
}

/// The day that lies `span` before (`direction` -1) or after (1) today.
pub(super) fn day_moved(moment: &Moment, span: Span, direction: i64) -> i64 {
    let today = today(moment);
    // No date lies further away than this many of any unit.
    let count = span.value.min(10_000_000) as i64 * direction;
    match span.unit {
        Unit::Week => today + 7 * count,
        Unit::Month => match Day::of_number(today).plus_months(count) {
            Some(day) => day.number(),
            None => i64::MAX * direction,
        },
        _ => today + count,
    }
}

/// The next anniversary of a day that is today or later; the year of the day itself has none, and 29 February falls
/// on the 28th in other years.
pub(super) fn next_anniversary(day: i64, today: i64) -> Option<i64> {
    let of = Day::of_number(day);
    let years = of.year + 1..=9999;
    years
        .map(|year| Day { year, month: of.month, day: of.day.min(days_of_month(year, of.month)) }.number())
        .find(|anniversary| *anniversary >= today)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wayfare_model::time::{Instant, parse_date};

    #[test]
    fn days_and_numbers() {
        let mut expected = Day { year: 1, month: 1, day: 1 };
        for number in -EPOCH..=2_932_896 {
            if number % 97 == 0 || expected.month == 2 && expected.day >= 28 {
                assert_eq!(Day::of_number(number), expected);
                assert_eq!(expected.number(), number);
            }
            expected.day += 1;
            if expected.day > days_of_month(expected.year, expected.month) {
                (expected.month, expected.day) = (expected.month + 1, 1);
            }
            if expected.month > 12 {
                (expected.year, expected.month) = (expected.year + 1, 1);
            }
        }
    }

    #[test]
    fn both_readings_of_times_agree() {
        for text in [
            "2026-09-01T07:00:00Z",
            "2026-09-01t07:00:00.5+03:00",
            "2026-09-01T07:00:00.1234560-11:30",
            "2026-09-01T07:00:00.1234567Z",
            "2026-09-01T07:00:00",
            "2026-09-01 07:00:00Z",
            "2026-09-01",
            "2026-02-29T00:00:00Z",
            "2024-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-09-01T24:00:00Z",
            "2026-09-01T23:59:60Z",
            "2026-09-01T07:00Z",
            "2026-09-01T07:00:00.Z",
            "2026-09-01T07:00:00+3:00",
            "2026-09-01T07:00:00+24:00",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+00:01",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            "9999-12-31T23:59:59-00:01",
            "10000-01-01T00:00:00Z",
            "-001-01-01T00:00:00Z",
            "tomorrow",
            "",
        ] {
            assert_eq!(read_datetime(text), Instant::parse(text).ok().map(Instant::micros), "{text}");
            assert_eq!(read_date(text), parse_date(text).map(i64::from), "{text}");
        }
    }
}
