//! Columns from the texts of sources, read as one type of the dictionary.

use crate::columns::text_codes::TextCodes;
use crate::columns::texts::{Texts, TextsBuilder};
use crate::columns::{Codes, Column, Values};
use wayfare_model::time::{Instant, parse_date};
use wayfare_model::value::{Scalar, ValueType, array_elements, exact_number};

/// Builds a [`Column`] row by row.
///
/// A text that the type does not hold is missing; a learned type holds every text seen by construction, and what
/// does not fit a declared type was set aside on its way in.
#[derive(Debug)]
pub struct ColumnBuilder {
    codes: CodesBuilder,
    texts: TextCodes,
    /// The values of the texts; plain strings are their texts themselves.
    values: Option<ValuesBuilder>,
    /// For each text the code of its value, where some text has none.
    meant: Option<Vec<u32>>,
}

impl ColumnBuilder {
    /// An empty column of that type.
    pub fn new(value_type: ValueType) -> Self {
        let plain = value_type == ValueType::One(Scalar::String);
        Self {
            codes: CodesBuilder::default(),
            texts: TextCodes::default(),
            values: (!plain).then(|| ValuesBuilder::new(value_type)),
            meant: None,
        }
    }

    /// A column that holds what another one held: its codes, of which none is greater than there are texts, and the
    /// texts that they stand for.
    pub fn resumed(value_type: ValueType, codes: &Codes, texts: &Texts) -> Self {
        let mut this = Self { texts: TextCodes::starting_with(texts), ..Self::new(value_type) };
        for text in texts.iter().zip(1..) {
            this.read(text.0, text.1);
        }
        for row in 0..codes.len() {
            let code = codes.get(row);
            this.codes.put(row, if code as usize <= texts.len() { this.meaning(code) } else { 0 });
        }
        this
    }

    /// How many rows were added.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.codes.len() == 0
    }

    /// How many different texts were added.
    pub fn distinct(&self) -> usize {
        self.texts.len()
    }

    /// Adds a row.
    pub fn push(&mut self, text: Option<&str>) {
        self.set(self.codes.len(), text);
    }

    /// Puts a value at a row, which may be behind the end; rows between are missing.
    pub fn set(&mut self, row: usize, text: Option<&str>) {
        let code = text.map_or(0, |text| self.code(text));
        self.codes.put(row, code);
    }

    fn code(&mut self, text: &str) -> u32 {
        let known = self.texts.len();
        let code = self.texts.code(text);
        if self.texts.len() > known {
            self.read(text, code);
        }
        self.meaning(code)
    }

    /// Takes in a text that was not seen before.
    fn read(&mut self, text: &str, code: u32) {
        let Some(values) = &mut self.values else { return };
        let has_value = values.push(text);
        if !has_value && self.meant.is_none() {
            self.meant = Some((1..code).collect());
        }
        if let Some(meant) = &mut self.meant {
            meant.push(if has_value { values.len() as u32 } else { 0 });
        }
    }

    /// The code of the value of a text.
    fn meaning(&self, code: u32) -> u32 {
        match (&self.meant, code.checked_sub(1)) {
            (Some(meant), Some(index)) => meant.get(index as usize).copied().unwrap_or(0),
            _ => code,
        }
    }

    /// Numbers values by their order, so that those between two bounds have codes between two bounds. Values that come
    /// later are numbered behind them.
    pub fn order_by_value(&mut self) {
        if self.meant.is_some() {
            return;
        }
        let (texts, values) = (self.texts.texts(), self.column().values);
        let mut by_value: Vec<usize> = (0..texts.len()).collect();
        by_value.sort_by(|a, b| values.compare(*a, *b));
        let mut codes = vec![0u32; texts.len() + 1];
        let value_type = self.values.as_ref().map(ValuesBuilder::value_type);
        let mut ordered = Self::new(value_type.unwrap_or(ValueType::One(Scalar::String)));
        for text in by_value {
            codes[text + 1] = ordered.code(texts.get(text).unwrap_or_default());
        }
        for row in 0..self.codes.len() {
            ordered.codes.put(row, codes[self.codes.get(row) as usize]);
        }
        *self = ordered;
    }

    /// The column as it stands, to go on building.
    pub fn column(&self) -> Column {
        let values = match &self.values {
            Some(values) => values.clone().finish(),
            None => Values::String(self.texts.texts()),
        };
        Column { codes: self.codes.clone().finish(), values }
    }

    /// Codes and the texts that they stand for, to resume from; `None` where some text has no value.
    pub fn parts(&self) -> Option<(Codes, Texts)> {
        self.meant.is_none().then(|| (self.codes.clone().finish(), self.texts.texts()))
    }

    /// About how many bytes of memory it takes.
    pub fn bytes(&self) -> usize {
        self.codes.len() * 4 + self.texts.bytes() + self.values.as_ref().map_or(0, |values| values.len() * 8)
    }

    /// The column.
    pub fn finish(self) -> Column {
        let values = match self.values {
            Some(values) => values.finish(),
            None => Values::String(self.texts.finish()),
        };
        Column { codes: self.codes.finish(), values }
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

    fn value_type(&self) -> ValueType {
        match self {
            Self::One(values) => ValueType::One(values.scalar()),
            Self::Array { elements, .. } => ValueType::Array(elements.scalar()),
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
    fn scalar(&self) -> Scalar {
        match self {
            Self::Boolean(_) => Scalar::Boolean,
            Self::Number(_) => Scalar::Number,
            Self::Date(_) => Scalar::Date,
            Self::Datetime(_) => Scalar::Datetime,
            Self::String(_) => Scalar::String,
        }
    }

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
    fn a_column_is_resumed() {
        let number = ValueType::One(Scalar::Number);
        for value_type in [number, ValueType::One(Scalar::String)] {
            let mut builder = ColumnBuilder::new(value_type);
            for text in [Some("2"), None, Some("1"), Some("2")] {
                builder.push(text);
            }
            let (codes, texts) = builder.parts().unwrap();
            let mut resumed = ColumnBuilder::resumed(value_type, &codes, &texts);
            for builder in [&mut builder, &mut resumed] {
                builder.set(1, Some("1"));
                builder.set(0, Some("3"));
            }
            let (one, other) = (builder.finish(), resumed.finish());
            assert_eq!(format!("{one:?}"), format!("{other:?}"));
        }
        let mut unread = ColumnBuilder::new(number);
        unread.push(Some("x"));
        unread.push(Some("1"));
        assert!(unread.parts().is_none());
        assert_eq!(unread.finish().codes.get(1), 1);
    }

    #[test]
    fn codes_follow_the_order_of_values() {
        let mut builder = ColumnBuilder::new(ValueType::One(Scalar::Number));
        for text in [Some("10"), Some("9"), None, Some("2.5"), Some("9")] {
            builder.push(text);
        }
        builder.order_by_value();
        builder.push(Some("1"));
        builder.push(Some("10"));
        let column = builder.finish();
        let codes: Vec<_> = (0..7).map(|row| column.codes.get(row)).collect();
        assert_eq!(codes, [3, 2, 0, 1, 2, 4, 3]);
        assert!(matches!(column.values, Values::Number(values) if values == [2.5, 9.0, 10.0, 1.0]));
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
