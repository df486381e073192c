//! Names on the v1 surface: public names, short codes, and `c_` before names of the customer's own.
//!
//! A name that the dictionary knows as it is written means just that; then a short code means its long name,
//! under which the column comes back; then `c_x` means `x`, and the column keeps the `c_`.

use crate::column::{Column, ColumnType, Origin};
use crate::error::ExportError;
use crate::plan::{PlannedAttribute, attribute_type, is_all, unknown_attribute};
use wayfare_model::dictionary::{Dictionary, Event, IDENTIFIERS};
use wayfare_model::journey;

/// Short codes of attributes, the name of the column, and what holds the value here.
const ATTRIBUTE_CODES: [(&str, &str, &str); 6] = [
    ("em", "email", "email"),
    ("pn", "phone_number", "phone_number"),
    ("uuid", "uuid", "user_id"),
    ("la", "language", "language"),
    ("ci", "city", "city"),
    ("co", "country", "country"),
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

/// The attributes of a request; `iid` stands on every row anyway.
pub fn attributes(asked: &[String], dictionary: &Dictionary) -> Result<Vec<PlannedAttribute>, ExportError> {
    let planned = |attribute: &str, column: &str, column_type| PlannedAttribute {
        attribute: attribute.to_owned(),
        column: Column::new(format!("a_{column}"), column_type).with_origin(Origin::of_profile(attribute)),
    };
    if is_all(asked) {
        let identifiers = IDENTIFIERS.iter().skip(1).map(|name| planned(name, name, ColumnType::Identifier));
        let attributes = dictionary
            .attributes
            .list()
            .iter()
            .map(|field| planned(&field.name, &field.name, ColumnType::of_field(field)));
        return Ok(identifiers.chain(attributes).collect());
    }
    let mut found: Vec<PlannedAttribute> = Vec::with_capacity(asked.len());
    for (index, spelled) in asked.iter().enumerate() {
        if spelled == "iid" && attribute_type(spelled, dictionary).is_none() {
            continue;
        }
        let path = format!("attributes[{index}]");
        let known = |name: &str| attribute_type(name, dictionary);
        let code = ATTRIBUTE_CODES.iter().find(|(code, _, _)| code == spelled);
        let attribute = if let Some(column_type) = known(spelled) {
            planned(spelled, spelled, column_type)
        } else if let Some((column, name, column_type)) =
            code.and_then(|(_, column, name)| Some((column, name, known(name)?)))
        {
            planned(name, column, column_type)
        } else if let Some((name, column_type)) =
            spelled.strip_prefix("c_").and_then(|name| Some((name, known(name)?)))
        {
            planned(name, spelled, column_type)
        } else {
            return Err(unknown_attribute(path, spelled, dictionary));
        };
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
}

impl Parameter {
    /// The column that it makes.
    pub fn column(&self) -> Column {
        match self {
            Self::EventTime { column } => Column::new(column, ColumnType::Datetime)
                .with_origin(Origin::Own { name: "timestamp".into() }),
            Self::Own { column, column_type, .. } => Column::new(column, *column_type),
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
                    .map(|found| format!("{}={}", found.column.name, found.attribute))
                    .collect::<Vec<_>>()
                    .join(" "),
            }
        };
        assert_eq!(told(&["iid", "em", "ci", "uuid"]), "a_email=email a_city=city a_uuid=user_id");
        assert_eq!(told(&["c_shoe_size", "c_odd"]), "a_c_shoe_size=shoe_size a_c_odd=c_odd");
        assert_eq!(
            told(&["*"]),
            "a_user_id=user_id a_email=email a_phone_number=phone_number a_city=city a_shoe_size=shoe_size a_c_odd=c_odd"
        );
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
        };
        assert_eq!(told("purchase", "pid"), "e_product_id=product_id");
        assert_eq!(told("purchase", "c_colour"), "e_c_colour=colour");
        assert_eq!(told("purchase", "timestamp"), "e_timestamp=event time");
        assert_eq!(told("purchase", "qu"), "none");
        assert_eq!(told("journey_enter", "name"), "e_name=journey_name");
        assert_eq!(told("journey_exit", "reason"), "e_reason=exit_reason");
        assert_eq!(told("journey_product_action", "reason"), "e_reason=reason");
    }
}
