//! A watch: tells when a segment comes to mean more people than a threshold, or fewer.
//!
//! It tells of a crossing once: before it tells again, the count must have been on the other side.

use super::message::{Event, EventType};
use serde::{Deserialize, Serialize};
use serde_json::json;
use wayfare_model::time::Instant;

/// The shortest time between two looks, in minutes.
pub const SHORTEST_MINUTES: u32 = 5;
/// The longest: a week.
pub const LONGEST_MINUTES: u32 = 7 * 24 * 60;

/// On which side of its threshold a count is news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// More than the threshold.
    Above,
    /// Fewer than the threshold.
    Below,
}

impl Side {
    /// The name used in messages and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }

    /// Whether a count is on this side.
    pub fn holds(self, count: u64, threshold: u64) -> bool {
        match self {
            Self::Above => count > threshold,
            Self::Below => count < threshold,
        }
    }
}

/// What is watched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchForm {
    /// The saved segment.
    pub segment: String,
    /// On which side of the threshold a count is news.
    pub side: Side,
    /// How many people.
    pub threshold: u64,
    /// How often is looked, in minutes.
    pub every_minutes: u32,
}

/// A watch and what it saw last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// `wat_…`
    pub id: String,
    /// What is watched for.
    pub form: WatchForm,
    /// When it was made.
    pub created_at: Instant,
    /// Who made it.
    pub created_by: String,
    /// Whether the newest count was on the side that is news; nothing before the first look.
    #[serde(default)]
    pub is_across: Option<bool>,
    /// How often it crossed over.
    #[serde(default)]
    pub crossings: u64,
    /// The newest count.
    #[serde(default)]
    pub last_count: Option<u64>,
    /// When was looked last.
    #[serde(default)]
    pub looked_at: Option<Instant>,
    /// Why the newest look came to nothing.
    #[serde(default)]
    pub last_error: Option<String>,
}

impl Watch {
    /// A new one, which has seen nothing.
    pub fn new(form: WatchForm, created_by: &str, now: Instant) -> Self {
        let id = format!("wat_{}", uuid::Uuid::now_v7().simple());
        let (is_across, last_count, looked_at, last_error) = Default::default();
        let created_by = created_by.to_owned();
        Self {
            id,
            form,
            created_at: now,
            created_by,
            is_across,
            crossings: 0,
            last_count,
            looked_at,
            last_error,
        }
    }

    /// The same watch for something else, which is looked for at once. What it saw counts on where the segment, the side
    /// and the threshold stay.
    pub fn changed(self, form: WatchForm) -> Self {
        let same = (&form.segment, form.side, form.threshold)
            == (&self.form.segment, self.form.side, self.form.threshold);
        let is_across = self.is_across.filter(|_| same);
        Self { form, is_across, looked_at: None, ..self }
    }

    /// When is looked next.
    pub fn due_at(&self) -> Instant {
        let every = i64::from(self.form.every_minutes) * 60_000_000;
        let next = self.looked_at.and_then(|last| Instant::from_micros(last.micros().saturating_add(every)));
        next.unwrap_or(self.created_at)
    }

    /// The watch after a look at `now`, and the event where it saw a crossing. The first look only takes note: what was
    /// across already has not crossed.
    pub fn looked(mut self, count: Result<u64, String>, now: Instant) -> (Self, Option<Event>) {
        self.looked_at = Some(now);
        let count = match count {
            Ok(count) => count,
            Err(why) => {
                self.last_error = Some(why);
                return (self, None);
            }
        };
        let WatchForm { segment, side, threshold, .. } = &self.form;
        let is_across = side.holds(count, *threshold);
        let crossed = is_across && self.is_across == Some(false);
        let event = crossed.then(|| {
            self.crossings += 1;
            let data = json!({
                "watch": self.id,
                "segment": segment,
                "side": side.name(),
                "threshold": threshold,
                "count": count,
                "count_before": self.last_count,
            });
            let key = format!("{}/{}", self.id, self.crossings);
            Event::new(EventType::SegmentThresholdCrossed, key, now, data)
        });
        self.is_across = Some(is_across);
        self.last_count = Some(count);
        self.last_error = None;
        (self, event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn watch(side: Side, threshold: u64) -> Watch {
        let form = WatchForm { segment: "seg_1".into(), side, threshold, every_minutes: 5 };
        Watch::new(form, "test", Instant::from_micros(0).unwrap())
    }

    fn crossings(mut watch: Watch, counts: &[u64]) -> Vec<usize> {
        let mut told = Vec::new();
        for (index, count) in counts.iter().enumerate() {
            let now = Instant::from_micros(index as i64 * 300_000_000).unwrap();
            assert!(watch.due_at() <= now);
            let (after, event) = watch.looked(Ok(*count), now);
            watch = after;
            if event.is_some() {
                told.push(index);
            }
        }
        told
    }

    #[test]
    fn a_crossing_is_told_once() {
        assert_eq!(crossings(watch(Side::Above, 10), &[5, 10, 11, 12, 11, 10, 11]), [2, 6]);
        assert_eq!(
            crossings(watch(Side::Above, 10), &[11, 12, 9, 12]),
            [3],
            "what was across has not crossed"
        );
        assert_eq!(crossings(watch(Side::Below, 10), &[10, 9, 3, 10, 9]), [1, 4]);
    }

    #[test]
    fn a_look_that_fails_changes_nothing_but_the_reason() {
        let now = Instant::from_micros(1).unwrap();
        let (seen, _) = watch(Side::Above, 1).looked(Ok(1), now);
        let (failed, event) = seen.clone().looked(Err("too slow".into()), now);
        assert_eq!((failed.last_error.as_deref(), event.is_none()), (Some("too slow"), true));
        let (_, event) = failed.looked(Ok(2), now);
        assert_eq!(event.map(|event| event.data["count_before"].clone()), Some(json!(1)));
        let same = WatchForm { every_minutes: 9, ..seen.form.clone() };
        assert_eq!(seen.clone().changed(same).is_across, Some(false));
        let other = WatchForm { threshold: 9, ..seen.form.clone() };
        let other = seen.changed(other);
        assert_eq!((other.is_across, other.due_at()), (None, other.created_at));
    }

    proptest! {
        #[test]
        fn it_tells_when_the_side_changes_and_never_else(counts in proptest::collection::vec(0u64..6, 1..40)) {
            let told = crossings(watch(Side::Above, 2), &counts);
            let expected: Vec<usize> =
                (1..counts.len()).filter(|&index| counts[index] > 2 && counts[index - 1] <= 2).collect();
            prop_assert_eq!(told, expected);
        }
    }
}
