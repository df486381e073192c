//! Columns coded over their distinct values.

use super::buffer::Buffer;
use super::texts::Texts;
use std::cmp::Ordering;

/// A column coded over its distinct values. Row `r` has the value `values[codes[r] - 1]`; code 0 is missing.
#[derive(Debug, Clone)]
pub struct Column {
    /// A code a row.
    pub codes: Codes,
    /// The distinct values, in no particular order; all of the dictionary's type for the name.
    pub values: Values,
}

/// Codes, as narrow as the number of distinct values allows.
#[derive(Debug, Clone)]
pub enum Codes {
    /// At most 255 distinct values.
    U8(Buffer<u8>),
    /// At most 65,535 distinct values.
    U16(Buffer<u16>),
    /// Any number.
    U32(Buffer<u32>),
}

impl Codes {
    /// As narrow as `distinct` values allow.
    pub fn narrowed(codes: impl ExactSizeIterator<Item = u32>, distinct: usize) -> Self {
        match distinct {
            0..=255 => Self::U8(codes.map(|code| code as u8).collect::<Vec<_>>().into()),
            256..=65_535 => Self::U16(codes.map(|code| code as u16).collect::<Vec<_>>().into()),
            _ => Self::U32(codes.collect::<Vec<_>>().into()),
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len(),
            Self::U32(codes) => codes.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code of a row; rows behind the end are missing.
    #[inline]
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::U8(codes) => codes.get(row).map_or(0, |code| u32::from(*code)),
            Self::U16(codes) => codes.get(row).map_or(0, |code| u32::from(*code)),
            Self::U32(codes) => codes.get(row).copied().unwrap_or(0),
        }
    }

    /// Bytes of memory of its own.
    pub fn owned_bytes(&self) -> usize {
        match self {
            Self::U8(codes) => codes.owned_bytes(),
            Self::U16(codes) => codes.owned_bytes(),
            Self::U32(codes) => codes.owned_bytes(),
        }
    }
}

/// The distinct values of a column, by type.
#[derive(Debug, Clone)]
pub enum Values {
    /// Booleans.
    Boolean(Vec<bool>),
    /// Numbers; never NaN.
    Number(Vec<f64>),
    /// Days since 1970-01-01.
    Date(Vec<i32>),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Datetime(Vec<i64>),
    /// Text.
    String(Texts),
    /// Arrays: the elements of all, and where each array ends in them.
    Array {
        /// The elements of all arrays, one after the other.
        elements: Box<Values>,
        /// For each array, one past its last element; it starts where the one before ended.
        ends: Vec<u32>,
    },
}

impl Values {
    /// How many distinct values there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Boolean(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::Date(values) => values.len(),
            Self::Datetime(values) => values.len(),
            Self::String(values) => values.len(),
            Self::Array { ends, .. } => ends.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How two of them compare; arrays, and what is not there, do not.
    pub(crate) fn compare(&self, one: usize, other: usize) -> Ordering {
        match self {
            Self::Boolean(values) => values.get(one).cmp(&values.get(other)),
            Self::Number(values) => match (values.get(one), values.get(other)) {
                (Some(one), Some(other)) => one.total_cmp(other),
                _ => Ordering::Equal,
            },
            Self::Date(values) => values.get(one).cmp(&values.get(other)),
            Self::Datetime(values) => values.get(one).cmp(&values.get(other)),
            Self::String(values) => values.get(one).cmp(&values.get(other)),
            Self::Array { .. } => Ordering::Equal,
        }
    }

    /// About how many bytes they take.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Boolean(values) => values.len(),
            Self::Number(values) => values.len() * 8,
            Self::Date(values) => values.len() * 4,
            Self::Datetime(values) => values.len() * 8,
            Self::String(values) => size_of_val(values.parts().0) + values.parts().1.len(),
            Self::Array { elements, ends } => elements.bytes() + ends.len() * 4,
        }
    }
}
