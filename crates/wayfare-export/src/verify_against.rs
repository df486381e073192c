//! Verify against the store: the export is made again, of the very state that its manifest names, and compared.
//!
//! The rows are selected, encoded and cut into parts as they were, and only hashed. Where the hashes are not those of the
//! manifest, the lake's files may have been merged since, which changes the order of rows: then both sides are compared as
//! multisets of rows, and the report says so.

use crate::api_key;
use crate::clock;
use crate::column::SchemaColumn;
use crate::error::ExportError;
use crate::letter::grouped;
use crate::manifest::{Manifest, Options};
use crate::part_file::{Part, PartFiles};
use crate::prepare::{Prepared, prepare};
use crate::progress::Control;
use crate::request::ExportRequest;
use crate::row_sum::RowSum;
use crate::run::write_all;
use crate::source::Lake;
use crate::tables;
use crate::vault::Vault;
use crate::verify::Problem;
use crate::writer;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use wayfare_model::time::Instant;
use wayfare_store::Store;

/// Rows of a part that is written only to be summed.
const ROWS_OF_A_PART: NonZeroU64 = NonZeroU64::new(250_000).unwrap();

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// Nothing could be.
    Nothing,
    /// The bytes of each part, by their SHA-256.
    Bytes,
    /// The rows, whatever their order.
    Rows,
}

/// How an export stands against the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgainstReport {
    /// Where the export lies.
    pub directory: PathBuf,
    /// One past the last commit position of the data that it was made of.
    pub position: u64,
    /// What was compared.
    pub compared: Compared,
    /// The rows that the store gives.
    pub rows: u64,
    /// Everything that does not hold.
    pub problems: Vec<Problem>,
}

/// Makes the export in `directory` again out of the store, and compares. Hashed columns take the vault that has sealed
/// the key of their hashes.
pub async fn verify_against(
    store: &Store,
    vault: &Vault,
    directory: &Path,
    control: &Control,
) -> Result<AgainstReport, ExportError> {
    let manifest = Manifest::read(directory)?;
    // A window may end where no state of the lake does.
    let position = manifest.data_position();
    let mut request = manifest.asked()?;
    if let Err(error) = api_key::unlock(&mut request, store, vault).await {
        let told = format!("its hashed columns cannot be made again: {error}");
        return Ok(AgainstReport::new(directory, position).with(told));
    }
    match store.lake_snapshot_of(position).await? {
        Some(lake) => verify_asked(&lake, directory, &manifest, &request, control).await,
        None => {
            let told = format!("the store holds no state as of position {position} (any more)");
            Ok(AgainstReport::new(directory, position).with(told))
        }
    }
}

/// The same over a state of the data that is at hand.
pub async fn verify_over<L: Lake>(
    lake: &L,
    directory: &Path,
    manifest: &Manifest,
    control: &Control,
) -> Result<AgainstReport, ExportError> {
    verify_asked(lake, directory, manifest, &manifest.asked()?, control).await
}

async fn verify_asked<L: Lake>(
    lake: &L,
    directory: &Path,
    manifest: &Manifest,
    request: &ExportRequest,
    control: &Control,
) -> Result<AgainstReport, ExportError> {
    let mut report = AgainstReport::new(directory, manifest.data_position());
    let as_of = manifest.as_of.or(request.as_of).unwrap_or_else(clock::now);
    for (folder, request) in tables::asked(request) {
        let table = TableAgainst { lake, folder, request: &request, directory, manifest, control };
        let (rows, compared) = match table.compare(as_of).await? {
            Ok(compared) => compared,
            Err(told) => return Ok(report.with(told)),
        };
        report.rows += rows;
        // Rows of one table in another order say less than bytes of another.
        if report.compared != Compared::Rows {
            report.compared = compared;
        }
    }
    Ok(report)
}

/// One table of the export, held against what the store gives for it.
struct TableAgainst<'a, L> {
    lake: &'a L,
    folder: Option<&'static str>,
    request: &'a ExportRequest,
    directory: &'a Path,
    manifest: &'a Manifest,
    control: &'a Control,
}

impl<L: Lake> TableAgainst<'_, L> {
    /// The rows and how they were compared; what is not so.
    async fn compare(&self, as_of: Instant) -> Result<Result<(u64, Compared), String>, ExportError> {
        let Self { lake, folder, request, directory, manifest, control } = *self;
        let scratch = tempfile::tempdir().map_err(ExportError::file(&std::env::temp_dir()))?;
        let prepared = Arc::new(prepare(lake, request, as_of, scratch.path(), control).await?);
        let schema: Vec<SchemaColumn> = prepared.plan.columns.iter().map(Into::into).collect();
        let within = |file: &str| match folder {
            None => !file.contains('/'),
            Some(folder) => file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
        };
        let parts: Vec<Part> = manifest.parts.iter().filter(|part| within(&part.file)).cloned().collect();
        let rows: u64 = parts.iter().map(|part| part.rows).sum();
        let known =
            folder.map_or(Some(&*manifest.schema), |folder| manifest.schema_of(&format!("{folder}/")));
        if known != Some(schema.as_slice()) {
            let told = "its columns are not those that the store gives now: types were learned anew since, or names added";
            return Ok(Err(told.into()));
        }
        if prepared.rows != rows {
            let (given, told) = (grouped(prepared.rows), grouped(rows));
            return Ok(Err(format!("the store gives {given} rows, the manifest says {told}")));
        }
        let written = Arc::new(Mutex::new(Vec::new()));
        let collected = written.clone();
        let on_part = Box::new(move |part: &Part| {
            let file = folder.map_or_else(|| part.file.clone(), |folder| format!("{folder}/{}", part.file));
            let part = Part { file, ..part.clone() };
            collected.lock().unwrap_or_else(PoisonError::into_inner).push(part);
            Ok(())
        });
        let files = PartFiles::only_hashed(writer::extension(request), control.clone(), on_part);
        write_all(lake, &prepared, request, scratch.path(), files, None, 0).await?;
        if *written.lock().unwrap_or_else(PoisonError::into_inner) == parts {
            return Ok(Ok((rows, Compared::Bytes)));
        }
        let again = made_again(lake, &prepared, request, scratch.path(), manifest, control).await?;
        // A manifest may come from anywhere: a part lies in its folder or nowhere.
        let folder = folder.map_or_else(|| directory.to_owned(), |folder| directory.join(folder));
        let name = |part: &Part| Path::new(&part.file).file_name().unwrap_or_default().to_owned();
        let paths = parts.iter().map(|part| folder.join(name(part))).collect();
        Ok(match sum_of(paths, manifest.options.clone()).await? {
            Ok(files) if again == files => Ok((rows, Compared::Rows)),
            Ok(_) => Err("its rows are not those that the store gives".into()),
            Err(told) => Err(told),
        })
    }
}

/// The sum of the rows as the store gives them. Small parts, so that the disk holds one of them at a time.
async fn made_again<L: Lake>(
    lake: &L,
    prepared: &Arc<Prepared>,
    request: &ExportRequest,
    scratch: &Path,
    manifest: &Manifest,
    control: &Control,
) -> Result<RowSum, ExportError> {
    let small = ExportRequest { max_rows: Some(ROWS_OF_A_PART), max_bytes: None, ..request.clone() };
    let sum = Arc::new(Mutex::new(RowSum::default()));
    let (summed, directory, options) = (sum.clone(), scratch.to_owned(), manifest.options.clone());
    let on_part = Box::new(move |part: &Part| {
        let path = directory.join(&part.file);
        let mut sum = summed.lock().unwrap_or_else(PoisonError::into_inner);
        sum.add_part(&path, &options).map_err(|error| ExportError::Worker(error.to_string()))?;
        std::fs::remove_file(&path).map_err(ExportError::file(&path))
    });
    let files = PartFiles::new(scratch, writer::extension(request), 0, control.clone(), on_part);
    write_all(lake, prepared, &small, scratch, files, None, 0).await?;
    let sum = *sum.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(sum)
}

/// The sum of the rows in the files; what is wrong with one that cannot be read.
async fn sum_of(paths: Vec<PathBuf>, options: Options) -> Result<Result<RowSum, String>, ExportError> {
    let summing = tokio::task::spawn_blocking(move || {
        let mut sum = RowSum::default();
        for path in &paths {
            sum.add_part(path, &options).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(sum)
    });
    summing.await.map_err(|error| ExportError::Worker(error.to_string()))
}

impl AgainstReport {
    fn new(directory: &Path, position: u64) -> Self {
        Self {
            directory: directory.into(),
            position,
            compared: Compared::Nothing,
            rows: 0,
            problems: Vec::new(),
        }
    }

    fn with(mut self, message: String) -> Self {
        self.problems.push(Problem { file: None, message });
        self
    }
}

/// In words, a line a finding.
impl fmt::Display for AgainstReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (directory, position) = (self.directory.display(), self.position);
        if !self.problems.is_empty() {
            writeln!(f, "{directory}: is not what the store gives as of position {position}")?;
            return self.problems.iter().try_for_each(|problem| writeln!(f, "  {problem}"));
        }
        let rows = grouped(self.rows);
        match self.compared {
            Compared::Rows => writeln!(
                f,
                "{directory}: the {rows} rows that the store gives as of position {position}, in another order: the \
                 lake's files were merged since"
            ),
            Compared::Bytes | Compared::Nothing => {
                writeln!(
                    f,
                    "{directory}: byte for byte what the store gives as of position {position}, {rows} rows"
                )
            }
        }
    }
}
