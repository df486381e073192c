//! The columns of an export: names, types, and where each comes from.

use serde::{Deserialize, Serialize};
use std::fmt;
use wayfare_model::dictionary::IDENTIFIERS;
use wayfare_model::journey::Declared;
use wayfare_model::value::{Scalar, ValueType};

/// The type of a column in the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// `true` / `false`.
    Boolean,
    /// A whole number of 64 bits.
    Integer,
    /// A number; the store holds its source's text.
    Number,
    /// A calendar day.
    Date,
    /// An instant.
    Datetime,
    /// Text.
    String,
    /// Text that identifies something: it is never taken for a formula.
    Identifier,
    /// A flat array; the store holds its JSON.
    Array(Scalar),
    /// JSON of any depth: in text files it stands as it is, elsewhere as text.
    Json,
}

impl ColumnType {
    /// The name used in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Boolean => Scalar::Boolean.name(),
            Self::Number => Scalar::Number.name(),
            Self::Date => Scalar::Date.name(),
            Self::Datetime => Scalar::Datetime.name(),
            Self::String | Self::Identifier => Scalar::String.name(),
            Self::Array(scalar) => ValueType::Array(scalar).name(),
            Self::Json => "json",
        }
    }

    /// The type of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "integer" => Some(Self::Integer),
            "json" => Some(Self::Json),
            _ => ValueType::from_name(name).map(Self::from),
        }
    }

    /// The type of a field of the dictionary.
    pub fn of_field(field: &wayfare_model::dictionary::Field) -> Self {
        match field.declared {
            Some(Declared::Integer) => Self::Integer,
            _ => field.value_type().into(),
        }
    }

    /// The narrowest type that holds values of both.
    pub fn union(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Integer | Self::Number, Self::Integer | Self::Number) => Self::Number,
            _ => Self::String,
        }
    }
}

impl From<ValueType> for ColumnType {
    fn from(value_type: ValueType) -> Self {
        match value_type {
            ValueType::One(Scalar::Boolean) => Self::Boolean,
            ValueType::One(Scalar::Number) => Self::Number,
            ValueType::One(Scalar::Date) => Self::Date,
            ValueType::One(Scalar::Datetime) => Self::Datetime,
            ValueType::One(Scalar::String) => Self::String,
            ValueType::Array(scalar) => Self::Array(scalar),
        }
    }
}

/// Where the cells of a column come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// It belongs to the kind of row, under this name.
    Own {
        /// The name.
        name: String,
    },
    /// An identifier of the profile.
    Identifier {
        /// Which one.
        name: String,
    },
    /// An attribute of the profile.
    Attribute {
        /// Its own name.
        name: String,
    },
    /// A parameter of one event or several.
    Parameter {
        /// By event.
        of: Vec<EventParameter>,
    },
}

/// A parameter of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventParameter {
    /// The event's own name.
    pub event: String,
    /// The parameter's own name.
    pub parameter: String,
}

impl Origin {
    /// An attribute or identifier of that name.
    pub fn of_profile(name: &str) -> Self {
        match IDENTIFIERS.contains(&name) {
            true => Self::Identifier { name: name.into() },
            false => Self::Attribute { name: name.into() },
        }
    }
}

/// `attribute income`, `parameter amount of purchase`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own { name } => write!(f, "column {name}"),
            Self::Identifier { name } => write!(f, "identifier {name}"),
            Self::Attribute { name } => write!(f, "attribute {name}"),
            Self::Parameter { of } => {
                for (index, EventParameter { event, parameter }) in of.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(f, "{comma}parameter {parameter} of {event}")?;
                }
                Ok(())
            }
        }
    }
}

/// A column of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the files.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
    /// Where its cells come from.
    pub origin: Origin,
    /// What it is, where the origin does not say it.
    pub words: Option<String>,
    /// What a policy did to its cells, in words.
    pub treatment: Option<String>,
}

/// What the columns are that belong to a kind of row, by their native names.
const OWN_COLUMNS: [(&str, &str); 6] = [
    ("profile_id", "The profile's id in Wayfare"),
    ("event_id", "The event's id; an id stands once"),
    ("event", "The event's name"),
    ("timestamp", "When the event happened"),
    ("position", "The commit position: in which order Wayfare took the events in"),
    ("iid", "The profile's id in Wayfare"),
];

impl Column {
    /// A column that belongs to the kind of row.
    pub fn new(name: impl Into<String>, column_type: ColumnType) -> Self {
        let name = name.into();
        Self { origin: Origin::Own { name: name.clone() }, name, column_type, words: None, treatment: None }
    }

    /// The same column, coming from there.
    pub fn with_origin(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// The same column, which is that in words.
    pub fn told(self, words: impl Into<String>) -> Self {
        Self { words: Some(words.into()), ..self }
    }

    /// What it is, in words.
    pub fn description(&self) -> String {
        let said = self.words.clone().unwrap_or_else(|| self.of_origin());
        match &self.treatment {
            Some(treatment) => format!("{said}; {treatment}"),
            None => said,
        }
    }

    /// What the origin says that it is.
    fn of_origin(&self) -> String {
        match &self.origin {
            Origin::Own { name } => {
                let known = OWN_COLUMNS.iter().find(|(known, _)| known == name);
                known.map_or_else(|| name.replace('_', " "), |(_, words)| (*words).to_owned())
            }
            Origin::Identifier { name } => format!("The profile's identifier `{name}`"),
            Origin::Attribute { name } => {
                format!("The profile's attribute `{name}`, as it is at the end of the export's positions")
            }
            Origin::Parameter { of } => {
                let told: Vec<_> =
                    of.iter().map(|of| format!("`{}` of event `{}`", of.parameter, of.event)).collect();
                format!("The parameter {}", told.join(", and "))
            }
        }
    }
}

/// A column as a manifest tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaColumn {
    /// Its name in the files.
    pub name: String,
    /// The name of its type.
    #[serde(rename = "type")]
    pub column_type: String,
}

impl From<&Column> for SchemaColumn {
    fn from(column: &Column) -> Self {
        Self { name: column.name.clone(), column_type: column.column_type.name().into() }
    }
}
