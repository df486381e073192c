//! Reading the journey events of the people who are meant, once, into buckets of neighbouring profiles.

use super::buckets::BucketsBuilder;
use super::event::{Event, EventKind};
use super::gathered::Gathered;
use super::record;
use super::texts::TextsBuilder;
use super::{Rows, Wanted};
use crate::cells::{Cell, Cells};
use crate::error::ExportError;
use crate::filter::marks_dry_run;
use crate::progress::Control;
use crate::ranked_ids::RankedIds;
use crate::selection::profile_id;
use crate::source::{EVENT_BASE, Lake};
use arrow::record_batch::RecordBatch;
use futures::StreamExt;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;
use wayfare_model::id::ProfileId;
use wayfare_model::journey::{ENTER, EXIT, IS_DRY_RUN, PRODUCT_ACTION};
use wayfare_model::time::Instant;

/// The most buckets; each takes 8 KiB while they are filled.
const BUCKETS: usize = 2_048;
/// What the buckets have that are read back together.
const GROUP_BYTES: u64 = 8 << 20;
/// Batches between the reader and the thread that fills the buckets.
const BATCHES_AHEAD: usize = 2;

/// The events that passes and messages are made of.
pub const EVENTS: [&str; 3] = [ENTER, PRODUCT_ACTION, EXIT];

/// What of the journey events is read, beside what every event has.
fn parameters(kind: EventKind, rows: Rows) -> Vec<&'static str> {
    let mut names = vec![IS_DRY_RUN, "journey_id", "journey_name", "pass_id", "element_code", "element_name"];
    match kind {
        EventKind::Enter => names.extend(["journey_version", "enter_reason"]),
        EventKind::Exit => names.extend(["journey_version", "exit_reason", "entered_at"]),
        EventKind::Action => {
            names.extend(["campaign_id", "channel_code", "action_code", "message_id"]);
            if rows == Rows::Messages {
                names.extend(["campaign_name", "variant_id", "reason"]);
            }
        }
    }
    names
}

/// Gathers the journey events of `members`; what is temporary lies in `scratch`.
pub async fn gather<L: Lake>(
    lake: &L,
    wanted: &Wanted,
    members: Arc<RankedIds>,
    as_of: Instant,
    scratch: &Path,
    control: &Control,
) -> Result<Gathered, ExportError> {
    let mut gathering = Gathering {
        wanted: wanted.clone(),
        buckets: BucketsBuilder::new(scratch, members.len().clamp(1, BUCKETS))?,
        members,
        texts: TextsBuilder::default(),
        record: Vec::new(),
        as_of,
        dry_runs: 0,
        later: 0,
        seen: HashSet::new(),
        last: None,
    };
    let (sender, mut receiver) = mpsc::channel::<(EventKind, RecordBatch)>(BATCHES_AHEAD);
    let thread = tokio::task::spawn_blocking(move || {
        while let Some((kind, batch)) = receiver.blocking_recv() {
            gathering.take(kind, &batch)?;
        }
        Ok::<_, ExportError>(gathering)
    });
    let read = async {
        let kinds = [EventKind::Enter, EventKind::Action, EventKind::Exit];
        for (kind, event) in kinds.into_iter().zip(EVENTS) {
            let names: Vec<String> = parameters(kind, wanted.rows).into_iter().map(str::to_owned).collect();
            let mut batches = lake.events(event, &names, None).await?;
            while let Some(batch) = batches.next().await {
                if sender.send((kind, batch?)).await.is_err() {
                    // The thread failed, and says why itself.
                    return Ok(());
                }
            }
        }
        Ok(())
    };
    let read = control.unless_stopped(read).await;
    drop(sender);
    let filled = thread.await.map_err(|error| ExportError::Worker(error.to_string()))?;
    read?;
    filled?.finish(control).await
}

/// Fills the buckets.
struct Gathering {
    wanted: Wanted,
    members: Arc<RankedIds>,
    buckets: BucketsBuilder,
    texts: TextsBuilder,
    record: Vec<u8>,
    as_of: Instant,
    /// Events that would be in if they were no dry runs.
    dry_runs: u64,
    /// Events at or after the instant of the evaluation, which states do not see.
    later: u64,
    /// Journeys of events that are in.
    seen: HashSet<i64>,
    /// The profile of the last row, and its rank: rows of one profile often stand together.
    last: Option<(ProfileId, Option<usize>)>,
}

impl Gathering {
    fn take(&mut self, kind: EventKind, batch: &RecordBatch) -> Result<(), ExportError> {
        let cells = batch.columns().iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
        let names = parameters(kind, self.wanted.rows);
        let [event_ids, times, profiles, positions, parameters @ ..] = cells.as_slice() else {
            return Err(broken(format!("{} columns", cells.len())));
        };
        if parameters.len() != names.len() {
            return Err(broken(format!("{} columns, asked for {}", cells.len(), EVENT_BASE + names.len())));
        }
        let place = |name: &str| names.iter().position(|known| *known == name).map(|at| &parameters[at]);
        let reason = match kind {
            EventKind::Enter => "enter_reason",
            EventKind::Exit => "exit_reason",
            EventKind::Action => "reason",
        };
        let numbers =
            ["journey_id", "journey_version", "entered_at", "campaign_id", "action_code"].map(place);
        let texts = [
            "journey_name",
            "pass_id",
            "element_code",
            "element_name",
            reason,
            "campaign_name",
            "channel_code",
            "message_id",
            "variant_id",
        ]
        .map(place);
        let dry_runs = place(IS_DRY_RUN);
        for row in 0..batch.num_rows() {
            let [journey_id, journey_version, entered_at, campaign_id, action_code] =
                numbers.map(|cells| cells.and_then(|cells| number(cells.get(row))));
            if !self.is_wanted(journey_id) {
                continue;
            }
            let profile = profile_id(profiles.get(row))?;
            let Some(rank) = self.rank(profile) else { continue };
            let is_dry_run = dry_runs.is_some_and(|cells| marks_dry_run(cells.get(row)));
            if is_dry_run && !self.wanted.dry_runs {
                self.dry_runs += 1;
                continue;
            }
            let (Some(time), Some(position)) = (number(times.get(row)), number(positions.get(row))) else {
                return Err(broken("an event without a time or a position".into()));
            };
            if self.wanted.positions.is_some_and(|(_, to)| position as u64 >= to) {
                continue;
            }
            let [
                journey_name,
                pass_id,
                element_code,
                element_name,
                reason,
                campaign_name,
                channel_code,
                message_id,
                variant_id,
            ] = texts.map(|cells| cells.and_then(|cells| text(cells.get(row))));
            let event = Event {
                kind,
                time,
                position: position as u64,
                event_id: text(event_ids.get(row)).unwrap_or_default(),
                is_dry_run,
                journey_id,
                journey_name,
                journey_version,
                pass_id,
                element_code,
                element_name,
                reason,
                entered_at,
                campaign_id,
                campaign_name,
                channel_code,
                action_code,
                message_id,
                variant_id,
            };
            self.add(profile, rank, &event)?;
        }
        Ok(())
    }

    fn is_wanted(&self, journey: Option<i64>) -> bool {
        let Some(journeys) = &self.wanted.journeys else { return true };
        journey.is_some_and(|journey| journeys.binary_search(&journey).is_ok())
    }

    fn rank(&mut self, profile: ProfileId) -> Option<usize> {
        match self.last {
            Some((last, rank)) if last == profile => rank,
            _ => {
                let rank = self.members.rank(profile);
                self.last = Some((profile, rank));
                rank
            }
        }
    }

    fn add(&mut self, profile: ProfileId, rank: usize, event: &Event<'_>) -> Result<(), ExportError> {
        self.later += u64::from(event.time >= self.wanted.seen_before(self.as_of));
        if self.wanted.journeys.is_some() {
            self.seen.extend(event.journey_id);
        }
        self.record.clear();
        if !record::write(&mut self.record, profile, event, &mut self.texts) {
            return Err(broken(format!("an event of {profile} with texts of more than 4 GiB")));
        }
        let buckets = self.members.len().clamp(1, BUCKETS);
        self.buckets.push(rank * buckets / self.members.len().max(1), &self.record)
    }

    async fn finish(self, control: &Control) -> Result<Gathered, ExportError> {
        let mut warnings = Vec::new();
        // In a window that begins later, nothing of a journey is no news.
        let asked = self.wanted.journeys.iter().flatten().filter(|_| !self.wanted.begins_later());
        let unseen = asked.filter(|journey| !self.seen.contains(journey));
        warnings.extend(unseen.map(|journey| format!("nothing of journey {journey} is among these people")));
        if self.later > 0 && self.wanted.rows == Rows::Passes {
            let (events, are) = if self.later == 1 { ("event", "is") } else { ("events", "are") };
            warnings.push(format!(
                "{} {events} at or after {} {are} in, but states are told as of then",
                self.later, self.as_of
            ));
        }
        let buckets = self.buckets.finish(GROUP_BYTES)?;
        let counted =
            Gathered::counted(buckets, self.texts.finish(), self.wanted, self.as_of, warnings, control);
        let mut gathered = counted.await?;
        gathered.dry_runs = self.dry_runs;
        Ok(gathered)
    }
}

fn number(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Integer(number) | Cell::Micros(number) => Some(number),
        // A declared instant that a lake keeps as its source wrote it.
        Cell::Text(text) => Instant::parse(text).ok().map(Instant::micros),
        _ => None,
    }
}

fn text(cell: Cell<'_>) -> Option<&str> {
    match cell {
        Cell::Text(text) => Some(text),
        _ => None,
    }
}

fn broken(what: String) -> ExportError {
    ExportError::Worker(format!("the store gave {what} for journey events"))
}
