//! Columns from the texts of sources, read as one type of the dictionary.

use crate::columns::texts::TextsBuilder;
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
    codes: CodesBuilder,
    seen: HashMap<Box<str>, u32>,
    last: Option<(Box<str>, u32)>,
    values: ValuesBuilder,
}

impl ColumnBuilder {
    /// An empty column of that type.
    pub fn new(value_type: ValueType) -> Self {
        let codes = CodesBuilder::default();
        Self { codes, seen: HashMap::new(), last: None, values: ValuesBuilder::new(value_type) }
    }

    /// How many rows were added.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.codes.len() == 0
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
                let code = if self.values.push(text) { self.values.len() as u32 } else { 0 };
                self.seen.insert(text.into(), code);
                code
            }
        };
        self.last = Some((text.into(), code));
        code
    }

    /// The column as it stands, to go on building.
    pub fn column(&self) -> Column {
        Column { codes: self.codes.clone().finish(), values: self.values.clone().finish() }
    }

    /// The column.
    pub fn finish(self) -> Column {
        Column { codes: self.codes.finish(), values: self.values.finish() }
    }
}

/// Codes that widen as they must.
#[derive(Debug, Clone)]
pub(crate) enum CodesBuilder {
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
}

impl Default for CodesBuilder {
    fn default() -> Self {
        Self::U8(Vec::new())
    }
}

impl CodesBuilder {
    /// Puts a code at a row, which may be behind the end, and widens the codes where it has no room; rows between are
    /// missing.
    pub fn put(&mut self, row: usize, code: u32) {
        if let Self::U8(codes) = self
            && code > 255
        {
            *self = Self::U16(codes.iter().map(|code| (*code).into()).collect());
        }
        if let Self::U16(codes) = self
            && code > 65_535
        {
            *self = Self::U32(codes.iter().map(|code| (*code).into()).collect());
        }
        fn put<T: Copy + Default>(codes: &mut Vec<T>, row: usize, code: T) {
            if row >= codes.len() {
                codes.resize(row + 1, T::default());
            }
            codes[row] = code;
        }
        match self {
            Self::U8(codes) => put(codes, row, code as u8),
            Self::U16(codes) => put(codes, row, code as u16),
            Self::U32(codes) => put(codes, row, code),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len(),
            Self::U32(codes) => codes.len(),
        }
    }

    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::U8(codes) => codes[row].into(),
            Self::U16(codes) => codes[row].into(),
            Self::U32(codes) => codes[row],
        }
    }

    fn finish(self) -> Codes {
        match self {
            Self::U8(codes) => Codes::U8(codes.into()),
            Self::U16(codes) => Codes::U16(codes.into()),
            Self::U32(codes) => Codes::U32(codes.into()),
        }
    }
}

/// Gathers the values of one type.
#[derive(Debug, Clone)]
pub(crate) enum ValuesBuilder {
    One(ScalarsBuilder),
    Array { elements: ScalarsBuilder, ends: Vec<u32> },
}

#[derive(Debug, Clone)]
pub(crate) enum ScalarsBuilder {
    Boolean(Vec<bool>),
    Number(Vec<f64>),
    Date(Vec<i32>),
    Datetime(Vec<i64>),
    String(TextsBuilder),
}

impl ValuesBuilder {
    pub fn new(value_type: ValueType) -> Self {
        match value_type {
            ValueType::One(scalar) => Self::One(ScalarsBuilder::new(scalar)),
            ValueType::Array(scalar) => {
                Self::Array { elements: ScalarsBuilder::new(scalar), ends: Vec::new() }
            }
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::One(values) => values.len(),
            Self::Array { ends, .. } => ends.len(),
        }
    }

    /// Adds a value; `false` where the type does not hold the text.
    pub fn push(&mut self, text: &str) -> bool {
        let (elements, ends) = match self {
            Self::One(values) => return values.push(text),
            Self::Array { elements, ends } => (elements, ends),
        };
        let Some(array) = array_elements(text) else { return false };
        for element in &array {
            if !elements.push(&element.text) {
                elements.truncate(ends.last().copied().unwrap_or(0) as usize);
                return false;
            }
        }
        ends.push(elements.len() as u32);
        true
    }

    pub fn finish(self) -> Values {
        match self {
            Self::One(values) => values.finish(),
            Self::Array { elements, ends } => Values::Array { elements: Box::new(elements.finish()), ends },
        }
    }
}

impl ScalarsBuilder {
    fn new(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Boolean => Self::Boolean(Vec::new()),
            Scalar::Number => Self::Number(Vec::new()),
            Scalar::Date => Self::Date(Vec::new()),
            Scalar::Datetime => Self::Datetime(Vec::new()),
            Scalar::String => Self::String(TextsBuilder::default()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Boolean(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::Date(values) => values.len(),
            Self::Datetime(values) => values.len(),
            Self::String(values) => values.len(),
        }
    }

    fn push(&mut self, text: &str) -> bool {
        match self {
            Self::Boolean(values) => match text {
                "true" => values.push(true),
                "false" => values.push(false),
                _ => return false,
            },
            Self::Number(values) => {
                // A declared integer may lie beyond what a float holds exactly; it compares as the nearest float.
                match exact_number(text).or_else(|| text.parse::<i64>().ok().map(|whole| whole as f64)) {
                    Some(number) => values.push(number),
                    None => return false,
                }
            }
            Self::Date(values) => match parse_date(text) {
                Some(days) => values.push(days),
                None => return false,
            },
            Self::Datetime(values) => match Instant::parse(text) {
                Ok(instant) => values.push(instant.micros()),
                Err(_) => return false,
            },
            Self::String(values) => values.push(text),
        }
        true
    }

    fn truncate(&mut self, length: usize) {
        match self {
            Self::Boolean(values) => values.truncate(length),
            Self::Number(values) => values.truncate(length),
            Self::Date(values) => values.truncate(length),
            Self::Datetime(values) => values.truncate(length),
            Self::String(values) => values.truncate(length),
        }
    }

    fn finish(self) -> Values {
        match self {
            Self::Boolean(values) => Values::Boolean(values),
            Self::Number(values) => Values::Number(values),
            Self::Date(values) => Values::Date(values),
            Self::Datetime(values) => Values::Datetime(values),
            Self::String(values) => Values::String(values.finish()),
        }
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
