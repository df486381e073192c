//! The body of a raw export on the v2 surface.
//!
//! People are those of `segment` (a saved segment's id or number, or a definition) or of `events_query` (what they did, or
//! a definition), never both; without either it is everyone.

use crate::error::ExportError;
use crate::events_query;
use crate::raw_request::{People, RawRequest, check_wanted, hook, read_json, segment};
use crate::request::{Bound, EventsRequest, ExportRequest, Format, Surface, Wanted};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    version: Option<Value>,
    #[serde(default)]
    segment: Option<Box<RawValue>>,
    #[serde(default)]
    events_query: Option<Box<RawValue>>,
    #[serde(default)]
    attributes: Vec<String>,
    #[serde(default)]
    events: Option<Events>,
    format: String,
    #[serde(default)]
    webhook: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Events {
    #[serde(default)]
    from: Option<Bound>,
    #[serde(default)]
    to: Option<Bound>,
    #[serde(default)]
    wanted: Vec<Wanted>,
}

/// Reads a body.
pub fn read(body: &str) -> Result<RawRequest, ExportError> {
    let body: Body = read_json(body)?;
    if body.version.is_some_and(|version| version.as_u64() != Some(2)) {
        return Err(ExportError::refused("version", "must be 2 here"));
    }
    let format = match body.format.as_str() {
        "csv" => Format::Csv,
        "parquet" => Format::Parquet,
        other => return Err(ExportError::refused("format", format!("{other:?} is none of csv, parquet"))),
    };
    let people = match (body.segment, body.events_query) {
        (Some(_), Some(_)) => {
            return Err(ExportError::refused("events_query", "stands beside `segment`: give one of them"));
        }
        (Some(raw), None) => segment(&raw)?,
        (None, Some(raw)) => events_query::read(&raw)?,
        (None, None) => People::Everyone,
    };
    let mut request = match body.events {
        Some(Events { from, to, wanted }) => {
            for (name, bound) in [("from", from), ("to", to)] {
                if bound.is_none() {
                    let message = "is required, in RFC 3339 or epoch seconds";
                    return Err(ExportError::refused(format!("events.{name}"), message));
                }
            }
            check_wanted(&wanted, "events.wanted")?;
            let events = EventsRequest { start_date: from, end_date: to, wanted, dry_runs: false };
            ExportRequest::events(events, body.attributes, format)
        }
        None if body.attributes.is_empty() => {
            return Err(ExportError::refused("", "give `attributes`, `events` or both"));
        }
        None => ExportRequest::profiles(None, body.attributes, format),
    };
    request.surface = Surface::V2;
    request.hook = hook("webhook", body.webhook)?;
    Ok(RawRequest { request, people })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str) -> String {
        match read(body) {
            Err(error) => format!("refused: {error}"),
            Ok(RawRequest { request, people }) => {
                format!("{:?} {:?} {people:?} {:?}", request.kind, request.format, request.hook)
            }
        }
    }

    #[test]
    fn bodies() {
        insta::assert_snapshot!(
            [
                r#"{"format":"csv","attributes":["*"],"webhook":"https://x.example"}"#,
                r#"{"format":"json","attributes":["*"]}"#,
                r#"{"format":"parquet"}"#,
                r#"{"format":"csv","attributes":["*"],"segment":{"segment_id":7},"events_query":{"all":[]}}"#,
                r#"{"format":"csv","attributes":["*"],"events_query":{"wanted":[{"event_name":"purchase"}]}}"#,
                r#"{"format":"csv","attributes":["*"],"events_query":{"definition":{"all":[]}}}"#,
                r#"{"format":"csv","attributes":["*"],"events_query":{"all":[]}}"#,
                r#"{"format":"csv","attributes":["*"],"events_query":{"wanted":[]}}"#,
                r#"{"format":"csv","events":{"from":1,"wanted":[{"event_name":"purchase"}]}}"#,
                r#"{"format":"csv","events":{"from":1,"to":2,"wanted":[{"event_name":"purchase"},{"event_name":"purchase"}]}}"#,
                r#"{"format":"csv","events":{"from":1,"to":"x","wanted":[{"event_name":"purchase"}]}}"#,
                r#"{"format":"csv","events":{"from":1,"to":2,"wanted":[{"event_name":"purchase","filters":[{"key":"a","operator":"like","values":[1]}]}]}}"#,
                r#"{"format":"csv","events":{"start_date":1,"to":2,"wanted":[]}}"#,
                r#"{"format":"csv","attributes":["*"],"webhook":7}"#,
                r#"{"version":1,"format":"csv","attributes":["*"]}"#,
            ]
            .map(|body| format!("{body}\n  {}", check(body)))
            .join("\n")
        );
    }
}
