//! Running an export: read, select, write, check the count, then the manifest.

use crate::attribute_table::{AttributeForm, AttributeTable};
use crate::audit;
use crate::clock;
use crate::data_dictionary::DataDictionary;
use crate::error::ExportError;
use crate::manifest::{self, Manifest, Options};
use crate::note;
use crate::output::Output;
use crate::part_file::{OnPart, Part, PartFiles};
use crate::people::{self, People};
use crate::plan::{CellSource, PlannedRows};
use crate::prepare::{Prepared, apart};
use crate::progress::Control;
use crate::ranked_ids::RankedIds;
use crate::read_rows;
use crate::request::ExportRequest;
use crate::signing::SigningKey;
use crate::source::Lake;
use crate::tables::Tables;
use crate::write_rows::{Known, table_form, write_rows};
use crate::writer;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use wayfare_model::time::Instant;
use wayfare_store::Store;

/// Runs an export of a store into `output`, which may be missing or empty. What it wrote is removed where it
/// fails.
pub async fn run(
    store: &Store,
    request: &ExportRequest,
    output: &Path,
    control: &Control,
) -> Result<Manifest, ExportError> {
    run_by(store, request, output, control, None, None).await
}

/// The same by somebody whom the audit tells: what cannot be written down never becomes complete. Its manifest is signed
/// where there is a key.
pub async fn run_recorded(
    store: &Store,
    request: &ExportRequest,
    output: &Path,
    control: &Control,
    signer: Option<&SigningKey>,
    who: &str,
) -> Result<Manifest, ExportError> {
    run_by(store, request, output, control, signer, Some(who)).await
}

async fn run_by(
    store: &Store,
    request: &ExportRequest,
    output: &Path,
    control: &Control,
    signer: Option<&SigningKey>,
    who: Option<&str>,
) -> Result<Manifest, ExportError> {
    request.check()?;
    let output = Output::prepare(output)?;
    let result = async {
        let lake = store.lake_snapshot().await?;
        let tables = Tables::prepare(&lake, request, as_of(request), output.path(), control).await?;
        let id = tables.derived_id(request)?;
        let path = people::path(store.data_dir(), &id);
        // The same export may lie elsewhere already: whoever is in that one stays, should this one be killed.
        let lineage = Some(Lineage { path, goes_on: true });
        let task = Task { id: Some(id), lineage, ..Task::new(request, output.path(), control) };
        let manifest = tables.write_parts(&lake, task).await?;
        if let Some(who) = who {
            let at = std::path::absolute(output.path()).unwrap_or_else(|_| output.path().to_owned());
            audit::written(store, who, clock::now(), &manifest, &at).await?;
        }
        manifest.write(output.path(), signer)?;
        Ok(manifest)
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
    let tables = Tables::prepare(lake, request, as_of(request), directory, control).await?;
    tables.write(lake, Task::new(request, directory, control)).await
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
    /// What signs the manifest.
    pub signer: Option<&'a SigningKey>,
    /// Where it is kept of whom there are rows, where that is.
    pub lineage: Option<Lineage>,
}

/// Where it is kept of whom an export has rows.
#[derive(Debug, Clone)]
pub struct Lineage {
    /// The file.
    pub path: PathBuf,
    /// Whether those count whom it has already.
    pub goes_on: bool,
}

impl<'a> Task<'a> {
    /// An export from the beginning that nobody records.
    pub fn new(request: &'a ExportRequest, directory: &'a Path, control: &'a Control) -> Self {
        let on_part = Box::new(|_: &Part| Ok(()));
        Self {
            id: None,
            request,
            directory,
            finished: Vec::new(),
            control,
            on_part,
            signer: None,
            lineage: None,
        }
    }
}

/// Writes a prepared export of one table and its manifest.
pub async fn write<L: Lake>(
    lake: &L,
    prepared: Arc<Prepared>,
    task: Task<'_>,
) -> Result<Manifest, ExportError> {
    let (directory, signer) = (task.directory, task.signer);
    let manifest = write_parts(lake, prepared, task).await?;
    manifest.write(directory, signer)?;
    Ok(manifest)
}

/// Writes all of it but the manifest, which is given back.
pub(crate) async fn write_parts<L: Lake>(
    lake: &L,
    prepared: Arc<Prepared>,
    task: Task<'_>,
) -> Result<Manifest, ExportError> {
    let (id, request, directory) = (task.id.clone(), task.request, task.directory);
    let parts = write_table(lake, &prepared, None, task).await?;
    let dictionary = DataDictionary::of(request, &prepared.plan.columns).write(directory)?;
    let mut warnings = prepared.plan.warnings.clone();
    warnings.extend(note::warnings(&parts));
    let shown = manifest::shown_request(request)?;
    Ok(Manifest {
        version: 1,
        id: id.unwrap_or_else(|| manifest::derived_id(&shown, prepared.as_of, prepared.position)),
        kind: request.kind.name().into(),
        request: shown,
        filter: prepared.filter.clone(),
        as_of: prepared.as_of,
        position_from: prepared.window().0,
        position_to: prepared.window().1,
        data_position: (prepared.position != prepared.window().1).then_some(prepared.position),
        schema: prepared.plan.columns.iter().map(Into::into).collect(),
        tables: Vec::new(),
        rows: prepared.rows,
        parts,
        dictionary: Some(dictionary),
        options: Options::of(request),
        policy: manifest::policy(request, [&prepared.plan]),
        warnings,
    })
}

/// Writes the parts of a table into its folder, or beside the manifest where there is none; gives them all.
pub(crate) async fn write_table<L: Lake>(
    lake: &L,
    prepared: &Arc<Prepared>,
    folder: Option<&'static str>,
    task: Task<'_>,
) -> Result<Vec<Part>, ExportError> {
    let Task { request, directory, finished, control, mut on_part, lineage, .. } = task;
    let directory = &folder.map_or_else(|| directory.to_owned(), |folder| directory.join(folder));
    std::fs::create_dir_all(directory).map_err(ExportError::file(directory))?;
    let skip: u64 = finished.iter().map(|part| part.rows).sum();
    let begin = |Lineage { path, goes_on }| People::begin(prepared.known.clone(), path, goes_on || skip > 0);
    let people = lineage.map(begin).transpose()?.map(Arc::new);
    let marked = people.clone();
    control.add_bytes(finished.iter().map(|part| part.bytes).sum());
    let already = finished.len();
    let parts = Arc::new(Mutex::new(finished));
    let collected = parts.clone();
    let record = Box::new(move |part: &Part| {
        let file = folder.map_or_else(|| part.file.clone(), |folder| format!("{folder}/{}", part.file));
        let part = Part { file, ..part.clone() };
        // Whoever is in a part that is recorded is kept before it.
        marked.as_deref().map_or(Ok(()), People::save)?;
        on_part(&part)?;
        if let Ok(mut parts) = collected.lock() {
            parts.push(part);
        }
        Ok(())
    });
    let files = PartFiles::new(directory, writer::extension(request), already, control.clone(), record);
    write_all(lake, prepared, request, directory, files, people, skip).await?;
    Ok(parts.lock().map(|parts| parts.clone()).unwrap_or_default())
}

/// Writes the rows behind the first `skip`, which finished parts hold already; gives how many there are in all, after
/// holding that against what was counted. What needs a file of its own meanwhile has it in `scratch`.
pub(crate) async fn write_all<L: Lake>(
    lake: &L,
    prepared: &Arc<Prepared>,
    request: &ExportRequest,
    scratch: &Path,
    files: PartFiles,
    people: Option<Arc<People>>,
    skip: u64,
) -> Result<u64, ExportError> {
    let control = files.control().clone();
    control.begin(skip);
    let writer = writer::writer(request, prepared.plan.columns.clone(), files, skip)?;
    let layouts = layouts(prepared);
    let form = table_form(&writer, &layouts, prepared);
    let attributes = prepared.plan.attributes();
    let table = match attributes.is_empty() {
        true => None,
        false => {
            let building = attribute_table(lake, attributes, prepared.known.clone(), form, scratch, &control);
            Some(control.unless_stopped(building).await?)
        }
    };
    let source = control.unless_stopped(read_rows::open(lake, prepared)).await?;
    let planned = prepared.clone();
    let written = apart(move || {
        let known = Known { ids: &planned.known, table: table.as_ref(), people: people.as_deref() };
        write_rows(source, &planned, &layouts, known, writer, skip, &control)
    });
    let written = written.await?;
    let rows = skip + written;
    match rows == prepared.rows {
        true => Ok(rows),
        false => Err(ExportError::Count { expected: prepared.rows, written: rows }),
    }
}

/// Where the cells of each kind of row come from.
pub(crate) fn layouts(prepared: &Prepared) -> Vec<Vec<CellSource>> {
    match &prepared.plan.rows {
        PlannedRows::Profiles { cells, .. } | PlannedRows::Journeys { cells, .. } => vec![cells.clone()],
        PlannedRows::Events { events, .. } => events.iter().map(|event| event.cells.clone()).collect(),
    }
}

/// The attributes that stand on rows, of the profiles in `ids`.
pub(crate) async fn attribute_table<L: Lake>(
    lake: &L,
    attributes: &[String],
    ids: Arc<RankedIds>,
    form: AttributeForm,
    directory: &Path,
    control: &Control,
) -> Result<AttributeTable, ExportError> {
    let stretches = lake.profile_stretches(attributes, None).await?;
    let (directory, control) = (directory.to_owned(), control.clone());
    apart(move || AttributeTable::build(&directory, &stretches, &ids, &form, &control)).await
}

/// As of when a request is evaluated: as it says, else now.
pub fn as_of(request: &ExportRequest) -> Instant {
    request.as_of.unwrap_or_else(crate::clock::now)
}
