//! Values of the data and of the definition, read as one type.

use super::calendar;
use crate::definition::Literal;
use serde_json::value::RawValue;
use std::cmp::Ordering;
use std::fmt;
use wayfare_model::time::{Instant, format_date};
use wayfare_model::value::{Scalar, ValueType};

/// A value of some type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Boolean(bool),
    Number(f64),
    /// Days since 1970-01-01.
    Date(i64),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Datetime(i64),
    Text(String),
    Array(Vec<Value>),
}

/// As a source would have written it.
impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(out),
            Self::Number(value) => value.fmt(out),
            Self::Date(days) => out.write_str(&format_date(i32::try_from(*days).unwrap_or(i32::MAX))),
            Self::Datetime(micros) => match Instant::from_micros(*micros) {
                Some(instant) => instant.fmt(out),
                None => micros.fmt(out),
            },
            Self::Text(text) => text.fmt(out),
            Self::Array(values) => {
                let values: Vec<String> = values.iter().map(Self::to_string).collect();
                out.write_str(&values.join(", "))
            }
        }
    }
}

impl Value {
    /// The value that a source's text is under a type; `None` where it is none of that type.
    pub fn read(text: &str, value_type: ValueType) -> Option<Self> {
        match value_type {
            ValueType::One(scalar) => Self::read_scalar(text, scalar),
            ValueType::Array(scalar) => {
                let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                let read = |element: &&RawValue| match element.get().starts_with('"') {
                    true => Self::read_scalar(&serde_json::from_str::<String>(element.get()).ok()?, scalar),
                    false => Self::read_scalar(element.get(), scalar),
                };
                elements.iter().map(read).collect::<Option<Vec<_>>>().map(Self::Array)
            }
        }
    }

    fn read_scalar(text: &str, scalar: Scalar) -> Option<Self> {
        match scalar {
            Scalar::Boolean => text.parse().ok().map(Self::Boolean),
            // A declared integer may be larger than what floats hold; it then counts as the nearest float.
            Scalar::Number => number(text)
                .or_else(|| text.parse::<i64>().ok().map(|integer| integer as f64))
                .map(Self::Number),
            Scalar::Date => calendar::read_date(text).map(Self::Date),
            Scalar::Datetime => calendar::read_datetime(text).map(Self::Datetime),
            Scalar::String => Some(Self::Text(text.to_owned())),
        }
    }

    /// The value that a definition's value is under a type, where nothing is lost. `zero_and_one` says that these
    /// are booleans too.
    pub fn of_literal(literal: &Literal, scalar: Scalar, zero_and_one: bool) -> Option<Self> {
        match (scalar, literal) {
            (Scalar::String, Literal::Boolean(value)) => Some(Self::Text(value.to_string())),
            (Scalar::String, Literal::Number(text) | Literal::String(text)) => {
                Some(Self::Text(text.to_string()))
            }
            (Scalar::Boolean, Literal::Boolean(value)) => Some(Self::Boolean(*value)),
            (Scalar::Boolean, Literal::Number(text) | Literal::String(text)) => match &**text {
                "1" if zero_and_one => Some(Self::Boolean(true)),
                "0" if zero_and_one => Some(Self::Boolean(false)),
                text => text.parse().ok().map(Self::Boolean),
            },
            (Scalar::Number, Literal::Number(text) | Literal::String(text)) => {
                // 5.00 is the integer 5, and held as exactly as that is.
                let has_point = text.contains('.') && !text.contains(['e', 'E']);
                let integer = text.trim_end_matches('0').strip_suffix('.').filter(|_| has_point);
                number(integer.unwrap_or(text)).map(Self::Number)
            }
            (Scalar::Date, Literal::String(text)) => calendar::read_date(text).map(Self::Date),
            (Scalar::Datetime, Literal::String(text)) => calendar::read_datetime(text).map(Self::Datetime),
            _ => None,
        }
    }

    /// How two values of one type, none of them arrays, are ordered.
    pub fn order(&self, other: &Self) -> Ordering {
        let order = match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => Some(a.cmp(b)),
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b),
            (Self::Date(a), Self::Date(b)) | (Self::Datetime(a), Self::Datetime(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.chars().cmp(b.chars())),
            _ => None,
        };
        debug_assert!(order.is_some(), "{self:?} and {other:?} have no order");
        order.unwrap_or(Ordering::Equal)
    }
}

/// A number as JSON writes it; an integer only up to 2^53.
pub(super) fn number(text: &str) -> Option<f64> {
    // The JSON library knows the grammar of numbers.
    if text.parse::<serde_json::Number>().is_err() || text.contains(char::is_whitespace) {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        let exact = 9_007_199_254_740_992;
        return text
            .parse::<i64>()
            .ok()
            .filter(|integer| (-exact..=exact).contains(integer))
            .map(|integer| integer as f64);
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("0", Some(0.0)),
            ("-0", Some(0.0)),
            ("42", Some(42.0)),
            ("1.50", Some(1.5)),
            ("1e2", Some(100.0)),
            ("9007199254740992", Some(9_007_199_254_740_992.0)),
            ("9007199254740993", None),
            ("-9007199254740993", None),
            ("1e400", None),
            ("042", None),
            ("+4", None),
            (" 4", None),
            ("4 ", None),
            (".5", None),
            ("", None),
            ("-", None),
            ("NaN", None),
        ] {
            assert_eq!(number(text), expected, "{text:?}");
            assert_eq!(wayfare_model::value::exact_number(text), expected, "{text:?}");
        }
    }
}
