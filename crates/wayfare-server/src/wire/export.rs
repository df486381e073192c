//! Exports: what is asked for.

use crate::problem::Problem;
use crate::wire::segment::{
    condition_schema, definition_schema, optional_definition_schema, time_range_schema,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::num::NonZeroU64;
use utoipa::ToSchema;
use wayfare_export::form;
use wayfare_export::positions::Positions;
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
    /// Which of the export's columns the files have, in which order, under which names. Default: all of them.
    pub columns: Option<Vec<ChosenColumn>>,
    /// Columns that are worked out for each profile; they stand behind the attributes. At most 100.
    #[serde(default)]
    #[schema(value_type = Vec<ComputedColumn>, required = false, max_items = 100)]
    pub computed: Vec<Box<RawValue>>,
    /// Which events; needed for kind `events`, and only there.
    pub events: Option<Events>,
    /// Which passes or messages; for those kinds only, and all of them without it.
    pub journeys: Option<JourneyRows>,
    /// Only what came in within a window of commit positions: an incremental export. It goes without `definition` and
    /// `computed`, and each of its rows has its `position`.
    pub positions: Option<PositionWindow>,
    /// The form of the files.
    pub format: Format,
    /// How text files are compressed. For `arrow`, `zstd` compresses inside the file.
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
    /// Which cells of CSV stand in quotes. Default: `needed`.
    pub quotes: Option<Quotes>,
    /// How instants are written. Default: `rfc3339` in text, date cells in XLSX, instants in Parquet and Arrow.
    pub times: Option<Times>,
    /// The time zone in which instants are written, as the IANA database names it. Default: UTC.
    pub time_zone: Option<String>,
    /// How arrays are written. Default: arrays in NDJSON, lists in Parquet and Arrow, else `json`.
    pub arrays: Option<Arrays>,
    /// Between the elements of joined arrays. Default: `|`.
    pub array_separator: Option<String>,
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
    /// Whose names and forms the files have. Default: `native`.
    pub surface: Option<Surface>,
    /// Who gets an e-mail with a link when the export is complete.
    pub email: Option<String>,
    /// The address that is told when the export is over: with a `url` to the files where it is complete.
    pub hook: Option<String>,
    /// Destinations that the files are sent to when the export is complete; on the native surface only.
    #[serde(default)]
    #[schema(required = false, max_items = 20)]
    pub destinations: Vec<String>,
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

/// A column that is worked out for each profile. It has exactly one of `event`, `channel_interaction`, `segment` and
/// `definition`; `measure` goes with the first two, `parameter` with measure `sum`. No event at or after `as_of` is seen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its description is used; the language of segments has its own reader")]
pub struct ComputedColumn {
    /// The column's name: no other column has it.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The events that count, by name.
    #[schema(nullable = false)]
    event: Option<String>,
    /// The events that count, as in a definition.
    #[schema(nullable = false, required = false, value_type = Object)]
    channel_interaction: Option<serde_json::Value>,
    /// What holds of each event, as in a definition.
    #[serde(rename = "where")]
    #[schema(schema_with = condition_schema, required = false)]
    condition: Option<serde_json::Value>,
    /// When they happened, as in a definition.
    #[schema(schema_with = time_range_schema, required = false)]
    time_range: Option<serde_json::Value>,
    /// What is said about them.
    #[schema(nullable = false)]
    measure: Option<Measure>,
    /// What is added up: a parameter that holds numbers.
    #[schema(nullable = false)]
    parameter: Option<String>,
    /// A saved segment: true where the profile is in it.
    #[schema(nullable = false)]
    segment: Option<String>,
    /// A segment definition: true where it means the profile.
    #[schema(schema_with = definition_schema, required = false)]
    definition: Option<serde_json::Value>,
}

/// What a computed column says about events.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "only its description is used")]
pub enum Measure {
    /// How many there are; 0 where there is none.
    Count,
    /// The sum of a parameter; missing where no event has it.
    Sum,
    /// When the first was; missing where there is none.
    FirstTime,
    /// When the last was; missing where there is none.
    LastTime,
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
    /// Arrow IPC files.
    Arrow,
    /// Workbooks with one sheet, up to its 1,048,576 rows each.
    Xlsx,
}

/// Which cells of CSV stand in quotes.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quotes {
    /// Those that need them.
    Needed,
    /// All but null.
    All,
    /// All but null, numbers and booleans.
    Text,
}

/// How instants are written.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// RFC 3339: with `Z`, or the offset of `time_zone`.
    Rfc3339,
    /// `YYYY-MM-DD hh:mm:ss` by the clock of `time_zone`.
    Space,
    /// Seconds since 1970, with a fraction where there is one.
    EpochSeconds,
    /// Milliseconds since 1970, with a fraction where there is one.
    EpochMilliseconds,
}

/// How arrays are written.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrays {
    /// JSON on one line.
    Json,
    /// The elements with a separator between them.
    Joined,
    /// Not at all: an export with a column of arrays is refused.
    Refuse,
}

/// A column that is wanted: its name, or an object that gives it another one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "neither a column's name nor {\"column\": …, \"as\": …}")]
pub enum ChosenColumn {
    /// Under its own name.
    Own(String),
    /// Under another.
    Renamed(RenamedColumn),
}

/// A column under another name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenamedColumn {
    /// Its own name.
    pub column: String,
    /// Its name in the files.
    #[serde(rename = "as")]
    pub name: String,
}

/// Names of columns, null and time forms.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// Wayfare's own.
    Native,
    /// Those of the seed-compatible surface, version 1.
    V1,
    /// Those of the seed-compatible surface, version 2: attributes and events in files of their own.
    V2,
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

/// A window of commit positions, half-open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionWindow {
    /// The first position that is in: where the last export ended, or 0 for everything.
    pub from: Option<u64>,
    /// A complete export behind which the window starts, in the place of `from`.
    pub after: Option<String>,
    /// The first position that is out again. Default: one past the last one there is.
    pub to: Option<u64>,
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
            surface: match self.surface {
                Some(Surface::Native) | None => request::Surface::Native,
                Some(Surface::V1) => request::Surface::V1,
                Some(Surface::V2) => request::Surface::V2,
            },
            policy: None,
            definition: self.definition,
            attributes: self.attributes,
            columns: self
                .columns
                .map(|columns| columns.into_iter().map(ChosenColumn::into_request).collect()),
            computed: self.computed,
            events: self.events.map(Events::into_request).transpose()?,
            journeys: self.journeys.map(JourneyRows::into_request).transpose()?,
            positions: self.positions.map(|PositionWindow { from, after, to }| Positions { from, after, to }),
            format: match self.format {
                Format::Csv => request::Format::Csv,
                Format::Ndjson => request::Format::Ndjson,
                Format::Parquet => request::Format::Parquet,
                Format::Arrow => request::Format::Arrow,
                Format::Xlsx => request::Format::Xlsx,
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
            quotes: self.quotes.map(|quotes| match quotes {
                Quotes::Needed => form::Quotes::Needed,
                Quotes::All => form::Quotes::All,
                Quotes::Text => form::Quotes::Text,
            }),
            times: self.times.map(|times| match times {
                Times::Rfc3339 => form::TimeForm::Rfc3339,
                Times::Space => form::TimeForm::Space,
                Times::EpochSeconds => form::TimeForm::EpochSeconds,
                Times::EpochMilliseconds => form::TimeForm::EpochMilliseconds,
            }),
            time_zone: self.time_zone,
            arrays: self.arrays.map(|arrays| match arrays {
                Arrays::Json => form::Arrays::Json,
                Arrays::Joined => form::Arrays::Joined,
                Arrays::Refuse => form::Arrays::Refuse,
            }),
            array_separator: self.array_separator,
            max_rows: self.max_rows,
            max_bytes: self.max_bytes,
            as_of,
            timezone: self.timezone,
            email: self.email,
            hook: self.hook,
            destinations: self.destinations,
        })
    }
}

impl ChosenColumn {
    fn into_request(self) -> form::ChosenColumn {
        match self {
            Self::Own(name) => form::ChosenColumn::Own(name),
            Self::Renamed(RenamedColumn { column, name }) => {
                form::ChosenColumn::Renamed(form::Renamed { column, name })
            }
        }
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
