//! Instants and calendar days as Wayfare reads and writes them.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An instant in microseconds since 1970-01-01T00:00:00Z; years 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// Why a text is not an instant that Wayfare takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnInstant {
    /// No offset and no `Z`.
    #[error("has no time zone: write an offset such as `Z` or `+03:00`")]
    NoZone,
    /// Before year 1 or past year 9999, in the text or in UTC.
    #[error("lies outside the years 0001 to 9999")]
    OutOfRange,
    /// Digits past the sixth of a second.
    #[error("is finer than a microsecond")]
    TooFine,
    /// Anything else.
    #[error("is not an RFC 3339 time such as 2026-09-01T07:00:00Z")]
    Malformed,
}

impl Instant {
    /// Earliest and latest instants, in microseconds.
    pub const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

    /// From microseconds since the epoch; `None` outside the years 0001 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        Self::RANGE.contains(&micros).then_some(Self(micros))
    }

    /// Microseconds since the epoch.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with an offset, exactly: finer than a microsecond is refused, not rounded.
    pub fn parse(text: &str) -> Result<Self, NotAnInstant> {
        Self::read(text, false)
    }

    /// Reads RFC 3339 as the time of an event: what is finer than a microsecond is cut off.
    pub fn parse_truncating(text: &str) -> Result<Self, NotAnInstant> {
        Self::read(text, true)
    }

    fn read(text: &str, truncate: bool) -> Result<Self, NotAnInstant> {
        let bytes = text.as_bytes();
        let year_digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if year_digits > 4 && bytes.get(year_digits) == Some(&b'-')
            || (bytes.first().is_some_and(|sign| matches!(sign, b'+' | b'-')) && bytes.len() > 10)
        {
            return Err(NotAnInstant::OutOfRange);
        }
        if bytes.len() < 19 || !shape_matches(&bytes[..19]) {
            return Err(match bytes.len() {
                10 if is_date(text) => NotAnInstant::NoZone,
                _ => NotAnInstant::Malformed,
            });
        }
        let number = |from: usize, to: usize| {
            bytes[from..to].iter().fold(0i64, |sum, digit| sum * 10 + i64::from(digit - b'0'))
        };
        let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
        let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
        let mut rest = &bytes[19..];
        let mut micros = 0i64;
        if rest.first() == Some(&b'.') {
            let digits = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return Err(NotAnInstant::Malformed);
            }
            for (index, digit) in rest[1..=digits].iter().enumerate() {
                let digit = i64::from(digit - b'0');
                match index {
                    0..6 => micros += digit * 10i64.pow(5 - index as u32),
                    _ if digit != 0 && !truncate => return Err(NotAnInstant::TooFine),
                    _ => {}
                }
            }
            rest = &rest[digits + 1..];
        }
        let offset_minutes = match rest {
            [] => return Err(NotAnInstant::NoZone),
            [b'Z' | b'z'] => 0,
            [sign @ (b'+' | b'-'), a, b, b':', c, d] if [a, b, c, d].iter().all(|d| d.is_ascii_digit()) => {
                let hours = i64::from(a - b'0') * 10 + i64::from(b - b'0');
                let minutes = i64::from(c - b'0') * 10 + i64::from(d - b'0');
                if hours > 23 || minutes > 59 {
                    return Err(NotAnInstant::Malformed);
                }
                (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
            }
            _ => return Err(NotAnInstant::Malformed),
        };
        if hour > 23 || minute > 59 || second > 59 {
            return Err(NotAnInstant::Malformed);
        }
        if year == 0 {
            return Err(NotAnInstant::OutOfRange);
        }
        let date = Date::new(year as i16, month as i8, day as i8).map_err(|_| NotAnInstant::Malformed)?;
        let seconds = i64::from(days_since_epoch(date)) * 86_400 + hour * 3_600 + minute * 60 + second
            - offset_minutes * 60;
        Self::from_micros(seconds * 1_000_000 + micros).ok_or(NotAnInstant::OutOfRange)
    }
}

fn shape_matches(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(index, byte)| match index {
        4 | 7 => *byte == b'-',
        10 => matches!(byte, b'T' | b't'),
        13 | 16 => *byte == b':',
        _ => byte.is_ascii_digit(),
    })
}

/// RFC 3339 in UTC with `Z`, with as many digits of the second as are needed.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0.div_euclid(86_400_000_000);
        let within = self.0.rem_euclid(86_400_000_000);
        let (seconds, micros) = (within / 1_000_000, within % 1_000_000);
        let (year, month, day) = civil_from_days(days);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60
        )?;
        if micros != 0 {
            let digits = format!("{micros:06}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_truncating(&text).map_err(|why| serde::de::Error::custom(format!("{text:?} {why}")))
    }
}

/// Days since 1970-01-01 of a `YYYY-MM-DD` text; `None` where it is no such day of the years 0001 to 9999.
pub fn parse_date(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().fold(0i16, |sum, digit| sum * 10 + i16::from(digit - b'0'))
    };
    let year = number(0, 4);
    let date = Date::new(year, number(5, 7) as i8, number(8, 10) as i8).ok()?;
    (year >= 1).then(|| days_since_epoch(date))
}

/// Whether the text is a `YYYY-MM-DD` day that exists.
pub fn is_date(text: &str) -> bool {
    parse_date(text).is_some()
}

/// `YYYY-MM-DD` of a day counted from 1970-01-01.
pub fn format_date(days: i32) -> String {
    let (year, month, day) = civil_from_days(i64::from(days));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Days from 1970-01-01 to `date`.
pub fn days_since_epoch(date: Date) -> i32 {
    let (year, month, day) = (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468) as i32
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Result<&str, NotAnInstant>) {
        let read = Instant::parse(text).map(|instant| instant.to_string());
        assert_eq!(read.as_deref().map_err(|why| *why), expected, "{text}");
    }

    #[test]
    fn instants() {
        check("2026-09-01T07:00:00Z", Ok("2026-09-01T07:00:00Z"));
        check("2026-09-01t07:00:00.120+03:00", Ok("2026-09-01T04:00:00.12Z"));
        check("0001-01-01T00:00:00Z", Ok("0001-01-01T00:00:00Z"));
        check("9999-12-31T23:59:59.999999Z", Ok("9999-12-31T23:59:59.999999Z"));
        check("9999-12-31T23:59:59-01:00", Err(NotAnInstant::OutOfRange));
        check("10000-01-01T00:00:00Z", Err(NotAnInstant::OutOfRange));
        check("0000-01-01T00:00:00Z", Err(NotAnInstant::OutOfRange));
        check("2026-09-01T07:00:00", Err(NotAnInstant::NoZone));
        check("2026-09-01", Err(NotAnInstant::NoZone));
        check("2026-09-01T07:00:00.1234567Z", Err(NotAnInstant::TooFine));
        check("2026-02-29T00:00:00Z", Err(NotAnInstant::Malformed));
        check("2026-09-01T24:00:00Z", Err(NotAnInstant::Malformed));
        check("2026-09-01T23:59:60Z", Err(NotAnInstant::Malformed));
        check("2026-09-01 07:00:00Z", Err(NotAnInstant::Malformed));
        check("yesterday", Err(NotAnInstant::Malformed));
        check("", Err(NotAnInstant::Malformed));
    }

    proptest! {
        #[test]
        fn instants_read_back(micros in Instant::RANGE) {
            let instant = Instant::from_micros(micros).expect("in range");
            prop_assert_eq!(Instant::parse(&instant.to_string()), Ok(instant));
        }

        #[test]
        fn days_agree_with_the_calendar_library(days in -719_162i32..=2_932_896) {
            let text = format_date(days);
            prop_assert_eq!(parse_date(&text), Some(days));
            let date: Date = text.parse().expect("a date");
            let epoch = jiff::civil::date(1970, 1, 1);
            prop_assert_eq!(epoch.until((jiff::Unit::Day, date)).expect("in range").get_days(), days);
        }
    }
}
