//! Columns as slices: looked up once a scan, and not once a row.

use super::scan::Batch;
use crate::columns::numbers::Numbers;
use crate::columns::{Codes, MIXED, RunColumn};

/// The codes of a parameter.
#[derive(Clone, Copy)]
pub(super) struct CodeReader<'c> {
    groups: &'c [u32],
    rows: CodesOf<'c>,
}

/// The codes of a group; 0 is missing.
#[derive(Clone, Copy)]
pub(super) enum CodesOf<'c> {
    /// All rows have this one.
    One(u32),
    /// By row of the run.
    U8(&'c [u8]),
    U16(&'c [u16]),
    U32(&'c [u32]),
}

impl<'c> CodeReader<'c> {
    pub fn new(column: &'c RunColumn) -> Self {
        let rows = match &column.rows {
            None => CodesOf::One(0),
            Some(Codes::U8(codes)) => CodesOf::U8(codes),
            Some(Codes::U16(codes)) => CodesOf::U16(codes),
            Some(Codes::U32(codes)) => CodesOf::U32(codes),
        };
        Self { groups: &column.groups, rows }
    }

    /// The codes of a group.
    #[inline]
    pub fn of(&self, group: usize) -> CodesOf<'c> {
        match self.groups.get(group) {
            Some(&MIXED) => self.rows,
            known => CodesOf::One(known.copied().unwrap_or(0)),
        }
    }
}

impl CodesOf<'_> {
    /// The code of a row.
    #[inline]
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::One(code) => *code,
            Self::U8(codes) => codes.get(row).map_or(0, |code| u32::from(*code)),
            Self::U16(codes) => codes.get(row).map_or(0, |code| u32::from(*code)),
            Self::U32(codes) => codes.get(row).copied().unwrap_or(0),
        }
    }
}

impl Batch<'_> {
    /// Visits ordinal, row and code of each: what the codes are is decided before, and not at each row.
    #[inline]
    pub fn each_code(&self, codes: &CodeReader<'_>, mut visit: impl FnMut(u32, usize, u32)) {
        match codes.of(self.group) {
            CodesOf::One(code) => self.each(|ordinal, row| visit(ordinal, row, code)),
            CodesOf::U8(codes) => self.each(|ordinal, row| {
                visit(ordinal, row, codes.get(row).map_or(0, |code| u32::from(*code)));
            }),
            CodesOf::U16(codes) => self.each(|ordinal, row| {
                visit(ordinal, row, codes.get(row).map_or(0, |code| u32::from(*code)));
            }),
            CodesOf::U32(codes) => self.each(|ordinal, row| {
                visit(ordinal, row, codes.get(row).copied().unwrap_or(0));
            }),
        }
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
