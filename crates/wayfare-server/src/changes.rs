//! What saved segments mean, told to whoever listens as it changes.
//!
//! However many listen, one task in the background evaluates the segments, all over one snapshot; it runs only while
//! somebody listens.

use crate::evaluation::{Evaluations, Question, When, now};
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::changes::{SegmentCount, SegmentCounts};
use futures::Stream;
use futures::stream::unfold;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as Clock};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wayfare_segment::definition::Definition;
use wayfare_store::{SegmentRow, Store};

/// How often is looked whether something changed. The store rings nobody when its position moves; reading it costs a
/// lock for an instant, and one task does it for all who listen.
const LOOK: Duration = Duration::from_millis(250);
/// Counts are told no more often than that.
const SHORTEST: Duration = Duration::from_secs(1);
/// Counts are told at least that often: time ranges move, whatever is accepted.
const LONGEST: Duration = Duration::from_secs(60);

/// Who listens, and what was told last.
#[derive(Default)]
pub(crate) struct Changes {
    /// The newest counts as JSON; none before the first.
    counts: watch::Sender<Option<Arc<str>>>,
    /// How often segments were added, changed or taken away.
    segments: watch::Sender<u64>,
    /// Whether the task runs. Held while it starts and while it decides to end.
    running: Mutex<bool>,
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// The counts, as JSON.
    Counts(Arc<str>),
    /// A segment was added, changed or taken away.
    Segments,
}

impl Change {
    /// The event's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Counts(_) => "counts",
            Self::Segments => "segments",
        }
    }

    /// The event's data.
    pub fn data(&self) -> &str {
        match self {
            Self::Counts(json) => json,
            Self::Segments => "{}",
        }
    }
}

impl Changes {
    /// A saved segment was added, changed or taken away.
    pub fn segments_changed(&self) {
        self.segments.send_modify(|times| *times += 1);
    }

    /// All changes from now on, the counts as they are first. Ends when the service closes.
    pub fn subscribe(&self, state: &AppState) -> impl Stream<Item = Change> + Send + use<> {
        let (counts, segments) = (self.counts.subscribe(), self.segments.subscribe());
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if !*running {
            *running = true;
            // What was told to those before is old.
            self.counts.send_replace(None);
            tokio::spawn(run(state.clone()));
        }
        drop(running);
        unfold((counts, segments, state.closing.clone(), true), next)
    }

    /// Whether nobody listens; if so, the task counts as ended.
    fn nobody_listens(&self) -> bool {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running = self.counts.receiver_count() > 0;
        !*running
    }
}

type Listening = (watch::Receiver<Option<Arc<str>>>, watch::Receiver<u64>, CancellationToken, bool);

/// Waits for the next change. Of several that happened meanwhile the newest is told.
async fn next((mut counts, mut segments, closing, mut first): Listening) -> Option<(Change, Listening)> {
    loop {
        if std::mem::take(&mut first) {
            counts.mark_changed();
        }
        let change = tokio::select! {
            () = closing.cancelled() => return None,
            changed = segments.changed() => changed.is_ok().then_some(Change::Segments)?,
            changed = counts.changed() => {
                changed.ok()?;
                let Some(json) = counts.borrow_and_update().clone() else { continue };
                Change::Counts(json)
            }
        };
        return Some((change, (counts, segments, closing, false)));
    }
}

/// Counts as long as somebody listens.
async fn run(state: AppState) {
    let changes = &state.changes;
    let mut versions = changes.segments.subscribe();
    let mut told: Option<(u64, Clock)> = None;
    loop {
        if state.closing.is_cancelled() || changes.nobody_listens() {
            return;
        }
        let due = told.is_none_or(|(position, at)| {
            let since = at.elapsed();
            let moved = position != state.store.position() || versions.has_changed().unwrap_or(false);
            since >= LONGEST || since >= SHORTEST && moved
        });
        if due {
            versions.mark_unchanged();
            let counted = tokio::select! {
                () = state.closing.cancelled() => return,
                // Whoever comes meanwhile finds the task running, or starts another.
                () = changes.counts.closed() => {
                    told = None;
                    continue;
                }
                counted = counts(&state.store, &state.evaluations) => counted,
            };
            // One that failed is tried again no sooner than one that did not.
            let position = counted.as_ref().map_or_else(|_| state.store.position(), |counts| counts.position);
            // From its end on: however long counting takes, it never goes on without a pause.
            told = Some((position, Clock::now()));
            match counted.map(|counts| serde_json::to_string(&counts)) {
                Ok(Ok(json)) => drop(changes.counts.send_replace(Some(json.into()))),
                Ok(Err(error)) => tracing::warn!(%error, "the counts of saved segments were not told"),
                Err(problem) => {
                    tracing::warn!(detail = problem.detail(), "the counts of saved segments were not told");
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What all saved segments mean, over one snapshot and at one instant.
async fn counts(store: &Store, evaluations: &Evaluations) -> Result<SegmentCounts, Problem> {
    let snapshot = store.snapshot().await?;
    let as_of = now();
    let when = When { as_of: Some(as_of), zone: jiff::tz::TimeZone::UTC };
    let mut counts = Vec::new();
    for SegmentRow { id, version, definition, deleted, .. } in store.segments().await? {
        if deleted {
            continue;
        }
        // Each by itself: one that cannot be evaluated any more spoils nothing else.
        let counted = match Definition::parse(&definition).map_err(Problem::definition) {
            Ok(definition) => {
                evaluations.ask_of(snapshot.clone(), Question::new(definition, when.clone())).await
            }
            Err(problem) => Err(problem),
        };
        counts.push(match counted {
            Ok(counted) => SegmentCount {
                id,
                version,
                count: Some(counted.count()),
                population: Some(counted.population()),
                error: None,
            },
            Err(problem) => SegmentCount {
                id,
                version,
                count: None,
                population: None,
                error: Some(problem.detail().to_owned()),
            },
        });
    }
    Ok(SegmentCounts { position: snapshot.position(), as_of: as_of.to_string(), counts })
}
