//! Time arithmetic of the fast evaluator: what `in_last`, `in_next` and anniversaries mean at a moment.

use crate::definition::{Span, Unit};
use crate::moment::Moment;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::ops::Range;
use wayfare_model::time::days_since_epoch;

/// A moment, ready to be counted from.
pub(super) struct Clock {
    /// Microseconds since the epoch.
    pub as_of: i64,
    today: Date,
    local: DateTime,
    zone: TimeZone,
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

impl Clock {
    pub fn new(moment: &Moment) -> Self {
        let local = local_time(moment.as_of.micros(), &moment.zone);
        Self { as_of: moment.as_of.micros(), today: local.date(), local, zone: moment.zone.clone() }
    }

    /// `[as_of - span, as_of)`.
    pub fn last(&self, span: Span) -> Range<i64> {
        self.moved(self.as_of, self.local, span, -1)..self.as_of
    }

    /// So many whole days, weeks from Monday or months, the current one included.
    pub fn calendar_last(&self, span: Span) -> Range<i64> {
        let before = i64::try_from(span.value).unwrap_or(i64::MAX).saturating_sub(1).saturating_neg();
        let (current, back) = match span.unit {
            Unit::Month => (self.today.first_of_month(), jiff::Span::new().try_months(before)),
            Unit::Week => {
                let monday = i64::from(self.today.weekday().to_monday_zero_offset());
                (self.today.saturating_sub(monday.days()), jiff::Span::new().try_weeks(before))
            }
            // Shorter units are refused where the calendar is asked for.
            Unit::Day | Unit::Hour | Unit::Minute => (self.today, jiff::Span::new().try_days(before)),
        };
        let start = match back.and_then(|back| current.checked_add(back)) {
            Ok(day) => first_instant(day.to_datetime(jiff::civil::Time::midnight()), &self.zone),
            Err(_) => i64::MIN,
        };
        start..i64::MAX
    }

    /// The instant that lies `span` after another.
    pub fn after(&self, micros: i64, span: Span) -> i64 {
        match span.unit {
            Unit::Month => self.moved(micros, local_time(micros, &self.zone), span, 1),
            // Whatever clocks show, these are as long.
            _ => self.moved(micros, self.local, span, 1),
        }
    }

    /// `[as_of, as_of + span)`.
    pub fn next(&self, span: Span) -> Range<i64> {
        self.as_of..self.moved(self.as_of, self.local, span, 1)
    }

    /// Today and the days before it, as many as `span` says.
    pub fn last_days(&self, span: Span) -> Range<i32> {
        self.day_moved(span, -1).saturating_add(1)..days_since_epoch(self.today) + 1
    }

    /// Today and the days after it, as many as `span` says.
    pub fn next_days(&self, span: Span) -> Range<i32> {
        days_since_epoch(self.today)..self.day_moved(span, 1)
    }

    /// The local day of an instant.
    pub fn local_day(&self, micros: i64) -> i32 {
        days_since_epoch(local_time(micros, &self.zone).date())
    }

    /// Whether a day's next anniversary lies before the day `end`.
    pub fn anniversary_before(&self, day: i32, end: i32) -> bool {
        let Ok(of) = EPOCH.checked_add(i64::from(day).days()) else { return false };
        let first = of.year().saturating_add(1).max(self.today.year());
        let next = [first, first.saturating_add(1)]
            .into_iter()
            .filter_map(|year| in_year(of, year))
            .find(|anniversary| *anniversary >= self.today);
        next.is_some_and(|anniversary| days_since_epoch(anniversary) < end)
    }

    /// An instant, which clocks show as `local`, moved.
    fn moved(&self, micros: i64, local: DateTime, span: Span, direction: i64) -> i64 {
        let count = i64::try_from(span.value).unwrap_or(i64::MAX).saturating_mul(direction);
        let unit = match span.unit {
            Unit::Minute => SignedDuration::from_mins(1),
            Unit::Hour => SignedDuration::from_hours(1),
            Unit::Day => SignedDuration::from_hours(24),
            Unit::Week => SignedDuration::from_hours(7 * 24),
            Unit::Month => return self.months_moved(local, count),
        };
        micros.saturating_add(count.saturating_mul(unit.as_micros() as i64))
    }

    fn months_moved(&self, local: DateTime, months: i64) -> i64 {
        let moved = jiff::Span::new().try_months(months).and_then(|months| local.checked_add(months));
        match moved {
            Ok(local) => first_instant(local, &self.zone),
            Err(_) if months < 0 => i64::MIN,
            Err(_) => i64::MAX,
        }
    }

    fn day_moved(&self, span: Span, direction: i64) -> i32 {
        let count = i64::try_from(span.value).unwrap_or(i64::MAX).saturating_mul(direction);
        let moved = match span.unit {
            Unit::Week => jiff::Span::new().try_weeks(count),
            Unit::Month => jiff::Span::new().try_months(count),
            // Shorter units are refused where days are counted.
            Unit::Day | Unit::Hour | Unit::Minute => jiff::Span::new().try_days(count),
        };
        match moved.and_then(|moved| self.today.checked_add(moved)) {
            Ok(day) => days_since_epoch(day),
            Err(_) if direction < 0 => i32::MIN,
            Err(_) => i32::MAX,
        }
    }
}

/// The day of `of` in a year; 29 February falls on the 28th where there is none.
fn in_year(of: Date, year: i16) -> Option<Date> {
    Date::new(year, of.month(), of.day()).or_else(|_| Date::new(year, of.month(), 28)).ok()
}

fn local_time(micros: i64, zone: &TimeZone) -> DateTime {
    // The last day of the year 9999 lies beyond the calendar library's timestamps; its last instant stands for it.
    let timestamp = Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    });
    zone.to_datetime(timestamp)
}

/// The first instant at which clocks show `local`; where they skip it, the first one after.
fn first_instant(local: DateTime, zone: &TimeZone) -> i64 {
    let instant = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local),
        AmbiguousOffset::Gap { after, .. } => {
            // Read with the later offset, a skipped time lies before the clocks were moved.
            after.to_timestamp(local).map(|before| {
                zone.following(before).next().map_or(before, |transition| transition.timestamp())
            })
        }
    };
    match instant {
        Ok(instant) => instant.as_microsecond(),
        Err(_) if local.year() < 0 => i64::MIN,
        Err(_) => i64::MAX,
    }
}
