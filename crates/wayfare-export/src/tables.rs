//! The tables of an export. Most have one; on the v2 surface attributes and events lie in files of their own, in one
//! folder each, under one manifest. The reader joins them.

use crate::column::SchemaColumn;
use crate::error::ExportError;
use crate::manifest::{self, Manifest, Options, TableForm};
use crate::part_file::{Part, hex};
use crate::plan::{Plan, plan};
use crate::prepare::{Prepared, prepare};
use crate::progress::Control;
use crate::request::{ExportRequest, Kind, Surface};
use crate::run::{Lineage, Task, write_parts, write_table};
use crate::source::Lake;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, Mutex};
use wayfare_model::time::Instant;

/// The folders that tables may have.
pub(crate) const FOLDERS: [&str; 2] = ["attributes", "events"];

/// One table that is ready to be written.
pub struct Table {
    /// The folder of its parts; none where the export has one table.
    folder: Option<&'static str>,
    /// What it holds, as a request of its own.
    request: ExportRequest,
    prepared: Arc<Prepared>,
}

/// All tables of an export, in the order in which they are written.
pub struct Tables(Vec<Table>);

/// The tables that a request asks for.
pub(crate) fn asked(request: &ExportRequest) -> Vec<(Option<&'static str>, ExportRequest)> {
    if request.surface != Surface::V2 {
        return vec![(None, request.clone())];
    }
    let [attributes, events] = FOLDERS;
    let mut tables = Vec::with_capacity(2);
    if request.kind == Kind::Profiles || !request.attributes.is_empty() {
        let request = ExportRequest { kind: Kind::Profiles, events: None, ..request.clone() };
        tables.push((Some(attributes), request));
    }
    if request.kind == Kind::Events {
        tables.push((Some(events), ExportRequest { attributes: Vec::new(), ..request.clone() }));
    }
    tables
}

/// The plan of each table; refuses what cannot be planned.
pub(crate) fn plans(
    request: &ExportRequest,
    dictionary: &wayfare_model::dictionary::Dictionary,
) -> Result<Vec<Plan>, ExportError> {
    asked(request).iter().map(|(_, request)| plan(request, dictionary)).collect()
}

/// What the tables have to tell, each thing once.
fn warnings_of(tables: &[Table]) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for warning in tables.iter().flat_map(|table| &table.prepared.plan.warnings) {
        if !told.contains(warning) {
            told.push(warning.clone());
        }
    }
    told
}

impl Tables {
    /// Evaluates who is meant and counts the rows of every table. What is temporary lies in `scratch`, without a name.
    pub async fn prepare<L: Lake>(
        lake: &L,
        request: &ExportRequest,
        as_of: Instant,
        scratch: &Path,
        control: &Control,
    ) -> Result<Self, ExportError> {
        let mut tables = Vec::with_capacity(2);
        for (folder, request) in asked(request) {
            let prepared = prepare(lake, &request, as_of, scratch, control).await?;
            tables.push(Table { folder, request, prepared: Arc::new(prepared) });
        }
        let tables = Self(tables);
        control.expect_rows(tables.rows());
        Ok(tables)
    }

    /// The rows of all tables.
    pub fn rows(&self) -> u64 {
        self.0.iter().map(|table| table.prepared.rows).sum()
    }

    /// One past the last commit position that is seen.
    pub fn position(&self) -> u64 {
        self.0.first().map_or(0, |table| table.prepared.position)
    }

    /// What the reader of the files should know.
    pub fn warnings(&self) -> Vec<String> {
        warnings_of(&self.0)
    }

    /// The columns of a part; `None` where it is no part of these tables.
    pub fn schema_of(&self, file: &str) -> Option<Vec<SchemaColumn>> {
        let folder = file.split_once('/').map(|(folder, _)| folder);
        let table = self.0.iter().find(|table| table.folder == folder)?;
        Some(table.prepared.plan.columns.iter().map(Into::into).collect())
    }

    /// The id of an export that is no job.
    pub fn derived_id(&self, request: &ExportRequest) -> Result<String, ExportError> {
        let as_of = self.0.first().and_then(|table| table.prepared.as_of);
        Ok(manifest::derived_id(&manifest::shown_request(request)?, as_of, self.position()))
    }

    /// The same where the same rows are written as the same cells; see [`Prepared::digest`].
    pub fn digest(&self) -> String {
        match self.0.as_slice() {
            [only] => only.prepared.digest(),
            tables => {
                let mut digest = Sha256::new();
                for table in tables {
                    digest.update(table.prepared.digest());
                }
                hex(&digest.finalize())
            }
        }
    }

    /// Writes all tables, then the manifest.
    pub async fn write<L: Lake>(self, lake: &L, task: Task<'_>) -> Result<Manifest, ExportError> {
        let (directory, signer) = (task.directory, task.signer);
        let manifest = self.write_parts(lake, task).await?;
        manifest.write(directory, signer)?;
        Ok(manifest)
    }

    /// Writes all of it but the manifest, which is given back.
    pub(crate) async fn write_parts<L: Lake>(
        self,
        lake: &L,
        task: Task<'_>,
    ) -> Result<Manifest, ExportError> {
        let Task { id, request, directory, finished, control, on_part, signer, mut lineage } = task;
        let mut tables = self.0;
        if let [Table { folder: None, .. }] = tables.as_slice()
            && let Some(table) = tables.pop()
        {
            let task = Task { id, request, directory, finished, control, on_part, signer, lineage };
            return write_parts(lake, table.prepared, task).await;
        }
        let on_part = Arc::new(Mutex::new(on_part));
        let (mut parts, mut forms, mut before) = (Vec::new(), Vec::new(), 0);
        for Table { folder, request, prepared } in &tables {
            control.begin_table(before);
            before += prepared.rows;
            let name = folder.unwrap_or_default();
            let of_this =
                |part: &Part| part.file.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
            let recorder = on_part.clone();
            let task = Task {
                id: None,
                request,
                directory,
                finished: finished.iter().filter(|part| of_this(part)).cloned().collect(),
                control,
                on_part: Box::new(move |part| match recorder.lock() {
                    Ok(mut record) => record(part),
                    Err(_) => Err(ExportError::Worker("recording a part broke off".into())),
                }),
                signer: None,
                lineage: lineage.clone(),
            };
            // The next table's people are those of this one, too.
            lineage = lineage.map(|lineage| Lineage { goes_on: true, ..lineage });
            parts.extend(write_table(lake, prepared, *folder, task).await?);
            forms.push(TableForm {
                folder: name.to_owned(),
                kind: request.kind.name().into(),
                schema: prepared.plan.columns.iter().map(Into::into).collect(),
                rows: prepared.rows,
            });
        }
        let warnings = warnings_of(&tables);
        let policy = manifest::policy(request, tables.iter().map(|table| &table.prepared.plan));
        let first = tables.swap_remove(0).prepared;
        let shown = manifest::shown_request(request)?;
        Ok(Manifest {
            version: 1,
            id: id.unwrap_or_else(|| manifest::derived_id(&shown, first.as_of, first.position)),
            kind: request.kind.name().into(),
            request: shown,
            filter: first.filter.clone(),
            as_of: first.as_of,
            position_from: 0,
            position_to: first.position,
            data_position: None,
            schema: Vec::new(),
            tables: forms,
            rows: before,
            parts,
            options: Options::of(request),
            dictionary: None,
            policy,
            warnings,
        })
    }
}
