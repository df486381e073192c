//! When and where a definition is evaluated.

use jiff::tz::TimeZone;
use wayfare_model::time::Instant;

/// The time and the time zone of one evaluation.
#[derive(Debug, Clone)]
pub struct Moment {
    /// No event at or after this instant is seen; clock operators count from here.
    pub as_of: Instant,
    /// The workspace's time zone: what a month and a local day are.
    pub zone: TimeZone,
}

impl Moment {
    /// A moment in UTC.
    pub fn utc(as_of: Instant) -> Self {
        Self { as_of, zone: TimeZone::UTC }
    }
}
