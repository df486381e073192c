//! Arrow columns, whatever their physical type, as cells of a row.

use crate::error::ExportError;
use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, LargeStringArray,
    StringArray, StringViewArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, TimeUnit};

/// A column of a batch.
pub enum Cells<'a> {
    /// Nothing but nulls.
    Null,
    /// The source's text.
    Text(&'a StringArray),
    /// The source's text, with 64-bit offsets.
    LargeText(&'a LargeStringArray),
    /// The source's text, as views.
    TextView(&'a StringViewArray),
    /// Booleans.
    Boolean(&'a BooleanArray),
    /// Whole numbers.
    Integer(&'a Int64Array),
    /// Whole numbers of 32 bits.
    Short(&'a Int32Array),
    /// Whole numbers without a sign.
    Unsigned(&'a UInt64Array),
    /// Floats.
    Float(&'a Float64Array),
    /// Days since 1970-01-01.
    Date(&'a Date32Array),
    /// Microseconds since the epoch.
    Micros(&'a TimestampMicrosecondArray),
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Missing.
    Null,
    /// The source's text.
    Text(&'a str),
    /// A boolean.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number without a sign.
    Unsigned(u64),
    /// A float.
    Float(f64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since the epoch.
    Micros(i64),
}

impl<'a> Cells<'a> {
    /// Sees an array as cells.
    pub fn of(array: &'a ArrayRef) -> Result<Self, ExportError> {
        fn down<T: 'static>(array: &ArrayRef) -> Option<&T> {
            array.as_any().downcast_ref::<T>()
        }
        let cells = match array.data_type() {
            DataType::Null => Some(Self::Null),
            DataType::Utf8 => down(array).map(Self::Text),
            DataType::LargeUtf8 => down(array).map(Self::LargeText),
            DataType::Utf8View => down(array).map(Self::TextView),
            DataType::Boolean => down(array).map(Self::Boolean),
            DataType::Int64 => down(array).map(Self::Integer),
            DataType::Int32 => down(array).map(Self::Short),
            DataType::UInt64 => down(array).map(Self::Unsigned),
            DataType::Float64 => down(array).map(Self::Float),
            DataType::Date32 => down(array).map(Self::Date),
            DataType::Timestamp(TimeUnit::Microsecond, _) => down(array).map(Self::Micros),
            _ => None,
        };
        cells.ok_or_else(|| {
            let told = format!("columns of type {} are not exported", array.data_type());
            ExportError::Arrow(arrow::error::ArrowError::NotYetImplemented(told))
        })
    }

    /// The cell of a row.
    #[inline]
    pub fn get(&self, row: usize) -> Cell<'a> {
        macro_rules! cell {
            ($array:expr, $kind:ident) => {
                if $array.is_null(row) { Cell::Null } else { Cell::$kind($array.value(row)) }
            };
        }
        match self {
            Self::Null => Cell::Null,
            Self::Text(array) => cell!(array, Text),
            Self::LargeText(array) => cell!(array, Text),
            Self::TextView(array) => cell!(array, Text),
            Self::Boolean(array) => cell!(array, Boolean),
            Self::Integer(array) => cell!(array, Integer),
            Self::Short(array) if array.is_null(row) => Cell::Null,
            Self::Short(array) => Cell::Integer(array.value(row).into()),
            Self::Unsigned(array) => cell!(array, Unsigned),
            Self::Float(array) => cell!(array, Float),
            Self::Date(array) => cell!(array, Date),
            Self::Micros(array) => cell!(array, Micros),
        }
    }
}
