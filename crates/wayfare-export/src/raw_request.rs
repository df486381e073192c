//! A body of a raw surface, read but not yet held against a store: who is meant may be named by a saved segment, a tree
//! of conditions or events, and values may lie at an address. [`RawRequest::resolve`] settles all of it.

use crate::error::ExportError;
use crate::events_query::EventsQuery;
use crate::outbound::Outbound;
use crate::request::{ExportRequest, Wanted};
use crate::vertical::Vertical;
use crate::{request_v1, request_v2, values};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use wayfare_model::dictionary::Dictionary;
use wayfare_model::journey;
use wayfare_model::problem::Refusal;
use wayfare_segment::definition::Definition;
use wayfare_store::{Snapshot, Store};

/// A body that was read.
#[derive(Debug)]
pub struct RawRequest {
    pub(crate) request: ExportRequest,
    pub(crate) people: People,
}

/// Who is meant.
#[derive(Debug)]
pub(crate) enum People {
    /// Everyone.
    Everyone,
    /// Those that a definition means, which lies at this path of the body.
    Definition(Box<RawValue>, &'static str),
    /// The members of a saved segment or list.
    Saved(SavedId),
    /// Those that the old tree of conditions means.
    Vertical(Vertical),
    /// Those who did certain things.
    Did(EventsQuery),
}

/// The id of a saved segment: its own, or the number that stands for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum SavedId {
    /// A number.
    Number(u64),
    /// `seg_…`, `lst_…`, or a number as text.
    Text(String),
}

/// The number by which clients that know no other ids name a saved segment: made of its id, and below 2^48, so that
/// every reader of JSON holds it exactly.
pub fn segment_number(id: &str) -> u64 {
    let digest = Sha256::digest(id.as_bytes());
    digest.iter().take(6).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl RawRequest {
    /// Reads a body that says itself of what version it is: 1 unless it says 2.
    pub fn read(body: &str) -> Result<Self, ExportError> {
        #[derive(Deserialize)]
        struct Version {
            #[serde(default)]
            version: Option<Value>,
        }
        let version = read_json::<Version>(body)?.version;
        match version.as_ref().map(Value::as_u64) {
            None | Some(Some(1)) => request_v1::read(body),
            Some(Some(2)) => request_v2::read(body),
            Some(_) => Err(ExportError::refused("version", "must be 1 or 2")),
        }
    }

    /// The hook that the body names.
    pub fn hook(&self) -> Option<&str> {
        self.request.hook.as_deref()
    }

    /// The request without its hook, which only a service calls.
    pub fn without_hook(mut self) -> Self {
        self.request.hook = None;
        self
    }

    /// The request that it comes to over a store.
    pub async fn resolve(self, store: &Store, outbound: &Outbound) -> Result<ExportRequest, ExportError> {
        let people = match self.people {
            People::Saved(id) => {
                People::Definition(to_raw_value(&saved(&id, store).await?)?, "segment.segment_id")
            }
            people => people,
        };
        let snapshot = store.snapshot().await?;
        if let People::Definition(definition, path) = &people {
            check_definition(definition, path, &snapshot).await?;
        }
        let raw = Self { people, ..self };
        let mut request = raw.settle(snapshot.dictionary())?;
        values::fetch(&mut request, outbound).await?;
        Ok(request)
    }

    /// The request that it comes to by the names that there are. A saved segment must have been looked up before.
    pub fn settle(self, dictionary: &Dictionary) -> Result<ExportRequest, ExportError> {
        let Self { mut request, people } = self;
        request.definition = match people {
            People::Everyone => None,
            People::Definition(definition, _) => Some(definition),
            People::Vertical(tree) => Some(to_raw_value(&tree.definition(dictionary)?)?),
            People::Did(query) => Some(to_raw_value(&query.definition(dictionary)?)?),
            People::Saved(_) => {
                return Err(ExportError::refused("segment.segment_id", "can be looked up in a store alone"));
            }
        };
        Ok(request)
    }
}

impl RawRequest {
    /// The request as a service may be asked for it in the native form, where no store is at hand: what only a store can
    /// settle is refused.
    pub fn without_a_store(self) -> Result<ExportRequest, ExportError> {
        let refuse = |path: &str| {
            let why = "is settled by the service alone: send this body to its raw surface, /api/raw/v1/export or /api/raw/v2/export";
            Err(ExportError::refused(path, why))
        };
        let Self { mut request, people } = self;
        let wanted = request.events.iter().flat_map(|events| &events.wanted);
        if wanted.flat_map(|wanted| &wanted.filters).any(|filter| filter.values_url.is_some()) {
            return refuse("events.wanted");
        }
        request.definition = match people {
            People::Everyone => None,
            People::Definition(definition, _) => Some(definition),
            People::Saved(SavedId::Text(id)) if id.starts_with("seg_") => {
                Some(to_raw_value(&json!({ "segment": id }))?)
            }
            People::Saved(SavedId::Text(id)) if id.starts_with("lst_") => {
                Some(to_raw_value(&json!({ "list": id }))?)
            }
            People::Saved(_) => return refuse("segment.segment_id"),
            People::Vertical(_) => return refuse("vertical"),
            People::Did(_) => return refuse("events_query"),
        };
        Ok(request)
    }
}

/// The definition that means the members of a saved segment or list.
async fn saved(id: &SavedId, store: &Store) -> Result<Value, ExportError> {
    let (number, text) = match id {
        SavedId::Number(number) => (Some(*number), number.to_string()),
        SavedId::Text(text) => (text.parse().ok(), text.clone()),
    };
    if text.starts_with("lst_") && store.lists().await?.iter().any(|list| list.id == text) {
        return Ok(json!({ "list": text }));
    }
    let segments = store.segments().await?;
    let mut living = segments.iter().filter(|segment| !segment.deleted);
    let found =
        living.find(|segment| segment.id == text || number.is_some_and(|n| n == segment_number(&segment.id)));
    match found {
        Some(segment) => Ok(json!({ "segment": segment.id })),
        None => Err(ExportError::refused("segment.segment_id", format!("there is no saved segment {text}"))),
    }
}

/// Refuses a definition by its place in the body.
async fn check_definition(raw: &RawValue, path: &str, snapshot: &Snapshot) -> Result<(), ExportError> {
    let placed = |refusal: Refusal| {
        let path = match refusal.path.as_str() {
            "" => path.to_owned(),
            inside => format!("{path}.{inside}"),
        };
        ExportError::from(Refusal { path, ..refusal })
    };
    let definition = Definition::parse(raw.get()).map_err(placed)?;
    let library = snapshot.library(&definition).await?;
    definition.check(snapshot.dictionary(), &library).map(drop).map_err(placed)
}

/// Reads a body, or what lies in one; a fault is told with its place.
pub(crate) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, ExportError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let path = if matches!(path.as_str(), "." | "?") { String::new() } else { path };
        let message = error.inner().to_string();
        // Where in the text a well-formed document has its fault is said by the path.
        let message = match (error.inner().classify(), message.split_once(" at line ")) {
            (Category::Data, Some((message, _))) => message.to_owned(),
            _ => message,
        };
        ExportError::refused(path, message)
    })?;
    deserializer.end().map_err(|error| ExportError::refused("", error.to_string()))?;
    Ok(read)
}

/// Who `segment` means: a saved segment by its id, or a definition.
pub(crate) fn segment(raw: &RawValue) -> Result<People, ExportError> {
    let text = raw.get();
    if text == "null" {
        return Ok(People::Everyone);
    }
    // Only the outermost members are looked at: the definition has its own reader, with its own limits.
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text)
        .map_err(|error| ExportError::refused("segment", format!("must be an object: {error}")))?;
    let alone = |name: &str| match members.len() {
        1 => Ok(()),
        _ => Err(ExportError::refused("segment", format!("has other members beside `{name}`"))),
    };
    if let Some(id) = members.get("segment_id") {
        alone("segment_id")?;
        let id = serde_json::from_str(id.get()).map_err(|_| {
            ExportError::refused("segment.segment_id", "must be the id or the number of a saved segment")
        })?;
        return Ok(People::Saved(id));
    }
    match members.get("definition") {
        Some(definition) => {
            alone("definition")?;
            Ok(People::Definition(definition.clone(), "segment.definition"))
        }
        None if members.is_empty() => {
            Err(ExportError::refused("segment", "is empty: leave it out to mean everyone"))
        }
        None => Ok(People::Definition(raw.to_owned(), "segment")),
    }
}

/// What both versions ask of the wanted events: at least one, each once, with one filter at the most.
pub(crate) fn check_wanted(wanted: &[Wanted], path: &str) -> Result<(), ExportError> {
    if wanted.is_empty() {
        return Err(ExportError::refused(path, "names no event: list each event that is wanted"));
    }
    let mut seen = HashSet::new();
    for (index, wanted) in wanted.iter().enumerate() {
        let path = format!("{path}[{index}]");
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

/// The hook of a body: `hook` in version 1, `webhook` in version 2.
pub(crate) fn hook(name: &str, value: Option<Value>) -> Result<Option<String>, ExportError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(address)) => Ok(Some(address)),
        Some(_) => Err(ExportError::refused(name, "must be an address")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_segments_are_stable_and_small() {
        assert_eq!(segment_number("seg_0"), segment_number("seg_0"));
        assert_ne!(segment_number("seg_0"), segment_number("seg_1"));
        assert!(segment_number("seg_0199c2a4") < 1 << 48);
    }

    #[test]
    fn versions() {
        let told = |body: &str| match RawRequest::read(body) {
            Ok(read) => format!("{:?}", read.request.surface),
            Err(error) => error.to_string(),
        };
        assert_eq!(told(r#"{"format":"csv","attributes":["*"]}"#), "V1");
        assert_eq!(told(r#"{"version":1,"format":"csv","attributes":["*"]}"#), "V1");
        assert_eq!(told(r#"{"version":2,"format":"csv","attributes":["*"]}"#), "V2");
        assert_eq!(told(r#"{"version":"2","format":"csv","attributes":["*"]}"#), "version: must be 1 or 2");
        assert!(told("[").starts_with("EOF"), "{}", told("["));
    }
}
