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
    /// It was refused for good, and given up at once.
    Bounced,
}

impl DeliveryStatus {
    /// The name used in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Bounced => "bounced",
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

/// Somebody that a letter goes to, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Where the letter goes.
    pub address: String,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// When the relay took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Instant>,
    /// Why the newest attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// The letter, where it became a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_id: Option<String>,
}

impl Recipient {
    fn new(address: String) -> Self {
        let status = DeliveryStatus::Waiting;
        Self { address, status, delivered_at: None, last_error: None, mail_id: None }
    }

    /// Whether a letter is still to be sent.
    pub fn is_waiting(&self) -> bool {
        self.status == DeliveryStatus::Waiting
    }

    /// Takes down how an attempt ended: the letter's id where it became a file; or why not, and whether for good.
    pub fn tried(&mut self, outcome: Result<Option<String>, (String, bool)>, now: Instant) {
        match outcome {
            Ok(mail_id) => {
                (self.status, self.delivered_at) = (DeliveryStatus::Delivered, Some(now));
                (self.last_error, self.mail_id) = (None, mail_id);
            }
            Err((why, is_final)) => {
                if is_final {
                    self.status = DeliveryStatus::Bounced;
                }
                self.last_error = Some(why);
            }
        }
    }
}

/// What became of a delivery so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The destination: `dst_…`, or `email` for the letter that the request asks for.
    pub destination: String,
    /// What it was called when the delivery was asked for.
    pub name: String,
    /// The folder at the destination; the same for every attempt, and empty where it takes no files.
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
    /// When the last file was there, or the last letter taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Instant>,
    /// Why the newest attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Files that arrived, in the order in which they did.
    pub objects: Vec<Delivered>,
    /// Who gets a letter, where letters are what is sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<Recipient>,
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
            recipients: Vec::new(),
        }
    }

    /// The same, due now and as patient as on its first day; files that arrived stay written down. Where every letter
    /// arrived, all are sent once more, else those that did not.
    pub fn due(mut self, now: Instant) -> Self {
        match self.status {
            DeliveryStatus::Delivered => self.recipients.clear(),
            _ => {
                for recipient in self.recipients.iter_mut().filter(|of| of.delivered_at.is_none()) {
                    *recipient = Recipient::new(std::mem::take(&mut recipient.address));
                }
            }
        }
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

    /// The same, with somebody for each address; whose letter is waiting and who is addressed no more is left out.
    pub fn addressed(mut self, addresses: &[String]) -> Self {
        self.recipients.retain(|known| !known.is_waiting() || addresses.contains(&known.address));
        for address in addresses {
            if !self.recipients.iter().any(|known| known.address == *address) {
                self.recipients.push(Recipient::new(address.clone()));
            }
        }
        self
    }

    /// The state after an attempt at its letters: those that wait are tried again, those that bounced never.
    pub fn after_letters(self, now: Instant, first: Duration) -> Self {
        let of = |status: DeliveryStatus| {
            let named = self.recipients.len() > 1;
            let mut with = self.recipients.iter().filter(move |of| of.status == status);
            let newest = with.next().map(|of| match (&of.last_error, named) {
                (Some(why), false) => why.clone(),
                (why, _) => format!("{}: {}", of.address, why.as_deref().unwrap_or("was not tried")),
            });
            match (newest, with.count()) {
                (Some(why), 0) => Some(why),
                (Some(why), more) => Some(format!("{why}; and {more} more")),
                (None, _) => None,
            }
        };
        let (waiting, bounced) = (of(DeliveryStatus::Waiting), of(DeliveryStatus::Bounced));
        match (waiting, bounced) {
            (Some(why), _) => {
                let mut after = self.after(Err(why), now, first);
                after.give_up_letters();
                after
            }
            (None, Some(why)) => Self {
                status: DeliveryStatus::Bounced,
                attempts: self.attempts.saturating_add(1),
                next_attempt_at: None,
                last_error: Some(why),
                ..self
            },
            (None, None) => self.after(Ok(()), now, first),
        }
    }

    /// Nobody waits for a letter of what was given up.
    fn give_up_letters(&mut self) {
        if self.status == DeliveryStatus::Failed {
            for recipient in self.recipients.iter_mut().filter(|of| of.is_waiting()) {
                recipient.status = DeliveryStatus::Failed;
            }
        }
    }

    /// The same, given up for good.
    pub fn given_up(mut self, why: impl Into<String>) -> Self {
        self.status = DeliveryStatus::Failed;
        self.give_up_letters();
        Self { next_attempt_at: None, last_error: Some(why.into()), ..self }
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

    #[test]
    fn each_letter_has_its_own_end() {
        let first = Duration::from_secs(10);
        let to = |addresses: &[&str]| addresses.iter().map(|of| (*of).to_owned()).collect::<Vec<_>>();
        let mut delivery = asked().due(at(0)).addressed(&to(&["a@x.example", "b@x.example", "c@x.example"]));
        delivery.recipients[0].tried(Ok(None), at(1));
        delivery.recipients[1].tried(Err(("550 no such user".into(), true)), at(1));
        delivery.recipients[2].tried(Err(("450 come later".into(), false)), at(1));
        delivery = delivery.after_letters(at(1), first);
        assert_eq!((delivery.status, delivery.next_attempt_at), (DeliveryStatus::Waiting, Some(at(11))));
        assert_eq!(delivery.last_error.as_deref(), Some("c@x.example: 450 come later"));
        // Somebody leaves, somebody joins.
        delivery = delivery.addressed(&to(&["a@x.example", "b@x.example", "d@x.example"]));
        let waiting: Vec<&str> =
            delivery.recipients.iter().filter(|of| of.is_waiting()).map(|of| of.address.as_str()).collect();
        assert_eq!(waiting, ["d@x.example"]);
        delivery.recipients[2].tried(Ok(None), at(12));
        delivery = delivery.after_letters(at(12), first);
        assert_eq!((delivery.status, delivery.attempts), (DeliveryStatus::Bounced, 2));
        assert_eq!(delivery.last_error.as_deref(), Some("b@x.example: 550 no such user"));
        // Sent again, it goes to whom it did not reach.
        delivery = delivery.due(at(20));
        assert_eq!(delivery.recipients.iter().filter(|of| of.is_waiting()).count(), 1);
        delivery.recipients[1].tried(Ok(Some("mail_1".into())), at(21));
        delivery = delivery.after_letters(at(21), first);
        assert_eq!((delivery.status, delivery.delivered_at), (DeliveryStatus::Delivered, Some(at(21))));
        // Sent again after it reached everybody, it goes to everybody.
        assert!(delivery.due(at(30)).recipients.is_empty());
    }

    #[test]
    fn letters_that_never_leave_are_given_up() {
        let (mut delivery, mut now) = (asked().due(at(0)).addressed(&["a@x.example".into()]), at(0));
        while let Some(next) = delivery.next_attempt_at {
            now = next;
            delivery.recipients[0].tried(Err(("nobody takes connections".into(), false)), now);
            delivery = delivery.after_letters(now, Duration::from_secs(10));
        }
        assert_eq!((delivery.status, delivery.recipients[0].status), {
            (DeliveryStatus::Failed, DeliveryStatus::Failed)
        });
        assert_eq!(delivery.last_error.as_deref(), Some("nobody takes connections"));
        assert!(now > at(2 * 86_400), "{now}");
        assert!(delivery.due(now).recipients[0].is_waiting());
    }
}
