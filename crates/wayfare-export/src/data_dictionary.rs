//! The data dictionary: a file beside the data that says of each column what it is, where it comes from and how its
//! cells look.

use crate::column::{Column, ColumnType, Origin, SchemaColumn};
use crate::error::ExportError;
use crate::form::{Arrays, TimeForm};
use crate::part_file::{hex, write_whole};
use crate::request::{ExportRequest, Format, Surface};
use crate::writer::csv_options;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;
use wayfare_model::journey::{ACTIONS, CHANNELS, PRODUCT_ACTION};

/// The name of the data dictionary in an export's directory.
pub const DICTIONARY: &str = "dictionary.json";

/// The data dictionary as a manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DictionaryFile {
    /// Its name in the export's directory.
    pub file: String,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// What a data dictionary holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataDictionary {
    /// The version of this form: 1.
    pub version: u32,
    /// What a row is.
    pub kind: String,
    /// The form of the files.
    pub format: Format,
    /// The columns, in order.
    pub columns: Vec<ColumnEntry>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnEntry {
    /// Its name in the files.
    pub name: String,
    /// The name of its type.
    #[serde(rename = "type")]
    pub column_type: String,
    /// What it is, in words.
    pub description: String,
    /// Where its cells come from.
    pub from: Origin,
    /// How its values look in these files, in words.
    pub values: String,
    /// How null looks in these files, in words.
    pub null: String,
    /// What its codes mean, where it holds codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
}

/// One code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The code as it stands in cells: a text or a whole number.
    pub code: serde_json::Value,
    /// Its name.
    pub name: String,
    /// What it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
}

impl DataDictionary {
    /// The dictionary of an export's columns.
    pub fn of(request: &ExportRequest, columns: &[Column]) -> Self {
        let null = null(request);
        let columns = columns.iter().map(|column| ColumnEntry {
            name: column.name.clone(),
            column_type: column.column_type.name().into(),
            description: column.description(),
            from: column.origin.clone(),
            values: values(request, column.column_type),
            null: null.clone(),
            // What is left of a code means nothing.
            codes: if column.treatment.is_none() { codes(&column.origin) } else { Vec::new() },
        });
        Self {
            version: 1,
            kind: request.kind.name().into(),
            format: request.format,
            columns: columns.collect(),
        }
    }

    /// Writes it, synced, and gives what the manifest lists.
    pub fn write(&self, directory: &Path) -> Result<DictionaryFile, ExportError> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        write_whole(directory, DICTIONARY, &text)?;
        Ok(DictionaryFile {
            file: DICTIONARY.into(),
            bytes: text.len() as u64,
            sha256: hex(&Sha256::digest(&text)),
        })
    }

    /// Reads the dictionary of a directory.
    pub fn read(directory: &Path) -> Result<Self, ExportError> {
        let path = directory.join(DICTIONARY);
        let text = std::fs::read(&path).map_err(ExportError::file(&path))?;
        Ok(serde_json::from_slice(&text)?)
    }
}

/// What does not hold of the dictionary that a manifest lists; `text` is the file.
pub fn check(text: &[u8], listed: &DictionaryFile, schema: &[SchemaColumn]) -> Result<(), String> {
    if text.len() as u64 != listed.bytes {
        return Err(format!("has {} bytes, the manifest says {}", text.len(), listed.bytes));
    }
    if hex(&Sha256::digest(text)) != listed.sha256 {
        return Err("was changed: its SHA-256 is not the manifest's".into());
    }
    let read: DataDictionary =
        serde_json::from_slice(text).map_err(|error| format!("cannot be read: {error}"))?;
    let is_same =
        read.columns.len() == schema.len()
            && read.columns.iter().zip(schema).all(|(entry, column)| {
                (&entry.name, &entry.column_type) == (&column.name, &column.column_type)
            });
    if is_same { Ok(()) } else { Err("its columns are not those of the manifest".into()) }
}

fn codes(origin: &Origin) -> Vec<Code> {
    let holds = |wanted: &str| match origin {
        Origin::Own { name } => name == wanted,
        Origin::Parameter { of } => of.iter().any(|of| of.event == PRODUCT_ACTION && of.parameter == wanted),
        Origin::Identifier { .. } | Origin::Attribute { .. } => false,
    };
    if holds("channel_code") {
        let codes = CHANNELS.iter().map(|channel| Code {
            code: channel.code.into(),
            name: channel.name.into(),
            meaning: None,
        });
        return codes.collect();
    }
    if holds("action_code") {
        let codes = ACTIONS.iter().map(|action| Code {
            code: action.code.into(),
            name: action.name.into(),
            meaning: Some(action.meaning.into()),
        });
        return codes.collect();
    }
    Vec::new()
}

fn null(request: &ExportRequest) -> String {
    match request.format {
        Format::Csv => match csv_options(request).null.as_str() {
            "" => "an empty cell; the empty text is a pair of quotes".into(),
            text => format!("`{text}` without quotes; the same text stands in quotes"),
        },
        Format::Ndjson => "null".into(),
        Format::Parquet | Format::Arrow => "null, by the column's validity".into(),
        Format::Xlsx => "no cell; the empty text is a text cell".into(),
    }
}

fn values(request: &ExportRequest, column_type: ColumnType) -> String {
    let format = request.format;
    let is_typed = matches!(format, Format::Parquet | Format::Arrow);
    match column_type {
        ColumnType::Boolean if is_typed => "boolean".into(),
        ColumnType::Boolean if format == Format::Xlsx => "TRUE or FALSE, as a boolean cell".into(),
        ColumnType::Boolean => "true or false".into(),
        ColumnType::Integer if is_typed => "whole number of 64 bits".into(),
        ColumnType::Integer if format == Format::Xlsx => {
            "number; as text where it has more than 15 digits".into()
        }
        ColumnType::Integer => "whole number".into(),
        ColumnType::Number if is_typed => "float of 64 bits".into(),
        ColumnType::Number if format == Format::Xlsx => {
            "number; as text where it is whole and has more than 15 digits".into()
        }
        ColumnType::Number if format == Format::Ndjson => "number, as its source wrote it".into(),
        ColumnType::Number => "number, in the shortest form that reads back the same".into(),
        ColumnType::Date if is_typed => "day".into(),
        ColumnType::Date if format == Format::Xlsx => "date cell; as text before 1900-03-01".into(),
        ColumnType::Date => "YYYY-MM-DD".into(),
        ColumnType::Datetime => instants(request),
        ColumnType::String | ColumnType::Identifier => "text".into(),
        ColumnType::Json if format == Format::Ndjson => "a JSON array of objects".into(),
        ColumnType::Json => "text: a JSON array of objects on one line".into(),
        ColumnType::Array(_) => match request.arrays {
            Some(Arrays::Joined) => {
                let separator = request.array_separator.as_deref().unwrap_or(crate::form::ARRAY_SEPARATOR);
                format!(
                    "the elements as text with `{separator}` between them; an array without elements is an empty text"
                )
            }
            None if is_typed => "list".into(),
            None | Some(Arrays::Refuse) if format == Format::Ndjson => "array".into(),
            _ => "a JSON array on one line".into(),
        },
    }
}

fn instants(request: &ExportRequest) -> String {
    let zone = request.time_zone.as_deref().unwrap_or("UTC");
    match (request.times, request.format) {
        (Some(TimeForm::EpochSeconds), _) => {
            "seconds since 1970-01-01T00:00:00Z, with a fraction where there is one".into()
        }
        (Some(TimeForm::EpochMilliseconds), _) => {
            "milliseconds since 1970-01-01T00:00:00Z, with a fraction where there is one".into()
        }
        (Some(TimeForm::Space), _) => format!("YYYY-MM-DD hh:mm:ss by the clock of {zone}"),
        (None, Format::Parquet | Format::Arrow) if request.surface == Surface::Native => {
            "instant in microseconds, UTC".into()
        }
        (None, Format::Xlsx) => format!(
            "date cell by the clock of {zone}; as RFC 3339 text before 1900-03-01 or where it is finer than a millisecond"
        ),
        _ if zone == "UTC" => "RFC 3339 with Z".into(),
        _ => format!("RFC 3339 with the offset of {zone}"),
    }
}
