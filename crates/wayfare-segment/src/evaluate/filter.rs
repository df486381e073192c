//! Conditions over the rows of one chunk, 64 rows at a time.

use super::EvaluateError;
use super::clock::Clock;
use super::predicate::passing;
use crate::columns::{Codes, Column};
use crate::plan::{ConditionPlan, Test};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A condition whose tests have become sets of codes.
pub(super) enum Filter<'c> {
    /// The same for every row.
    Always(bool),
    /// One code passes.
    Code(&'c Codes, u32),
    /// Some codes pass.
    Codes(&'c Codes, Passing),
    All(Vec<Filter<'c>>),
    Any(Vec<Filter<'c>>),
    Not(Box<Filter<'c>>),
}

/// Which codes pass.
pub(super) enum Passing {
    /// A byte a code; for narrow codes, where it stays in the nearest cache.
    Bytes(Box<[u8; 256]>),
    /// A bit a code.
    Bits(Vec<u64>),
}

impl<'c> Filter<'c> {
    /// The filter that a test of a column is.
    pub fn of_test(
        name: &str,
        test: &Test,
        column: Option<&'c Column>,
        clock: &Clock,
    ) -> Result<Self, EvaluateError> {
        let Some(Column { codes, values }) = column else { return Ok(Self::Always(test.negated)) };
        let passing = passing(name, test, values, clock)?;
        let count = passing.iter().filter(|passes| **passes).count();
        Ok(match passing.iter().position(|passes| *passes) {
            None => Self::Always(false),
            Some(_) if count == passing.len() => Self::Always(true),
            Some(only) if count == 1 => Self::Code(codes, only as u32),
            Some(_) => Self::Codes(codes, Passing::new(codes, &passing)),
        })
    }

    /// The filter that a condition is over the parameters of one chunk.
    pub fn of_condition(
        condition: &ConditionPlan,
        parameters: &'c BTreeMap<String, Arc<Column>>,
        clock: &Clock,
    ) -> Result<Self, EvaluateError> {
        let list = |conditions: &[ConditionPlan]| {
            conditions
                .iter()
                .map(|condition| Self::of_condition(condition, parameters, clock))
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
            ConditionPlan::Not(condition) => match Self::of_condition(condition, parameters, clock)? {
                Self::Always(always) => Self::Always(!always),
                filter => Self::Not(Box::new(filter)),
            },
            ConditionPlan::Parameter { name, test } => {
                Self::of_test(name, test, parameters.get(&**name).map(|column| &**column), clock)?
            }
        })
    }

    /// Cheaper ones go first, so that dearer ones see fewer rows.
    fn cost(&self) -> u8 {
        let width = |codes: &Codes| match codes {
            Codes::U8(_) => 0,
            Codes::U16(_) => 1,
            Codes::U32(_) => 2,
        };
        match self {
            Self::Always(_) => 0,
            Self::Code(codes, _) => 1 + width(codes),
            Self::Codes(codes, _) => 5 + width(codes),
            Self::All(_) | Self::Any(_) | Self::Not(_) => 10,
        }
    }

    /// Which of the 64 rows from `base` on pass; rows behind the end are of no meaning.
    pub fn mask(&self, base: usize) -> u64 {
        match self {
            Self::Always(always) => 0u64.wrapping_sub(u64::from(*always)),
            Self::Code(codes, wanted) => match codes {
                Codes::U8(codes) => mask_of(codes, base, |code| u32::from(code) == *wanted, *wanted == 0),
                Codes::U16(codes) => mask_of(codes, base, |code| u32::from(code) == *wanted, *wanted == 0),
                Codes::U32(codes) => mask_of(codes, base, |code| code == *wanted, *wanted == 0),
            },
            Self::Codes(codes, passing) => match (codes, passing) {
                (Codes::U8(codes), Passing::Bytes(bytes)) => {
                    mask_of(codes, base, |code| bytes[code as usize] != 0, bytes[0] != 0)
                }
                (Codes::U8(codes), Passing::Bits(bits)) => {
                    mask_of(codes, base, |code| bit(bits, code.into()), bit(bits, 0))
                }
                (Codes::U16(codes), Passing::Bits(bits)) => {
                    mask_of(codes, base, |code| bit(bits, code.into()), bit(bits, 0))
                }
                (Codes::U32(codes), Passing::Bits(bits)) => {
                    mask_of(codes, base, |code| bit(bits, code), bit(bits, 0))
                }
                (codes, Passing::Bytes(bytes)) => (0..64).fold(0, |mask, row| {
                    let code = codes.get(base + row) as usize;
                    mask | u64::from(bytes.get(code).is_some_and(|byte| *byte != 0)) << row
                }),
            },
            Self::All(filters) => {
                let mut mask = u64::MAX;
                for filter in filters {
                    mask &= filter.mask(base);
                    if mask == 0 {
                        break;
                    }
                }
                mask
            }
            Self::Any(filters) => {
                let mut mask = 0;
                for filter in filters {
                    mask |= filter.mask(base);
                    if mask == u64::MAX {
                        break;
                    }
                }
                mask
            }
            Self::Not(filter) => !filter.mask(base),
        }
    }
}

impl Passing {
    fn new(codes: &Codes, passing: &[bool]) -> Self {
        if matches!(codes, Codes::U8(_)) && passing.len() <= 256 {
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
}

#[inline]
fn bit(bits: &[u64], code: u32) -> bool {
    bits.get(code as usize >> 6).is_some_and(|word| word >> (code & 63) & 1 == 1)
}

/// Which of 64 elements pass. Whole blocks go through bytes, which compilers turn into vector compares.
#[inline]
pub(super) fn mask_of<T: Copy>(list: &[T], base: usize, passes: impl Fn(T) -> bool, missing: bool) -> u64 {
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
