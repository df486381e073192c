//! Evaluations: one snapshot, one instant, off the threads that answer.
//!
//! [`Evaluations`] is where requests ask: equal ones share one evaluation, each waits no longer than its limit, and
//! what nobody waits for any more is cancelled.

mod limits;
mod shared;
mod traced;

pub use limits::Limits;
pub use shared::Evaluations;
pub use traced::{Words, conditions, plan};

use crate::problem::{Code, Problem};
use serde_json::value::RawValue;
use std::sync::Arc;
use std::time::Duration;
use wayfare_export::Policy;
use wayfare_model::id::ProfileId;
use wayfare_model::time::Instant;
use wayfare_segment::bits::Bits;
use wayfare_segment::columns::{Columns, Needs};
use wayfare_segment::definition::Definition;
use wayfare_segment::evaluate::TracedNode;
use wayfare_segment::moment::Moment;
use wayfare_store::{LoadedColumns, Snapshot};

/// Now, as instants are kept.
pub fn now() -> Instant {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX).min(*Instant::RANGE.end());
    // Within the range by construction: the clock is at or after the epoch here.
    Instant::from_micros(micros).expect("an instant of the calendar")
}

/// The time and time zone that a request asks for.
#[derive(Debug, Clone)]
pub struct When {
    /// The instant that counts as now; none where the request leaves it to the evaluation.
    pub as_of: Option<Instant>,
    /// What a month and a local day are.
    pub zone: jiff::tz::TimeZone,
}

impl When {
    /// The moment asked for; now where the request does not say.
    pub fn moment(&self) -> Moment {
        Moment { as_of: self.as_of.unwrap_or_else(now), zone: self.zone.clone() }
    }
}

/// Reads the time and the time zone of a request; UTC where it does not say.
pub fn when(as_of: Option<&str>, timezone: Option<&str>) -> Result<When, Problem> {
    let read =
        |text: &str| Instant::parse(text).map_err(|why| Problem::invalid("as_of", format!("{text:?} {why}")));
    Ok(When {
        as_of: as_of.map(read).transpose()?,
        zone: timezone.map_or(Ok(jiff::tz::TimeZone::UTC), zone)?,
    })
}

fn zone(name: &str) -> Result<jiff::tz::TimeZone, Problem> {
    jiff::tz::TimeZone::get(name).map_err(|_| {
        let message =
            format!("{name:?} is no time zone of the IANA database; write one such as `Europe/Istanbul`");
        let known: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
        let nearest = wayfare_model::problem::nearest_name(name, known.iter().map(String::as_str));
        let refusal = wayfare_model::problem::Refusal::new("timezone", message).nearest(nearest);
        Problem::refused(Code::InvalidRequest, refusal)
    })
}

/// What is asked of the data.
#[derive(Debug, Clone)]
pub struct Question {
    /// Who is meant.
    pub definition: Definition,
    /// When and where.
    pub when: When,
    /// What is read beside what the definition needs.
    pub beside: Needs,
    /// Whether each node is evaluated whole and told by itself.
    pub traced: bool,
    /// What may be asked by; everything where it is missing.
    pub policy: Option<Policy>,
}

impl Question {
    /// Whom a definition means, and nothing else.
    pub fn new(definition: Definition, when: When) -> Self {
        Self { definition, when, beside: Needs::default(), traced: false, policy: None }
    }

    /// The same with the values of an attribute or identifier.
    pub fn with_attribute(mut self, name: &str) -> Self {
        self.beside.attributes.insert(name.to_owned());
        self
    }

    /// The same, asked by what a policy shows as it is.
    pub fn within(self, policy: Option<&Policy>) -> Self {
        Self { policy: policy.cloned(), ..self }
    }

    /// The same with each node told by itself.
    pub fn traced(self, traced: bool) -> Self {
        Self { traced, ..self }
    }
}

/// Reads a definition.
pub fn definition(json: &RawValue) -> Result<Definition, Problem> {
    Definition::parse(json.get()).map_err(Problem::definition)
}

/// Whom a definition means, and the data in which they were found.
pub struct Evaluation {
    /// The snapshot that was read.
    pub snapshot: Snapshot,
    /// The columns that were read.
    pub columns: Arc<LoadedColumns>,
    /// When and where it was evaluated.
    pub moment: Moment,
    /// Ordinals of the profiles meant.
    pub members: Bits,
    /// The nodes by themselves, where that was asked.
    pub root: Option<TracedNode>,
    /// How many conditions the definition has.
    pub filters: usize,
    /// The definition in words.
    pub words: String,
    /// How long it took, without waiting for its turn.
    pub took: Duration,
}

impl Evaluation {
    /// The nodes by themselves, of a question that was asked so.
    pub fn traced(&self) -> Result<&TracedNode, Problem> {
        let missing = || Problem::new(Code::Internal, "The evaluation told nothing of its nodes.");
        self.root.as_ref().ok_or_else(missing)
    }

    /// The instant that counted as now.
    pub fn as_of(&self) -> Instant {
        self.moment.as_of
    }

    /// How long it took, in milliseconds.
    pub fn took_ms(&self) -> f64 {
        milliseconds(self.took)
    }

    /// How many profiles are meant.
    pub fn count(&self) -> u64 {
        self.members.len()
    }

    /// How many live profiles there are.
    pub fn population(&self) -> u64 {
        self.columns.live().len()
    }

    /// The first `limit` members whose id comes after `after`; ordinals ascend with ids.
    pub fn members_after(&self, after: Option<ProfileId>, limit: usize) -> Vec<ProfileId> {
        let from = after.map_or(0, |after| self.ordinal_from(after, true));
        self.members.iter_from(from).take(limit).map(|ordinal| self.columns.profile_id(ordinal)).collect()
    }

    /// The lowest ordinal whose id is at least `id`, or greater than it where `past`.
    pub fn ordinal_from(&self, id: ProfileId, past: bool) -> u32 {
        let (mut low, mut high) = (0, self.columns.ordinals());
        while low < high {
            let middle = low + (high - low) / 2;
            let before = match self.columns.profile_id(middle).cmp(&id) {
                std::cmp::Ordering::Less => true,
                std::cmp::Ordering::Equal => past,
                std::cmp::Ordering::Greater => false,
            };
            match before {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }
}

/// A time as answers tell it.
pub fn milliseconds(took: Duration) -> f64 {
    took.as_micros() as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        assert!(when(Some("2026-09-02T07:00:00Z"), Some("UTC")).is_ok());
        for (as_of, timezone, path) in [
            (Some("2026-09-02T07:00:00"), None, "as_of"),
            (Some("10000-09-02T07:00:00Z"), None, "as_of"),
            (None, Some("Europe/Istambul"), "timezone"),
            (None, Some(""), "timezone"),
            (None, Some("../etc/passwd"), "timezone"),
        ] {
            let problem = when(as_of, timezone).expect_err("refused");
            assert_eq!(problem.path(), Some(path));
        }
    }
}
