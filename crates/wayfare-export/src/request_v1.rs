//! The body of a raw export on the v1 surface.
//!
//! `segment` may be absent (everyone), a saved segment's id or number, a definition, or `{"definition": …}`; the old
//! `vertical` may stand in its place. At most one filter goes with an event, and an event is wanted once.

use crate::error::ExportError;
use crate::raw_request::{People, RawRequest, check_wanted, hook, read_json, segment};
use crate::request::{Bound, EventsRequest, ExportRequest, Format, Surface, Wanted};
use crate::vertical::Vertical;
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
    vertical: Option<Vertical>,
    #[serde(default)]
    attributes: Vec<String>,
    #[serde(default)]
    events: Option<Events>,
    format: String,
    #[serde(default)]
    hook: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Events {
    #[serde(default)]
    start_date: Option<Bound>,
    #[serde(default)]
    end_date: Option<Bound>,
    #[serde(default)]
    wanted: Vec<Wanted>,
}

/// Reads a body.
pub fn read(body: &str) -> Result<RawRequest, ExportError> {
    let body: Body = read_json(body)?;
    if body.version.is_some_and(|version| version.as_u64() != Some(1)) {
        return Err(ExportError::refused("version", "must be 1 here"));
    }
    let format = match body.format.as_str() {
        "csv" => Format::Csv,
        "json" | "ndjson" => Format::Ndjson,
        "parquet" => Format::Parquet,
        other => {
            return Err(ExportError::refused("format", format!("{other:?} is none of csv, json, parquet")));
        }
    };
    let people = match (body.segment, body.vertical) {
        (Some(_), Some(_)) => {
            return Err(ExportError::refused("vertical", "stands beside `segment`: give one of them"));
        }
        (Some(raw), None) => segment(&raw)?,
        (None, Some(tree)) => People::Vertical(tree),
        (None, None) => People::Everyone,
    };
    let mut request = match body.events {
        Some(events) => {
            check_events(&events)?;
            let Events { start_date, end_date, wanted } = events;
            let events = EventsRequest { start_date, end_date, wanted, dry_runs: false };
            ExportRequest::events(events, body.attributes, format)
        }
        None if body.attributes.is_empty() => {
            return Err(ExportError::refused("", "give `attributes`, `events` or both"));
        }
        None => ExportRequest::profiles(None, body.attributes, format),
    };
    request.surface = Surface::V1;
    request.hook = hook("hook", body.hook)?;
    Ok(RawRequest { request, people })
}

fn check_events(events: &Events) -> Result<(), ExportError> {
    for (name, bound) in [("start_date", events.start_date), ("end_date", events.end_date)] {
        if bound.is_none() {
            return Err(ExportError::refused(format!("events.{name}"), "is required, in epoch seconds"));
        }
    }
    check_wanted(&events.wanted, "events.wanted")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str) -> String {
        match read(body) {
            Err(error) => format!("refused: {error}"),
            Ok(RawRequest { request, people }) => {
                format!("{:?} {:?} {people:?}", request.kind, request.format)
            }
        }
    }

    #[test]
    fn bodies() {
        let events = |more: &str| {
            format!(
                r#"{{"version":1,"format":"csv","hook":"https://x.example","events":{{"start_date":1788220800,"end_date":1788307200,"wanted":[{{"event_name":"journey_entered","params":["journey_id"]{more}}}]}}}}"#
            )
        };
        let filter = r#"{"key":"a","operator":"eq","values":[1]}"#;
        insta::assert_snapshot!(
            [
                events(""),
                events(&format!(r#","filters":[{filter}]"#)),
                events(&format!(r#","filters":[{filter},{filter}]"#)),
                events("},{\"event_name\":\"journey_enter\""),
                r#"{"format":"csv","attributes":["*"]}"#.into(),
                r#"{"format":"csv"}"#.into(),
                r#"{"format":"xls","attributes":["*"]}"#.into(),
                r#"{"format":"json","attributes":["*"],"segment":{"segment_id":7}}"#.into(),
                r#"{"format":"json","attributes":["*"],"segment":{"segment_id":"seg_1"}}"#.into(),
                r#"{"format":"json","attributes":["*"],"segment":{"segment_id":[]}}"#.into(),
                r#"{"format":"json","attributes":["*"],"segment":{"segment_id":7},"vertical":{"main_group":{"filter_groups":[]}}}"#.into(),
                r#"{"format":"json","attributes":["*"],"segment":{"definition":{"all":[]}}}"#.into(),
                r#"{"format":"json","attributes":["*"],"segment":{"all":[]}}"#.into(),
                r#"{"format":"json","attributes":["*"],"segment":{}}"#.into(),
                r#"{"version":2,"format":"csv","attributes":["*"]}"#.into(),
                r#"{"version":"1","format":"csv","attributes":["*"]}"#.into(),
                r#"{"format":"csv","events":{"start_date":1,"wanted":[{"event_name":"x"}]}}"#.into(),
                r#"{"format":"csv","events":{"start_date":1,"end_date":2,"wanted":[]}}"#.into(),
            ]
            .map(|body| format!("{body}\n  {}", check(&body)))
            .join("\n")
        );
    }
}
