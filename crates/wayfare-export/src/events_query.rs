//! `events_query` of the v2 surface: people chosen by what they did. At least one of the events must have happened, within
//! the range, with the parameters that its filter asks for.

use crate::error::ExportError;
use crate::raw_request::{People, check_wanted, read_json};
use crate::request::{Bound, Wanted};
use crate::v1_names::Parameter;
use crate::v2_names;
use crate::vertical::{compared, extend};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::journey;
use wayfare_model::problem::Refusal;

/// What they did.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// The first instant that counts.
    #[serde(default)]
    from: Option<Bound>,
    /// The first instant that counts no more.
    #[serde(default)]
    to: Option<Bound>,
    /// One of these.
    wanted: Vec<Wanted>,
}

/// Reads `events_query`: a list of events, `{"definition": …}`, or a definition itself.
pub(crate) fn read(raw: &RawValue) -> Result<People, ExportError> {
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(raw.get())
        .map_err(|error| ExportError::refused("events_query", format!("must be an object: {error}")))?;
    if members.contains_key("wanted") {
        let query: EventsQuery = read_json(raw.get()).map_err(|error| match error {
            ExportError::Refused(refusal) => {
                let path = format!("events_query.{}", refusal.path);
                Refusal { path: path.trim_end_matches('.').to_owned(), ..refusal }.into()
            }
            other => other,
        })?;
        check_wanted(&query.wanted, "events_query.wanted")?;
        return Ok(People::Did(query));
    }
    match members.get("definition") {
        Some(definition) if members.len() == 1 => {
            Ok(People::Definition(definition.clone(), "events_query.definition"))
        }
        Some(_) => Err(ExportError::refused("events_query", "has other members beside `definition`")),
        None if members.is_empty() => Err(ExportError::refused("events_query", "is empty")),
        None => Ok(People::Definition(raw.to_owned(), "events_query")),
    }
}

impl EventsQuery {
    /// The definition that means the same people.
    pub fn definition(&self, dictionary: &Dictionary) -> Result<Value, ExportError> {
        let range = match (self.from, self.to) {
            (None, None) => None,
            (Some(from), None) => Some(json!({ "operator": "after", "value": from })),
            (None, Some(to)) => Some(json!({ "operator": "before", "value": to })),
            (Some(from), Some(to)) => Some(json!({ "operator": "between", "from": from, "to": to })),
        };
        let mut any = Vec::with_capacity(self.wanted.len());
        for (index, wanted) in self.wanted.iter().enumerate() {
            let path = format!("events_query.wanted[{index}]");
            let mut node = json!({ "event": journey::canonical_event(&wanted.event_name) });
            if let Some(range) = &range {
                node["time_range"] = range.clone();
            }
            if let Some(condition) = condition(wanted, dictionary, &path)? {
                node["where"] = condition;
            }
            any.push(node);
        }
        Ok(json!({ "any": any }))
    }
}

fn condition(wanted: &Wanted, dictionary: &Dictionary, path: &str) -> Result<Option<Value>, ExportError> {
    let event = dictionary.event(journey::canonical_event(&wanted.event_name)).ok_or_else(|| {
        let message = format!("no event is called {:?}", wanted.event_name);
        Refusal::new(format!("{path}.event_name"), message)
            .nearest(dictionary.nearest_event(&wanted.event_name))
    })?;
    if !wanted.params.is_empty() {
        let message = "choose nobody: write them at `events.wanted`";
        return Err(ExportError::refused(format!("{path}.params"), message));
    }
    let Some(filter) = wanted.filters.first() else { return Ok(None) };
    let path = format!("{path}.filters[0]");
    let key = format!("{path}.key");
    let Parameter::Own { name, .. } = v2_names::parameter(&filter.key, event, &key)? else {
        let message = format!("no event `{}` has a parameter {:?}", wanted.event_name, filter.key);
        return Err(ExportError::refused(key, message));
    };
    if filter.values_url.is_some() {
        let message = "goes with the filters at `events.wanted`: write the values into `values`";
        return Err(ExportError::refused(format!("{path}.values_url"), message));
    }
    let values = filter.values.as_deref().unwrap_or_default();
    let mut condition = json!({ "parameter": name });
    extend(&mut condition, compared(filter.operator, values, &format!("{path}.values"))?);
    Ok(Some(condition))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions() {
        let mut dictionary = Dictionary::default();
        let purchase = dictionary.intern_event("purchase").unwrap();
        dictionary.event_mut(purchase).unwrap().parameters.intern("amount").unwrap();
        let check = |query: Value| {
            let read = read(&serde_json::value::to_raw_value(&query).unwrap());
            match read {
                Err(error) => error.to_string(),
                Ok(People::Did(query)) => match query.definition(&dictionary) {
                    Err(error) => error.to_string(),
                    Ok(definition) => {
                        let definition = definition.to_string();
                        wayfare_segment::definition::Definition::parse(&definition).unwrap();
                        definition
                    }
                },
                Ok(other) => format!("{other:?}"),
            }
        };
        let filtered = |key: &str, operator: &str, values: Value| json!({"event_name": "purchase", "filters": [{"key": key, "operator": operator, "values": values}]});
        insta::assert_snapshot!(
            [
                check(json!({"wanted": [{"event_name": "journey_entered"}]})),
                check(json!({"from": 0, "to": 86_400, "wanted": [filtered("custom.amount", "gteq", json!([9]))]})),
                check(json!({"from": 0, "wanted": [{"event_name": "purchase"}, {"event_name": "journey_exit"}]})),
                check(json!({"to": "2026-09-01T00:00:00Z", "wanted": [filtered("custom.amount", "ne", json!([1, 2]))]})),
                check(json!({"wanted": [filtered("amount", "eq", json!([1]))]})),
                check(json!({"wanted": [filtered("quantity", "eq", json!([1]))]})),
                check(json!({"wanted": [filtered("custom.amount", "lt", json!([1, 2]))]})),
                check(json!({"wanted": [{"event_name": "purchasse"}]})),
                check(json!({"wanted": [{"event_name": "purchase", "params": ["x"]}]})),
                check(json!({"wanted": [{"event": "purchase"}]})),
                check(json!({"wanted": [], "definition": {}})),
                check(json!({})),
            ]
            .join("\n")
        );
    }
}
