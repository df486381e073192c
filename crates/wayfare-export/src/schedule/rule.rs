//! When runs are due: a rule by the clock of a time zone.
//!
//! A local time that the clock skips is due at the first instant after the gap. One that comes twice is due once, at the first
//! of the two. Days that a month lacks are its last day. Rules within the hour count elapsed time of UTC and never see a
//! clock being set. Two due times that fall on one instant are one.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use wayfare_model::time::Instant;

const MICROS_A_MINUTE: i64 = 60_000_000;
/// Days within which every rule is due once: a whole month, and what may be cut off at both of its ends.
const DAYS_AHEAD: usize = 64;

/// When runs are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Every so many minutes of UTC, from the full hour on; a divisor of 60.
    Minutes(u8),
    /// Every hour of UTC, so many minutes past it.
    Hour {
        /// 0 to 59.
        minute: u8,
    },
    /// Every day.
    Day {
        /// The local time.
        at: Time,
    },
    /// On days of the week.
    Week {
        /// At least one, in the order of the week.
        weekdays: Vec<Weekday>,
        /// The local time.
        at: Time,
    },
    /// Once a month.
    Month {
        /// On which day.
        day: MonthDay,
        /// The local time.
        at: Time,
    },
}

/// A day of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthDay {
    /// 1 to 31; the last day, where the month has fewer.
    Day(i8),
    /// The last day.
    Last,
}

/// What a clock that is set did to a due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The local time does not exist on that day: it is due when the gap is over.
    Skipped,
    /// The local time comes twice on that day: it is due the first time.
    Doubled,
}

impl Change {
    /// The name used in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Doubled => "doubled",
        }
    }
}

/// A time at which a run is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The instant.
    pub at: Instant,
    /// What the clock of the zone shows then: `2026-03-29T03:00:00+02:00`.
    pub local: String,
    /// What a clock that is set did to it.
    pub change: Option<Change>,
}

impl Rule {
    /// The first due time after an instant; `None` past the end of the calendar.
    pub fn due_after(&self, zone: &TimeZone, after: Instant) -> Option<Instant> {
        self.next(zone, after).map(|(at, _)| at)
    }

    /// The due times after an instant, as people read them.
    pub fn dues_after<'r>(&'r self, zone: &'r TimeZone, after: Instant) -> impl Iterator<Item = Due> + 'r {
        let mut last = after;
        std::iter::from_fn(move || {
            let (at, change) = self.next(zone, last)?;
            last = at;
            Some(Due { at, local: local(zone, at)?, change })
        })
    }

    fn next(&self, zone: &TimeZone, after: Instant) -> Option<(Instant, Option<Change>)> {
        let at = match self {
            Self::Minutes(minutes) => return stepped(after, i64::from(*minutes), 0).map(|at| (at, None)),
            Self::Hour { minute } => return stepped(after, 60, i64::from(*minute)).map(|at| (at, None)),
            Self::Day { at } | Self::Week { at, .. } | Self::Month { at, .. } => *at,
        };
        let now = zone.to_datetime(timestamp(after)?).date();
        // A gap may move the due time of the day before past midnight.
        let mut day = now.yesterday().unwrap_or(now);
        for _ in 0..DAYS_AHEAD {
            if self.has(day)
                && let Some((due, change)) = resolve(zone, day.to_datetime(at))
                && due > after
            {
                return Some((due, change));
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// Whether a run is due on a day.
    fn has(&self, day: Date) -> bool {
        match self {
            Self::Minutes(_) | Self::Hour { .. } | Self::Day { .. } => true,
            Self::Week { weekdays, .. } => weekdays.contains(&day.weekday()),
            Self::Month { day: MonthDay::Last, .. } => day.day() == day.days_in_month(),
            Self::Month { day: MonthDay::Day(wanted), .. } => day.day() == (*wanted).min(day.days_in_month()),
        }
    }
}

/// The next instant that lies `offset` minutes past a multiple of `every` minutes of UTC.
fn stepped(after: Instant, every: i64, offset: i64) -> Option<Instant> {
    let (every, offset) = (every * MICROS_A_MINUTE, offset * MICROS_A_MINUTE);
    let steps = after.micros().checked_sub(offset)?.div_euclid(every).checked_add(1)?;
    Instant::from_micros(steps.checked_mul(every)?.checked_add(offset)?)
}

/// The instant of a local time, and what a clock that is set did to it.
fn resolve(zone: &TimeZone, local: DateTime) -> Option<(Instant, Option<Change>)> {
    let at = |offset: Offset| offset.to_timestamp(local).ok();
    let (timestamp, change) = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => (at(offset)?, None),
        // With the offset before it was set the clock shows the time twice: this is the first.
        AmbiguousOffset::Fold { before, .. } => (at(before)?, Some(Change::Doubled)),
        // With the offset after the gap the time lies before it: the gap is the next thing that happens.
        AmbiguousOffset::Gap { after, .. } => {
            (zone.following(at(after)?).next()?.timestamp(), Some(Change::Skipped))
        }
    };
    Some((Instant::from_micros(timestamp.as_microsecond())?, change))
}

fn timestamp(at: Instant) -> Option<Timestamp> {
    Timestamp::from_microsecond(at.micros()).ok()
}

/// What the clock of a zone shows, with its offset.
pub fn local(zone: &TimeZone, at: Instant) -> Option<String> {
    let timestamp = timestamp(at)?;
    let seconds = zone.to_offset(timestamp).seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = (seconds.abs() + 30) / 60;
    let clock = zone.to_datetime(timestamp).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    Some(format!("{clock}{sign}{:02}:{:02}", minutes / 60, minutes % 60))
}

#[cfg(test)]
mod tests;
