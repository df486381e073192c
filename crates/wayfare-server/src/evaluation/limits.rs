//! What one question may cost.

use crate::problem::{Code, Problem};
use std::time::Duration;
use wayfare_segment::columns::Needs;

/// What evaluations may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a request waits for its evaluation, its turn included.
    pub time: Duration,
    /// Bytes that one evaluation may take beside the columns, which have a budget of their own.
    pub memory: u64,
    /// How many evaluations run at the same time.
    pub at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(30),
            memory: 1 << 30,
            at_once: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// Bytes of a set with a bit for each profile, for so many profiles.
fn set_bytes(ordinals: u32) -> u64 {
    u64::from(ordinals) / 8 + 1
}

/// Bytes that a node of events keeps of the profiles that its threads work on: up to 32 of each of 32,768, eight times.
const EVENT_BYTES: u64 = 8 << 20;
/// Sets are folded into one another as they are made, so no more of them are alive than a definition has levels.
const MOST_SETS: u64 = wayfare_segment::definition::DEEPEST as u64;

/// About how many bytes an evaluation takes beside the columns that it reads: what its nodes keep of each profile.
///
/// An upper bound for counts, sums and sets. Nodes that keep something of each *event* of the profiles they work on
/// (sequences, states in journeys, distinct values) may take more, which the needs alone do not tell.
pub(super) fn estimated_bytes(needs: &Needs, filters: usize, segments: usize, ordinals: u32) -> u64 {
    let sets = (filters as u64).min(MOST_SETS) + segments as u64 + 2;
    let events = if needs.events.is_empty() { 0 } else { EVENT_BYTES };
    sets.saturating_mul(set_bytes(ordinals)).saturating_add(events)
}

impl Limits {
    /// Refuses what would take more memory than an evaluation may.
    pub(super) fn check_memory(&self, bytes: u64) -> Result<(), Problem> {
        if bytes <= self.memory {
            return Ok(());
        }
        Err(Problem::new(
            Code::TooMuchMemory,
            format!(
                "The definition would take about {bytes} bytes to evaluate, and {} are allowed: ask with fewer conditions, \
                 or raise WAYFARE_COUNT_MEMORY_BYTES.",
                self.memory
            ),
        ))
    }

    /// The problem of a request that has waited as long as it may.
    pub(super) fn too_slow(&self) -> Problem {
        Problem::new(
            Code::TooSlow,
            format!(
                "There was no answer within {} s, the longest that a count may take: ask with fewer conditions or a shorter \
                 time range, ask again when less is going on, or raise WAYFARE_COUNT_SECONDS.",
                self.time.as_secs_f64()
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn memory_grows_with_profiles_and_never_overflows() {
        let events =
            Needs { events: BTreeMap::from([("purchase".to_owned(), BTreeSet::new())]), ..Needs::default() };
        let of = |needs: &Needs, ordinals| estimated_bytes(needs, 3, 0, ordinals);
        assert!(of(&Needs::default(), 1_000_000) < of(&events, 1_000_000));
        assert!(of(&events, 1_000_000) < 20 << 20, "a million profiles take megabytes");
        assert!(estimated_bytes(&events, usize::MAX, 1 << 40, u32::MAX) > 1 << 40);
        let limits = Limits { memory: 100, ..Limits::default() };
        assert!(limits.check_memory(100).is_ok());
        let problem = limits.check_memory(101).expect_err("refused");
        assert!(problem.detail().contains("101") && problem.detail().contains("100"), "{}", problem.detail());
    }
}
