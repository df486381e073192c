//! What is asked for: the one request that the API, the CLI, the web app and a kept job share.
//!
//! The bodies of the seed-compatible surface are turned into it by [`crate::request_v1`].

use crate::error::ExportError;
use crate::form::{self, Arrays, ChosenColumn, Quotes, TimeForm};
use crate::policy::AppliedPolicy;
use crate::positions::{self, Positions};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::num::NonZeroU64;
use wayfare_model::time::{Instant, is_date};
use wayfare_model::value::exact_number;

/// What a row of the export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

impl Kind {
    /// The name used in manifests and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Profiles => "profiles",
            Self::Events => "events",
            Self::Passes => "passes",
            Self::Messages => "messages",
        }
    }
}

/// The form of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Workbooks with one sheet.
    Xlsx,
}

impl Format {
    /// The name, which is also the extension of its files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Xlsx => "xlsx",
        }
    }
}

/// How text files are compressed, and Arrow inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Members of gzip, one after the other.
    Gzip,
    /// Frames of Zstandard, one after the other.
    Zstd,
}

impl Compression {
    /// The extension it adds to a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }
}

/// What happens to a text cell of a CSV file that a spreadsheet would run as a formula.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formulas {
    /// It gets an apostrophe in front.
    Escape,
    /// It is written as it is.
    #[default]
    Raw,
    /// The export fails.
    Refuse,
}

/// Names of columns, null and time forms: Wayfare's own, or those of the v1 surface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// Wayfare's own.
    #[default]
    Native,
    /// `a_…`, `event_name`, `e_…`, `iid`, with `\N` for null.
    V1,
    /// Public names, `custom.…`, `insider_id`, with `\N` for null; attributes and events in files of their own.
    V2,
}

/// How a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterOperator {
    /// Equal to one of the values.
    Eq,
    /// The exact complement of [`Eq`](Self::Eq): also true where the parameter is missing.
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

/// One filter on the occurrences of one event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventFilter {
    /// A parameter's name.
    pub key: String,
    /// How it compares.
    pub operator: FilterOperator,
    /// With what: strings, numbers or booleans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<serde_json::Value>>,
    /// An address of values, which must have been fetched before the request is planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values_url: Option<String>,
}

/// One event that is wanted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Its name.
    pub event_name: String,
    /// Parameters that are wanted as columns.
    #[serde(default)]
    pub params: Vec<String>,
    /// Conditions that all must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<EventFilter>,
}

/// An end of a range of event times: epoch seconds or RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound(pub Instant);

impl Serialize for Bound {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => {
                Instant::parse(&text).map(Self).map_err(|why| D::Error::custom(format!("{text:?} {why}")))
            }
            serde_json::Value::Number(number) => epoch_seconds(&number)
                .map(Self)
                .ok_or_else(|| D::Error::custom(format!("{number} is no time in epoch seconds"))),
            other => Err(D::Error::custom(format!("{other} is neither epoch seconds nor an RFC 3339 time"))),
        }
    }
}

fn epoch_seconds(number: &serde_json::Number) -> Option<Instant> {
    let micros = match number.as_i64() {
        Some(whole) => whole.checked_mul(1_000_000)?,
        // A fraction is kept to the microsecond; beyond the years that exist the check below refuses.
        None => (number.as_f64()? * 1e6).round() as i64,
    };
    Instant::from_micros(micros)
}

/// Which events: a half-open range of event time and what is wanted of each event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsRequest {
    /// The first instant that is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Bound>,
    /// The first instant that is out again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Bound>,
    /// The events, at least one.
    pub wanted: Vec<Wanted>,
    /// Whether dry runs are exported too; otherwise they are left out and counted, save where a filter of the
    /// event names `is_dry_run`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_runs: bool,
}

/// Which passes or messages: journeys, and a half-open range of when a pass was entered or the first thing happened
/// with a message.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JourneysRequest {
    /// The journeys; all of them where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<i64>>,
    /// The first instant that is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Bound>,
    /// The first instant that is out again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Bound>,
    /// Whether dry runs are exported too; otherwise they are left out and counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_runs: bool,
}

/// An export that is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// What a row is.
    pub kind: Kind,
    /// Names and forms in the files: a matter of the surface that was called, never of the body.
    #[serde(skip)]
    pub surface: Surface,
    /// What may be shown of it: a matter of the API key that asks, never of the body.
    #[serde(skip)]
    pub policy: Option<AppliedPolicy>,
    /// Who is meant, as a segment definition; nobody is left out where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Box<RawValue>>,
    /// Attributes and identifiers wanted as columns; `["*"]` means all.
    #[serde(default)]
    pub attributes: Vec<String>,
    /// Which of the columns the files have, in which order, under which names; all of them where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<ChosenColumn>>,
    /// Columns that are worked out for each profile, each as JSON of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub computed: Vec<Box<RawValue>>,
    /// Which events, for kind `events`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<EventsRequest>,
    /// Which passes or messages, for those kinds; all of them where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journeys: Option<JourneysRequest>,
    /// Only what came in within a window of commit positions: an incremental export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positions: Option<Positions>,
    /// The form of the files.
    pub format: Format,
    /// How text files are compressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// What happens to formulas in CSV.
    #[serde(default)]
    pub formulas: Formulas,
    /// The delimiter of CSV, a comma by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Whether CSV starts with a byte order mark.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bom: bool,
    /// Whether CSV rows end in CR LF.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub crlf: bool,
    /// What stands for null in CSV: nothing by default.
    #[serde(default, rename = "null", skip_serializing_if = "Option::is_none")]
    pub null_text: Option<String>,
    /// Which cells of CSV stand in quotes: those that need them by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<Quotes>,
    /// How instants are written; each format has its own way where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<TimeForm>,
    /// The zone in which instants are written, `UTC` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// How arrays are written; each format has its own way where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrays: Option<Arrays>,
    /// What stands between the elements of joined arrays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub array_separator: Option<String>,
    /// The most rows of a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rows: Option<NonZeroU64>,
    /// The most bytes of a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<NonZeroU64>,
    /// The instant as of which the segment is evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Instant>,
    /// The time zone in which the segment is evaluated, `UTC` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Who gets an e-mail when a job is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The address that is told when a job is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<String>,
    /// Destinations that the files are sent to when a job is complete: `dst_…`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<String>,
}

impl ExportRequest {
    /// An export of profiles with the given columns, all options at their defaults.
    pub fn profiles(definition: Option<Box<RawValue>>, attributes: Vec<String>, format: Format) -> Self {
        Self {
            kind: Kind::Profiles,
            surface: Surface::Native,
            policy: None,
            definition,
            attributes,
            columns: None,
            computed: Vec::new(),
            events: None,
            journeys: None,
            positions: None,
            format,
            compression: None,
            formulas: Formulas::Raw,
            delimiter: None,
            bom: false,
            crlf: false,
            null_text: None,
            quotes: None,
            times: None,
            time_zone: None,
            arrays: None,
            array_separator: None,
            max_rows: None,
            max_bytes: None,
            as_of: None,
            timezone: None,
            email: None,
            hook: None,
            destinations: Vec::new(),
        }
    }

    /// An export of events, all options at their defaults.
    pub fn events(events: EventsRequest, attributes: Vec<String>, format: Format) -> Self {
        Self { kind: Kind::Events, events: Some(events), ..Self::profiles(None, attributes, format) }
    }

    /// Where the body of the surface has the hook.
    pub(crate) fn hook_path(&self) -> &'static str {
        match self.surface {
            Surface::V2 => "webhook",
            Surface::Native | Surface::V1 => "hook",
        }
    }

    /// An export of passes or messages, all options at their defaults.
    pub fn journeys(kind: Kind, journeys: JourneysRequest, attributes: Vec<String>, format: Format) -> Self {
        Self { kind, journeys: Some(journeys), ..Self::profiles(None, attributes, format) }
    }

    /// Checks what can be checked without data.
    pub fn check(&self) -> Result<(), ExportError> {
        let refuse = |path: &str, message: &str| Err(ExportError::refused(path, message));
        match (self.kind, &self.events) {
            (kind @ (Kind::Profiles | Kind::Passes | Kind::Messages), Some(_)) => {
                let message = format!("goes with kind `events`; an export of {} has none", kind.name());
                return refuse("events", &message);
            }
            (Kind::Events, None) => return refuse("events", "is needed for kind `events`"),
            (Kind::Events, Some(events)) if events.wanted.is_empty() => {
                return refuse("events.wanted", "names no event: list each event that is wanted");
            }
            _ => {}
        }
        match (self.kind, &self.journeys) {
            (kind @ (Kind::Profiles | Kind::Events), Some(_)) => {
                let message = format!("goes with kinds `passes` and `messages`, not with `{}`", kind.name());
                return refuse("journeys", &message);
            }
            (_, Some(JourneysRequest { ids: Some(ids), .. })) if ids.is_empty() => {
                return refuse("journeys.ids", "names no journey: leave it out for all of them");
            }
            _ => {}
        }
        positions::check(self)?;
        form::check(self)?;
        if let Some(delimiter) = self.delimiter
            && !is_delimiter(delimiter)
        {
            return refuse("delimiter", "must be a tab or one of , ; | ^ ~ ! # $ & @");
        }
        let delimiter = self.delimiter.unwrap_or(',');
        if let Some(null) = &self.null_text
            && null.chars().any(|c| c == delimiter || c == '"' || c.is_control())
        {
            return refuse("null", "must not hold the delimiter, a quote or a control character");
        }
        if self.null_text.as_deref().is_some_and(looks_typed) {
            return refuse("null", "must not look like a number, a boolean or a time");
        }
        crate::computed::read(self)?;
        if let Some(email) = &self.email {
            crate::mail::check_address(email)?;
        }
        if self.surface != Surface::Native && !self.destinations.is_empty() {
            return refuse("destinations", "go with exports of the native surface only");
        }
        if let Some(hook) = &self.hook {
            crate::hook::check(hook, self.hook_path())?;
        }
        Ok(())
    }
}

/// Characters that stand in no number, time or id, so that only text cells can need quotes.
fn is_delimiter(c: char) -> bool {
    matches!(c, ',' | ';' | '\t' | '|' | '^' | '~' | '!' | '#' | '$' | '&' | '@')
}

/// Whether a text is an instant with a space in it, as `times` may ask for.
fn is_clock(text: &str) -> bool {
    text.contains(' ')
        && Instant::parse(&format!("{}Z", text.trim_end_matches('Z').replacen(' ', "T", 1))).is_ok()
}

/// Whether a cell of that text could be a value that is written without quotes.
fn looks_typed(text: &str) -> bool {
    matches!(text, "true" | "false")
        || exact_number(text).is_some()
        || Instant::parse(text).is_ok()
        || is_clock(text)
        || is_date(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str) -> String {
        match serde_json::from_str::<ExportRequest>(body) {
            Err(error) => format!("unreadable: {error}"),
            Ok(request) => request.check().map_or_else(|error| error.to_string(), |()| "taken".into()),
        }
    }

    #[test]
    fn what_is_taken_and_what_is_refused() {
        insta::assert_snapshot!(
            [
                r#"{"kind":"profiles","format":"csv"}"#,
                r#"{"kind":"profiles","format":"xls"}"#,
                r#"{"kind":"profiles","format":"csv","colour":"red"}"#,
                r#"{"kind":"profiles","format":"csv","events":{"wanted":[]}}"#,
                r#"{"kind":"events","format":"csv"}"#,
                r#"{"kind":"events","format":"csv","events":{"wanted":[]}}"#,
                r#"{"kind":"events","format":"csv","events":{"start_date":"2026-09-01","wanted":[{"event_name":"x"}]}}"#,
                r#"{"kind":"events","format":"csv","events":{"start_date":1788220800,"end_date":"2026-09-02T00:00:00Z","wanted":[{"event_name":"x"}]}}"#,
                r#"{"kind":"passes","format":"csv"}"#,
                r#"{"kind":"passes","format":"csv","events":{"wanted":[{"event_name":"x"}]}}"#,
                r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"x"}]},"journeys":{}}"#,
                r#"{"kind":"messages","format":"csv","journeys":{"ids":[]}}"#,
                r#"{"kind":"messages","format":"csv","journeys":{"ids":["1004"]}}"#,
                r#"{"kind":"messages","format":"csv","journeys":{"ids":[1004],"start_date":1788220800,"dry_runs":true}}"#,
                r#"{"kind":"messages","format":"csv","journeys":{"id":1004}}"#,
                r#"{"kind":"profiles","format":"parquet","compression":"gzip"}"#,
                r#"{"kind":"profiles","format":"parquet","formulas":"escape"}"#,
                r#"{"kind":"profiles","format":"ndjson","formulas":"refuse"}"#,
                r#"{"kind":"profiles","format":"ndjson","formulas":"raw"}"#,
                r#"{"kind":"profiles","format":"ndjson","bom":true}"#,
                r#"{"kind":"profiles","format":"csv","delimiter":"1"}"#,
                r#"{"kind":"profiles","format":"csv","delimiter":";","null":"a;b"}"#,
                r#"{"kind":"profiles","format":"csv","max_rows":0}"#,
                r#"{"kind":"profiles","format":"csv","email":"a@b.example\r\nBcc: c@d.example"}"#,
                r#"{"kind":"profiles","format":"csv","surface":"v1"}"#,
                r#"{"kind":"profiles","format":"csv","hook":"x.example/hook"}"#,
                r#"{"kind":"profiles","format":"csv","hook":"https://x.example/hook"}"#,
            ]
            .map(|body| format!("{body}\n  {}", check(body)))
            .join("\n")
        );
    }
}
