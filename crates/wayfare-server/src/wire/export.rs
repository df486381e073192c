//! Exports: what is asked for.

use crate::problem::Problem;
use crate::wire::segment::optional_definition_schema;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::num::NonZeroU64;
use utoipa::ToSchema;
use wayfare_export::request::{self, ExportRequest};
use wayfare_model::time::Instant;

/// An export that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateExport {
    /// What a row is.
    pub kind: Kind,
    /// Whose rows; everyone's without it. Its JSON Schema is at `/api/v1/segments/schema`.
    #[schema(schema_with = optional_definition_schema, required = false)]
    pub definition: Option<Box<RawValue>>,
    /// Attributes and identifiers wanted as columns, in this order; `["*"]` means all.
    #[serde(default)]
    pub attributes: Vec<String>,
    /// Which events; needed for kind `events`, and only there.
    pub events: Option<Events>,
    /// Which passes or messages; for those kinds only, and all of them without it.
    pub journeys: Option<JourneyRows>,
    /// The form of the files.
    pub format: Format,
    /// How text files are compressed.
    pub compression: Option<Compression>,
    /// What happens to a CSV cell that a spreadsheet would run as a formula. Default: `raw`.
    pub formulas: Option<Formulas>,
    /// Between the cells of CSV. Default: a comma.
    #[schema(value_type = Option<String>, pattern = "^[,;\\t|^~!#$&@]$")]
    pub delimiter: Option<char>,
    /// Whether CSV starts with a byte order mark.
    pub bom: Option<bool>,
    /// Whether rows of CSV end in CR LF.
    pub crlf: Option<bool>,
    /// What stands for null in CSV. Default: nothing.
    pub null: Option<String>,
    /// The most rows of a part. An export has at most 10,000 parts.
    #[schema(value_type = Option<u64>, minimum = 1)]
    pub max_rows: Option<NonZeroU64>,
    /// The most bytes of a part. An export has at most 10,000 parts.
    #[schema(value_type = Option<u64>, minimum = 1)]
    pub max_bytes: Option<NonZeroU64>,
    /// The instant that counts as now; RFC 3339. Default: now.
    #[schema(format = DateTime)]
    pub as_of: Option<String>,
    /// The time zone of calendar units, as the IANA database names it. Default: UTC.
    pub timezone: Option<String>,
    /// Who gets an e-mail with a link when the export is complete.
    pub email: Option<String>,
}

/// What a row of an export is.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A profile.
    Profiles,
    /// An occurrence of an event.
    Events,
    /// A pass of a profile through a journey.
    Passes,
    /// A message of a journey, with everything that happened with it.
    Messages,
}

/// The form of an export's files.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma-separated values, RFC 4180.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Apache Parquet.
    Parquet,
}

/// How text files are compressed.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// What happens to a CSV cell that a spreadsheet would run as a formula.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Formulas {
    /// It gets an apostrophe in front.
    Escape,
    /// It is written as it is.
    Raw,
    /// The export fails.
    Refuse,
}

/// Which events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// The first instant that is in; RFC 3339.
    #[schema(format = DateTime)]
    pub start_date: Option<String>,
    /// The first instant that is out again; RFC 3339.
    #[schema(format = DateTime)]
    pub end_date: Option<String>,
    /// The events.
    #[schema(min_items = 1)]
    pub wanted: Vec<Wanted>,
    /// Whether dry runs are exported too.
    #[serde(default)]
    pub dry_runs: bool,
}

/// Which passes or messages.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JourneyRows {
    /// The journeys; all of them without it.
    #[schema(min_items = 1)]
    pub ids: Option<Vec<i64>>,
    /// The first instant that is in; RFC 3339. Of a pass, the time when it was entered counts, or of its first event
    /// where no entry is known; of a message, its first action.
    #[schema(format = DateTime)]
    pub start_date: Option<String>,
    /// The first instant that is out again; RFC 3339.
    #[schema(format = DateTime)]
    pub end_date: Option<String>,
    /// Whether dry runs are exported too.
    #[serde(default)]
    pub dry_runs: bool,
}

/// One event that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Its name.
    pub event_name: String,
    /// Parameters wanted as columns.
    #[serde(default)]
    pub params: Vec<String>,
    /// Conditions that all must hold.
    #[serde(default)]
    pub filters: Vec<Filter>,
}

/// A condition on an event.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// A parameter's name.
    pub key: String,
    /// How it compares.
    pub operator: FilterOperator,
    /// With what: strings, numbers or booleans.
    pub values: Vec<serde_json::Value>,
}

/// How a condition compares.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilterOperator {
    /// Equal to one of the values.
    Eq,
    /// Equal to none of them; also true where the parameter is missing.
    Ne,
    /// Less than the value.
    Lt,
    /// Greater than the value.
    Gt,
    /// At most the value.
    Lteq,
    /// At least the value.
    Gteq,
}

impl CreateExport {
    /// What the export room is asked for.
    pub fn into_request(self) -> Result<ExportRequest, Problem> {
        let as_of = self.as_of.as_deref().map(|text| instant("as_of", text)).transpose()?;
        Ok(ExportRequest {
            kind: match self.kind {
                Kind::Profiles => request::Kind::Profiles,
                Kind::Events => request::Kind::Events,
                Kind::Passes => request::Kind::Passes,
                Kind::Messages => request::Kind::Messages,
            },
            surface: request::Surface::Native,
            definition: self.definition,
            attributes: self.attributes,
            events: self.events.map(Events::into_request).transpose()?,
            journeys: self.journeys.map(JourneyRows::into_request).transpose()?,
            format: match self.format {
                Format::Csv => request::Format::Csv,
                Format::Ndjson => request::Format::Ndjson,
                Format::Parquet => request::Format::Parquet,
            },
            compression: self.compression.map(|compression| match compression {
                Compression::Gzip => request::Compression::Gzip,
                Compression::Zstd => request::Compression::Zstd,
            }),
            formulas: match self.formulas {
                Some(Formulas::Escape) => request::Formulas::Escape,
                Some(Formulas::Raw) | None => request::Formulas::Raw,
                Some(Formulas::Refuse) => request::Formulas::Refuse,
            },
            delimiter: self.delimiter,
            bom: self.bom.unwrap_or_default(),
            crlf: self.crlf.unwrap_or_default(),
            null_text: self.null,
            max_rows: self.max_rows,
            max_bytes: self.max_bytes,
            as_of,
            timezone: self.timezone,
            email: self.email,
        })
    }
}

impl JourneyRows {
    fn into_request(self) -> Result<request::JourneysRequest, Problem> {
        Ok(request::JourneysRequest {
            ids: self.ids,
            start_date: bound("journeys.start_date", self.start_date)?,
            end_date: bound("journeys.end_date", self.end_date)?,
            dry_runs: self.dry_runs,
        })
    }
}

impl Events {
    fn into_request(self) -> Result<request::EventsRequest, Problem> {
        Ok(request::EventsRequest {
            start_date: bound("events.start_date", self.start_date)?,
            end_date: bound("events.end_date", self.end_date)?,
            wanted: self.wanted.into_iter().map(Wanted::into_request).collect(),
            dry_runs: self.dry_runs,
        })
    }
}

impl Wanted {
    fn into_request(self) -> request::Wanted {
        let filters = self.filters.into_iter().map(|filter| request::EventFilter {
            key: filter.key,
            operator: match filter.operator {
                FilterOperator::Eq => request::FilterOperator::Eq,
                FilterOperator::Ne => request::FilterOperator::Ne,
                FilterOperator::Lt => request::FilterOperator::Lt,
                FilterOperator::Gt => request::FilterOperator::Gt,
                FilterOperator::Lteq => request::FilterOperator::Lteq,
                FilterOperator::Gteq => request::FilterOperator::Gteq,
            },
            values: Some(filter.values),
            values_url: None,
        });
        request::Wanted { event_name: self.event_name, params: self.params, filters: filters.collect() }
    }
}

fn bound(path: &str, text: Option<String>) -> Result<Option<request::Bound>, Problem> {
    text.map(|text| instant(path, &text).map(request::Bound)).transpose()
}

fn instant(path: &str, text: &str) -> Result<Instant, Problem> {
    Instant::parse(text).map_err(|why| Problem::invalid(path, format!("{text:?} {why}")))
}

/// The name of a compression on the wire.
pub fn compression_name(compression: request::Compression) -> &'static str {
    match compression {
        request::Compression::Gzip => "gzip",
        request::Compression::Zstd => "zstd",
    }
}
