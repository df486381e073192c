//! The columns of an export: names, types, and what a text writer must know of each.

use serde::{Deserialize, Serialize};
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

/// A column of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the files.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, column_type: ColumnType) -> Self {
        Self { name: name.into(), column_type }
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
