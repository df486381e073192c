//! Rows of a columnar table, and the values in their cells.

use crate::cell::Cell;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, GenericListArray, RecordBatch,
    StringArray,
};
use arrow::datatypes::{
    DataType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use std::sync::Arc;
use wayfare_model::time::{Instant, format_date};
use wayfare_model::value::{Source, SourceValue};

const NESTED: &str = "is nested; only strings, numbers, booleans and flat arrays are kept";
const NESTED_ELEMENT: &str = "is an array of more than strings, numbers and booleans";
const BINARY: &str = "is binary; only strings, numbers, booleans and flat arrays are kept";
const NOT_FINITE: &str = "is not a finite number";
const NOT_SHOWN: &str = "cannot be written as text";
const OUT_OF_RANGE: &str = "lies outside the years 0001 to 9999";
const DATES: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

/// Rows of a columnar table.
pub(crate) struct TableChunk {
    batch: RecordBatch,
    names: Arc<[String]>,
    first: u64,
}

impl TableChunk {
    /// Rows of which the first has the number `first`.
    pub fn new(batch: RecordBatch, names: Arc<[String]>, first: u64) -> Self {
        Self { batch, names, first }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// The number of a row in its file, from 1.
    pub fn line(&self, index: usize) -> u64 {
        self.first + index as u64
    }

    /// The columns, as the header has them.
    pub fn columns(&self) -> Vec<TableColumn<'_>> {
        self.batch.columns().iter().map(TableColumn::new).collect()
    }

    /// A row as one JSON object, for people.
    pub fn row_as_json(&self, index: usize) -> String {
        let members = self.names.iter().zip(self.batch.columns()).filter(|(_, array)| !array.is_null(index));
        let object: serde_json::Map<String, serde_json::Value> =
            members.map(|(name, array)| (name.clone(), json(array, index))).collect();
        serde_json::Value::Object(object).to_string()
    }
}

fn json(array: &ArrayRef, index: usize) -> serde_json::Value {
    match TableColumn::new(array).cell(index) {
        Some(Ok(SourceValue { source: Source::String | Source::Text, text })) => String::from(text).into(),
        Some(Ok(SourceValue { text, .. })) => serde_json::from_str(&text).unwrap_or_default(),
        Some(Err(_)) => shown(array, index).unwrap_or_default().into(),
        None => serde_json::Value::Null,
    }
}

fn shown(array: &dyn Array, index: usize) -> Option<String> {
    let formatter = ArrayFormatter::try_new(array, &FormatOptions::default()).ok()?;
    formatter.value(index).try_to_string().ok()
}

/// A column of one chunk.
pub(crate) struct TableColumn<'a> {
    array: &'a ArrayRef,
    values: Values<'a>,
}

/// The kinds that are common, seen through their own type once a chunk; the others go through their data type.
enum Values<'a> {
    Text(&'a StringArray),
    Boolean(&'a BooleanArray),
    Date(&'a Date32Array),
    Decimal(&'a Decimal128Array),
    Other,
}

impl<'a> TableColumn<'a> {
    fn new(array: &'a ArrayRef) -> Self {
        let values = match array.data_type() {
            DataType::Utf8 => Values::Text(array.as_string()),
            DataType::Boolean => Values::Boolean(array.as_boolean()),
            DataType::Date32 => Values::Date(array.as_primitive()),
            DataType::Decimal128(..) => Values::Decimal(array.as_primitive()),
            _ => Values::Other,
        };
        Self { array, values }
    }

    /// The value of a row.
    pub fn cell(&self, index: usize) -> Cell {
        if self.array.is_null(index) || *self.array.data_type() == DataType::Null {
            return None;
        }
        Some(match self.values {
            Values::Text(array) => Ok(SourceValue::string(array.value(index))),
            Values::Boolean(array) => Ok(boolean(array.value(index))),
            Values::Date(array) => match array.value(index) {
                days if DATES.contains(&days) => Ok(SourceValue::string(format_date(days))),
                _ => as_shown(self.array, index),
            },
            Values::Decimal(array) => Ok(decimal(&array.value_as_string(index))),
            Values::Other => value(self.array, index),
        })
    }
}

fn value(array: &ArrayRef, index: usize) -> Result<SourceValue, &'static str> {
    macro_rules! integer {
        ($kind:ty) => {
            Ok(SourceValue::new(Source::Number, array.as_primitive::<$kind>().value(index).to_string()))
        };
    }
    match array.data_type() {
        DataType::Int8 => integer!(Int8Type),
        DataType::Int16 => integer!(Int16Type),
        DataType::Int32 => integer!(Int32Type),
        DataType::Int64 => integer!(Int64Type),
        DataType::UInt8 => integer!(UInt8Type),
        DataType::UInt16 => integer!(UInt16Type),
        DataType::UInt32 => integer!(UInt32Type),
        DataType::UInt64 => integer!(UInt64Type),
        DataType::Float16 => {
            float(f64::from(array.as_primitive::<Float16Type>().value(index).to_f32()), None)
        }
        DataType::Float32 => {
            let number = array.as_primitive::<Float32Type>().value(index);
            float(f64::from(number), Some(number))
        }
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(index), None),
        DataType::Timestamp(unit, Some(_)) => instant(array, unit, index),
        DataType::Timestamp(_, None) => as_shown(array, index),
        DataType::Time32(_) | DataType::Time64(_) | DataType::LargeUtf8 | DataType::Utf8View => {
            as_shown(array, index)
        }
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal256(..) => {
            Ok(decimal(&shown(array, index).ok_or(NOT_SHOWN)?))
        }
        DataType::List(_) => list(array.as_list::<i32>(), index),
        DataType::LargeList(_) => list(array.as_list::<i64>(), index),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            Err(BINARY)
        }
        _ => Err(NESTED),
    }
}

fn boolean(value: bool) -> SourceValue {
    SourceValue::new(Source::Boolean, if value { "true" } else { "false" })
}

/// The shortest text that reads back the same; in the grammar of JSON numbers, and as a decimal fraction or with an
/// exponent where the plain text would look like an integer that no float holds.
fn float(number: f64, single: Option<f32>) -> Result<SourceValue, &'static str> {
    let text = match (number.abs(), single) {
        (size, _) if !size.is_finite() => return Err(NOT_FINITE),
        (0.0, _) => "0".to_owned(),
        (1e-5..9_007_199_254_740_992.0, None) => number.to_string(),
        (1e-5..9_007_199_254_740_992.0, Some(single)) => single.to_string(),
        (_, None) => format!("{number:e}"),
        (_, Some(single)) => format!("{single:e}"),
    };
    Ok(SourceValue::new(Source::Number, text))
}

/// A decimal without the zeros that only its scale asks for.
fn decimal(text: &str) -> SourceValue {
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    };
    SourceValue::new(Source::Number, text)
}

/// An instant, as RFC 3339 with `Z`.
fn instant(array: &ArrayRef, unit: &TimeUnit, index: usize) -> Result<SourceValue, &'static str> {
    const BILLION: i64 = 1_000_000_000;
    let (seconds, nanos) = match unit {
        TimeUnit::Second => (array.as_primitive::<TimestampSecondType>().value(index), 0),
        TimeUnit::Millisecond => {
            let millis = array.as_primitive::<TimestampMillisecondType>().value(index);
            (millis.div_euclid(1_000), millis.rem_euclid(1_000) * 1_000_000)
        }
        TimeUnit::Microsecond => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(index);
            (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000) * 1_000)
        }
        TimeUnit::Nanosecond => {
            let nanos = array.as_primitive::<TimestampNanosecondType>().value(index);
            (nanos.div_euclid(BILLION), nanos.rem_euclid(BILLION))
        }
    };
    let whole = seconds.checked_mul(1_000_000).and_then(Instant::from_micros).ok_or(OUT_OF_RANGE)?;
    let mut text = whole.to_string();
    if nanos != 0 {
        text.pop();
        text.push_str(format!(".{nanos:09}").trim_end_matches('0'));
        text.push('Z');
    }
    Ok(SourceValue::string(text))
}

fn as_shown(array: &ArrayRef, index: usize) -> Result<SourceValue, &'static str> {
    shown(array, index).map(SourceValue::string).ok_or(NOT_SHOWN)
}

fn list<O: arrow::array::OffsetSizeTrait>(
    lists: &GenericListArray<O>,
    index: usize,
) -> Result<SourceValue, &'static str> {
    let elements = lists.value(index);
    let column = TableColumn::new(&elements);
    let mut json = String::from("[");
    for element in 0..elements.len() {
        if element > 0 {
            json.push(',');
        }
        match column.cell(element) {
            Some(Ok(value)) => match value.source {
                Source::Number | Source::Boolean => json.push_str(&value.text),
                Source::String | Source::Text => {
                    json.push_str(&serde_json::Value::from(&*value.text).to_string());
                }
                Source::Array => return Err(NESTED_ELEMENT),
            },
            Some(Err(_)) | None => return Err(NESTED_ELEMENT),
        }
    }
    json.push(']');
    Ok(SourceValue::new(Source::Array, json))
}
