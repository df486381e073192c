//! Instants and days as text: in UTC or the clock of a zone, or counted from 1970.

use crate::form::TimeForm;
use crate::text;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use wayfare_model::time::{Instant, format_date};

const MICROS_A_DAY: i64 = 86_400_000_000;

/// Writes instants, keeping the text of the day written last: rows that follow each other often share it.
#[derive(Debug, Clone)]
pub struct Times {
    form: TimeForm,
    /// `None` is UTC.
    zone: Option<TimeZone>,
    day: i64,
    text: [u8; 10],
}

impl Default for Times {
    fn default() -> Self {
        Self::new(TimeForm::Rfc3339, None)
    }
}

impl Times {
    /// Writes in that form, in that zone; no zone is UTC.
    pub fn new(form: TimeForm, zone: Option<TimeZone>) -> Self {
        Self { form, zone, day: 0, text: *b"1970-01-01" }
    }

    /// Whether instants come out as numbers.
    pub fn gives_numbers(&self) -> bool {
        self.form.is_epoch()
    }

    /// Appends an instant, with as many digits of the second as are needed.
    pub fn instant(&mut self, out: &mut Vec<u8>, micros: i64) {
        match (self.form, &self.zone) {
            (TimeForm::Rfc3339, None) => {
                self.clock(out, b'T', micros);
                out.push(b'Z');
            }
            (TimeForm::Rfc3339, Some(zone)) => {
                // Such an offset has no seconds. Those of local mean time are rounded away from the offset and from
                // the clock alike, so that both together are still the very instant.
                let minutes = (offset(zone, micros) + 30).div_euclid(60);
                let Some(local) = within_years(micros, minutes * 60) else {
                    return self.utc(out, b'T', micros);
                };
                self.clock(out, b'T', local);
                let two = |value: i64| [b'0' + (value / 10) as u8, b'0' + (value % 10) as u8];
                out.push(if minutes < 0 { b'-' } else { b'+' });
                out.extend_from_slice(&two(minutes.abs() / 60));
                out.push(b':');
                out.extend_from_slice(&two(minutes.abs() % 60));
            }
            (TimeForm::Space, _) => match self.local(micros) {
                Some(local) => self.clock(out, b' ', local),
                None => self.utc(out, b' ', micros),
            },
            (TimeForm::EpochSeconds, _) => since_the_epoch(out, micros, 1_000_000),
            (TimeForm::EpochMilliseconds, _) => since_the_epoch(out, micros, 1_000),
        }
    }

    /// What clocks of the zone show, as microseconds since their 1970-01-01 00:00; `None` outside the years 0001 to
    /// 9999.
    pub fn local(&self, micros: i64) -> Option<i64> {
        match &self.zone {
            None => Some(micros),
            Some(zone) => within_years(micros, offset(zone, micros)),
        }
    }

    /// Appends `YYYY-MM-DD`.
    pub fn date(&mut self, out: &mut Vec<u8>, day: i32) {
        self.append_day(out, day.into());
    }

    /// Appends an instant that its source wrote; `false` where it is none, and then nothing was appended.
    pub fn instant_text(&mut self, out: &mut Vec<u8>, text: &str) -> bool {
        match Instant::parse(text) {
            Ok(instant) => {
                self.instant(out, instant.micros());
                true
            }
            Err(_) => false,
        }
    }

    /// Where a zone's clock leaves the years that dates have, the instant stands in UTC and says so.
    fn utc(&mut self, out: &mut Vec<u8>, between: u8, micros: i64) {
        self.clock(out, between, micros);
        out.push(b'Z');
    }

    fn clock(&mut self, out: &mut Vec<u8>, between: u8, micros: i64) {
        let day = micros.div_euclid(MICROS_A_DAY);
        let within = micros.rem_euclid(MICROS_A_DAY);
        self.append_day(out, day);
        let (seconds, fraction) = (within / 1_000_000, within % 1_000_000);
        let two = |value: i64| [b'0' + (value / 10) as u8, b'0' + (value % 10) as u8];
        let ([h1, h2], [m1, m2], [s1, s2]) =
            (two(seconds / 3_600), two(seconds / 60 % 60), two(seconds % 60));
        out.extend_from_slice(&[between, h1, h2, b':', m1, m2, b':', s1, s2]);
        append_fraction(out, fraction, 100_000);
    }

    fn append_day(&mut self, out: &mut Vec<u8>, day: i64) {
        if day != self.day {
            let text = format_date(day.clamp(i32::MIN.into(), i32::MAX.into()) as i32);
            match text.as_bytes().try_into() {
                Ok(ten) => (self.day, self.text) = (day, ten),
                Err(_) => return out.extend_from_slice(text.as_bytes()),
            }
        }
        out.extend_from_slice(&self.text);
    }
}

/// Seconds that clocks of the zone are ahead of UTC.
fn offset(zone: &TimeZone, micros: i64) -> i64 {
    // jiff's instants end a day before the year 9999 does; nothing changes in that day.
    let timestamp = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX);
    zone.to_offset(timestamp).seconds().into()
}

fn within_years(micros: i64, seconds: i64) -> Option<i64> {
    Some(micros + seconds * 1_000_000).filter(|local| Instant::RANGE.contains(local))
}

fn since_the_epoch(out: &mut Vec<u8>, micros: i64, unit: i64) {
    if micros < 0 {
        out.push(b'-');
    }
    let size = micros.unsigned_abs();
    text::unsigned(out, size / unit.unsigned_abs());
    append_fraction(out, (size % unit.unsigned_abs()) as i64, unit / 10);
}

/// Appends a point and the digits of a fraction without zeros at its end; nothing where it is zero.
fn append_fraction(out: &mut Vec<u8>, fraction: i64, tenth: i64) {
    if fraction == 0 {
        return;
    }
    out.push(b'.');
    let (mut rest, mut divisor) = (fraction, tenth);
    while rest != 0 {
        out.push(b'0' + (rest / divisor) as u8);
        rest %= divisor;
        divisor /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(form: TimeForm, zone: &str, micros: i64) -> String {
        let zone = (zone != "UTC").then(|| TimeZone::get(zone).expect("a zone"));
        let mut out = Vec::new();
        Times::new(form, zone).instant(&mut out, micros);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn every_form_in_several_zones() {
        let micros = |text: &str| Instant::parse(text).expect("an instant").micros();
        for (form, zone, instant, expected) in [
            (TimeForm::Rfc3339, "UTC", "2026-09-01T07:00:00.5Z", "2026-09-01T07:00:00.5Z"),
            (TimeForm::Rfc3339, "Europe/Istanbul", "2026-09-01T07:00:00.25Z", "2026-09-01T10:00:00.25+03:00"),
            (TimeForm::Rfc3339, "America/St_Johns", "2026-01-01T00:00:00Z", "2025-12-31T20:30:00-03:30"),
            (TimeForm::Rfc3339, "Europe/London", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00"),
            // Local mean time was 1:55:52 ahead: 1:56 and a clock to match.
            (TimeForm::Rfc3339, "Europe/Istanbul", "0001-01-01T00:00:00Z", "0001-01-01T01:56:00+01:56"),
            (TimeForm::Rfc3339, "America/New_York", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            (TimeForm::Rfc3339, "Asia/Tokyo", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
            (TimeForm::Space, "UTC", "2026-09-01T07:00:00Z", "2026-09-01 07:00:00"),
            (TimeForm::Space, "Europe/Istanbul", "0001-01-01T00:00:00Z", "0001-01-01 01:55:52"),
            (TimeForm::Space, "Asia/Tokyo", "9999-12-31T23:59:59Z", "9999-12-31 23:59:59Z"),
            (TimeForm::EpochSeconds, "UTC", "2026-09-01T07:00:00Z", "1788246000"),
            (TimeForm::EpochSeconds, "UTC", "1969-12-31T23:59:59.5Z", "-0.5"),
            (TimeForm::EpochMilliseconds, "UTC", "2026-09-01T07:00:00.000250Z", "1788246000000.25"),
            (TimeForm::EpochMilliseconds, "UTC", "0001-01-01T00:00:00Z", "-62135596800000"),
        ] {
            assert_eq!(written(form, zone, micros(instant)), expected, "{form:?} {zone} {instant}");
        }
    }

    proptest! {
        #[test]
        fn instants_as_the_vocabulary_writes_them(micros in Instant::RANGE) {
            let expected = Instant::from_micros(micros).expect("in range").to_string();
            prop_assert_eq!(written(TimeForm::Rfc3339, "UTC", micros), expected);
        }

        #[test]
        fn an_offset_is_still_the_very_instant(
            micros in Instant::RANGE,
            zone in prop::sample::select(vec!["Europe/Istanbul", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]),
        ) {
            let text = written(TimeForm::Rfc3339, zone, micros);
            prop_assert_eq!(Instant::parse(&text).expect("an instant").micros(), micros);
        }

        #[test]
        fn epochs_read_back(micros in Instant::RANGE) {
            for (form, digits) in [(TimeForm::EpochSeconds, 6), (TimeForm::EpochMilliseconds, 3)] {
                let text = written(form, "UTC", micros);
                let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
                prop_assert!(!fraction.ends_with('0'));
                let read: i64 = format!("{whole}{fraction:0<digits$}").parse().expect("digits");
                prop_assert_eq!(read, micros);
            }
        }
    }
}
