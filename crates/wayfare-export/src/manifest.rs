//! The manifest: what an export holds, written last, so that its presence means the export is complete.

use crate::column::SchemaColumn;
use crate::csv::CsvOptions;
use crate::error::ExportError;
use crate::part_file::{Part, hex, sync_directory};
use crate::request::{Compression, ExportRequest, Format, Formulas, Surface};
use crate::signing::{SIGNATURE, SigningKey};
use crate::writer::csv_options;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
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
    /// What was asked for, without the address that an e-mail goes to.
    pub request: Box<RawValue>,
    /// Who was meant; null means everyone.
    pub filter: Option<Filter>,
    /// As of when the filter was evaluated; null where there was none.
    pub as_of: Option<Instant>,
    /// The first commit position that is in.
    pub position_from: u64,
    /// The first commit position that is out again.
    pub position_to: u64,
    /// The columns, in order.
    pub schema: Vec<SchemaColumn>,
    /// The rows of all parts.
    pub rows: u64,
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// How the files were written.
    pub options: Options,
    /// What the reader should know, in words.
    pub warnings: Vec<String>,
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
}

impl From<CsvOptions> for CsvForm {
    fn from(options: CsvOptions) -> Self {
        let CsvOptions { delimiter, bom, crlf, null, formulas } = options;
        Self { delimiter: delimiter.into(), bom, crlf, null, formulas }
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
            max_rows: request.max_rows.map(|rows| rows.get()),
            max_bytes: request.max_bytes.map(|bytes| bytes.get()),
            timezone: request.timezone.clone(),
        }
    }
}

/// The request as a manifest shows it.
pub fn shown_request(request: &ExportRequest) -> Result<Box<RawValue>, ExportError> {
    let shown = ExportRequest { email: None, ..request.clone() };
    Ok(serde_json::value::to_raw_value(&shown)?)
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

impl Manifest {
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

    /// Reads the manifest of a directory.
    pub fn read(directory: &Path) -> Result<Self, ExportError> {
        let path = directory.join(MANIFEST);
        let text = std::fs::read(&path).map_err(ExportError::file(&path))?;
        Ok(serde_json::from_slice(&text)?)
    }
}

/// Writes a file that is there whole or not at all.
fn write_whole(directory: &Path, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
    let path = directory.join(name);
    let temporary = directory.join(format!(".{name}.tmp"));
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let named = written.and_then(|()| std::fs::rename(&temporary, &path));
    if named.is_err() {
        // The error below says why; what is left of the file says nothing.
        let _ = std::fs::remove_file(&temporary);
    }
    named.map_err(ExportError::file(&path))?;
    sync_directory(directory)
}
