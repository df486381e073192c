//! Before anything is written: who is meant, and how many rows there will be.

use crate::computed::{self, ComputedTable};
use crate::count::{self, count_events, count_profiles};
use crate::error::ExportError;
use crate::journeys::{self, Gathered};
use crate::manifest::Filter;
use crate::part_file::{MOST_PARTS, hex};
use crate::plan::{Plan, PlannedEvent, PlannedRows, plan};
use crate::policy::cells::CellTreatment;
use crate::positions::{self, Window};
use crate::progress::Control;
use crate::ranked_ids::RankedIds;
use crate::request::{ExportRequest, Kind};
use crate::selection::EVENT_PROFILE;
use crate::source::{Lake, Range};
use crate::warnings;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wayfare_model::time::Instant;
use wayfare_segment::bits::Bits;
use wayfare_segment::columns::Columns;
use wayfare_segment::definition::Definition;
use wayfare_segment::evaluate::{EvaluateError, evaluate_unless};
use wayfare_segment::library::Library;
use wayfare_segment::moment::Moment;
use wayfare_segment::words;
use wayfare_store::EventsAsked;

/// An export that is ready to be written.
#[derive(Clone)]
pub struct Prepared {
    /// What is read and written.
    pub plan: Plan,
    /// Who is meant; everyone where it is missing.
    pub(crate) members: Option<Arc<RankedIds>>,
    /// Everybody of whom there may be rows.
    pub(crate) known: Arc<RankedIds>,
    /// The values of computed columns, where there are any.
    pub(crate) computed: Option<Arc<ComputedTable>>,
    /// The journey events that passes or messages are made of.
    pub(crate) gathered: Option<Arc<Gathered>>,
    /// The rows that will be written.
    pub rows: u64,
    /// How they were counted.
    pub(crate) counted: CountedRows,
    /// Who was meant, for the manifest.
    pub filter: Option<Filter>,
    /// As of when; only where there is a filter or a computed column, or rows have states.
    pub as_of: Option<Instant>,
    /// One past the last commit position that is seen.
    pub position: u64,
    /// The window of an incremental export.
    pub positions: Option<Window>,
    /// By kind of row and column: what is done to cells for the sake of a policy.
    pub(crate) treatments: Vec<Vec<Option<CellTreatment>>>,
}

/// How rows were counted.
#[derive(Clone)]
pub enum CountedRows {
    /// By layout and stretch.
    Placed(Vec<Vec<u64>>),
    /// All together: they come as one stream.
    Stream,
}

impl Prepared {
    /// The commit positions that are in, half-open.
    pub fn window(&self) -> Window {
        self.positions.unwrap_or((0, self.position))
    }

    /// Whether anything is done to cells.
    pub(crate) fn treats_cells(&self) -> bool {
        self.treatments.iter().flatten().any(Option::is_some)
    }

    /// The same where the same rows are selected and written as the same cells. Over one snapshot that moves with
    /// the dictionary, whose types decide how filters and definitions compare.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        let Self { plan, rows, positions, .. } = self;
        digest.update(format!("{:?}\n{:?}\n{rows}\n{positions:?}\n", plan.columns, plan.rows));
        if !plan.treatments.layouts.is_empty() {
            digest.update(format!("{:?}\n", plan.treatments.layouts));
        }
        if let Some(members) = &self.members {
            members.digest_into(&mut digest);
        }
        if let Some(computed) = &self.computed {
            computed.digest_into(&mut digest);
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
    let positions = positions::window(request, lake.position())?;
    let filter = filter(request)?;
    let moment = Moment { as_of, zone: zone(request)? };
    let meant = match &filter {
        None => None,
        Some(filter) => {
            let definition = Definition::parse(filter.definition.get())?;
            let library = lake.library(&definition).await?;
            if let Some(applied) = &request.policy {
                applied.policy.check_definition(&definition, &library)?;
            }
            Some((definition, library))
        }
    };
    let mut told = warnings::known_before(request, lake.dictionary(), meant.as_ref(), &moment);
    told.extend(control.unless_stopped(warnings::empty_in_lake(lake, &plan, control)).await?);
    plan.warnings.splice(0..0, told.iter().map(ToString::to_string));
    let columns = computed::read(request)?;
    let columns = (columns.as_slice(), request.policy.as_ref());
    // What is new of profiles is told by their states.
    let is_new = positions.is_some() && request.kind == Kind::Profiles;
    let selects = !is_new && (filter.is_some() || request.kind != Kind::Events);
    let meant = meant.unwrap_or_else(|| (Definition::everyone(), Library::default()));
    let evaluated = match is_new && columns.0.is_empty() {
        // Who has new states is found among the states; nobody else is looked at.
        true => None,
        false => {
            let members = members(lake, meant, moment.clone(), control).await;
            let policy = request.policy.as_ref().map(|applied| &applied.policy);
            Some(members.map_err(|error| error.within_policy(policy))?)
        }
    };
    let known = match &evaluated {
        Some((all, _)) if !is_new => all.clone(),
        _ => Arc::new(changed(lake, positions, control).await?),
    };
    let members = (selects || is_new).then(|| known.clone());
    let computed = match evaluated {
        Some(meant) if !columns.0.is_empty() => {
            Some(Arc::new(computed::compute(lake, columns, meant, &moment, control).await?))
        }
        _ => None,
    };
    let mut gathered = None;
    let (rows, counted) = match &plan.rows {
        PlannedRows::Profiles { .. } => {
            let members = members.clone().unwrap_or_default();
            let rows = members.len() as u64;
            let stretches = control.unless_stopped(lake.profile_stretches(&[], positions)).await?;
            let watched = control.clone();
            let counted = apart(move || count_profiles(&stretches, &members, &watched)).await?;
            (rows, counted.map_or(CountedRows::Stream, |counted| CountedRows::Placed(vec![counted])))
        }
        PlannedRows::Events { events, range, .. } => {
            let (counted, dry_runs) =
                count(lake, events, (*range, positions), members.as_ref(), control).await?;
            let of = events.iter().map(|event| event.event.as_str());
            plan.warnings.extend(left_out(request, dry_runs, of));
            (counted.iter().flatten().sum(), CountedRows::Placed(counted))
        }
        PlannedRows::Journeys { wanted, .. } => {
            let members = members.clone().unwrap_or_default();
            let wanted = journeys::Wanted { positions, ..wanted.clone() };
            let members = match positions {
                Some(window) if wanted.begins_later() => {
                    Arc::new(with_journey_events(lake, window, &members, control).await?)
                }
                _ => members,
            };
            let mut found = journeys::gather(lake, &wanted, members, as_of, scratch, control).await?;
            plan.warnings.extend(left_out(request, found.dry_runs, journeys::EVENTS));
            plan.warnings.append(&mut found.warnings);
            (gathered.insert(Arc::new(found)).rows, CountedRows::Stream)
        }
    };
    let has_states = request.kind == Kind::Passes;
    let as_of = (filter.is_some() || computed.is_some() || has_states).then_some(as_of);
    let position = lake.position();
    let prepared = Prepared {
        plan,
        members,
        known,
        computed,
        gathered,
        rows,
        counted,
        filter,
        as_of,
        position,
        positions,
        treatments: Vec::new(),
    };
    // Before anything tells how many rows there are.
    let prepared = match &request.policy {
        None => prepared,
        Some(applied) => applied.hold(lake, prepared, scratch, control).await?,
    };
    check_parts(request, rows)?;
    control.expect_rows(rows);
    Ok(prepared)
}

/// How many dry runs of these events were left out, where there were some and it may be told.
fn left_out<'a>(
    request: &ExportRequest,
    dry_runs: u64,
    events: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let policy = request.policy.as_ref().map(|applied| &applied.policy);
    let is_told = policy.is_none_or(|policy| events.into_iter().all(|event| policy.tells_dry_runs(event)));
    match dry_runs {
        0 => None,
        _ if !is_told => None,
        1 => Some("1 dry-run event was left out".into()),
        more => Some(format!("{more} dry-run events were left out")),
    }
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

/// Who a definition means: by id, and by ordinal.
async fn members<L: Lake>(
    lake: &L,
    (definition, library): (Definition, Library),
    moment: Moment,
    control: &Control,
) -> Result<(Arc<RankedIds>, Arc<Bits>), ExportError> {
    let checked = definition.check(lake.dictionary(), &library)?;
    let columns = control.unless_stopped(lake.columns(checked.needs())).await?;
    let evaluated = evaluating(control, move |stop| {
        let bitmap = evaluate_unless(&checked, &columns, &moment, stop)?;
        let mut members = RankedIds::default();
        let ascending = bitmap.iter().all(|ordinal| members.push(columns.profile_id(ordinal)));
        Ok(ascending.then(|| (Arc::new(members), Arc::new(bitmap))))
    });
    let not_ascending = || ExportError::Worker("profile ids do not ascend with their ordinals".into());
    evaluated.await?.ok_or_else(not_ascending)
}

/// The profiles that have a state within a window.
async fn changed<L: Lake>(
    lake: &L,
    positions: Option<Window>,
    control: &Control,
) -> Result<RankedIds, ExportError> {
    let stretches = control.unless_stopped(lake.profile_stretches(&[], positions)).await?;
    let watched = control.clone();
    apart(move || count::profiles_of(&stretches, 0, &watched)).await
}

/// Those of some people to whom something happened in a journey within a window: of nobody else can there be rows.
async fn with_journey_events<L: Lake>(
    lake: &L,
    window: Window,
    people: &RankedIds,
    control: &Control,
) -> Result<RankedIds, ExportError> {
    let mut stretches = Vec::new();
    for event in journeys::EVENTS {
        let window = wayfare_store::Window { times: None, positions: Some(window) };
        let asked = EventsAsked { event, parameters: &[], source_user_id: false, window };
        stretches.append(&mut control.unless_stopped(lake.event_stretches(asked)).await?);
    }
    let watched = control.clone();
    let found = apart(move || count::profiles_of(&stretches, EVENT_PROFILE, &watched)).await?;
    let mut meant = RankedIds::default();
    found.iter().filter(|id| people.rank(*id).is_some()).for_each(|id| {
        meant.push(id);
    });
    Ok(meant)
}

/// Evaluates on a thread that may take its time, and is told when to stop.
pub(crate) async fn evaluating<T: Send + 'static>(
    control: &Control,
    work: impl FnOnce(&AtomicBool) -> Result<T, EvaluateError> + Send + 'static,
) -> Result<T, ExportError> {
    let stop = Arc::new(AtomicBool::new(false));
    let work = {
        let stop = stop.clone();
        tokio::task::spawn_blocking(move || work(&stop))
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
        Ok(value) => Ok(value),
        Err(EvaluateError::Cancelled) => Err(ExportError::Cancelled),
        Err(error) => Err(ExportError::Worker(error.to_string())),
    }
}

/// Counts the rows of each event by stretch, and dry runs that are left out.
async fn count<L: Lake>(
    lake: &L,
    events: &[PlannedEvent],
    (range, positions): (Option<Range>, Option<Window>),
    members: Option<&Arc<RankedIds>>,
    control: &Control,
) -> Result<(Vec<Vec<u64>>, u64), ExportError> {
    let mut counted = Vec::with_capacity(events.len());
    let mut dry_runs = 0;
    if range.is_some_and(|(start, end)| start >= end) {
        return Ok((counted, dry_runs));
    }
    for event in events {
        let deciding = &event.parameters[..event.deciding];
        let stretches =
            control.unless_stopped(lake.event_stretches(event.asked(deciding, range, positions))).await?;
        let (event, members, watched) = (event.clone(), members.cloned(), control.clone());
        let found = apart(move || count_events(&stretches, &event, members.as_deref(), &watched)).await?;
        dry_runs += found.dry_runs;
        counted.push(found.rows);
    }
    Ok((counted, dry_runs))
}

/// Does work that blocks where it holds up nobody.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ExportError> + Send + 'static,
) -> Result<T, ExportError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| ExportError::Worker(error.to_string()))?
}
