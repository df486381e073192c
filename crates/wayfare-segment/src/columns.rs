//! What the fast evaluator sees of the data: columns by dense profile ordinal and columns of events.
//!
//! A profile's *ordinal* is its rank by first commit position among all profiles ever made, so ordinals never
//! change and ascend with profile ids. A store loads what a definition [`Needs`] and hands it over as [`Columns`];
//! evaluation itself is a pure function and never waits for data.

use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wayfare_model::id::ProfileId;

/// What a definition reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Attributes and identifiers, by their own names.
    pub attributes: BTreeSet<String>,
    /// Attributes and identifiers of which only matters who has them.
    pub present: BTreeSet<String>,
    /// Events, by their own names, each with the parameters that are read.
    pub events: BTreeMap<String, BTreeSet<String>>,
}

/// Data at one commit position.
pub trait Columns {
    /// One more than the highest ordinal.
    fn ordinals(&self) -> u32;
    /// Ordinals of all live profiles: the population.
    fn live(&self) -> &RoaringBitmap;
    /// The id of the profile of an ordinal.
    fn profile_id(&self, ordinal: u32) -> ProfileId;
    /// An attribute or identifier by ordinal; one row an ordinal. A column may be shorter than
    /// [`ordinals`](Self::ordinals): what lies behind its end is missing. `profile_id` itself is never asked for.
    fn attribute(&self, name: &str) -> Option<&Column>;
    /// Who has an attribute or identifier: a column of which every value is `true`, otherwise like
    /// [`attribute`](Self::attribute).
    fn present(&self, name: &str) -> Option<&Column>;
    /// The occurrences of an event, in chunks of any size and order; each occurrence stands in one chunk, once.
    fn event(&self, name: &str) -> &[Arc<EventChunk>];
}

/// Occurrences of one event, as parallel columns, shared with the store's cache.
#[derive(Debug, Clone, Default)]
pub struct EventChunk {
    /// Whose event it is.
    pub ordinals: Arc<Vec<u32>>,
    /// When it happened, in microseconds since the epoch.
    pub times: Arc<Vec<i64>>,
    /// Commit position: the order of arrival.
    pub positions: Arc<Vec<u64>>,
    /// The parameters that were asked for, by their own names; one that no row has is absent.
    pub parameters: BTreeMap<String, Arc<Column>>,
}

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
    U8(Vec<u8>),
    /// At most 65,535 distinct values.
    U16(Vec<u16>),
    /// Any number.
    U32(Vec<u32>),
}

impl Codes {
    /// As narrow as `distinct` values allow.
    pub fn narrowed(codes: Vec<u32>, distinct: usize) -> Self {
        match distinct {
            0..=255 => Self::U8(codes.into_iter().map(|code| code as u8).collect()),
            256..=65_535 => Self::U16(codes.into_iter().map(|code| code as u16).collect()),
            _ => Self::U32(codes),
        }
    }

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
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::U8(codes) => codes.get(row).map_or(0, |code| u32::from(*code)),
            Self::U16(codes) => codes.get(row).map_or(0, |code| u32::from(*code)),
            Self::U32(codes) => codes.get(row).copied().unwrap_or(0),
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
    String(Vec<Box<str>>),
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
}
