//! The circuit breaker of an endpoint: after some failures in a row one attempt is made at a time, with growing pauses,
//! until one succeeds. Messages wait meanwhile; none is dropped.

use crate::hook;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wayfare_model::time::Instant;

/// So many failures in a row open the breaker.
pub const OPENS_AFTER: u32 = 5;
/// The longest pause between two probes: soon after an endpoint is back, everything flows again.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// What is known of an endpoint's newest attempts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Attempts in a row that failed.
    pub failures: u32,
    /// Since when they fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Instant>,
    /// Before this nothing is sent; while the breaker is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe_at: Option<Instant>,
}

impl Breaker {
    /// Whether it holds messages back.
    pub fn is_open(&self) -> bool {
        self.probe_at.is_some()
    }

    /// The state after an attempt that ended at `now`; `first` is the pause that the pauses grow from.
    pub fn after(&self, succeeded: bool, now: Instant, first: Duration) -> Self {
        if succeeded {
            return Self::default();
        }
        let failures = self.failures.saturating_add(1);
        let pauses = failures.checked_sub(OPENS_AFTER);
        let probe_at = pauses.map(|before| later(now, pause(before, first)));
        Self { failures, failing_since: self.failing_since.or(Some(now)), probe_at }
    }

    /// The same, with the next probe due now: somebody says that the endpoint is back.
    pub fn probed_now(mut self, now: Instant) -> Self {
        self.probe_at = self.probe_at.map(|at| at.min(now));
        self
    }
}

/// The pause after so many probes that failed.
fn pause(before: u32, first: Duration) -> Duration {
    let doubled = 1u32.checked_shl(before).unwrap_or(u32::MAX);
    first.saturating_mul(doubled).min(LONGEST_PAUSE)
}

/// So long after an instant; the instant itself where the calendar ends before.
pub(super) fn later(from: Instant, by: Duration) -> Instant {
    hook::later(from, by).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000).unwrap()
    }

    #[test]
    fn opens_pauses_and_closes() {
        let first = Duration::from_secs(10);
        let mut breaker = Breaker::default();
        for second in 0..4 {
            breaker = breaker.after(false, at(second), first);
            assert!(!breaker.is_open(), "{breaker:?}");
        }
        let mut pauses = Vec::new();
        for second in 4..13 {
            breaker = breaker.after(false, at(second), first);
            pauses.push((breaker.probe_at.unwrap().micros() - at(second).micros()) / 1_000_000);
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
        assert_eq!((breaker.failures, breaker.failing_since), (13, Some(at(0))));
        assert_eq!(breaker.clone().probed_now(at(20)).probe_at, Some(at(20)));
        assert_eq!(breaker.after(true, at(14), first), Breaker::default());
        assert_eq!(Breaker::default().probed_now(at(0)), Breaker::default());
    }

    proptest! {
        #[test]
        fn it_is_open_after_failures_in_a_row_alone(outcomes in proptest::collection::vec(any::<bool>(), 0..40)) {
            let mut breaker = Breaker::default();
            for (second, outcome) in outcomes.iter().enumerate() {
                breaker = breaker.after(*outcome, at(second as i64), Duration::from_secs(1));
            }
            let failures = outcomes.iter().rev().take_while(|outcome| !**outcome).count();
            prop_assert_eq!(breaker.failures as usize, failures);
            prop_assert_eq!(breaker.is_open(), failures >= OPENS_AFTER as usize);
            prop_assert_eq!(breaker.failing_since.is_some(), failures > 0);
        }
    }
}
