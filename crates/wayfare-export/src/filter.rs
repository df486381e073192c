//! Filters on the occurrences of an event, compiled against the parameter's type.
//!
//! `eq` means one of the values, `ne` is its exact complement and therefore true where the parameter is missing;
//! the ordering operators take one value and are false where the parameter is missing.

use crate::cells::Cell;
use crate::column::ColumnType;
use crate::error::ExportError;
use crate::request::{EventFilter, FilterOperator};
use serde_json::Value;
use std::cmp::Ordering;
use wayfare_model::time::{Instant, parse_date};
use wayfare_model::value::exact_number;

/// A filter that can be held against cells.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The column of the batch that it reads.
    pub column: usize,
    operator: FilterOperator,
    operands: Vec<Operand>,
}

/// A value to compare with, as its column's type has it.
#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Boolean(bool),
    Number(f64),
    Date(i32),
    Micros(i64),
    Text(Box<str>),
}

impl Filter {
    /// Compiles a filter on a column of the given type; `path` is where the request has it.
    pub fn compile(
        filter: &EventFilter,
        path: &str,
        column: usize,
        column_type: ColumnType,
    ) -> Result<Self, ExportError> {
        let refuse =
            |member: &str, message: String| ExportError::refused(format!("{path}.{member}"), message);
        if filter.values_url.is_some() {
            return Err(refuse(
                "values_url",
                "is fetched on the raw surfaces alone: write the values into `values`".into(),
            ));
        }
        let values = filter.values.as_deref().unwrap_or_default();
        if values.is_empty() {
            return Err(refuse("values", "needs at least one value".into()));
        }
        let ordering = !matches!(filter.operator, FilterOperator::Eq | FilterOperator::Ne);
        if ordering && values.len() != 1 {
            return Err(refuse("values", "an ordering operator takes one value".into()));
        }
        if matches!(column_type, ColumnType::Array(_)) || ordering && column_type == ColumnType::Boolean {
            let message = format!("does not work on `{}`, which is {}", filter.key, column_type.name());
            return Err(refuse("operator", message));
        }
        let mut operands = values
            .iter()
            .enumerate()
            .map(|(index, value)| {
                operand(column_type, value).ok_or_else(|| {
                    let told = format!("{value} is no {} as `{}` is", column_type.name(), filter.key);
                    refuse(&format!("values[{index}]"), told)
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        // Values may be many, and are looked for in every row.
        operands.sort_by(Operand::order);
        Ok(Self { column, operator: filter.operator, operands })
    }

    /// Whether the cell passes.
    pub fn passes(&self, cell: Cell<'_>) -> bool {
        let first = || self.operands.first().and_then(|operand| compare(cell, operand));
        match self.operator {
            FilterOperator::Eq => self.names(cell),
            FilterOperator::Ne => !self.names(cell),
            FilterOperator::Lt => first() == Some(Ordering::Less),
            FilterOperator::Gt => first() == Some(Ordering::Greater),
            FilterOperator::Lteq => matches!(first(), Some(Ordering::Less | Ordering::Equal)),
            FilterOperator::Gteq => matches!(first(), Some(Ordering::Greater | Ordering::Equal)),
        }
    }

    /// Whether a cell is one of the operands, which ascend.
    fn names(&self, cell: Cell<'_>) -> bool {
        let against = |operand: &Operand| compare(cell, operand).map_or(Ordering::Less, Ordering::reverse);
        self.operands.binary_search_by(against).is_ok()
    }
}

impl Operand {
    /// The order in which cells compare; the operands of a filter are of one kind.
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Micros(a), Self::Micros(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
    }
}

/// The value of a request as the type has it, where nothing is lost.
fn operand(column_type: ColumnType, value: &Value) -> Option<Operand> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => return None,
    };
    match column_type {
        ColumnType::Boolean => match text.as_str() {
            "true" | "1" => Some(Operand::Boolean(true)),
            "false" | "0" => Some(Operand::Boolean(false)),
            _ => None,
        },
        ColumnType::Integer | ColumnType::Number => exact_number(&text).map(Operand::Number),
        ColumnType::Date => parse_date(&text).map(Operand::Date),
        ColumnType::Datetime => Instant::parse(&text).ok().map(|instant| Operand::Micros(instant.micros())),
        ColumnType::String | ColumnType::Identifier => Some(Operand::Text(text.into())),
        ColumnType::Array(_) | ColumnType::Json => None,
    }
}

fn compare(cell: Cell<'_>, operand: &Operand) -> Option<Ordering> {
    match (operand, cell) {
        (_, Cell::Null) => None,
        (Operand::Boolean(value), Cell::Boolean(cell)) => Some(cell.cmp(value)),
        (Operand::Boolean(value), Cell::Text(text)) => Some(is_true(text)?.cmp(value)),
        (Operand::Number(value), cell) => number(cell)?.partial_cmp(value),
        (Operand::Date(value), Cell::Date(day)) => Some(day.cmp(value)),
        (Operand::Date(value), Cell::Text(text)) => Some(parse_date(text)?.cmp(value)),
        (Operand::Micros(value), Cell::Micros(micros)) => Some(micros.cmp(value)),
        (Operand::Micros(value), Cell::Text(text)) => Some(Instant::parse(text).ok()?.micros().cmp(value)),
        (Operand::Text(value), Cell::Text(text)) => Some(text.cmp(value)),
        _ => None,
    }
}

fn number(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Integer(value) => Some(value as f64),
        Cell::Unsigned(value) => Some(value as f64),
        Cell::Float(value) => Some(value),
        Cell::Text(text) => exact_number(text),
        _ => None,
    }
}

fn is_true(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Whether a cell of `is_dry_run` marks a dry run.
pub fn marks_dry_run(cell: Cell<'_>) -> bool {
    match cell {
        Cell::Boolean(value) => value,
        Cell::Text(text) => is_true(text) == Some(true),
        cell => number(cell) == Some(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(column_type: ColumnType, filter: &str) -> Result<Filter, ExportError> {
        Filter::compile(&serde_json::from_str(filter).unwrap(), "f", 0, column_type)
    }

    fn check(column_type: ColumnType, json: &str, passing: &[Cell<'_>], failing: &[Cell<'_>]) {
        let filter = filter(column_type, json).unwrap();
        for cell in passing {
            assert!(filter.passes(*cell), "{json} should let {cell:?} pass");
        }
        for cell in failing {
            assert!(!filter.passes(*cell), "{json} should not let {cell:?} pass");
        }
    }

    #[test]
    fn comparisons() {
        use Cell::{Boolean, Integer, Micros, Null, Text};
        let number = ColumnType::Number;
        check(
            number,
            r#"{"key":"a","operator":"eq","values":[1,"2.50"]}"#,
            &[Text("1.0"), Text("2.5"), Integer(1)],
            &[Text("3"), Null],
        );
        check(
            number,
            r#"{"key":"a","operator":"eq","values":[9,-1,0,2,100,7]}"#,
            &[Text("-1"), Text("-0"), Integer(7), Text("100")],
            &[Text("8"), Text("-2"), Text("101"), Text("x")],
        );
        check(number, r#"{"key":"a","operator":"ne","values":[1]}"#, &[Text("2"), Null], &[Text("1")]);
        check(number, r#"{"key":"a","operator":"gt","values":[9]}"#, &[Text("10")], &[Text("9"), Null]);
        check(number, r#"{"key":"a","operator":"gteq","values":[9]}"#, &[Text("9")], &[Text("8.9")]);
        check(number, r#"{"key":"a","operator":"lteq","values":[9]}"#, &[Text("9")], &[Text("9.1"), Null]);
        let text = ColumnType::String;
        check(text, r#"{"key":"a","operator":"lt","values":["b"]}"#, &[Text("a")], &[Text("b"), Null]);
        check(text, r#"{"key":"a","operator":"eq","values":[42]}"#, &[Text("42")], &[Text("42.0")]);
        check(
            ColumnType::Boolean,
            r#"{"key":"a","operator":"eq","values":[1]}"#,
            &[Boolean(true), Text("true")],
            &[Boolean(false), Null],
        );
        check(
            ColumnType::Datetime,
            r#"{"key":"a","operator":"eq","values":["1970-01-01T01:00:00+01:00"]}"#,
            &[Micros(0), Text("1970-01-01T00:00:00Z")],
            &[Micros(1)],
        );
    }

    #[test]
    fn refusals() {
        let told = |column_type, json| filter(column_type, json).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                told(ColumnType::Number, r#"{"key":"a","operator":"eq","values":["x"]}"#),
                told(ColumnType::Number, r#"{"key":"a","operator":"eq","values":[]}"#),
                told(ColumnType::Number, r#"{"key":"a","operator":"eq"}"#),
                told(ColumnType::Number, r#"{"key":"a","operator":"gt","values":[1,2]}"#),
                told(ColumnType::Number, r#"{"key":"a","operator":"eq","values_url":"https://x.example"}"#),
                told(ColumnType::Boolean, r#"{"key":"a","operator":"gt","values":[true]}"#),
                told(ColumnType::Date, r#"{"key":"a","operator":"eq","values":["2026-02-30"]}"#),
            ]
            .join("\n")
        );
    }
}
