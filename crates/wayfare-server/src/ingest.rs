//! Records in: from a body to the store, with what became of each.

use crate::evaluation::now;
use crate::extract::json_problem;
use crate::problem::{Code, Problem};
use crate::wire::ingest::{IngestAnswer, IngestResult};
use serde_json::value::RawValue;
use std::borrow::Cow;
use wayfare_model::problem::Refusal;
use wayfare_model::record::{Incoming, Rejection, SetAside};
use wayfare_store::{AcceptBatch, Store};

/// The most records of a request: each has its result in the answer.
const MOST_RECORDS: usize = 50_000;

/// Accepts the records of a body; `read` makes one of the JSON of one.
pub async fn ingest(
    store: &Store,
    kind: &'static str,
    body: &[u8],
    read: impl Fn(&str) -> Result<(Incoming, Vec<SetAside>), Rejection>,
) -> Result<IngestAnswer, Problem> {
    let mut records = Vec::new();
    let mut kept = Vec::new();
    let mut results = Vec::new();
    let split = split(body)?;
    if split.len() > MOST_RECORDS {
        let told = format!("The body has {} records; a request takes at most {MOST_RECORDS}.", split.len());
        return Err(Problem::new(Code::TooLarge, told));
    }
    for (index, json) in split.into_iter().enumerate() {
        match read(&json) {
            Ok((record, set_aside)) => {
                records.push(record);
                kept.push((index, set_aside));
            }
            Err(Rejection(reason)) => results.push(IngestResult::rejected(index, reason)),
        }
    }
    let accepted = store.accept(AcceptBatch { records, checkpoint: None, received_at: now() }).await?;
    let outcomes = kept.into_iter().zip(accepted.outcomes);
    results.extend(outcomes.map(|((index, set_aside), outcome)| IngestResult::of(index, set_aside, outcome)));
    results.sort_by_key(|result| result.index);
    for result in &results {
        metrics::counter!(crate::metrics::RECORDS, "kind" => kind, "status" => result.status_name())
            .increment(1);
    }
    Ok(IngestAnswer { position: accepted.position, results })
}

/// The records of a body: of an array its elements, of NDJSON its lines, else the one object.
fn split(body: &[u8]) -> Result<Vec<Cow<'_, str>>, Problem> {
    let text = std::str::from_utf8(body).map_err(|error| {
        let message = format!("is not UTF-8: byte {} is not valid", error.valid_up_to());
        Problem::refused(Code::UnreadableJson, Refusal::new("", message))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_matches([' ', '\t', '\r', '\n']);
    match text.as_bytes().first() {
        Some(b'[') => {
            let elements: Vec<&RawValue> =
                serde_json::from_str(text).map_err(|error| json_problem(String::new(), &error))?;
            Ok(elements.into_iter().map(|element| Cow::Borrowed(element.get())).collect())
        }
        Some(b'{') => match serde_json::from_str::<&RawValue>(text) {
            Ok(object) => Ok(vec![Cow::Borrowed(object.get())]),
            Err(error) => lines(text).ok_or_else(|| json_problem(String::new(), &error)),
        },
        _ => match serde_json::from_str::<&RawValue>(text) {
            Ok(_) => {
                Err(Problem::invalid("", "must be an object, an array of objects, or one object a line"))
            }
            Err(error) => Err(json_problem(String::new(), &error)),
        },
    }
}

/// The lines of NDJSON, good and bad; `None` where no line is a JSON object by itself.
fn lines(text: &str) -> Option<Vec<Cow<'_, str>>> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let is_object = |line: &&str| line.starts_with('{') && serde_json::from_str::<&RawValue>(line).is_ok();
    let ndjson = lines.len() > 1 && lines.iter().any(is_object);
    ndjson.then(|| lines.into_iter().map(Cow::Borrowed).collect())
}

/// Records as the OpenAPI document tells of them: what is wrong with one is told in its result, so its form is free.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
#[schema(description = "One record, or an array of records")]
#[serde(untagged)]
pub enum Records {
    /// One record.
    One(serde_json::Map<String, serde_json::Value>),
    /// Several.
    Several(Vec<serde_json::Value>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Result<&[&str], Code>) {
        let records = split(body.as_bytes()).map_err(|problem| problem.code());
        assert_eq!(records.as_ref().map(Vec::len), expected.as_ref().map(|records| records.len()), "{body}");
        if let (Ok(records), Ok(expected)) = (records, expected) {
            assert!(records.iter().zip(expected).all(|(record, expected)| record == expected), "{records:?}");
        }
    }

    #[test]
    fn bodies() {
        check(r#" {"a":1} "#, Ok(&[r#"{"a":1}"#]));
        check("{\n\"a\": 1\n}\n", Ok(&["{\n\"a\": 1\n}"]));
        check(r#"[{"a":1}, 2]"#, Ok(&[r#"{"a":1}"#, "2"]));
        check("[]", Ok(&[]));
        check("{\"a\":1}\n\n{\"b\":2}\r\n", Ok(&[r#"{"a":1}"#, r#"{"b":2}"#]));
        check("{\"a\":1}\n{\"b\":\n{\"c\":3}", Ok(&[r#"{"a":1}"#, r#"{"b":"#, r#"{"c":3}"#]));
        check("{\n\"a\": 1,\n}", Err(Code::UnreadableJson));
        check("{\"a\":1", Err(Code::UnreadableJson));
        check("", Err(Code::UnreadableJson));
        check("hello", Err(Code::UnreadableJson));
        check("42", Err(Code::InvalidRequest));
        check("null", Err(Code::InvalidRequest));
    }

    #[test]
    fn bytes_that_are_no_text() {
        let problem = split(b"{\"a\":\"\xff\"}").expect_err("refused");
        assert_eq!(problem.code(), Code::UnreadableJson);
    }
}
