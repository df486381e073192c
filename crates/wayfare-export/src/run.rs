//! Running an export: read, select, write, check the count, then the manifest.

use crate::attribute_table::{AttributeTable, TableBuilder};
use crate::cells::Cells;
use crate::error::ExportError;
use crate::manifest::{self, Manifest, Options};
use crate::output::Output;
use crate::part_file::{OnPart, Part, PartFiles};
use crate::plan::{CellSource, PlannedRows};
use crate::prepare::{Prepared, prepare};
use crate::progress::Control;
use crate::ranked_ids::RankedIds;
use crate::request::ExportRequest;
use crate::rows::RowMaker;
use crate::selection::{profile_id, select_events, select_profiles};
use crate::source::Lake;
use crate::writer::{self, TableWriter};
use arrow::record_batch::RecordBatch;
use futures::StreamExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use wayfare_model::time::Instant;
use wayfare_store::Store;

/// Batches between the reader and the writer.
const BATCHES_AHEAD: usize = 2;

/// Runs an export of a store into `output`, which may be missing or empty. What it wrote is removed where it
/// fails.
pub async fn run(
    store: &Store,
    request: &ExportRequest,
    output: &Path,
    control: &Control,
) -> Result<Manifest, ExportError> {
    request.check()?;
    let output = Output::prepare(output)?;
    let result = async {
        let lake = store.lake_snapshot().await?;
        run_over(&lake, request, output.path(), control).await
    }
    .await;
    if result.is_err() {
        output.discard();
    }
    result
}

/// The same over any pinned state of the data; what was written stays where it fails.
pub async fn run_over<L: Lake>(
    lake: &L,
    request: &ExportRequest,
    directory: &Path,
    control: &Control,
) -> Result<Manifest, ExportError> {
    let prepared = prepare(lake, request, as_of(request), directory, control).await?;
    let task =
        Task { id: None, request, directory, finished: Vec::new(), control, on_part: Box::new(|_| Ok(())) };
    write(lake, prepared, task).await
}

/// Where and how a prepared export is written.
pub struct Task<'a> {
    /// The id; derived from the request and the position where it is missing.
    pub id: Option<String>,
    /// What was asked for.
    pub request: &'a ExportRequest,
    /// Where the files go.
    pub directory: &'a Path,
    /// Parts that an earlier run over the same position finished.
    pub finished: Vec<Part>,
    /// What is told and listened to.
    pub control: &'a Control,
    /// Records a finished part; called on a thread that may block.
    pub on_part: OnPart,
}

/// Writes a prepared export and its manifest.
pub async fn write<L: Lake>(lake: &L, prepared: Prepared, task: Task<'_>) -> Result<Manifest, ExportError> {
    let Task { id, request, directory, finished, control, mut on_part } = task;
    let skip: u64 = finished.iter().map(|part| part.rows).sum();
    control.add_bytes(finished.iter().map(|part| part.bytes).sum());
    control.set_rows(skip);
    let already = finished.len();
    let parts = Arc::new(Mutex::new(finished));
    let collected = parts.clone();
    let record = Box::new(move |part: &Part| {
        on_part(part)?;
        if let Ok(mut parts) = collected.lock() {
            parts.push(part.clone());
        }
        Ok(())
    });
    let files = PartFiles::new(directory, writer::extension(request), already, control.clone(), record);
    let table = control.unless_stopped(attribute_table(lake, &prepared, directory)).await?;
    let writer = writer::writer(request, prepared.plan.columns.clone(), files, skip)?;
    let layouts = match &prepared.plan.rows {
        PlannedRows::Profiles { cells, .. } | PlannedRows::Journeys { cells, .. } => vec![cells.clone()],
        PlannedRows::Events { events, .. } => events.iter().map(|event| event.cells.clone()).collect(),
    };

    let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
    let thread = tokio::task::spawn_blocking(move || consume(receiver, layouts, table, writer));
    let read = control.unless_stopped(produce(lake, &prepared, skip, sender)).await;
    let written = thread.await.map_err(|error| ExportError::Worker(error.to_string()))?;
    // A reader that failed left the writer unfinished, so its error comes first; where the writer failed, the
    // reader only saw nobody listening.
    read?;
    let rows = skip + written?;
    if rows != prepared.rows {
        return Err(ExportError::Count { expected: prepared.rows, written: rows });
    }
    let parts = parts.lock().map(|parts| parts.clone()).unwrap_or_default();
    let shown = manifest::shown_request(request)?;
    let manifest = Manifest {
        version: 1,
        id: id.unwrap_or_else(|| manifest::derived_id(&shown, prepared.as_of, prepared.position)),
        kind: request.kind.name().into(),
        request: shown,
        filter: prepared.filter,
        as_of: prepared.as_of,
        position_from: 0,
        position_to: prepared.position,
        schema: prepared.plan.columns.iter().map(Into::into).collect(),
        rows,
        parts,
        options: Options::of(request),
        warnings: prepared.plan.warnings,
    };
    manifest.write(directory)?;
    Ok(manifest)
}

/// What the reader hands to the writer.
enum Message {
    /// Rows that have the cells of one layout.
    Rows(usize, RecordBatch),
    /// All rows were read. A channel that closes without it means that the reader was stopped or failed.
    End,
}

/// Reads and selects; the first `skip` rows are in finished parts already.
async fn produce<L: Lake>(
    lake: &L,
    prepared: &Prepared,
    mut skip: u64,
    sender: mpsc::Sender<Message>,
) -> Result<(), ExportError> {
    let members = prepared.members.as_deref();
    match &prepared.plan.rows {
        PlannedRows::Profiles { attributes, .. } => {
            let mut batches = lake.profiles(attributes).await?;
            while let Some(batch) = batches.next().await {
                let selected = match members {
                    Some(members) => select_profiles(batch?, members)?.batch,
                    None => batch?,
                };
                if !send(&sender, 0, selected, &mut skip).await {
                    return Ok(());
                }
            }
        }
        PlannedRows::Events { events, range, .. } => {
            let is_empty = range.is_some_and(|(start, end)| start >= end);
            for (index, event) in events.iter().enumerate().filter(|_| !is_empty) {
                let mut batches = lake.events(&event.event, &event.parameters, *range).await?;
                while let Some(batch) = batches.next().await {
                    let selected = select_events(batch?, event, members)?.batch;
                    if !send(&sender, index, selected, &mut skip).await {
                        return Ok(());
                    }
                }
            }
        }
        PlannedRows::Journeys { .. } => {
            let Some(gathered) = &prepared.gathered else {
                return Err(ExportError::Worker("journey events were not gathered".into()));
            };
            let mut batches = gathered.batches();
            while let Some(batch) = batches.next().await {
                if !send(&sender, 0, batch?, &mut skip).await {
                    return Ok(());
                }
            }
        }
    }
    // Nobody listens where the writer failed, which its own result tells.
    let _ = sender.send(Message::End).await;
    Ok(())
}

/// Hands rows over; `false` where nobody listens any more.
async fn send(sender: &mpsc::Sender<Message>, layout: usize, batch: RecordBatch, skip: &mut u64) -> bool {
    let rows = batch.num_rows() as u64;
    let skipped = rows.min(*skip);
    *skip -= skipped;
    if skipped == rows {
        return true;
    }
    let rest = batch.slice(skipped as usize, (rows - skipped) as usize);
    sender.send(Message::Rows(layout, rest)).await.is_ok()
}

/// Makes rows and writes them; gives how many.
fn consume(
    mut receiver: mpsc::Receiver<Message>,
    layouts: Vec<Vec<CellSource>>,
    table: Option<AttributeTable>,
    mut writer: Box<dyn TableWriter>,
) -> Result<u64, ExportError> {
    let mut makers: Vec<_> = layouts.into_iter().map(RowMaker::new).collect();
    let mut written = 0;
    while let Some(message) = receiver.blocking_recv() {
        let Message::Rows(layout, batch) = message else {
            writer.finish()?;
            return Ok(written);
        };
        let columns = makers[layout].columns(&batch, table.as_ref())?;
        writer.write(&columns, batch.num_rows())?;
        written += batch.num_rows() as u64;
    }
    // Rows are missing, so the open part must not look finished.
    Err(ExportError::Interrupted)
}

/// The attributes that stand on rows of events, passes or messages.
async fn attribute_table<L: Lake>(
    lake: &L,
    prepared: &Prepared,
    directory: &Path,
) -> Result<Option<AttributeTable>, ExportError> {
    let attributes = match &prepared.plan.rows {
        PlannedRows::Profiles { .. } => return Ok(None),
        PlannedRows::Events { attributes, .. } | PlannedRows::Journeys { attributes, .. } => attributes,
    };
    if attributes.is_empty() {
        return Ok(None);
    }
    let mut builder = TableBuilder::new(directory, attributes.len())?;
    let mut batches = lake.profiles(attributes).await?;
    while let Some(batch) = batches.next().await {
        add_profiles(&mut builder, &batch?, prepared.members.as_deref())?;
    }
    builder.finish().map(Some)
}

fn add_profiles(
    builder: &mut TableBuilder,
    batch: &RecordBatch,
    members: Option<&RankedIds>,
) -> Result<(), ExportError> {
    let cells = batch.columns().iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
    let Some((ids, attributes)) = cells.split_first() else { return Ok(()) };
    for row in 0..batch.num_rows() {
        let id = profile_id(ids.get(row))?;
        if members.is_none_or(|members| members.rank(id).is_some()) {
            builder.push(id, attributes, row)?;
        }
    }
    Ok(())
}

/// As of when a request is evaluated: as it says, else now.
pub fn as_of(request: &ExportRequest) -> Instant {
    request.as_of.unwrap_or_else(crate::clock::now)
}
