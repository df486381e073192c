//! Verify against the store: the export is made again, of the very state that its manifest names, and compared.
//!
//! The rows are selected, encoded and cut into parts as they were, and only hashed. Where the hashes are not those of the
//! manifest, the lake's files may have been merged since, which changes the order of rows: then both sides are compared as
//! multisets of rows, and the report says so.

use crate::clock;
use crate::column::SchemaColumn;
use crate::error::ExportError;
use crate::letter::grouped;
use crate::manifest::Manifest;
use crate::part_file::{Part, PartFiles};
use crate::prepare::{Prepared, prepare};
use crate::progress::Control;
use crate::request::ExportRequest;
use crate::row_sum::RowSum;
use crate::run::write_rows;
use crate::source::Lake;
use crate::verify::Problem;
use crate::writer;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
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
    /// One past the last commit position that it sees.
    pub position: u64,
    /// What was compared.
    pub compared: Compared,
    /// The rows that the store gives.
    pub rows: u64,
    /// Everything that does not hold.
    pub problems: Vec<Problem>,
}

/// Makes the export in `directory` again out of the store, and compares.
pub async fn verify_against(
    store: &Store,
    directory: &Path,
    control: &Control,
) -> Result<AgainstReport, ExportError> {
    let manifest = Manifest::read(directory)?;
    let position = manifest.position_to;
    match store.lake_snapshot_of(position).await? {
        Some(lake) => verify_over(&lake, directory, &manifest, control).await,
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
    let mut request: ExportRequest = serde_json::from_str(manifest.request.get())?;
    // Bodies never choose their surface, so it is kept beside the request.
    request.surface = manifest.options.surface;
    let mut report = AgainstReport::new(directory, manifest.position_to);
    let as_of = manifest.as_of.or(request.as_of).unwrap_or_else(clock::now);
    let prepared = prepare(lake, &request, as_of, control).await?;
    report.rows = prepared.rows;
    let schema: Vec<SchemaColumn> = prepared.plan.columns.iter().map(Into::into).collect();
    if schema != manifest.schema {
        let told = "its columns are not those that the store gives now: types were learned anew since, or names added";
        return Ok(report.with(told.into()));
    }
    if prepared.rows != manifest.rows {
        let (given, told) = (grouped(prepared.rows), grouped(manifest.rows));
        return Ok(report.with(format!("the store gives {given} rows, the manifest says {told}")));
    }
    let scratch = tempfile::tempdir().map_err(ExportError::file(&std::env::temp_dir()))?;
    let parts = Arc::new(Mutex::new(Vec::new()));
    let collected = parts.clone();
    let on_part = Box::new(move |part: &Part| {
        collected.lock().unwrap_or_else(PoisonError::into_inner).push(part.clone());
        Ok(())
    });
    let files = PartFiles::only_hashed(writer::extension(&request), control.clone(), on_part);
    write_rows(lake, &prepared, &request, scratch.path(), files, 0).await?;
    report.compared = Compared::Bytes;
    if *parts.lock().unwrap_or_else(PoisonError::into_inner) == manifest.parts {
        return Ok(report);
    }
    report.compared = Compared::Rows;
    let again = made_again(lake, &prepared, &request, scratch.path(), manifest, control).await?;
    match (again, sum_of(directory.to_owned(), manifest.clone()).await?) {
        (again, Ok(files)) if again == files => Ok(report),
        (_, Ok(_)) => Ok(report.with("its rows are not those that the store gives".into())),
        (_, Err(told)) => Ok(report.with(told)),
    }
}

/// The sum of the rows as the store gives them. Small parts, so that the disk holds one of them at a time.
async fn made_again<L: Lake>(
    lake: &L,
    prepared: &Prepared,
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
    write_rows(lake, prepared, &small, scratch, files, 0).await?;
    let sum = *sum.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(sum)
}

/// The sum of the rows in the files; what is wrong with one that cannot be read.
async fn sum_of(directory: PathBuf, manifest: Manifest) -> Result<Result<RowSum, String>, ExportError> {
    let summing = tokio::task::spawn_blocking(move || {
        let mut sum = RowSum::default();
        for part in &manifest.parts {
            // A manifest may come from anywhere: a part lies beside it or nowhere.
            let name = Path::new(&part.file).file_name().unwrap_or_default();
            sum.add_part(&directory.join(name), &manifest.options)
                .map_err(|error| format!("{}: {error}", part.file))?;
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
