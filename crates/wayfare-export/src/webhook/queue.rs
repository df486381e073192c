//! The queues: one for each endpoint, and whose turn it is.
//!
//! An endpoint has one attempt under way at the most. Endpoints whose newest attempt failed take turns in slots of their
//! own, and an attempt that takes long gives its slot back, so that however many endpoints hang until they time out, the
//! others find their slots free.

use super::breaker::Breaker;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use wayfare_model::time::Instant;

/// Which slots an attempt takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// Those of endpoints that took what they were sent last, or were sent nothing yet.
    Steady,
    /// Those of endpoints whose newest attempt failed.
    Suspect,
    /// Those that attempts move to which take long.
    Slow,
}

/// How many attempts may be under way at the same time.
#[derive(Debug, Clone, Copy)]
pub struct Slots {
    /// At endpoints that took what they were sent last.
    pub steady: usize,
    /// At endpoints whose newest attempt failed.
    pub suspect: usize,
    /// That take long, beside the others.
    pub slow: usize,
}

/// An attempt to be made; given back with [`Queues::done`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The endpoint.
    pub endpoint: String,
    /// The message.
    pub sequence: u64,
}

/// What waits for one endpoint.
#[derive(Debug, Default)]
struct Line {
    /// By due time, then in order of arrival.
    waiting: BTreeSet<(Instant, u64)>,
    breaker: Breaker,
    /// Somebody disabled the endpoint: everything waits.
    stopped: bool,
    is_busy: bool,
    /// Under which time it is filed, and with which endpoints.
    filed: Option<(Lane, Instant)>,
}

impl Line {
    fn lane(&self) -> Lane {
        if self.breaker.failures == 0 { Lane::Steady } else { Lane::Suspect }
    }

    /// When its next attempt may be made.
    fn ready_at(&self) -> Option<Instant> {
        let (due, _) = self.waiting.first().filter(|_| !self.stopped && !self.is_busy)?;
        Some(self.breaker.probe_at.map_or(*due, |probe| probe.max(*due)))
    }
}

/// All queues.
#[derive(Debug)]
pub struct Queues {
    slots: Slots,
    lines: BTreeMap<String, Line>,
    steady: BTreeSet<(Instant, String)>,
    suspect: BTreeSet<(Instant, String)>,
    /// The attempts under way, by their messages.
    under_way: BTreeMap<u64, Lane>,
}

impl Queues {
    /// No queues.
    pub fn new(slots: Slots) -> Self {
        let (lines, steady, suspect, under_way) = Default::default();
        Self { slots, lines, steady, suspect, under_way }
    }

    /// Adds the queue of an endpoint.
    pub fn open(&mut self, endpoint: &str, breaker: Breaker, stopped: bool) {
        self.lines.insert(endpoint.to_owned(), Line { breaker, stopped, ..Line::default() });
    }

    /// Takes a queue away with everything in it.
    pub fn remove(&mut self, endpoint: &str) {
        self.unfile(endpoint);
        self.lines.remove(endpoint);
    }

    /// Holds everything back for an endpoint, or lets it go.
    pub fn stop(&mut self, endpoint: &str, stopped: bool) {
        self.change(endpoint, |line| line.stopped = stopped);
    }

    /// Adds a message that is due at a time.
    pub fn add(&mut self, endpoint: &str, sequence: u64, due: Instant) {
        self.change(endpoint, |line| line.waiting.extend([(due, sequence)]));
    }

    /// Makes everything that waits for an endpoint due now, in order of arrival, and the next probe with it.
    pub fn make_due(&mut self, endpoint: &str, now: Instant) {
        self.change(endpoint, |line| {
            line.waiting = std::mem::take(&mut line.waiting).into_iter().map(|(_, of)| (now, of)).collect();
            line.breaker = line.breaker.clone().probed_now(now);
        });
    }

    /// Makes the next probe of an endpoint due now.
    pub fn probe_now(&mut self, endpoint: &str, now: Instant) {
        self.change(endpoint, |line| line.breaker = line.breaker.clone().probed_now(now));
    }

    /// The next attempt that may be made; its message is out of the queue until it is given back.
    pub fn next(&mut self, now: Instant) -> Option<Turn> {
        let lane = self.free().find(|lane| self.first(*lane).is_some_and(|at| at <= now))?;
        let (_, endpoint) = self.filed(lane).pop_first()?;
        let line = self.lines.get_mut(&endpoint)?;
        line.filed = None;
        let (_, sequence) = line.waiting.pop_first()?;
        line.is_busy = true;
        self.under_way.insert(sequence, lane);
        Some(Turn { endpoint, sequence })
    }

    /// An attempt takes long: it gives its slot back, as long as there are slots for such.
    pub fn slow_down(&mut self, turn: &Turn) {
        if self.busy(Lane::Slow) < self.slots.slow
            && let Some(lane @ Lane::Steady) = self.under_way.get_mut(&turn.sequence)
        {
            *lane = Lane::Slow;
        }
    }

    /// How long until an attempt may be made, if none ends before.
    pub fn wait(&self, now: Instant, longest: Duration) -> Duration {
        let first = self.free().filter_map(|lane| self.first(lane)).min();
        let wait = first.map(|at| u64::try_from(at.micros().saturating_sub(now.micros())).unwrap_or(0));
        wait.map_or(longest, |wait| Duration::from_micros(wait).min(longest))
    }

    /// The breaker of an endpoint.
    pub fn breaker(&self, endpoint: &str) -> Option<Breaker> {
        self.lines.get(endpoint).map(|line| line.breaker.clone())
    }

    /// When the next attempt at an endpoint may be made, where anything waits and none is under way.
    pub fn ready_at(&self, endpoint: &str) -> Option<Instant> {
        self.lines.get(endpoint).and_then(Line::ready_at)
    }

    /// An attempt is over: its message comes back where it is to be sent `again`.
    pub fn done(&mut self, turn: &Turn, breaker: Option<Breaker>, again: Option<Instant>) {
        self.under_way.remove(&turn.sequence);
        self.change(&turn.endpoint, |line| {
            line.is_busy = false;
            line.waiting.extend(again.map(|due| (due, turn.sequence)));
            if let Some(breaker) = breaker {
                line.breaker = breaker;
            }
        });
    }

    fn busy(&self, lane: Lane) -> usize {
        self.under_way.values().filter(|of| **of == lane).count()
    }

    /// The lanes with a free slot.
    fn free(&self) -> impl Iterator<Item = Lane> {
        let lanes = [(Lane::Steady, self.slots.steady), (Lane::Suspect, self.slots.suspect)];
        lanes.into_iter().filter(|(lane, slots)| self.busy(*lane) < *slots).map(|(lane, _)| lane)
    }

    fn first(&self, lane: Lane) -> Option<Instant> {
        let filed = match lane {
            Lane::Steady => &self.steady,
            Lane::Suspect | Lane::Slow => &self.suspect,
        };
        filed.first().map(|(at, _)| *at)
    }

    /// The endpoints that wait for a slot of a lane.
    fn filed(&mut self, lane: Lane) -> &mut BTreeSet<(Instant, String)> {
        match lane {
            Lane::Steady => &mut self.steady,
            Lane::Suspect | Lane::Slow => &mut self.suspect,
        }
    }

    /// Changes a queue, and files it where it belongs then.
    fn change(&mut self, endpoint: &str, change: impl FnOnce(&mut Line)) {
        self.unfile(endpoint);
        let Some(line) = self.lines.get_mut(endpoint) else { return };
        change(line);
        let Some(ready) = line.ready_at() else { return };
        let lane = line.lane();
        line.filed = Some((lane, ready));
        self.filed(lane).insert((ready, endpoint.to_owned()));
    }

    fn unfile(&mut self, endpoint: &str) {
        let filed = self.lines.get_mut(endpoint).and_then(|line| line.filed.take());
        if let Some((lane, at)) = filed {
            self.filed(lane).remove(&(at, endpoint.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests;
