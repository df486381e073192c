//! Verify: holds exports against their manifests, offline, from nothing but the files.

use crate::data_dictionary::{self, DICTIONARY, DictionaryFile};
use crate::error::ExportError;
use crate::letter::{grouped, size};
use crate::manifest::{MANIFEST, Manifest};
use crate::progress::Control;
use crate::signing::{PublicKey, SIGNATURE};
use crate::verify_chain::{self, ChainReport};
use crate::verify_part::{self, Found};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The file it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What is wrong, in words.
    pub message: String,
}

/// One export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportReport {
    /// Where it lies.
    pub directory: PathBuf,
    /// The id in its manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Rows that were read.
    pub rows: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Parts that were read.
    pub parts: usize,
    /// How its signature stands.
    pub signature: Signature,
    /// Everything that does not hold.
    pub problems: Vec<Problem>,
}

/// How the signature of a manifest stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// There is none.
    Absent,
    /// There is one, and no key was given to check it.
    Unchecked,
    /// It is that of the key given.
    Good,
    /// It is not.
    Bad,
}

/// How exports are checked.
#[derive(Debug, Clone, Default)]
pub struct Check<'a> {
    /// Whose signature each manifest must have.
    pub public_key: Option<&'a PublicKey>,
    /// What is told of the bytes read, and what stops it.
    pub control: Control,
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// Whether everything holds.
    pub ok: bool,
    /// The exports, in the order given.
    pub exports: Vec<ExportReport>,
    /// The chain, where the manifests say that they are one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainReport>,
}

/// Verifies the exports in `directories`. What does not hold stands in the report; an error means that a directory
/// could not be looked at.
pub fn verify(directories: &[PathBuf]) -> Result<VerifyReport, ExportError> {
    verify_with(directories, &Check::default())
}

/// The same, with a key or somebody who watches.
pub fn verify_with(directories: &[PathBuf], check: &Check<'_>) -> Result<VerifyReport, ExportError> {
    let mut exports = Vec::with_capacity(directories.len());
    let mut manifests = Vec::new();
    for directory in directories {
        if !directory.is_dir() {
            return Err(ExportError::NotAnExport { path: directory.clone() });
        }
        let (mut report, manifest) = verify_directory(directory, check)?;
        if let Some(manifest) = manifest {
            // Rows that are not those of the manifest have no positions to speak of.
            if report.problems.is_empty() && manifest.is_incremental() {
                let found = verify_chain::positions(directory, &manifest, &check.control)?;
                found.into_iter().for_each(|problem| report.problem(None, problem));
            }
            manifests.push(manifest);
        }
        exports.push(report);
    }
    let chain = verify_chain::chain(manifests);
    let ok = exports.iter().all(|export| export.problems.is_empty())
        && chain.as_ref().is_none_or(|chain| chain.problems.is_empty());
    Ok(VerifyReport { ok, exports, chain })
}

fn verify_directory(
    directory: &Path,
    check: &Check<'_>,
) -> Result<(ExportReport, Option<Manifest>), ExportError> {
    let mut report = ExportReport {
        directory: directory.into(),
        id: None,
        rows: 0,
        bytes: 0,
        parts: 0,
        signature: Signature::Absent,
        problems: Vec::new(),
    };
    let present = files(directory)?;
    if !present.contains(MANIFEST) {
        report.problem(None, format!("has no {MANIFEST}: the export is not complete"));
        return Ok((report, None));
    }
    report.signature = signature(directory, &present, check.public_key)?;
    match (report.signature, check.public_key) {
        (Signature::Absent, Some(_)) => report.problem(Some(SIGNATURE), "is missing".into()),
        (Signature::Bad, _) => {
            report.problem(Some(SIGNATURE), "is not the signature of this manifest by the key given".into());
        }
        _ => {}
    }
    let manifest = match Manifest::read(directory) {
        Ok(manifest) => manifest,
        Err(error) => {
            report.problem(Some(MANIFEST), format!("cannot be read: {error}"));
            return Ok((report, None));
        }
    };
    report.id = Some(manifest.id.clone());
    if manifest.version != 1 {
        report
            .problem(Some(MANIFEST), format!("is of version {}, which is not known here", manifest.version));
        return Ok((report, None));
    }
    let mut listed: BTreeSet<&str> = BTreeSet::from([MANIFEST, SIGNATURE]);
    for part in &manifest.parts {
        // A manifest may come from anywhere: a part lies beside it, in a folder of one of its tables, or nowhere.
        let name = part.file.rsplit_once('/').map_or(&*part.file, |(_, name)| name);
        let schema = manifest.schema_of(&part.file).filter(|_| is_name(name) && in_one_folder(&part.file));
        let Some(schema) = schema else {
            report.problem(Some(&part.file), "is no file name".into());
            continue;
        };
        if !listed.insert(&part.file) {
            report.problem(Some(&part.file), "is listed twice".into());
            continue;
        }
        if !present.contains(&part.file) {
            report.problem(Some(&part.file), "is missing".into());
            continue;
        }
        let path = directory.join(&part.file);
        let read = verify_part::read(&path, &manifest.options, schema, &part.sha256, &check.control);
        check.control.check()?;
        match read {
            Ok(found) => report.part(part, &found),
            Err(error) => report.problem(Some(&part.file), format!("cannot be read: {error}")),
        }
    }
    if let Some(dictionary) = &manifest.dictionary {
        check_dictionary(directory, dictionary, &manifest, &mut report);
        listed.insert(&dictionary.file);
    }
    for file in present.iter().filter(|file| !listed.contains(file.as_str())) {
        report.problem(Some(file), "is not in the manifest".into());
    }
    let told: u64 = manifest.parts.iter().map(|part| part.rows).sum();
    if told != manifest.rows {
        let message = format!("says {} rows, its parts together {told}", manifest.rows);
        report.problem(Some(MANIFEST), message);
    }
    for table in &manifest.tables {
        let parts = manifest.parts.iter().filter(|part| folder(&part.file) == Some(&table.folder));
        let told: u64 = parts.map(|part| part.rows).sum();
        if told != table.rows {
            let message = format!("says {} rows of {}, its parts together {told}", table.rows, table.folder);
            report.problem(Some(MANIFEST), message);
        }
    }
    if manifest.position_from > manifest.position_to {
        report.problem(Some(MANIFEST), "its positions run backwards".into());
    }
    Ok((report, Some(manifest)))
}

fn signature(
    directory: &Path,
    present: &BTreeSet<String>,
    public_key: Option<&PublicKey>,
) -> Result<Signature, ExportError> {
    let read = |name: &str| {
        let path = directory.join(name);
        std::fs::read(&path).map_err(ExportError::file(&path))
    };
    Ok(match public_key {
        _ if !present.contains(SIGNATURE) => Signature::Absent,
        None => Signature::Unchecked,
        Some(key) if key.accepts(&read(MANIFEST)?, &read(SIGNATURE)?) => Signature::Good,
        Some(_) => Signature::Bad,
    })
}

fn check_dictionary(
    directory: &Path,
    listed: &DictionaryFile,
    manifest: &Manifest,
    report: &mut ExportReport,
) {
    // A name from elsewhere must lead nowhere.
    if listed.file != DICTIONARY {
        return report.problem(Some(&listed.file), "is no name of a data dictionary".into());
    }
    let checked = std::fs::read(directory.join(DICTIONARY))
        .map_err(|error| format!("cannot be read: {error}"))
        .and_then(|text| data_dictionary::check(&text, listed, &manifest.schema));
    if let Err(problem) = checked {
        report.problem(Some(DICTIONARY), problem);
    }
}

/// Whether a text names a file, and leads nowhere else.
fn is_name(text: &str) -> bool {
    Path::new(text).file_name().and_then(|name| name.to_str()) == Some(text)
}

/// The folder of a file, where it has one.
fn folder(file: &str) -> Option<&str> {
    file.split_once('/').map(|(folder, _)| folder)
}

fn in_one_folder(file: &str) -> bool {
    folder(file).is_none_or(is_name) && file.matches('/').count() <= 1
}

/// The files of a directory and of the folders in it.
fn files(directory: &Path) -> Result<BTreeSet<String>, ExportError> {
    let told = || ExportError::file(directory);
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(directory).map_err(told())? {
        let entry = entry.map_err(told())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(told())?;
        if !kind.is_dir() {
            names.insert(name);
            continue;
        }
        let before = names.len();
        for inner in std::fs::read_dir(entry.path()).map_err(told())? {
            names.insert(format!("{name}/{}", inner.map_err(told())?.file_name().to_string_lossy()));
        }
        if names.len() == before {
            names.insert(name);
        }
    }
    Ok(names)
}

impl ExportReport {
    fn problem(&mut self, file: Option<&str>, message: String) {
        self.problems.push(Problem { file: file.map(str::to_owned), message });
    }

    fn part(&mut self, told: &crate::part_file::Part, found: &Found) {
        self.parts += 1;
        self.rows += found.rows;
        self.bytes += found.bytes;
        let file = Some(told.file.as_str());
        if found.bytes != told.bytes {
            self.problem(file, format!("has {} bytes, the manifest says {}", found.bytes, told.bytes));
        }
        if found.sha256 != told.sha256 {
            self.problem(file, "was changed: its SHA-256 is not the manifest's".into());
        }
        if let Some(problem) = &found.problem {
            self.problem(file, problem.clone());
        } else if found.rows != told.rows {
            self.problem(file, format!("has {} rows, the manifest says {}", found.rows, told.rows));
        }
    }
}

/// The report in words, a line a finding.
impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for export in &self.exports {
            let directory = export.directory.display();
            if export.problems.is_empty() {
                let (rows, parts) = (grouped(export.rows), export.parts);
                let signed = match export.signature {
                    Signature::Good => ", signed by the key given",
                    Signature::Unchecked => ", signed (no key was given to check it)",
                    Signature::Absent | Signature::Bad => "",
                };
                let bytes = size(export.bytes);
                writeln!(f, "{directory}: complete, {rows} rows in {parts} parts, {bytes}{signed}")?;
                continue;
            }
            writeln!(f, "{directory}: does not match its manifest")?;
            for problem in &export.problems {
                writeln!(f, "  {problem}")?;
            }
        }
        if let Some(chain) = &self.chain {
            let (from, to) = (chain.position_from, chain.position_to);
            match chain.problems.is_empty() {
                true => writeln!(f, "chain: positions {from} to {to} without gap or overlap")?,
                false => writeln!(f, "chain: positions {from} to {to} have gaps or overlaps")?,
            }
            for problem in &chain.problems {
                writeln!(f, "  {problem}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
