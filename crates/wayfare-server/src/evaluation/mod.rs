//! One evaluation of a definition: one snapshot, one instant, off the threads that answer, cancelled with its request.

use crate::problem::{Code, Problem};
use roaring::RoaringBitmap;
use serde_json::value::RawValue;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant as Clock};
use wayfare_model::id::ProfileId;
use wayfare_model::time::Instant;
use wayfare_segment::columns::Columns;
use wayfare_segment::definition::Definition;
use wayfare_segment::evaluate::{EvaluateError, evaluate_unless};
use wayfare_segment::moment::Moment;
use wayfare_segment::words;
use wayfare_store::{LoadedColumns, Snapshot, Store};

/// Now, as instants are kept.
pub fn now() -> Instant {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX).min(*Instant::RANGE.end());
    // Within the range by construction: the clock is at or after the epoch here.
    Instant::from_micros(micros).expect("an instant of the calendar")
}

/// The time and time zone that a request asks for; now and UTC where it does not say.
pub fn moment(as_of: Option<&str>, timezone: Option<&str>) -> Result<Moment, Problem> {
    let as_of = match as_of {
        Some(text) => {
            Instant::parse(text).map_err(|why| Problem::invalid("as_of", format!("{text:?} {why}")))?
        }
        None => now(),
    };
    let zone = match timezone {
        Some(name) => zone(name)?,
        None => jiff::tz::TimeZone::UTC,
    };
    Ok(Moment { as_of, zone })
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

/// Whom a definition means, and the data in which they were found.
pub struct Evaluation {
    /// The snapshot that was read.
    pub snapshot: Snapshot,
    /// The columns that were read.
    pub columns: Arc<LoadedColumns>,
    /// Ordinals of the profiles meant.
    pub members: RoaringBitmap,
    /// How many conditions the definition has.
    pub filters: usize,
    /// The definition in words.
    pub words: String,
    /// How long it took, without waiting for the snapshot.
    pub took: Duration,
}

/// Reads a definition.
pub fn definition(json: &RawValue) -> Result<Definition, Problem> {
    Definition::parse(json.get()).map_err(Problem::definition)
}

/// Evaluates a definition over a new snapshot; `extra` attributes are loaded beside what it needs.
///
/// Dropping the future cancels the work on its thread too.
pub async fn run(
    store: &Store,
    definition: &Definition,
    moment: Moment,
    extra: &[&str],
) -> Result<Evaluation, Problem> {
    let snapshot = store.snapshot().await?;
    let library = snapshot.library(definition).await?;
    let checked = definition.check(snapshot.dictionary(), &library).map_err(Problem::definition)?;
    let start = Clock::now();
    let mut needs = checked.needs().clone();
    needs.attributes.extend(extra.iter().map(|name| (*name).to_owned()));
    let columns = Arc::new(snapshot.columns(&needs).await?);
    let filters = checked.filters();
    let mut cancel = CancelOnDrop { flag: Arc::new(AtomicBool::new(false)), done: false };
    let (seen, flag) = (Arc::clone(&columns), Arc::clone(&cancel.flag));
    let evaluated =
        tokio::task::spawn_blocking(move || evaluate_unless(&checked, &*seen, &moment, &flag)).await;
    cancel.done = true;
    let members = evaluated?.map_err(|error| match error {
        EvaluateError::Cancelled => Problem::new(Code::Cancelled, "The evaluation was given up."),
        other => Problem::internal(&other),
    })?;
    let took = start.elapsed();
    metrics::histogram!(crate::metrics::EVALUATION_SECONDS).record(took.as_secs_f64());
    Ok(Evaluation { snapshot, columns, members, filters, words: words::describe(definition), took })
}

/// Raises its flag when it is dropped before the work is done.
struct CancelOnDrop {
    flag: Arc<AtomicBool>,
    done: bool,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if !self.done {
            self.flag.store(true, Ordering::Relaxed);
            metrics::counter!(crate::metrics::EVALUATIONS_CANCELLED).increment(1);
        }
    }
}

impl Evaluation {
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
        self.members.range(from..).take(limit).map(|ordinal| self.columns.profile_id(ordinal)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let moment = |as_of, timezone| moment(as_of, timezone);
        assert!(moment(Some("2026-09-02T07:00:00Z"), Some("UTC")).is_ok());
        for (as_of, timezone, path) in [
            (Some("2026-09-02T07:00:00"), None, "as_of"),
            (Some("10000-09-02T07:00:00Z"), None, "as_of"),
            (None, Some("Europe/Istambul"), "timezone"),
            (None, Some(""), "timezone"),
            (None, Some("../etc/passwd"), "timezone"),
        ] {
            let problem = moment(as_of, timezone).expect_err("refused");
            assert_eq!(problem.path(), Some(path));
        }
    }
}
