//! Incremental exports: what came in within a window of commit positions, however late it happened.
//!
//! Windows are half-open, so that a chain of them has neither gap nor overlap: the next one starts where the manifest of the
//! last one ends. What carries a position is in: occurrences of events, the newest state of each profile, passes and
//! messages of which something is new. A segment is a state of all profiles and has none; it is exported whole.

use crate::error::ExportError;
use crate::job::Status;
use crate::jobs::Inner;
use crate::manifest::shown_request;
use crate::request::{ExportRequest, Format, Surface};
use crate::verify_chain;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The column that each row of an incremental export has, by which a chain is verified.
pub const POSITION: &str = "position";

/// A half-open window of commit positions, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Positions {
    /// The first position that is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// The export behind which the window starts, in the place of `from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The first position that is out again: one past the last one there is, where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
}

impl Positions {
    /// Everything from a position on.
    pub fn since(from: u64) -> Self {
        Self { from: Some(from), after: None, to: None }
    }
}

/// A window with both ends.
pub type Window = (u64, u64);

/// Checks what can be checked without data.
pub(crate) fn check(request: &ExportRequest) -> Result<(), ExportError> {
    let Some(positions) = &request.positions else { return Ok(()) };
    let refuse = |path: &str, message: &str| Err(ExportError::refused(path, message));
    match (positions.from, &positions.after) {
        (None, None) => {
            return refuse("positions.from", "is needed: where the last export ended, or 0 for everything");
        }
        (Some(from), _) if positions.to.is_some_and(|to| to < from) => {
            return refuse("positions.to", "lies before `positions.from`");
        }
        _ => {}
    }
    if request.surface != Surface::Native {
        return refuse("positions", "goes with exports of the native surface only");
    }
    if request.format == Format::Xlsx {
        let message = "must be another than xlsx: a chain of exports is verified by its rows, and a workbook is made to be changed";
        return refuse("format", message);
    }
    if request.definition.is_some() {
        let message = "does not go with `positions`: a segment is a state, which is exported whole";
        return refuse("definition", message);
    }
    if !request.computed.is_empty() {
        let message = "does not go with `positions`: what is computed reads all events, not what is new";
        return refuse("computed", message);
    }
    let keeps = |columns: &Vec<_>| {
        columns.iter().any(|column: &crate::form::ChosenColumn| column.names() == (POSITION, POSITION))
    };
    if request.columns.as_ref().is_some_and(|columns| !keeps(columns)) {
        return refuse(
            "columns",
            "must keep `position` under its name: a chain of exports is verified by it",
        );
    }
    Ok(())
}

/// The window that a request asks for of data that end before `end`.
pub(crate) fn window(request: &ExportRequest, end: u64) -> Result<Option<Window>, ExportError> {
    let Some(positions) = &request.positions else { return Ok(None) };
    let from = positions.from.ok_or_else(|| {
        ExportError::refused("positions.after", "names an export of a service, which has to be asked")
    })?;
    let to = positions.to.unwrap_or(end);
    for (path, position) in [("positions.from", from), ("positions.to", to)] {
        if position > end {
            let message =
                format!("{position} lies ahead: the data end at position {end}; an export of other data?");
            return Err(ExportError::refused(path, message));
        }
    }
    Ok(Some((from, to)))
}

/// The same request with the position at which the export ends that it names.
pub(crate) async fn behind(exports: &Inner, request: ExportRequest) -> Result<ExportRequest, ExportError> {
    let Some(positions @ Positions { after: Some(after), .. }) = &request.positions else {
        return Ok(request);
    };
    let refuse = |message: String| Err(ExportError::refused("positions.after", message));
    let kept = match exports.kept(after).await {
        Ok(kept) => kept,
        Err(ExportError::Unknown { .. }) => return refuse(format!("there is no export `{after}`")),
        Err(error) => return Err(error),
    };
    let asked = kept.request.positions.as_ref().and_then(|positions| positions.to);
    let end = match (kept.job.status, asked.or(kept.job.position)) {
        (Status::Complete, Some(end)) => end,
        (status, _) => {
            return refuse(format!("`{after}` is {}; a chain goes on from complete exports", status.name()));
        }
    };
    if question(&kept.request)? != question(&request)? {
        return refuse(format!(
            "`{after}` asks for something else, and a chain for the same in each link; where that is meant, say \"from\": {end} in its place"
        ));
    }
    match positions.from {
        Some(from) if from != end => refuse(format!(
            "`{after}` ends at position {end}, and `positions.from` says {from}: give one of them"
        )),
        _ => {
            let positions = Some(Positions { from: Some(end), ..positions.clone() });
            Ok(ExportRequest { positions, ..request })
        }
    }
}

/// What each link of a chain asks for.
fn question(request: &ExportRequest) -> Result<Option<Map<String, Value>>, ExportError> {
    Ok(verify_chain::asked(serde_json::to_value(shown_request(request)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(body: &str) -> String {
        let request: ExportRequest = match serde_json::from_str(body) {
            Ok(request) => request,
            Err(error) => return format!("unreadable: {error}"),
        };
        let window = request.check().and_then(|()| window(&request, 100));
        window.map_or_else(|error| error.to_string(), |window| format!("{window:?}"))
    }

    #[test]
    fn windows() {
        let events = r#""kind":"events","format":"csv","events":{"wanted":[{"event_name":"x"}]}"#;
        let cases = [
            r#"{"from":0}"#,
            r#"{"from":100}"#,
            r#"{"from":101}"#,
            r#"{"from":10,"to":20}"#,
            r#"{"from":10,"to":10}"#,
            r#"{"from":10,"to":9}"#,
            r#"{"from":10,"to":101}"#,
            r#"{"to":9}"#,
            r#"{"after":"exp_1"}"#,
            r#"{"after":"exp_1","from":7}"#,
            r#"{"from":-1}"#,
            r#"{"since":1}"#,
            r#"{"from":1},"definition":{"all":[]}"#,
            r#"{"from":1},"columns":["event_id"]"#,
            r#"{"from":1},"columns":["event_id",{"column":"position","as":"at"}]"#,
            r#"{"from":1},"columns":["event_id","position"]"#,
        ];
        let told = cases
            .map(|case| format!("{case}\n  {}", checked(&format!(r#"{{{events},"positions":{case}}}"#))));
        insta::assert_snapshot!(told.join("\n"));
    }
}
