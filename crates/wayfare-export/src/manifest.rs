//! The manifest: what an export holds, written last, so that its presence means the export is complete.

use crate::column::SchemaColumn;
use crate::csv::CsvOptions;
use crate::data_dictionary::DictionaryFile;
use crate::error::ExportError;
use crate::form::{ARRAY_SEPARATOR, Arrays, Quotes, TimeForm};
use crate::part_file::{Part, hex, write_whole};
use crate::plan::Plan;
use crate::policy::{AppliedPolicy, ManifestPolicy};
use crate::request::{Compression, ExportRequest, Format, Formulas, Surface};
use crate::signing::{SIGNATURE, SigningKey};
use crate::writer::csv_options;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use wayfare_model::time::Instant;

/// The name of the manifest in an export's directory.
pub const MANIFEST: &str = "manifest.json";

/// What an export holds. Two runs of one request over one snapshot give the same manifest, apart from the id of
/// a job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this form: 1.
    pub version: u32,
    /// `exp_…`: the job's, or one derived from the request and the position.
    pub id: String,
    /// What a row is.
    pub kind: String,
    /// What was asked for, without the addresses that an e-mail and a hook go to.
    pub request: Box<RawValue>,
    /// Who was meant; null means everyone.
    pub filter: Option<Filter>,
    /// As of when the filter was evaluated; null where there was none.
    pub as_of: Option<Instant>,
    /// The first commit position that is in.
    pub position_from: u64,
    /// The first commit position that is out again.
    pub position_to: u64,
    /// One past the last commit position of the data that were read, where that is not where the window ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_position: Option<u64>,
    /// The columns, in order; none where there are tables with columns of their own.
    pub schema: Vec<SchemaColumn>,
    /// The tables, where there are several; each has a folder of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableForm>,
    /// The rows of all parts.
    pub rows: u64,
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// The data dictionary beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dictionary: Option<DictionaryFile>,
    /// How the files were written.
    pub options: Options,
    /// What the policy of the API key that asked did to the columns, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<ManifestPolicy>,
    /// What the reader should know, in words.
    pub warnings: Vec<String>,
}

/// One of several tables of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableForm {
    /// The folder of its parts, which is its name.
    pub folder: String,
    /// What a row is.
    pub kind: String,
    /// Its columns, in order.
    pub schema: Vec<SchemaColumn>,
    /// The rows of its parts.
    pub rows: u64,
}

/// Who was meant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Filter {
    /// The segment definition.
    pub definition: Box<RawValue>,
    /// The same in words.
    pub words: String,
    /// How many conditions it has.
    pub conditions: usize,
}

/// How the files were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// The form of the files.
    pub format: Format,
    /// How they are compressed.
    pub compression: Option<Compression>,
    /// Whose names and forms they have.
    pub surface: Surface,
    /// The options of CSV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<CsvForm>,
    /// How instants are written, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<TimeForm>,
    /// The time zone in which instants are written, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// How arrays are written, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrays: Option<Arrays>,
    /// What stands between the elements of joined arrays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub array_separator: Option<String>,
    /// The most rows of a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rows: Option<u64>,
    /// The most bytes of a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// The time zone in which the filter was evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// The form of CSV files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvForm {
    /// Between cells.
    pub delimiter: char,
    /// Whether a part starts with a byte order mark.
    pub bom: bool,
    /// Whether rows end in CR LF.
    pub crlf: bool,
    /// What stands for null.
    pub null: String,
    /// What happened to formulas.
    pub formulas: Formulas,
    /// Which cells stand in quotes.
    #[serde(default)]
    pub quotes: Quotes,
}

impl From<CsvOptions> for CsvForm {
    fn from(options: CsvOptions) -> Self {
        let CsvOptions { delimiter, bom, crlf, null, formulas, quotes } = options;
        Self { delimiter: delimiter.into(), bom, crlf, null, formulas, quotes }
    }
}

impl Options {
    /// The options that a request asks for.
    pub fn of(request: &ExportRequest) -> Self {
        Self {
            format: request.format,
            compression: request.compression,
            surface: request.surface,
            csv: (request.format == Format::Csv).then(|| csv_options(request).into()),
            times: request.times,
            time_zone: request.time_zone.clone(),
            arrays: request.arrays,
            array_separator: (request.arrays == Some(Arrays::Joined))
                .then(|| request.array_separator.clone().unwrap_or_else(|| ARRAY_SEPARATOR.into())),
            max_rows: request.max_rows.map(|rows| rows.get()),
            max_bytes: request.max_bytes.map(|bytes| bytes.get()),
            timezone: request.timezone.clone(),
        }
    }
}

/// The request as the body that asks for the same again.
pub fn asked_request(request: &ExportRequest) -> Result<Box<RawValue>, ExportError> {
    let shown = ExportRequest { email: None, hook: None, destinations: Vec::new(), ..request.clone() };
    Ok(serde_json::value::to_raw_value(&shown)?)
}

/// The request as a manifest shows it.
pub fn shown_request(request: &ExportRequest) -> Result<Box<RawValue>, ExportError> {
    #[derive(Serialize)]
    struct Shown<'a> {
        #[serde(flatten)]
        asked: &'a ExportRequest,
        policy: &'a AppliedPolicy,
    }
    let Some(policy) = &request.policy else { return asked_request(request) };
    let asked = &ExportRequest { email: None, hook: None, destinations: Vec::new(), ..request.clone() };
    Ok(serde_json::value::to_raw_value(&Shown { asked, policy })?)
}

/// What policies did to the columns of these plans.
pub(crate) fn policy<'a>(
    request: &ExportRequest,
    plans: impl IntoIterator<Item = &'a Plan>,
) -> Option<ManifestPolicy> {
    let applied = request.policy.as_ref()?;
    Some(ManifestPolicy::of(applied, plans.into_iter().flat_map(|plan| &plan.treatments.told)))
}

/// The id of an export that is no job: the same request over the same snapshot has the same.
pub fn derived_id(request: &RawValue, as_of: Option<Instant>, position: u64) -> String {
    let mut digest = Sha256::new();
    digest.update(request.get());
    digest.update(format!("\n{as_of:?}\n{position}"));
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    let bytes = uuid::Builder::from_custom_bytes(bytes).into_uuid().into_bytes();
    format!("exp_{}", hex(&bytes))
}

/// A file that a manifest lists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ManifestFile {
    /// Its name, seen from the export's directory.
    pub file: String,
    /// Its bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// The files that a manifest lists: its parts, and what it names beside them with a hash.
pub fn listed_files(manifest: &[u8]) -> Result<Vec<ManifestFile>, ExportError> {
    let manifest: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(manifest)?;
    let mut files = Vec::new();
    for (member, value) in manifest {
        match value {
            serde_json::Value::Array(parts) if member == "parts" => {
                for part in parts {
                    files.push(serde_json::from_value(part)?);
                }
            }
            serde_json::Value::Object(_) if value.get("file").is_some() && value.get("sha256").is_some() => {
                files.push(serde_json::from_value(value)?);
            }
            _ => {}
        }
    }
    Ok(files)
}

impl Manifest {
    /// What was asked for, with the policy of the API key that asked; the key of its hashes is no part of it.
    pub(crate) fn asked(&self) -> Result<ExportRequest, ExportError> {
        let mut members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(self.request.get())?;
        // Bodies never choose policy or surface, so these are read by themselves.
        let policy = members.remove("policy").map(|policy| serde_json::from_str(policy.get())).transpose()?;
        let request: ExportRequest = serde_json::from_str(&serde_json::to_string(&members)?)?;
        Ok(ExportRequest { policy, surface: self.options.surface, ..request })
    }

    /// One past the last commit position of the data that were read.
    pub fn data_position(&self) -> u64 {
        self.data_position.unwrap_or(self.position_to)
    }

    /// Whether it is of a window of commit positions.
    pub fn is_incremental(&self) -> bool {
        let request: Result<serde_json::Map<String, serde_json::Value>, _> =
            serde_json::from_str(self.request.get());
        request.is_ok_and(|request| request.contains_key("positions"))
    }

    /// Writes the manifest: synced, then named, then the name synced. Its signature, where there is to be one, lies there
    /// before.
    pub fn write(&self, directory: &Path, signer: Option<&SigningKey>) -> Result<(), ExportError> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        if let Some(signer) = signer {
            write_whole(directory, SIGNATURE, &signer.sign(&text))?;
        }
        write_whole(directory, MANIFEST, &text)
    }

    /// The columns of a part; `None` where it lies in no folder of the export's.
    pub fn schema_of(&self, file: &str) -> Option<&[SchemaColumn]> {
        match file.split_once('/') {
            None => self.tables.is_empty().then_some(&*self.schema),
            Some((folder, _)) => {
                self.tables.iter().find(|table| table.folder == folder).map(|table| &*table.schema)
            }
        }
    }

    /// Reads the manifest of a directory.
    pub fn read(directory: &Path) -> Result<Self, ExportError> {
        let path = directory.join(MANIFEST);
        let text = std::fs::read(&path).map_err(ExportError::file(&path))?;
        Ok(serde_json::from_slice(&text)?)
    }
}
