//! Columns from the texts of sources, read as one type of the dictionary.

use crate::columns::{Codes, Column, Values};
use std::collections::HashMap;
use wayfare_model::time::{Instant, parse_date};
use wayfare_model::value::{Scalar, ValueType, array_elements, exact_number};

/// Builds a [`Column`] row by row.
///
/// A text that the type does not hold is missing; a learned type holds every text seen by construction, and what
/// does not fit a declared type was set aside on its way in.
#[derive(Debug)]
pub struct ColumnBuilder {
    scalar: Scalar,
    array: bool,
    codes: Codes,
    seen: HashMap<Box<str>, u32>,
    last: Option<(Box<str>, u32)>,
    values: Values,
}

impl ColumnBuilder {
    /// An empty column of that type.
    pub fn new(value_type: ValueType) -> Self {
        let (scalar, array) = match value_type {
            ValueType::One(scalar) => (scalar, false),
            ValueType::Array(scalar) => (scalar, true),
        };
        let empty = empty_values(scalar);
        let values = match array {
            true => Values::Array { elements: Box::new(empty), ends: Vec::new() },
            false => empty,
        };
        Self { scalar, array, codes: Codes::U8(Vec::new()), seen: HashMap::new(), last: None, values }
    }

    /// How many rows were added.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Adds a row.
    pub fn push(&mut self, text: Option<&str>) {
        let code = text.map_or(0, |text| self.code(text));
        self.codes.put(self.codes.len(), code);
    }

    /// Puts a value at a row, which may be behind the end; rows between are missing.
    pub fn set(&mut self, row: usize, text: Option<&str>) {
        let code = text.map_or(0, |text| self.code(text));
        self.codes.put(row, code);
    }

    fn code(&mut self, text: &str) -> u32 {
        if let Some((last, code)) = &self.last
            && **last == *text
        {
            return *code;
        }
        let code = match self.seen.get(text) {
            Some(code) => *code,
            None => {
                let code = if self.read(text) { self.values.len() as u32 } else { 0 };
                self.seen.insert(text.into(), code);
                code
            }
        };
        self.last = Some((text.into(), code));
        code
    }

    fn read(&mut self, text: &str) -> bool {
        if !self.array {
            return push_scalar(&mut self.values, self.scalar, text);
        }
        let Values::Array { elements, ends } = &mut self.values else { return false };
        let Some(array) = array_elements(text) else { return false };
        for element in &array {
            if !push_scalar(elements, self.scalar, &element.text) {
                truncate(elements, ends.last().copied().unwrap_or(0) as usize);
                return false;
            }
        }
        ends.push(elements.len() as u32);
        true
    }

    /// The column as it stands, to go on building.
    pub fn column(&self) -> Column {
        Column { codes: self.codes.clone(), values: self.values.clone() }
    }

    /// The column.
    pub fn finish(self) -> Column {
        Column { codes: self.codes, values: self.values }
    }
}

fn empty_values(scalar: Scalar) -> Values {
    match scalar {
        Scalar::Boolean => Values::Boolean(Vec::new()),
        Scalar::Number => Values::Number(Vec::new()),
        Scalar::Date => Values::Date(Vec::new()),
        Scalar::Datetime => Values::Datetime(Vec::new()),
        Scalar::String => Values::String(Vec::new()),
    }
}

fn push_scalar(values: &mut Values, scalar: Scalar, text: &str) -> bool {
    match (values, scalar) {
        (Values::Boolean(values), Scalar::Boolean) => match text {
            "true" => values.push(true),
            "false" => values.push(false),
            _ => return false,
        },
        (Values::Number(values), Scalar::Number) => {
            // A declared integer may lie beyond what a float holds exactly; it compares as the nearest float.
            match exact_number(text).or_else(|| text.parse::<i64>().ok().map(|whole| whole as f64)) {
                Some(number) => values.push(number),
                None => return false,
            }
        }
        (Values::Date(values), Scalar::Date) => match parse_date(text) {
            Some(days) => values.push(days),
            None => return false,
        },
        (Values::Datetime(values), Scalar::Datetime) => match Instant::parse(text) {
            Ok(instant) => values.push(instant.micros()),
            Err(_) => return false,
        },
        (Values::String(values), Scalar::String) => values.push(text.into()),
        _ => return false,
    }
    true
}

fn truncate(values: &mut Values, length: usize) {
    match values {
        Values::Boolean(values) => values.truncate(length),
        Values::Number(values) => values.truncate(length),
        Values::Date(values) => values.truncate(length),
        Values::Datetime(values) => values.truncate(length),
        Values::String(values) => values.truncate(length),
        Values::Array { ends, .. } => ends.truncate(length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinct_values_share_a_code() {
        let mut builder = ColumnBuilder::new(ValueType::One(Scalar::Number));
        for text in [Some("1.50"), None, Some("2"), Some("1.50"), Some("x")] {
            builder.push(text);
        }
        let column = builder.finish();
        let codes: Vec<_> = (0..column.codes.len()).map(|row| column.codes.get(row)).collect();
        assert_eq!(codes, [1, 0, 2, 1, 0]);
        assert!(matches!(column.values, Values::Number(values) if values == [1.5, 2.0]));
    }

    #[test]
    fn codes_widen() {
        let mut builder = ColumnBuilder::new(ValueType::One(Scalar::Number));
        for number in 0..70_000 {
            builder.push(Some(&number.to_string()));
        }
        let column = builder.finish();
        assert!(matches!(column.codes, Codes::U32(_)));
        assert!((0..70_000).all(|row| column.codes.get(row) == row as u32 + 1));
    }

    #[test]
    fn arrays_stand_one_after_the_other() {
        let mut builder = ColumnBuilder::new(ValueType::Array(Scalar::Number));
        for text in ["[1,2]", "[]", "[3]"] {
            builder.push(Some(text));
        }
        let Values::Array { ends, elements } = builder.finish().values else { panic!("an array") };
        assert_eq!(ends, [2, 2, 3]);
        assert_eq!(elements.len(), 3);
    }

    #[test]
    fn rows_may_be_set_out_of_order() {
        let mut builder = ColumnBuilder::new(ValueType::One(Scalar::String));
        builder.set(3, Some("a"));
        builder.set(1, Some("b"));
        builder.set(3, None);
        let column = builder.finish();
        let codes: Vec<_> = (0..5).map(|row| column.codes.get(row)).collect();
        assert_eq!(codes, [0, 2, 0, 0, 0]);
    }
}
