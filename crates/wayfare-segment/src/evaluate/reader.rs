//! Columns as slices: looked up once a scan, and not once a row.

use super::scan::Row;
use crate::columns::numbers::Numbers;
use crate::columns::{Codes, MIXED, RunColumn};

/// The codes of a parameter.
#[derive(Clone, Copy)]
pub(super) struct CodeReader<'c> {
    groups: &'c [u32],
    rows: Rows<'c>,
}

#[derive(Clone, Copy)]
enum Rows<'c> {
    U8(&'c [u8]),
    U16(&'c [u16]),
    U32(&'c [u32]),
}

impl<'c> CodeReader<'c> {
    pub fn new(column: &'c RunColumn) -> Self {
        let rows = match &column.rows {
            None => Rows::U8(&[]),
            Some(Codes::U8(codes)) => Rows::U8(codes),
            Some(Codes::U16(codes)) => Rows::U16(codes),
            Some(Codes::U32(codes)) => Rows::U32(codes),
        };
        Self { groups: &column.groups, rows }
    }

    /// The code of a row; 0 is missing.
    #[inline]
    pub fn code(&self, at: Row) -> u32 {
        let code = match self.groups.get(at.group) {
            Some(&MIXED) => match self.rows {
                Rows::U8(codes) => codes.get(at.row).copied().map(u32::from),
                Rows::U16(codes) => codes.get(at.row).copied().map(u32::from),
                Rows::U32(codes) => codes.get(at.row).copied(),
            },
            known => known.copied(),
        };
        code.unwrap_or(0)
    }
}

/// Times or positions.
#[derive(Clone, Copy)]
pub(super) enum NumberReader<'c> {
    Narrow(i64, i64, &'c [u32]),
    Split(i64, i64, &'c [u32], &'c [u16]),
    Wide(&'c [i64]),
}

impl<'c> NumberReader<'c> {
    pub fn new(numbers: &'c Numbers) -> Self {
        match numbers {
            Numbers::Narrow { base, unit, offsets } => Self::Narrow(*base, *unit, offsets),
            Numbers::Split { base, unit, high, low } => Self::Split(*base, *unit, high, low),
            Numbers::Wide(numbers) => Self::Wide(numbers),
        }
    }

    /// The number of a row; 0 behind the end.
    #[inline]
    pub fn get(&self, row: usize) -> i64 {
        let at = |base: i64, unit: i64, offset: i64| base.wrapping_add(offset.wrapping_mul(unit));
        match *self {
            Self::Narrow(base, unit, offsets) => {
                offsets.get(row).map_or(0, |offset| at(base, unit, i64::from(*offset)))
            }
            Self::Split(base, unit, high, low) => match (high.get(row), low.get(row)) {
                (Some(high), Some(low)) => at(base, unit, i64::from(*high) << 16 | i64::from(*low)),
                _ => 0,
            },
            Self::Wide(numbers) => numbers.get(row).copied().unwrap_or(0),
        }
    }
}
