//! The wall clock, read in one place.

use std::time::{SystemTime, UNIX_EPOCH};
use wayfare_model::time::Instant;

/// Now, to the microsecond.
#[allow(clippy::expect_used, reason = "the bounds are those of the type")]
pub fn now() -> Instant {
    let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
    };
    let within = micros.clamp(*Instant::RANGE.start(), *Instant::RANGE.end());
    Instant::from_micros(within).expect("clamped to the range of instants")
}
