//! Before anything is written: who is meant, and how many rows there will be.

use crate::error::ExportError;
use crate::journeys::{self, Gathered};
use crate::manifest::Filter;
use crate::part_file::{MOST_PARTS, hex};
use crate::plan::{Plan, PlannedRows, plan};
use crate::progress::Control;
use crate::ranked_ids::RankedIds;
use crate::request::{ExportRequest, Kind};
use crate::selection::select_events;
use crate::source::Lake;
use futures::StreamExt;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wayfare_model::time::Instant;
use wayfare_segment::columns::Columns;
use wayfare_segment::definition::Definition;
use wayfare_segment::evaluate::{EvaluateError, evaluate_unless};
use wayfare_segment::moment::Moment;
use wayfare_segment::words;

/// An export that is ready to be written.
pub struct Prepared {
    /// What is read and written.
    pub plan: Plan,
    /// Who is meant; everyone where it is missing.
    pub(crate) members: Option<Arc<RankedIds>>,
    /// The journey events that passes or messages are made of.
    pub(crate) gathered: Option<Arc<Gathered>>,
    /// The rows that will be written.
    pub rows: u64,
    /// Who was meant, for the manifest.
    pub filter: Option<Filter>,
    /// As of when; only where there is a filter, or rows have states.
    pub as_of: Option<Instant>,
    /// One past the last commit position that is seen.
    pub position: u64,
}

impl Prepared {
    /// The same where the same rows are selected and written as the same cells. Over one snapshot that moves with
    /// the dictionary, whose types decide how filters and definitions compare.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(format!("{:?}\n{:?}\n{}\n", self.plan.columns, self.plan.rows, self.rows));
        if let Some(members) = &self.members {
            members.digest_into(&mut digest);
        }
        hex(&digest.finalize())
    }
}

/// The fewest bytes of a part where there are more rows than parts may be.
const LEAST_BYTES: u64 = 4_096;

/// The filter of a request, in words and counted; `None` where everyone is meant.
pub fn filter(request: &ExportRequest) -> Result<Option<Filter>, ExportError> {
    let Some(raw) = &request.definition else { return Ok(None) };
    let definition = Definition::parse(raw.get())?;
    Ok(Some(Filter {
        words: words::describe(&definition),
        conditions: definition.filters(),
        definition: raw.clone(),
    }))
}

/// The time zone of a request.
pub fn zone(request: &ExportRequest) -> Result<TimeZone, ExportError> {
    match request.timezone.as_deref() {
        None | Some("UTC") => Ok(TimeZone::UTC),
        Some(name) => TimeZone::get(name)
            .map_err(|_| ExportError::refused("timezone", format!("no time zone is called `{name}`"))),
    }
}

/// Evaluates who is meant and counts the rows. What is temporary lies in the directory `scratch`, without a name.
pub async fn prepare<L: Lake>(
    lake: &L,
    request: &ExportRequest,
    as_of: Instant,
    scratch: &Path,
    control: &Control,
) -> Result<Prepared, ExportError> {
    let mut plan = plan(request, lake.dictionary())?;
    let filter = filter(request)?;
    let moment = Moment { as_of, zone: zone(request)? };
    let members = match (&filter, request.kind) {
        (Some(filter), _) => {
            Some(members(lake, &Definition::parse(filter.definition.get())?, moment, control).await?)
        }
        (None, Kind::Profiles | Kind::Passes | Kind::Messages) => {
            Some(members(lake, &Definition::everyone(), moment, control).await?)
        }
        (None, Kind::Events) => None,
    };
    let members = members.map(Arc::new);
    let mut gathered = None;
    let rows = match &plan.rows {
        PlannedRows::Profiles { .. } => members.as_ref().map_or(0, |members| members.len() as u64),
        PlannedRows::Events { .. } => {
            let counted =
                control.unless_stopped(count_events(lake, &plan, members.as_deref(), control)).await?;
            if counted.dry_runs > 0 {
                let told = match counted.dry_runs {
                    1 => "1 dry-run event was left out".to_owned(),
                    more => format!("{more} dry-run events were left out"),
                };
                plan.warnings.push(told);
            }
            counted.rows
        }
        PlannedRows::Journeys { wanted, .. } => {
            let members = members.clone().unwrap_or_default();
            let mut found = journeys::gather(lake, wanted, members, as_of, scratch, control).await?;
            plan.warnings.append(&mut found.warnings);
            gathered.insert(Arc::new(found)).rows
        }
    };
    check_parts(request, rows)?;
    control.expect_rows(rows);
    let as_of = (filter.is_some() || request.kind == Kind::Passes).then_some(as_of);
    Ok(Prepared { plan, members, gathered, rows, filter, as_of, position: lake.position() })
}

/// Refuses parts so small that there would be too many of them.
fn check_parts(request: &ExportRequest, rows: u64) -> Result<(), ExportError> {
    let most = MOST_PARTS as u64;
    if let Some(asked) = request.max_rows
        && rows.div_ceil(asked.get()) > most
    {
        let least = rows.div_ceil(most);
        let message =
            format!("{asked} would cut {rows} rows into more than {most} files; write at least {least}");
        return Err(ExportError::refused("max_rows", message));
    }
    if let Some(asked) = request.max_bytes
        && rows > most
        && asked.get() < LEAST_BYTES
    {
        let message = format!("{asked} is too small for files of {rows} rows; write at least {LEAST_BYTES}");
        return Err(ExportError::refused("max_bytes", message));
    }
    Ok(())
}

async fn members<L: Lake>(
    lake: &L,
    definition: &Definition,
    moment: Moment,
    control: &Control,
) -> Result<RankedIds, ExportError> {
    let library = lake.library(definition).await?;
    let checked = definition.check(lake.dictionary(), &library)?;
    let columns = control.unless_stopped(lake.columns(checked.needs())).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let work = {
        let stop = stop.clone();
        tokio::task::spawn_blocking(move || {
            let bitmap = evaluate_unless(&checked, &columns, &moment, &stop)?;
            let mut members = RankedIds::default();
            let ascending = bitmap.iter().all(|ordinal| members.push(columns.profile_id(ordinal)));
            Ok::<_, EvaluateError>(ascending.then_some(members))
        })
    };
    let stopped = async {
        control.cancel_token().cancelled().await;
        stop.store(true, Ordering::Relaxed);
        std::future::pending::<()>().await;
    };
    let evaluated = tokio::select! {
        evaluated = work => evaluated,
        () = stopped => return Err(ExportError::Cancelled),
    };
    match evaluated.map_err(|error| ExportError::Worker(error.to_string()))? {
        Ok(Some(members)) => Ok(members),
        Ok(None) => Err(ExportError::Worker("profile ids do not ascend with their ordinals".into())),
        Err(EvaluateError::Cancelled) => Err(ExportError::Cancelled),
        Err(error) => Err(ExportError::Worker(error.to_string())),
    }
}

#[derive(Default)]
struct Counted {
    rows: u64,
    dry_runs: u64,
}

async fn count_events<L: Lake>(
    lake: &L,
    plan: &Plan,
    members: Option<&RankedIds>,
    control: &Control,
) -> Result<Counted, ExportError> {
    let PlannedRows::Events { events, range, .. } = &plan.rows else { return Ok(Counted::default()) };
    let mut counted = Counted::default();
    if range.is_some_and(|(start, end)| start >= end) {
        return Ok(counted);
    }
    for event in events {
        let mut batches = lake.events(&event.event, &event.parameters[..event.deciding], *range).await?;
        while let Some(batch) = batches.next().await {
            let selected = select_events(batch?, event, members)?;
            counted.rows += selected.batch.num_rows() as u64;
            counted.dry_runs += selected.dry_runs;
            control.check()?;
        }
    }
    Ok(counted)
}
