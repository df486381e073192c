//! One export on its way to one destination: what happens next is a pure function of what happened before.
//!
//! [`super::sender`] carries it out. Files that arrived are written down one by one, so that the next attempt goes on with
//! those that are not there yet.

use crate::hook::{GIVEN_UP_AFTER, later, wait};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wayfare_model::time::Instant;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It waits for the export, or for its next attempt.
    Waiting,
    /// Every file is there, the manifest last.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryStatus {
    /// The name used in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// A file that lies at a destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Its name there, folders included.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// What became of a delivery so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The destination: `dst_…`
    pub destination: String,
    /// What it was called when the delivery was asked for.
    pub name: String,
    /// The folder at the destination; the same for every attempt.
    pub folder: String,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Attempts that ended.
    pub attempts: u32,
    /// When the first attempt was due; missing while the export is not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
    /// When the next attempt is due, while it waits for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Instant>,
    /// When the last file was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Instant>,
    /// Why the newest attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Files that arrived, in the order in which they did.
    pub objects: Vec<Delivered>,
}

impl Delivery {
    /// A delivery that waits for its export.
    pub fn asked(destination: String, name: String, folder: String) -> Self {
        Self {
            destination,
            name,
            folder,
            status: DeliveryStatus::Waiting,
            attempts: 0,
            since: None,
            next_attempt_at: None,
            delivered_at: None,
            last_error: None,
            objects: Vec::new(),
        }
    }

    /// The same, due now and as patient as on its first day; what arrived stays written down.
    pub fn due(self, now: Instant) -> Self {
        Self {
            status: DeliveryStatus::Waiting,
            attempts: 0,
            since: Some(now),
            next_attempt_at: Some(now),
            delivered_at: None,
            last_error: None,
            ..self
        }
    }

    /// The state after an attempt that ended at `now`: the wait starts at `first` and doubles with each failure.
    pub fn after(mut self, outcome: Result<(), String>, now: Instant, first: Duration) -> Self {
        self.attempts = self.attempts.saturating_add(1);
        self.next_attempt_at = None;
        match outcome {
            Ok(()) => {
                self.status = DeliveryStatus::Delivered;
                self.delivered_at = Some(now);
                self.last_error = None;
            }
            Err(why) => {
                let next = later(now, wait(self.attempts, first));
                let end = later(self.since.unwrap_or(now), GIVEN_UP_AFTER);
                match next.filter(|next| Some(*next) <= end) {
                    Some(next) => self.next_attempt_at = Some(next),
                    None => self.status = DeliveryStatus::Failed,
                }
                self.last_error = Some(why);
            }
        }
        self
    }

    /// The same, given up for good.
    pub fn given_up(self, why: impl Into<String>) -> Self {
        Self { status: DeliveryStatus::Failed, next_attempt_at: None, last_error: Some(why.into()), ..self }
    }

    /// Whether files of the export are still needed for it.
    pub fn is_waiting(&self) -> bool {
        self.status == DeliveryStatus::Waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        later(Instant::parse("2026-09-02T07:00:00Z").unwrap(), Duration::from_secs(seconds)).unwrap()
    }

    fn asked() -> Delivery {
        Delivery::asked("dst_1".into(), "Bucket".into(), "2026-09-02/exp_1".into())
    }

    #[test]
    fn it_is_tried_for_three_days() {
        let first = Duration::from_secs(10);
        let (mut delivery, mut now, mut waits) = (asked().due(at(0)), at(0), Vec::new());
        while let Some(next) = delivery.next_attempt_at {
            waits.push((next.micros() - now.micros()) / 1_000_000);
            now = next;
            delivery = delivery.after(Err("the bucket does not exist".into()), now, first);
        }
        assert_eq!(waits[..6], [0, 10, 20, 40, 80, 160]);
        assert_eq!(delivery.status, DeliveryStatus::Failed);
        assert!(now > at(2 * 86_400) && now <= at(3 * 86_400), "{now}");
        assert_eq!(delivery.last_error.as_deref(), Some("the bucket does not exist"));
    }

    #[test]
    fn what_arrived_outlives_a_failure() {
        let mut delivery = asked();
        assert!(delivery.is_waiting() && delivery.next_attempt_at.is_none());
        delivery = delivery.due(at(0));
        delivery.objects.push(Delivered { name: "x/part-00001.csv".into(), bytes: 1, sha256: "00".into() });
        delivery = delivery.after(Err("cut off".into()), at(1), Duration::from_secs(10));
        assert_eq!((delivery.next_attempt_at, delivery.objects.len()), (Some(at(11)), 1));
        delivery = delivery.given_up("the destination is gone");
        assert_eq!((delivery.status, delivery.next_attempt_at), (DeliveryStatus::Failed, None));
        delivery = delivery.due(at(20)).after(Ok(()), at(21), Duration::from_secs(10));
        assert_eq!(
            (delivery.status, delivery.attempts, delivery.objects.len()),
            (DeliveryStatus::Delivered, 1, 1)
        );
        assert_eq!((delivery.delivered_at, delivery.last_error), (Some(at(21)), None));
    }
}
