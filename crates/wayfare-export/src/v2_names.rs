//! Names on the v2 surface: public ones alone. What is the customer's own is `custom.<name>`; short codes and `c_…` are
//! refused, and a refusal repeats the name as it was sent.

use crate::column::{Column, ColumnType, Origin};
use crate::error::ExportError;
use crate::plan::{PlannedAttribute, attribute_type, is_all};
use crate::standard_names::{is_attribute, is_parameter};
use crate::v1_names::{Parameter, is_attribute_code, is_parameter_code};
use wayfare_model::dictionary::{Dictionary, Event, IDENTIFIERS};
use wayfare_model::journey;
use wayfare_model::problem::Refusal;

/// Before the names of the customer's own.
const CUSTOM: &str = "custom.";

/// How an attribute is called on this surface.
fn attribute_name(name: &str) -> String {
    if is_attribute(name) { name.to_owned() } else { format!("{CUSTOM}{name}") }
}

/// How a parameter of an event is called on this surface.
fn parameter_name(event: &str, name: &str) -> String {
    if is_parameter(event, name) { name.to_owned() } else { format!("{CUSTOM}{name}") }
}

/// The attributes of a request; `insider_id` stands on every row anyway.
pub fn attributes(asked: &[String], dictionary: &Dictionary) -> Result<Vec<PlannedAttribute>, ExportError> {
    if is_all(asked) {
        let identifiers = IDENTIFIERS.iter().skip(1).copied();
        let names = identifiers.chain(dictionary.attributes.list().iter().map(|field| &*field.name));
        let planned = |name: &str| {
            let column = Column::new(attribute_name(name), attribute_type(name, dictionary)?)
                .with_origin(Origin::of_profile(name));
            Some(PlannedAttribute { attribute: Some(name.to_owned()), column })
        };
        return Ok(names.filter_map(planned).collect());
    }
    let mut found: Vec<PlannedAttribute> = Vec::with_capacity(asked.len());
    for (index, spelled) in asked.iter().enumerate() {
        let path = format!("attributes[{index}]");
        if spelled == "insider_id" {
            continue;
        }
        if found.iter().any(|known| known.column.name == *spelled) {
            return Err(ExportError::refused(path, format!("{spelled:?} is asked for twice")));
        }
        found.push(attribute(spelled, dictionary, &path)?);
    }
    Ok(found)
}

/// The attribute that a name means.
pub fn attribute(
    spelled: &str,
    dictionary: &Dictionary,
    path: &str,
) -> Result<PlannedAttribute, ExportError> {
    let own = match spelled {
        "uuid" => "user_id",
        other => other,
    };
    let kind = Kind {
        what: "attribute",
        code: is_attribute_code(spelled).filter(|_| spelled != "uuid"),
        is_public: is_attribute(spelled),
        is_known: attribute_type(own, dictionary).is_some(),
    };
    let (name, column_type) = match kind.own_name(spelled, own, path)? {
        Some(name) => match attribute_type(name, dictionary) {
            Some(column_type) => (Some(name.to_owned()), column_type),
            None => {
                let nearest = dictionary.attributes.nearest(name).map(|name| attribute_name(&name));
                return Err(unknown("attribute", spelled, path, nearest));
            }
        },
        None => (None, ColumnType::String),
    };
    let column = Column::new(spelled, column_type);
    let column = match &name {
        Some(name) => column.with_origin(Origin::of_profile(name)),
        None => column,
    };
    Ok(PlannedAttribute { attribute: name, column })
}

/// The parameter that a name means in an event.
pub fn parameter(spelled: &str, event: &Event, path: &str) -> Result<Parameter, ExportError> {
    let column = spelled.to_owned();
    if spelled == "timestamp" {
        return Ok(Parameter::EventTime { column });
    }
    let own = journey::canonical_parameter(&event.name, spelled);
    let kind = Kind {
        what: "parameter",
        code: is_parameter_code(spelled),
        is_public: is_parameter(&event.name, spelled),
        is_known: event.parameters.get(own).is_some(),
    };
    let Some(name) = kind.own_name(spelled, own, path)? else { return Ok(Parameter::Unseen { column }) };
    match event.parameters.get(name) {
        Some(field) => {
            Ok(Parameter::Own { name: name.to_owned(), column, column_type: ColumnType::of_field(field) })
        }
        None => {
            let nearest = event.parameters.nearest(name).map(|name| parameter_name(&event.name, &name));
            Err(unknown("parameter", spelled, path, nearest))
        }
    }
}

/// What is known of a name as it was written.
struct Kind {
    what: &'static str,
    code: Option<&'static str>,
    is_public: bool,
    is_known: bool,
}

impl Kind {
    /// The name by which the dictionary may know it; `None` where it is public and nobody has it here.
    fn own_name<'a>(
        &self,
        spelled: &'a str,
        own: &'a str,
        path: &str,
    ) -> Result<Option<&'a str>, ExportError> {
        let what = self.what;
        let refuse = |why: String| Err(ExportError::refused(path, format!("{spelled:?} {why}")));
        if let Some(custom) = spelled.strip_prefix(CUSTOM) {
            let is_public = match what {
                "attribute" => is_attribute(custom),
                _ => is_parameter("", custom),
            };
            return match is_public {
                true => refuse(format!("names a public {what}: write {custom:?}")),
                false => Ok(Some(custom)),
            };
        }
        if let Some(long) = self.code {
            return refuse(format!("is a short code, which version 2 does not take: write {long:?}"));
        }
        if let Some(custom) = spelled.strip_prefix("c_") {
            return refuse(format!("has a prefix that version 2 does not take: write \"{CUSTOM}{custom}\""));
        }
        match (self.is_public, self.is_known) {
            (true, true) => Ok(Some(own)),
            (true, false) => Ok(None),
            (false, true) => refuse(format!("is a custom {what}: write \"{CUSTOM}{spelled}\"")),
            (false, false) => Ok(Some(spelled)),
        }
    }
}

fn unknown(what: &str, spelled: &str, path: &str, nearest: Option<String>) -> ExportError {
    Refusal::new(path, format!("no {what} is called {spelled:?}")).nearest(nearest).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary() -> Dictionary {
        let mut dictionary = Dictionary::default();
        for attribute in ["city", "shoe_size", "em"] {
            dictionary.attributes.intern(attribute).unwrap();
        }
        let purchase = dictionary.intern_event("purchase").unwrap();
        for parameter in ["product_id", "amount"] {
            dictionary.event_mut(purchase).unwrap().parameters.intern(parameter).unwrap();
        }
        dictionary
    }

    #[test]
    fn attribute_names() {
        let told = |asked: &[&str]| {
            let asked: Vec<_> = asked.iter().map(|name| name.to_string()).collect();
            match attributes(&asked, &dictionary()) {
                Err(error) => error.to_string(),
                Ok(found) => found
                    .iter()
                    .map(|found| {
                        format!("{}={}", found.column.name, found.attribute.as_deref().unwrap_or("nobody's"))
                    })
                    .collect::<Vec<_>>()
                    .join(" "),
            }
        };
        insta::assert_snapshot!(
            [
                told(&["*"]),
                told(&["insider_id", "email", "uuid", "custom.shoe_size", "gender", "custom.em"]),
                told(&["email", "em"]),
                told(&["iid"]),
                told(&["c_shoe_size"]),
                told(&["shoe_size"]),
                told(&["custom.city"]),
                told(&["custom.shoe_sise"]),
                told(&["shoe_sise"]),
                told(&["email", "email"]),
            ]
            .join("\n")
        );
    }

    #[test]
    fn parameter_names() {
        let dictionary = dictionary();
        let told = |event: &str, spelled: &str| match parameter(
            spelled,
            dictionary.event(event).unwrap(),
            "events.wanted[0].params[0]",
        ) {
            Err(error) => error.to_string(),
            Ok(Parameter::EventTime { column }) => format!("{column}=event time"),
            Ok(Parameter::Own { name, column, .. }) => format!("{column}={name}"),
            Ok(Parameter::Unseen { column }) => format!("{column}=unseen"),
        };
        insta::assert_snapshot!(
            [
                told("purchase", "product_id"),
                told("purchase", "custom.amount"),
                told("purchase", "quantity"),
                told("purchase", "timestamp"),
                told("journey_enter", "name"),
                told("journey_exit", "reason"),
                told("purchase", "pid"),
                told("purchase", "c_amount"),
                told("purchase", "amount"),
                told("purchase", "custom.product_id"),
                told("purchase", "custom.amont"),
            ]
            .join("\n")
        );
    }
}
