//! What clients of the peer's surface ask before they write a request: which attributes, events and parameters there are,
//! under the names that version 1 takes.

use crate::column::ColumnType;
use crate::policy::{Action, Policy};
use crate::standard_names::is_parameter;
use crate::v1_names::own_key;
use serde::Serialize;
use wayfare_model::dictionary::{Dictionary, Field, IDENTIFIERS};

/// An attribute, an event or a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetadataColumn {
    /// The name to write into a request; those of the customer's own start with `c_`.
    pub key: String,
    /// The same for people.
    pub display_name: String,
    /// `string`, `number`, `boolean`, `date`, `array`; `event` for an event.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The parameters of an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params: Option<Vec<MetadataColumn>>,
}

/// Identifiers and attributes, without those that a policy drops.
pub fn contacts(dictionary: &Dictionary, policy: Option<&Policy>) -> Vec<MetadataColumn> {
    let is_shown = |name: &str| policy.is_none_or(|policy| policy.of_column(name) != Action::Drop);
    let identifiers = IDENTIFIERS.iter().skip(1).filter(|name| is_shown(name));
    let identifiers = identifiers.map(|name| column(own_key(name), name, "string"));
    let attributes = dictionary.attributes.list().iter().filter(|field| is_shown(&field.name));
    identifiers
        .chain(attributes.map(|field| column(own_key(&field.name), &field.name, kind(field))))
        .collect()
}

/// Events with their parameters, without those that a policy drops.
pub fn events(dictionary: &Dictionary, policy: Option<&Policy>) -> Vec<MetadataColumn> {
    let events = dictionary.events().iter().map(|event| {
        let is_shown = |name: &str| {
            policy.is_none_or(|policy| policy.of_parameter(&event.name, name) != Action::Drop)
        };
        let shown = event.parameters.list().iter().filter(|field| is_shown(&field.name));
        let parameters = shown.map(|field| {
            let name = &*field.name;
            let key = match is_parameter(&event.name, name) {
                true => name.to_owned(),
                false => format!("c_{name}"),
            };
            column(key, name, kind(field))
        });
        let timestamp = column("timestamp".into(), "timestamp", "date");
        let params = std::iter::once(timestamp).chain(parameters).collect();
        MetadataColumn { params: Some(params), ..column(event.name.to_string(), &event.name, "event") }
    });
    events.collect()
}

fn column(key: String, name: &str, kind: &'static str) -> MetadataColumn {
    MetadataColumn { key, display_name: in_words(name), kind, params: None }
}

/// `unit_price` as `Unit price`.
fn in_words(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn kind(field: &Field) -> &'static str {
    match ColumnType::of_field(field) {
        ColumnType::Boolean => "boolean",
        ColumnType::Integer | ColumnType::Number => "number",
        ColumnType::Date | ColumnType::Datetime => "date",
        ColumnType::String | ColumnType::Identifier => "string",
        ColumnType::Array(_) | ColumnType::Json => "array",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is() {
        let mut dictionary = Dictionary::empty();
        for attribute in ["city", "shoe_size"] {
            dictionary.attributes.intern(attribute).unwrap();
        }
        let purchase = dictionary.intern_event("purchase").unwrap();
        for parameter in ["product_id", "amount"] {
            dictionary.event_mut(purchase).unwrap().parameters.intern(parameter).unwrap();
        }
        let columns = [contacts(&dictionary, None), events(&dictionary, None)];
        insta::assert_snapshot!(serde_json::to_string_pretty(&columns).unwrap());
    }
}
