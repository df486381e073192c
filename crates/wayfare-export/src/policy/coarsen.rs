//! Values made less exact. What a rule does not fit becomes nothing, never the value itself.

use super::rule::{Coarsening, Period};
use crate::column::ColumnType;
use crate::text;
use jiff::civil::Date;
use wayfare_model::time::{Instant, days_since_epoch, format_date, parse_date};
use wayfare_model::value::{Scalar, exact_number};

const MICROS_AN_HOUR: i64 = 3_600_000_000;
const MICROS_A_DAY: i64 = 24 * MICROS_AN_HOUR;

/// The value less exact, given as the text that files have of it; `None` where the rule does not fit it.
pub fn coarsen(to: Coarsening, value: &str, column_type: ColumnType) -> Option<String> {
    let is_text = matches!(
        column_type,
        ColumnType::String | ColumnType::Identifier | ColumnType::Array(Scalar::String)
    );
    match (to, column_type) {
        (Coarsening::Period(period), ColumnType::Date | ColumnType::Array(Scalar::Date)) => {
            first_day_text(period, value)
        }
        (Coarsening::Period(period), ColumnType::Datetime | ColumnType::Array(Scalar::Datetime)) => {
            first_instant_text(period, value)
        }
        // Among texts there may be days and instants that others beside them keep from being a type.
        (Coarsening::Period(period), _) if is_text => {
            first_day_text(period, value).or_else(|| first_instant_text(period, value))
        }
        (Coarsening::Multiple(of), ColumnType::Integer) => {
            let (value, of) = (value.parse::<i64>().ok()?, i64::try_from(of).ok()?);
            Some(value.div_euclid(of).checked_mul(of)?.to_string())
        }
        (Coarsening::Multiple(of), ColumnType::Number | ColumnType::Array(Scalar::Number)) => {
            multiple(of, value)
        }
        (Coarsening::Multiple(of), _) if is_text => multiple(of, value),
        (Coarsening::District, ColumnType::Integer | ColumnType::Number | ColumnType::Array(Scalar::Number)) => {
            value.bytes().all(|byte| byte.is_ascii_digit()).then(|| district(value)).flatten()
        }
        (Coarsening::District, _) if is_text => district(value),
        _ => None,
    }
}

fn first_day_text(period: Period, value: &str) -> Option<String> {
    first_day(period, parse_date(value)?).map(format_date)
}

fn first_instant_text(period: Period, value: &str) -> Option<String> {
    first_instant(period, Instant::parse(value).ok()?).map(|instant| instant.to_string())
}

fn multiple(of: u64, value: &str) -> Option<String> {
    let (value, of) = (exact_number(value)?, of as f64);
    let mut written = Vec::new();
    text::float(&mut written, (value / of).floor() * of);
    String::from_utf8(written).ok()
}

/// The part of a postcode that many share: what stands before the last space; of digits alone the first two; else all but
/// the last three characters. `None` where nothing would be taken away, or nothing be left.
fn district(postcode: &str) -> Option<String> {
    let postcode = postcode.trim();
    let kept = match postcode.rsplit_once(' ') {
        Some((before, _)) => before.trim_end(),
        None if postcode.bytes().all(|byte| byte.is_ascii_digit()) => {
            postcode.get(..2).filter(|first| first.len() < postcode.len()).unwrap_or_default()
        }
        None => {
            let end = postcode.char_indices().rev().nth(2).map_or(0, |(end, _)| end);
            &postcode[..end]
        }
    };
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// The first day of the period that a day lies in; days are counted from 1970-01-01.
fn first_day(period: Period, day: i32) -> Option<i32> {
    let date = Date::new(1970, 1, 1).ok()?.checked_add(jiff::Span::new().try_days(day).ok()?).ok()?;
    let first_of = |month: i8| Date::new(date.year(), month, 1).ok().map(days_since_epoch);
    match period {
        Period::Year => first_of(1),
        Period::Quarter => first_of((date.month() - 1) / 3 * 3 + 1),
        Period::Month => first_of(date.month()),
        Period::Week => Some(day - i32::from(date.weekday().to_monday_zero_offset())),
        // A day has no hours.
        Period::Day | Period::Hour => Some(day),
    }
}

/// The first instant of the period that an instant lies in, in UTC.
pub fn first_instant(period: Period, instant: Instant) -> Option<Instant> {
    let micros = instant.micros();
    if period == Period::Hour {
        return Instant::from_micros(micros - micros.rem_euclid(MICROS_AN_HOUR));
    }
    let day = i32::try_from(micros.div_euclid(MICROS_A_DAY)).ok()?;
    Instant::from_micros(i64::from(first_day(period, day)?) * MICROS_A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PERIODS: [Period; 6] =
        [Period::Year, Period::Quarter, Period::Month, Period::Week, Period::Day, Period::Hour];

    fn check(to: Coarsening, value: &str, column_type: ColumnType, expected: Option<&str>) {
        assert_eq!(coarsen(to, value, column_type).as_deref(), expected, "{to:?} {value} {column_type:?}");
    }

    #[test]
    fn days_and_instants() {
        let day = |period, expected| {
            check(Coarsening::Period(period), "2026-08-27", ColumnType::Date, Some(expected));
        };
        day(Period::Year, "2026-01-01");
        day(Period::Quarter, "2026-07-01");
        day(Period::Month, "2026-08-01");
        day(Period::Week, "2026-08-24");
        day(Period::Day, "2026-08-27");
        day(Period::Hour, "2026-08-27");
        let instant = |period, expected| {
            let to = Coarsening::Period(period);
            check(to, "2026-08-27T09:30:01.5+03:00", ColumnType::Datetime, Some(expected));
        };
        instant(Period::Year, "2026-01-01T00:00:00Z");
        instant(Period::Week, "2026-08-24T00:00:00Z");
        instant(Period::Day, "2026-08-27T00:00:00Z");
        instant(Period::Hour, "2026-08-27T06:00:00Z");
        let month = Coarsening::Period(Period::Month);
        check(month, "0001-01-31", ColumnType::Date, Some("0001-01-01"));
        check(Coarsening::Period(Period::Week), "0001-01-07", ColumnType::Date, Some("0001-01-01"));
        check(month, "1969-12-31T23:59:59Z", ColumnType::Datetime, Some("1969-12-01T00:00:00Z"));
        // By value among texts.
        check(month, "1990-05-17", ColumnType::String, Some("1990-05-01"));
        check(month, "in May", ColumnType::String, None);
        check(month, "17", ColumnType::Number, None);
        check(month, "true", ColumnType::Boolean, None);
        check(month, "[]", ColumnType::Json, None);
    }

    #[test]
    fn numbers() {
        let ten = Coarsening::Multiple(10);
        check(ten, "47", ColumnType::Integer, Some("40"));
        check(ten, "-1", ColumnType::Integer, Some("-10"));
        check(ten, "47.9", ColumnType::Number, Some("40"));
        check(ten, "-0.5", ColumnType::Number, Some("-10"));
        check(ten, "9007199254740991", ColumnType::Number, Some("9007199254740990"));
        check(ten, "-9223372036854775808", ColumnType::Integer, None);
        check(ten, "47", ColumnType::String, Some("40"));
        check(ten, "047", ColumnType::String, None);
        check(ten, "1990-05-17", ColumnType::Date, None);
        check(ten, "true", ColumnType::Boolean, None);
    }

    #[test]
    fn districts() {
        let check = |value, expected| check(Coarsening::District, value, ColumnType::String, expected);
        check("SW1A 1AA", Some("SW1A"));
        check("K1A 0B1", Some("K1A"));
        check("1012 AB", Some("1012"));
        check("80331", Some("80"));
        check("12", None);
        check("00-950", Some("00-"));
        check("SW1A1AA", Some("SW1A"));
        check("ab", None);
        check("", None);
        check("   ", None);
        check("ŞŞŞŞ", Some("Ş"));
        super::tests::check(Coarsening::District, "80331", ColumnType::Number, Some("80"));
        super::tests::check(Coarsening::District, "80.331", ColumnType::Number, None);
        super::tests::check(Coarsening::District, "2026-08-27", ColumnType::Date, None);
    }

    proptest! {
        #[test]
        fn a_period_holds_its_instants_and_begins_with_itself(micros in Instant::RANGE) {
            let instant = Instant::from_micros(micros).unwrap();
            for period in PERIODS {
                let first = first_instant(period, instant).unwrap();
                prop_assert!(first <= instant);
                prop_assert!(instant.micros() - first.micros() < 366 * MICROS_A_DAY);
                prop_assert_eq!(first_instant(period, first), Some(first));
            }
        }
    }
}
