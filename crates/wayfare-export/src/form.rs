//! How cells look in the files, as a request asks for it: quotes, times, arrays, and which columns there are.

use crate::error::ExportError;
use crate::request::{Compression, ExportRequest, Format, Formulas, Surface};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Which cells of CSV stand in quotes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quotes {
    /// Those that need them.
    #[default]
    Needed,
    /// All but null.
    All,
    /// All but null, numbers and booleans.
    Text,
}

/// How instants are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeForm {
    /// `2026-09-01T07:00:00Z`, or with the offset of the zone asked for.
    #[default]
    Rfc3339,
    /// `2026-09-01 07:00:00`, what clocks of the zone show.
    Space,
    /// Seconds since 1970, with a fraction where there is one.
    EpochSeconds,
    /// Milliseconds since 1970, with a fraction where there is one.
    EpochMilliseconds,
}

impl TimeForm {
    /// Whether it gives numbers.
    pub fn is_epoch(self) -> bool {
        matches!(self, Self::EpochSeconds | Self::EpochMilliseconds)
    }
}

/// How arrays are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrays {
    /// JSON on one line.
    Json,
    /// The elements with a separator between them.
    Joined,
    /// Not at all: an export with a column of arrays is refused.
    Refuse,
}

/// A column that is wanted, perhaps under another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "neither a column's name nor {\"column\": …, \"as\": …}")]
pub enum ChosenColumn {
    /// Under its own name.
    Own(String),
    /// Under another.
    Renamed(Renamed),
}

/// A column under another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renamed {
    /// Its own name.
    pub column: String,
    /// The name in the files.
    #[serde(rename = "as")]
    pub name: String,
}

impl ChosenColumn {
    /// The column's own name, and its name in the files.
    pub fn names(&self) -> (&str, &str) {
        match self {
            Self::Own(name) => (name, name),
            Self::Renamed(Renamed { column, name }) => (column, name),
        }
    }
}

/// What stands between the elements of a joined array where nothing else is asked for.
pub const ARRAY_SEPARATOR: &str = "|";

/// The zone in which instants are written; `None` is UTC.
pub fn time_zone(request: &ExportRequest) -> Result<Option<TimeZone>, ExportError> {
    match request.time_zone.as_deref() {
        None | Some("UTC") => Ok(None),
        Some(name) => TimeZone::get(name)
            .map(Some)
            .map_err(|_| ExportError::refused("time_zone", format!("no time zone is called `{name}`"))),
    }
}

/// Checks that the options go with the format, the surface and each other.
pub fn check(request: &ExportRequest) -> Result<(), ExportError> {
    let refuse = |path: &str, message: &str| Err(ExportError::refused(path, message));
    let format = request.format;
    let csv_only = [
        ("formulas", request.formulas != Formulas::Raw),
        ("delimiter", request.delimiter.is_some()),
        ("bom", request.bom),
        ("crlf", request.crlf),
        ("null", request.null_text.is_some()),
        ("quotes", request.quotes.is_some()),
    ];
    if format != Format::Csv
        && let Some((option, _)) = csv_only.iter().find(|(_, given)| *given)
    {
        return refuse(option, "is an option of CSV");
    }
    let form = [
        ("quotes", request.quotes.is_some()),
        ("times", request.times.is_some()),
        ("time_zone", request.time_zone.is_some()),
        ("arrays", request.arrays.is_some()),
        ("array_separator", request.array_separator.is_some()),
        ("columns", request.columns.is_some()),
    ];
    if request.surface == Surface::V1
        && let Some((option, _)) = form.iter().find(|(_, given)| *given)
    {
        return refuse(option, "is for native requests: files of a version 1 body have one form");
    }
    match (format, request.compression) {
        (Format::Parquet | Format::Xlsx, Some(_)) => {
            return refuse(
                "compression",
                "is for text files and Arrow; Parquet and XLSX are compressed inside",
            );
        }
        (Format::Arrow, Some(Compression::Gzip)) => {
            return refuse("compression", "must be zstd for Arrow, which is compressed inside");
        }
        _ => {}
    }
    time_zone(request)?;
    let is_typed = matches!(format, Format::Parquet | Format::Arrow);
    if is_typed && request.times.is_some_and(TimeForm::is_epoch) {
        return refuse(
            "times",
            "must be rfc3339 or space; left out, Parquet and Arrow hold instants as such",
        );
    }
    if is_typed && request.times.is_none() && request.time_zone.is_some() {
        return refuse("time_zone", "goes with `times`: Parquet and Arrow hold instants, which have no zone");
    }
    if request.times.is_some_and(TimeForm::is_epoch) && request.time_zone.is_some() {
        return refuse(
            "time_zone",
            "does not go with `times` since the epoch, which are the same everywhere",
        );
    }
    if let Some(separator) = &request.array_separator {
        if request.arrays != Some(Arrays::Joined) {
            return refuse("array_separator", "goes with `arrays`: joined");
        }
        if separator.is_empty() || separator.chars().any(char::is_control) {
            return refuse("array_separator", "must be text without control characters");
        }
    }
    Ok(())
}
