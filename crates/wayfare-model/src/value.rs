//! Values as their sources wrote them, and the types that can be learned from them.
//!
//! Rules: `segments.md`, fine print, "Types nobody declared". A value keeps its source's text; its type is a
//! fact of the dictionary, the narrowest that holds every value seen, whatever the order of arrival.

use crate::time::{Instant, parse_date};
use serde::{Deserialize, Serialize};

/// What a source said a value is, before any type is learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    /// `true` or `false` of a typed source (JSON, Parquet).
    Boolean,
    /// A number of a typed source; the text is the number as written.
    Number,
    /// A string of a typed source; the text is the string itself.
    String,
    /// A cell of an untyped source (CSV): text that may be of any type.
    Text,
    /// A flat array; the text is JSON.
    Array,
}

/// One value as its source wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceValue {
    /// What the source said it is.
    pub source: Source,
    /// The source's text; of a string its content, of an array its JSON.
    pub text: Box<str>,
}

impl SourceValue {
    /// A value of the given source.
    pub fn new(source: Source, text: impl Into<Box<str>>) -> Self {
        Self { source, text: text.into() }
    }

    /// A string of a typed source.
    pub fn string(text: impl Into<Box<str>>) -> Self {
        Self::new(Source::String, text)
    }
}

/// The type of one value, or of an array's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scalar {
    /// `true` / `false`.
    Boolean,
    /// 64-bit float; integers exact to 2^53.
    Number,
    /// A calendar day.
    Date,
    /// An instant, microseconds.
    Datetime,
    /// Unicode text.
    String,
}

impl Scalar {
    /// From the narrowest to the widest: the order in which a learned type is chosen.
    pub const ALL: [Self; 5] = [Self::Boolean, Self::Number, Self::Date, Self::Datetime, Self::String];

    /// The name used in definitions, the dictionary and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::String => "string",
        }
    }
}

/// The type of an attribute or parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueType {
    /// One value.
    One(Scalar),
    /// An array of values of one type.
    Array(Scalar),
}

impl ValueType {
    /// From the narrowest to the widest; plain string holds anything.
    pub const ALL: [Self; 10] = [
        Self::One(Scalar::Boolean),
        Self::One(Scalar::Number),
        Self::One(Scalar::Date),
        Self::One(Scalar::Datetime),
        Self::Array(Scalar::Boolean),
        Self::Array(Scalar::Number),
        Self::Array(Scalar::Date),
        Self::Array(Scalar::Datetime),
        Self::Array(Scalar::String),
        Self::One(Scalar::String),
    ];

    /// `string`, `number`, …, `array of string`, ….
    pub fn name(self) -> &'static str {
        match self {
            Self::One(scalar) => scalar.name(),
            Self::Array(Scalar::Boolean) => "array of boolean",
            Self::Array(Scalar::Number) => "array of number",
            Self::Array(Scalar::Date) => "array of date",
            Self::Array(Scalar::Datetime) => "array of datetime",
            Self::Array(Scalar::String) => "array of string",
        }
    }

    /// The type of that [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    fn bit(self) -> u16 {
        1 << Self::ALL.iter().position(|known| *known == self).unwrap_or(9)
    }
}

impl Serialize for ValueType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ValueType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| serde::de::Error::custom(format!("no type is called {name:?}")))
    }
}

/// The set of types that hold one value exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fits(u16);

impl Fits {
    /// The types that hold `value` exactly. Every value fits a plain string.
    pub fn of(value: &SourceValue) -> Self {
        let mut bits = ValueType::One(Scalar::String).bit();
        let elements = match value.source {
            Source::Array => Some(array_elements(&value.text).unwrap_or_default()),
            // A CSV cell may be anything, also an array as exports write it.
            Source::Text if value.text.starts_with('[') => array_elements(&value.text),
            _ => None,
        };
        match elements {
            Some(elements) => {
                let common = elements.iter().map(scalar_fits).fold(u8::MAX, |sum, element| sum & element);
                for (index, scalar) in Scalar::ALL.into_iter().enumerate() {
                    if common >> index & 1 == 1 {
                        bits |= ValueType::Array(scalar).bit();
                    }
                }
            }
            None => {
                let fits = scalar_fits(value);
                for (index, scalar) in Scalar::ALL.into_iter().enumerate() {
                    if fits >> index & 1 == 1 {
                        bits |= ValueType::One(scalar).bit();
                    }
                }
            }
        }
        Self(bits)
    }

    /// Whether a type holds the value exactly.
    pub fn contains(self, value_type: ValueType) -> bool {
        self.0 & value_type.bit() != 0
    }
}

/// Bits by [`Scalar::ALL`].
fn scalar_fits(value: &SourceValue) -> u8 {
    let text = &*value.text;
    let (untyped, string) = (value.source == Source::Text, value.source == Source::String);
    let boolean = value.source == Source::Boolean || untyped && matches!(text, "true" | "false");
    let number = (value.source == Source::Number || untyped) && exact_number(text).is_some();
    let date = (untyped || string) && parse_date(text).is_some();
    let datetime = (untyped || string) && Instant::parse(text).is_ok();
    u8::from(boolean) | u8::from(number) << 1 | u8::from(date) << 2 | u8::from(datetime) << 3 | 1 << 4
}

/// The number that a text in JSON's grammar writes, where a 64-bit float holds it: decimals are taken as
/// floats are, an integer beyond 2^53 is not held, a leading zero or plus sign is no number.
pub fn exact_number(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let unsigned = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let whole = unsigned.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if whole == 0 || whole > 1 && unsigned[0] == b'0' {
        return None;
    }
    if whole == unsigned.len() {
        if whole > 16 {
            return None;
        }
        let value = unsigned.iter().fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        let signed = value as f64 * if bytes.len() == unsigned.len() { 1.0 } else { -1.0 };
        return (value <= 1 << 53).then_some(signed);
    }
    let mut rest = &unsigned[whole..];
    if let Some(after) = rest.strip_prefix(b".") {
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        rest = &after[digits..];
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let after = match after {
            [b'+' | b'-', after @ ..] => after,
            _ => after,
        };
        if after.is_empty() || !after.iter().all(u8::is_ascii_digit) {
            return None;
        }
        rest = &[];
    }
    if !rest.is_empty() {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// The text of a number without a fraction of zeros: `1004.0` is the integer 1004, which is exact or not as that is.
pub fn without_zero_fraction(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|digit| digit == b'0') => whole,
        _ => text,
    }
}

/// The elements of a flat JSON array; `None` where the text is no array of strings, numbers and booleans.
pub fn array_elements(json: &str) -> Option<Vec<SourceValue>> {
    let raw: Vec<&serde_json::value::RawValue> = serde_json::from_str(json).ok()?;
    raw.into_iter()
        .map(|element| match scalar_from_json(element.get()) {
            JsonScalar::Value(value) => Some(value),
            JsonScalar::Null | JsonScalar::Nested | JsonScalar::NotUnicode => None,
        })
        .collect()
}

/// One JSON value, seen as an attribute or parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonScalar {
    /// A string, number or boolean.
    Value(SourceValue),
    /// `null`: missing.
    Null,
    /// An array or an object.
    Nested,
    /// A string with half of a surrogate pair: no text.
    NotUnicode,
}

/// What [`JsonScalar::NotUnicode`] is told as.
pub const NOT_UNICODE: &str = "is not valid Unicode";

/// Reads one valid JSON value, trimmed of white space, keeping a number's text.
pub fn scalar_from_json(raw: &str) -> JsonScalar {
    match raw.as_bytes().first() {
        Some(b'"') => match unquote(raw) {
            Some(text) => JsonScalar::Value(SourceValue::string(text)),
            None => JsonScalar::NotUnicode,
        },
        Some(b't' | b'f') => JsonScalar::Value(SourceValue::new(Source::Boolean, raw)),
        Some(b'-' | b'0'..=b'9') => JsonScalar::Value(SourceValue::new(Source::Number, raw)),
        Some(b'n') => JsonScalar::Null,
        _ => JsonScalar::Nested,
    }
}

/// The content of a JSON string literal.
pub fn unquote(raw: &str) -> Option<Box<str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str::<String>(raw).ok().map(Into::into)
    } else {
        Some(inner.into())
    }
}

/// How many values of one attribute or parameter were seen, and how many of them each type holds.
/// Sums of these do not depend on the order of arrival.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeCounts {
    values: u64,
    fitting: [u64; 10],
}

impl TypeCounts {
    /// Counts one value more.
    pub fn add(&mut self, fits: Fits) {
        self.values += 1;
        for (index, count) in self.fitting.iter_mut().enumerate() {
            *count += u64::from(fits.0 >> index & 1);
        }
    }

    /// Counts all values that `other` counted.
    pub fn merge(&mut self, other: &Self) {
        self.values += other.values;
        for (count, more) in self.fitting.iter_mut().zip(other.fitting) {
            *count += more;
        }
    }

    /// How many values were seen.
    pub fn values(&self) -> u64 {
        self.values
    }

    /// The narrowest type that holds every value seen; string where none was seen.
    pub fn narrowest(&self) -> ValueType {
        ValueType::ALL
            .into_iter()
            .zip(self.fitting)
            .find(|(_, fitting)| self.values > 0 && *fitting == self.values)
            .map_or(ValueType::One(Scalar::String), |(value_type, _)| value_type)
    }

    /// How many values stand against `value_type`.
    pub fn against(&self, value_type: ValueType) -> u64 {
        ValueType::ALL
            .into_iter()
            .zip(self.fitting)
            .find(|(known, _)| *known == value_type)
            .map_or(0, |(_, fitting)| self.values - fitting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn learned(values: &[SourceValue]) -> &'static str {
        let mut counts = TypeCounts::default();
        for value in values {
            counts.add(Fits::of(value));
        }
        counts.narrowest().name()
    }

    fn json(raw: &str) -> SourceValue {
        match scalar_from_json(raw) {
            JsonScalar::Value(value) => value,
            _ => SourceValue::new(Source::Array, raw),
        }
    }

    fn check_json(raw: &[&str], expected: &str) {
        let values: Vec<_> = raw.iter().map(|raw| json(raw)).collect();
        assert_eq!(learned(&values), expected, "{raw:?}");
    }

    fn check_text(cells: &[&str], expected: &str) {
        let values: Vec<_> = cells.iter().map(|cell| SourceValue::new(Source::Text, *cell)).collect();
        assert_eq!(learned(&values), expected, "{cells:?}");
    }

    #[test]
    fn types_learned_from_json() {
        check_json(&[], "string");
        check_json(&["true", "false"], "boolean");
        check_json(&["1", "2.50", "-1e3"], "number");
        check_json(&["9007199254740992"], "number");
        check_json(&["9007199254740993"], "string");
        check_json(&["1e400"], "string");
        check_json(&["1", "\"1\""], "string");
        check_json(&["\"1\""], "string");
        check_json(&["\"true\""], "string");
        check_json(&["\"2026-01-31\""], "date");
        check_json(&["\"2026-02-31\""], "string");
        check_json(&["\"2026-01-31T00:00:00Z\"", "\"2026-01-31T00:00:00.123456+03:00\""], "datetime");
        check_json(&["\"2026-01-31T00:00:00.1234567Z\""], "string");
        check_json(&["\"2026-01-31\"", "\"2026-01-31T00:00:00Z\""], "string");
        check_json(&["[]"], "array of boolean");
        check_json(&["[]", "[\"a\"]"], "array of string");
        check_json(&["[1, 2]", "[]"], "array of number");
        check_json(&["[1, \"a\"]"], "array of string");
        check_json(&["[1]", "1"], "string");
    }

    #[test]
    fn half_of_a_surrogate_pair_is_no_text() {
        assert_eq!(scalar_from_json(r#""\ud83d\ude00""#), JsonScalar::Value(SourceValue::string("😀")));
        for raw in [r#""\ud800""#, r#""a\ude00""#, r#""\ud800\ud800""#, r#""\ud800x""#] {
            assert_eq!(scalar_from_json(raw), JsonScalar::NotUnicode, "{raw}");
        }
    }

    #[test]
    fn types_learned_from_csv() {
        check_text(&["true", "false"], "boolean");
        check_text(&["1", "2.5"], "number");
        check_text(&["001"], "string");
        check_text(&["+1"], "string");
        check_text(&["0", "-0.5"], "number");
        check_text(&["2026-01-31"], "date");
        check_text(&["NaN"], "string");
        check_text(&["1", "x"], "string");
    }

    proptest! {
        #[test]
        fn order_of_arrival_does_not_matter(mut values in prop::collection::vec(
            prop::sample::select(vec!["1", "\"x\"", "true", "\"2026-01-31\"", "[1]", "[]", "[\"a\"]", "2.5"]), 0..6
        )) {
            let forward: Vec<_> = values.iter().map(|raw| json(raw)).collect();
            let before = learned(&forward);
            values.reverse();
            let backward: Vec<_> = values.iter().map(|raw| json(raw)).collect();
            prop_assert_eq!(before, learned(&backward));
        }

        #[test]
        fn numbers_agree_with_json(number: f64) {
            prop_assume!(number.is_finite());
            let text = serde_json::to_string(&number).expect("finite");
            prop_assert_eq!(exact_number(&text), Some(number));
        }
    }
}
