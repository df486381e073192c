//! Conditions over rows: decided for whole groups where these agree, else 64 rows at a time.

use super::EvaluateError;
use super::clock::Clock;
use super::mask::{Lanes, masked};
use super::predicate::passing;
use crate::columns::{Codes, Column, EventRun, MIXED, RunColumn, Values};
use crate::plan::{ConditionPlan, Test};

/// A condition whose tests have become sets of codes.
pub(super) enum Filter<'c> {
    /// The same for every row.
    Always(bool),
    Test(Codings<'c>),
    All(Vec<Filter<'c>>),
    Any(Vec<Filter<'c>>),
    Not(Box<Filter<'c>>),
}

/// A column's codes, and which of them pass.
pub(super) struct Codings<'c> {
    /// For each group its code, where rows stand in groups.
    groups: Option<&'c [u32]>,
    /// For each row its code.
    rows: Option<&'c Codes>,
    /// For each code whether it passes.
    passing: Vec<bool>,
    scan: Scan,
}

/// How rows are tested: what a compiler makes of each form differs much in speed.
enum Scan {
    /// One code passes.
    One(u32),
    /// Codes from the first to the second pass.
    Range(u32, u32),
    /// Two codes pass.
    Two(u32, u32),
    /// A byte a code; for narrow codes, where it stays in the nearest cache.
    Bytes(Box<[u8; 256]>),
    /// A bit a code.
    Bits(Vec<u64>),
}

/// Of a group: no row passes.
pub(super) const NONE: u8 = 0;
/// Of a group: rows differ.
pub(super) const SOME: u8 = 1;
/// Of a group: all rows pass.
pub(super) const ALL: u8 = 2;

impl<'c> Filter<'c> {
    /// The filter that a test of a column of profiles is.
    pub fn of_test(
        name: &str,
        test: &Test,
        column: Option<&'c Column>,
        clock: &Clock,
    ) -> Result<Self, EvaluateError> {
        let Some(Column { codes, values }) = column else { return Ok(Self::Always(test.negated)) };
        Self::of_codes(name, test, None, Some(codes), values, clock)
    }

    fn of_codes(
        name: &str,
        test: &Test,
        groups: Option<&'c [u32]>,
        rows: Option<&'c Codes>,
        values: &Values,
        clock: &Clock,
    ) -> Result<Self, EvaluateError> {
        let passing = passing(name, test, values, clock)?;
        let count = passing.iter().filter(|passes| **passes).count();
        Ok(match count {
            0 => Self::Always(false),
            _ if count == passing.len() => Self::Always(true),
            _ => Self::Test(Codings { groups, rows, scan: Scan::new(rows, &passing, count), passing }),
        })
    }

    /// The filter that a condition is over a run; of no condition all rows pass.
    pub fn of_run(
        condition: Option<&ConditionPlan>,
        run: &'c EventRun,
        clock: &Clock,
    ) -> Result<Self, EvaluateError> {
        match condition {
            Some(condition) => Self::of_condition(condition, run, clock),
            None => Ok(Self::Always(true)),
        }
    }

    fn of_condition(
        condition: &ConditionPlan,
        run: &'c EventRun,
        clock: &Clock,
    ) -> Result<Self, EvaluateError> {
        let list = |conditions: &[ConditionPlan]| {
            conditions
                .iter()
                .map(|condition| Self::of_condition(condition, run, clock))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(match condition {
            ConditionPlan::All(conditions) => {
                let mut filters = list(conditions)?;
                filters.retain(|filter| !matches!(filter, Self::Always(true)));
                filters.sort_by_key(Self::cost);
                match filters.first() {
                    None => Self::Always(true),
                    Some(Self::Always(false)) => Self::Always(false),
                    Some(_) => Self::All(filters),
                }
            }
            ConditionPlan::Any(conditions) => {
                let mut filters = list(conditions)?;
                filters.retain(|filter| !matches!(filter, Self::Always(false)));
                filters.sort_by_key(Self::cost);
                match filters.first() {
                    None => Self::Always(false),
                    Some(Self::Always(true)) => Self::Always(true),
                    Some(_) => Self::Any(filters),
                }
            }
            ConditionPlan::Not(condition) => match Self::of_condition(condition, run, clock)? {
                Self::Always(always) => Self::Always(!always),
                filter => Self::Not(Box::new(filter)),
            },
            ConditionPlan::Parameter { name, test } => {
                match run.parameters.get(&**name).map(|known| &**known) {
                    Some(RunColumn { groups, rows, values }) => {
                        Self::of_codes(name, test, Some(groups), rows.as_ref(), values, clock)?
                    }
                    None => Self::Always(test.negated),
                }
            }
        })
    }

    /// Cheaper ones go first, so that dearer ones see fewer rows.
    fn cost(&self) -> u8 {
        match self {
            Self::Always(_) => 0,
            Self::Test(Codings { rows, scan, .. }) => {
                let width = match rows {
                    None => 0,
                    Some(Codes::U8(_)) => 1,
                    Some(Codes::U16(_)) => 2,
                    Some(Codes::U32(_)) => 3,
                };
                width + if matches!(scan, Scan::One(_) | Scan::Two(..) | Scan::Range(..)) { 0 } else { 4 }
            }
            Self::All(_) | Self::Any(_) | Self::Not(_) => 10,
        }
    }

    /// For each of so many groups whether [`NONE`], [`SOME`] or [`ALL`] of its rows pass.
    pub fn of_groups(&self, groups: usize) -> Vec<u8> {
        let fold = |filters: &[Self], start: u8, join: fn(u8, u8) -> u8| {
            let mut all = vec![start; groups];
            for filter in filters {
                let of_filter = filter.of_groups(groups);
                all.iter_mut().zip(of_filter).for_each(|(known, other)| *known = join(*known, other));
            }
            all
        };
        match self {
            Self::Always(always) => vec![if *always { ALL } else { NONE }; groups],
            Self::Test(Codings { groups: Some(codes), passing, .. }) => codes
                .iter()
                .map(|code| match *code {
                    MIXED => SOME,
                    code if passing.get(code as usize) == Some(&true) => ALL,
                    _ => NONE,
                })
                .collect(),
            Self::Test(_) => vec![SOME; groups],
            Self::All(filters) => fold(filters, ALL, std::cmp::min),
            Self::Any(filters) => fold(filters, NONE, std::cmp::max),
            Self::Not(filter) => filter.of_groups(groups).into_iter().map(|known| ALL - known).collect(),
        }
    }

    /// Which of the 64 rows from `base` on, all of that group, pass; rows behind the end are of no meaning.
    pub fn mask(&self, group: usize, base: usize) -> u64 {
        match self {
            Self::Always(always) => spread(*always),
            Self::Test(codings) => codings.mask(group, base),
            Self::All(filters) => {
                let mut mask = u64::MAX;
                for filter in filters {
                    mask &= filter.mask(group, base);
                    if mask == 0 {
                        break;
                    }
                }
                mask
            }
            Self::Any(filters) => {
                let mut mask = 0;
                for filter in filters {
                    mask |= filter.mask(group, base);
                    if mask == u64::MAX {
                        break;
                    }
                }
                mask
            }
            Self::Not(filter) => !filter.mask(group, base),
        }
    }
}

/// All 64 or none.
fn spread(all: bool) -> u64 {
    0u64.wrapping_sub(u64::from(all))
}

impl Codings<'_> {
    fn mask(&self, group: usize, base: usize) -> u64 {
        let passes = |code: u32| self.passing.get(code as usize) == Some(&true);
        match (self.groups.map(|groups| groups.get(group)), self.rows) {
            (Some(Some(&MIXED)) | None, Some(codes)) => self.scan.mask(codes, base),
            (Some(Some(code)), _) if *code != MIXED => spread(passes(*code)),
            _ => spread(passes(0)),
        }
    }
}

impl Scan {
    fn new(codes: Option<&Codes>, passing: &[bool], count: usize) -> Self {
        let first = passing.iter().position(|passes| *passes).unwrap_or(0);
        let last = passing.iter().rposition(|passes| *passes).unwrap_or(0);
        if count == 1 {
            return Self::One(first as u32);
        }
        if last - first + 1 == count {
            return Self::Range(first as u32, last as u32);
        }
        if count == 2 {
            return Self::Two(first as u32, last as u32);
        }
        if matches!(codes, Some(Codes::U8(_))) && passing.len() <= 256 {
            let mut bytes = Box::new([0; 256]);
            for (byte, passes) in bytes.iter_mut().zip(passing) {
                *byte = u8::from(*passes);
            }
            return Self::Bytes(bytes);
        }
        let word = |passing: &[bool]| {
            passing.iter().enumerate().fold(0, |word, (at, passes)| word | u64::from(*passes) << at)
        };
        Self::Bits(passing.chunks(64).map(word).collect())
    }

    fn mask(&self, codes: &Codes, base: usize) -> u64 {
        match (self, codes) {
            (Self::One(one), codes) => two(codes, base, *one, *one),
            (Self::Two(one, other), codes) => two(codes, base, *one, *other),
            (Self::Range(from, to), codes) => match codes {
                Codes::U8(codes) => range(codes, base, *from, (*to).min(255)),
                Codes::U16(codes) => range(codes, base, *from, (*to).min(65_535)),
                Codes::U32(codes) => range(codes, base, *from, *to),
            },
            (Self::Bytes(bytes), Codes::U8(codes)) => {
                mask_of(codes, base, |code| bytes[code as usize] != 0, bytes[0] != 0)
            }
            (Self::Bytes(bytes), codes) => (0..64).fold(0, |mask, row| {
                let code = codes.get(base + row) as usize;
                mask | u64::from(bytes.get(code).is_some_and(|byte| *byte != 0)) << row
            }),
            (Self::Bits(bits), Codes::U8(codes)) => {
                mask_of(codes, base, |code| bit(bits, code.into()), bit(bits, 0))
            }
            (Self::Bits(bits), Codes::U16(codes)) => {
                mask_of(codes, base, |code| bit(bits, code.into()), bit(bits, 0))
            }
            (Self::Bits(bits), Codes::U32(codes)) => {
                mask_of(codes, base, |code| bit(bits, code), bit(bits, 0))
            }
        }
    }
}

/// Which rows have one of two codes; one that a column is too narrow for is that of no row.
fn two(codes: &Codes, base: usize, one: u32, other: u32) -> u64 {
    fn of<T: Lanes>(codes: &[T], base: usize, one: u32, other: u32) -> u64 {
        let (first, second) = (T::try_from(one).ok(), T::try_from(other).ok());
        let (Some(first), Some(second)) = (first.or(second), second.or(first)) else { return 0 };
        masked(codes, base, |block| T::either(block, first, second))
    }
    match codes {
        Codes::U8(codes) => of(codes, base, one, other),
        Codes::U16(codes) => of(codes, base, one, other),
        Codes::U32(codes) => of(codes, base, one, other),
    }
}

/// Which rows have a code from one to another.
fn range<T: Lanes>(codes: &[T], base: usize, from: u32, to: u32) -> u64 {
    let (Ok(first), Ok(last)) = (T::try_from(from), T::try_from(to)) else { return 0 };
    masked(codes, base, |block| T::between(block, first, last))
}

#[inline]
fn bit(bits: &[u64], code: u32) -> bool {
    bits.get(code as usize >> 6).is_some_and(|word| word >> (code & 63) & 1 == 1)
}

/// Which of 64 elements pass. Whole blocks go through bytes, which compilers turn into vector compares.
#[inline]
fn mask_of<T: Copy>(list: &[T], base: usize, passes: impl Fn(T) -> bool, missing: bool) -> u64 {
    if let Some(block) = list.get(base..base + 64).and_then(|block| <&[T; 64]>::try_from(block).ok()) {
        let mut bytes = [0u8; 64];
        for (byte, element) in bytes.iter_mut().zip(block) {
            *byte = u8::from(passes(*element));
        }
        return gather(&bytes);
    }
    let rest = list.get(base..).unwrap_or_default();
    let mask =
        rest.iter().enumerate().fold(0, |mask, (row, element)| mask | u64::from(passes(*element)) << row);
    // What lies behind the end of a short column is missing.
    let behind = u64::MAX.checked_shl(rest.len() as u32).unwrap_or(0);
    if missing { mask | behind } else { mask }
}

/// 64 bytes of 0 or 1 as 64 bits, the first the lowest. Of eight bytes, a multiplication moves each to its own bit
/// of the top byte.
#[inline]
fn gather(bytes: &[u8; 64]) -> u64 {
    let (eights, _) = bytes.as_chunks::<8>();
    eights.iter().enumerate().fold(0, |mask, (at, eight)| {
        let top = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask | top << (8 * at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_have_the_first_row_lowest() {
        let codes: Vec<u8> = (0..150).map(|row| u8::from(row % 3 == 0)).collect();
        for base in [0, 64, 128, 192] {
            let expected = (0..64)
                .fold(0u64, |mask, row| mask | u64::from(base + row < 150 && (base + row) % 3 == 0) << row);
            assert_eq!(mask_of(&codes, base, |code| code == 1, false), expected, "{base}");
        }
        assert_eq!(mask_of(&codes, 128, |_| false, true), u64::MAX << 22);
    }
}
