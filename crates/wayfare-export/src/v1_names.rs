//! Names on the v1 surface: public names, short codes, and `c_` before names of the customer's own.
//!
//! A name that the dictionary knows as it is written means just that; then a short code means its long name,
//! under which the column comes back; then `c_x` means `x`, and the column keeps the `c_`. One of the service's own
//! names that nobody has here is a column without values, and the reader is warned: a client asks for the same columns
//! whatever was seen so far.

use crate::column::{Column, ColumnType, Origin};
use crate::error::ExportError;
use crate::plan::{PlannedAttribute, attribute_type, is_all, unknown_attribute};
use crate::standard_names::{is_attribute, is_parameter};
use wayfare_model::dictionary::{Dictionary, Event, IDENTIFIERS};
use wayfare_model::journey;

/// Short codes of attributes, the name of the column, and what holds the value here.
const ATTRIBUTE_CODES: [(&str, &str, &str); 8] = [
    ("em", "email", "email"),
    ("pn", "phone_number", "phone_number"),
    ("uuid", "uuid", "user_id"),
    ("la", "language", "language"),
    ("ci", "city", "city"),
    ("co", "country", "country"),
    ("lo", "locale", "locale"),
    ("upta", "updated_date", "updated_date"),
];

/// Short codes of parameters and their long names.
const PARAMETER_CODES: [(&str, &str); 11] = [
    ("sid", "session_id"),
    ("pid", "product_id"),
    ("na", "name"),
    ("cu", "currency"),
    ("up", "unit_price"),
    ("usp", "unit_sale_price"),
    ("qu", "quantity"),
    ("piu", "product_image_url"),
    ("ta", "taxonomy"),
    ("e_guid", "event_group_id"),
    ("pn", "promotion_name"),
];

/// Whether a name is a short code of an attribute.
pub fn is_attribute_code(name: &str) -> Option<&'static str> {
    let codes = ATTRIBUTE_CODES.iter().map(|(code, column, _)| (*code, *column));
    codes.chain([("iid", "insider_id")]).find(|(code, _)| *code == name).map(|(_, column)| column)
}

/// Whether a name is a short code of a parameter.
pub fn is_parameter_code(name: &str) -> Option<&'static str> {
    PARAMETER_CODES.iter().find(|(code, _)| *code == name).map(|(_, long)| *long)
}

/// How an attribute is called on this surface where nobody spelled it.
pub fn own_key(name: &str) -> String {
    if is_attribute(name) { name.to_owned() } else { format!("c_{name}") }
}

/// The attribute that a name means; `None` where it means none.
pub fn attribute(spelled: &str, dictionary: &Dictionary) -> Option<PlannedAttribute> {
    let planned = |attribute: &str, column: &str| {
        attribute_type(attribute, dictionary).map(|column_type| PlannedAttribute {
            attribute: Some(attribute.to_owned()),
            column: Column::new(format!("a_{column}"), column_type)
                .with_origin(Origin::of_profile(attribute)),
        })
    };
    let code = ATTRIBUTE_CODES.iter().find(|(code, _, _)| *code == spelled);
    let empty = |column: &str| PlannedAttribute {
        attribute: None,
        column: Column::new(format!("a_{column}"), ColumnType::String),
    };
    let own = planned(spelled, spelled)
        .or_else(|| code.and_then(|(_, column, name)| planned(name, column)))
        .or_else(|| (spelled == "uuid").then(|| planned("user_id", "uuid")).flatten())
        .or_else(|| spelled.strip_prefix("c_").and_then(|name| planned(name, spelled)));
    own.or_else(|| match code {
        Some((_, column, _)) => Some(empty(column)),
        None => is_attribute(spelled).then(|| empty(spelled)),
    })
}

/// The attributes of a request; `iid` stands on every row anyway.
pub fn attributes(asked: &[String], dictionary: &Dictionary) -> Result<Vec<PlannedAttribute>, ExportError> {
    if is_all(asked) {
        let identifiers = IDENTIFIERS.iter().skip(1).copied();
        let names = identifiers.chain(dictionary.attributes.list().iter().map(|field| &*field.name));
        let planned = |name: &str| {
            let column = Column::new(format!("a_{}", own_key(name)), attribute_type(name, dictionary)?)
                .with_origin(Origin::of_profile(name));
            Some(PlannedAttribute { attribute: Some(name.to_owned()), column })
        };
        return Ok(names.filter_map(planned).collect());
    }
    let mut found: Vec<PlannedAttribute> = Vec::with_capacity(asked.len());
    for (index, spelled) in asked.iter().enumerate() {
        if spelled == "iid" && attribute_type(spelled, dictionary).is_none() {
            continue;
        }
        let path = format!("attributes[{index}]");
        let attribute = attribute(spelled, dictionary)
            .ok_or_else(|| unknown_attribute(path.clone(), spelled, dictionary))?;
        if found.iter().any(|known| known.column.name == attribute.column.name) {
            return Err(ExportError::refused(path, format!("`{spelled}` is asked for twice")));
        }
        found.push(attribute);
    }
    Ok(found)
}

/// What a parameter's name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter {
    /// The time of the event, asked for like any other parameter.
    EventTime {
        /// The column.
        column: String,
    },
    /// A parameter of the event.
    Own {
        /// Its own name.
        name: String,
        /// The column.
        column: String,
        /// Its type.
        column_type: ColumnType,
    },
    /// One of the service's own names that the event does not have here.
    Unseen {
        /// The column.
        column: String,
    },
}

impl Parameter {
    /// The column that it makes.
    pub fn column(&self) -> Column {
        match self {
            Self::EventTime { column } => Column::new(column, ColumnType::Datetime)
                .with_origin(Origin::Own { name: "timestamp".into() }),
            Self::Own { column, column_type, .. } => Column::new(column, *column_type),
            Self::Unseen { column } => Column::new(column, ColumnType::String),
        }
    }
}

/// The parameter that a name means in an event; `None` where it means none.
pub fn parameter(spelled: &str, event: &Event) -> Option<Parameter> {
    if spelled == "timestamp" {
        return Some(Parameter::EventTime { column: "e_timestamp".into() });
    }
    let own = |name: &str, column: &str| {
        event.parameters.get(name).map(|field| Parameter::Own {
            name: name.to_owned(),
            column: format!("e_{column}"),
            column_type: ColumnType::of_field(field),
        })
    };
    let code = || PARAMETER_CODES.iter().find(|(code, _)| *code == spelled);
    own(journey::canonical_parameter(&event.name, spelled), spelled)
        .or_else(|| code().and_then(|(_, name)| own(name, name)))
        .or_else(|| spelled.strip_prefix("c_").and_then(|name| own(name, spelled)))
        .or_else(|| {
            let name = code().map_or(spelled, |(_, name)| name);
            is_parameter(&event.name, name).then(|| Parameter::Unseen { column: format!("e_{name}") })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary() -> Dictionary {
        let mut dictionary = Dictionary::default();
        for attribute in ["city", "shoe_size", "c_odd"] {
            dictionary.attributes.intern(attribute).unwrap();
        }
        let purchase = dictionary.intern_event("purchase").unwrap();
        for parameter in ["product_id", "colour", "timestamp"] {
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
        assert_eq!(told(&["iid", "em", "ci", "uuid"]), "a_email=email a_city=city a_uuid=user_id");
        assert_eq!(told(&["c_shoe_size", "c_odd"]), "a_c_shoe_size=shoe_size a_c_odd=c_odd");
        assert_eq!(
            told(&["*"]),
            "a_user_id=user_id a_email=email a_phone_number=phone_number a_city=city a_c_shoe_size=shoe_size a_c_c_odd=c_odd"
        );
        assert_eq!(told(&["lo", "gdpr", "udid"]), "a_locale=nobody's a_gdpr=nobody's a_udid=nobody's");
        assert_eq!(told(&["em", "email"]), "attributes[1]: `email` is asked for twice");
        assert_eq!(
            told(&["shoe_sise"]),
            "attributes[0]: no attribute is called `shoe_sise`; did you mean `shoe_size`?"
        );
    }

    #[test]
    fn parameter_names() {
        let dictionary = dictionary();
        let told = |event: &str, spelled: &str| match parameter(spelled, dictionary.event(event).unwrap()) {
            None => "none".to_owned(),
            Some(Parameter::EventTime { column }) => format!("{column}=event time"),
            Some(Parameter::Own { name, column, .. }) => format!("{column}={name}"),
            Some(Parameter::Unseen { column }) => format!("{column}=unseen"),
        };
        assert_eq!(told("purchase", "pid"), "e_product_id=product_id");
        assert_eq!(told("purchase", "c_colour"), "e_c_colour=colour");
        assert_eq!(told("purchase", "timestamp"), "e_timestamp=event time");
        assert_eq!(told("purchase", "qu"), "e_quantity=unseen");
        assert_eq!(told("purchase", "c_qu"), "none");
        assert_eq!(told("journey_enter", "name"), "e_name=journey_name");
        assert_eq!(told("journey_exit", "reason"), "e_reason=exit_reason");
        assert_eq!(told("journey_product_action", "reason"), "e_reason=reason");
    }
}
