//! The body of a raw export on the v1 surface, without its delivery parts, turned into a request.
//!
//! `segment` may be absent (everyone), a definition, or `{"definition": …}`; `hook` is ignored here. At most one
//! filter goes with an event, and an event is wanted once.

use crate::error::ExportError;
use crate::request::{Bound, EventsRequest, ExportRequest, Format, Surface, Wanted};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashSet;
use wayfare_model::journey;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    version: Option<serde_json::Value>,
    #[serde(default)]
    segment: Option<Box<RawValue>>,
    #[serde(default)]
    attributes: Vec<String>,
    #[serde(default)]
    events: Option<Events>,
    format: String,
    #[serde(default, rename = "hook")]
    _hook: Option<serde::de::IgnoredAny>,
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

/// Reads a body; `version` 1 is the default and the only one known so far.
pub fn read(body: &str) -> Result<ExportRequest, ExportError> {
    let body: Body = serde_json::from_str(body)
        .map_err(|error| ExportError::refused("", format!("the request cannot be read: {error}")))?;
    match body.version.as_ref().map(serde_json::Value::as_u64) {
        None | Some(Some(1)) => {}
        Some(Some(2)) => {
            return Err(ExportError::refused(
                "version",
                "2 is not served yet: send a version 1 body, or use the native API (POST /api/v1/exports)",
            ));
        }
        Some(_) => return Err(ExportError::refused("version", "must be 1")),
    }
    let format = match body.format.as_str() {
        "csv" => Format::Csv,
        "json" | "ndjson" => Format::Ndjson,
        "parquet" => Format::Parquet,
        other => {
            return Err(ExportError::refused("format", format!("{other:?} is none of csv, json, parquet")));
        }
    };
    let definition = body.segment.as_deref().map(segment_definition).transpose()?.flatten();
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
    request.definition = definition;
    request.surface = Surface::V1;
    Ok(request)
}

fn segment_definition(raw: &RawValue) -> Result<Option<Box<RawValue>>, ExportError> {
    let text = raw.get();
    if text == "null" {
        return Ok(None);
    }
    // Only the outermost members are looked at: the definition has its own reader, with its own limits.
    let members: std::collections::BTreeMap<String, Box<RawValue>> = serde_json::from_str(text)
        .map_err(|error| ExportError::refused("segment", format!("must be an object: {error}")))?;
    if members.contains_key("segment_id") {
        return Err(ExportError::refused(
            "segment.segment_id",
            "saved segments are not served yet: write the definition itself as `segment.definition`",
        ));
    }
    match members.get("definition") {
        Some(_) if members.len() > 1 => {
            Err(ExportError::refused("segment", "has other members beside `definition`"))
        }
        Some(definition) => Ok(Some(definition.clone())),
        None if members.is_empty() => {
            Err(ExportError::refused("segment", "is empty: leave it out to mean everyone"))
        }
        None => Ok(Some(raw.to_owned())),
    }
}

fn check_events(events: &Events) -> Result<(), ExportError> {
    for (name, bound) in [("start_date", events.start_date), ("end_date", events.end_date)] {
        if bound.is_none() {
            return Err(ExportError::refused(format!("events.{name}"), "is required, in epoch seconds"));
        }
    }
    if events.wanted.is_empty() {
        return Err(ExportError::refused("events.wanted", "names no event: list each event that is wanted"));
    }
    let mut seen = HashSet::new();
    for (index, wanted) in events.wanted.iter().enumerate() {
        let path = format!("events.wanted[{index}]");
        if !seen.insert(journey::canonical_event(&wanted.event_name)) {
            return Err(ExportError::refused(format!("{path}.event_name"), "is wanted twice"));
        }
        if wanted.filters.len() > 1 {
            return Err(ExportError::refused(
                format!("{path}.filters"),
                "at most one filter goes with an event; several values go into `values`",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str) -> String {
        match read(body) {
            Err(error) => format!("refused: {error}"),
            Ok(request) => format!(
                "{:?} {:?} {}",
                request.kind,
                request.format,
                request.definition.as_ref().map_or("everyone", |definition| definition.get())
            ),
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
