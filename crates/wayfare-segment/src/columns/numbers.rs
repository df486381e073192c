//! Whole numbers of one column, as narrow as they fit.

use super::buffer::Buffer;

/// Whole numbers, row by row: each is `base + offset × unit`, where that fits.
#[derive(Debug, Clone)]
pub enum Numbers {
    /// Offsets of 32 bits.
    Narrow {
        /// The least number.
        base: i64,
        /// At least 1.
        unit: i64,
        /// Row by row.
        offsets: Buffer<u32>,
    },
    /// Offsets of 48 bits, whose upper 32 lie apart: these alone decide nearly every comparison.
    Split {
        /// The least number.
        base: i64,
        /// At least 1.
        unit: i64,
        /// The upper 32 bits, row by row.
        high: Buffer<u32>,
        /// The lower 16 bits, row by row.
        low: Buffer<u16>,
    },
    /// As they are.
    Wide(Buffer<i64>),
}

impl Default for Numbers {
    fn default() -> Self {
        Self::Wide(Buffer::default())
    }
}

impl Numbers {
    /// As narrow as they fit.
    pub fn of(numbers: Vec<i64>) -> Self {
        let form = OffsetForm::of(numbers.iter().copied());
        let offsets = numbers.iter().map(|number| form.offset(*number));
        let OffsetForm { base, unit, greatest } = form;
        if i64::try_from(greatest).is_err() {
            return Self::Wide(numbers.into());
        }
        if greatest / (unit as u64) <= u64::from(u32::MAX) {
            return Self::Narrow {
                base,
                unit,
                offsets: offsets.map(|offset| offset as u32).collect::<Vec<_>>().into(),
            };
        }
        if greatest / (unit as u64) < 1 << 48 {
            let high: Vec<u32> = offsets.clone().map(|offset| (offset >> 16) as u32).collect();
            let low: Vec<u16> = offsets.map(|offset| offset as u16).collect();
            return Self::Split { base, unit, high: high.into(), low: low.into() };
        }
        Self::Wide(numbers.into())
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow { offsets, .. } => offsets.len(),
            Self::Split { high, low, .. } => high.len().min(low.len()),
            Self::Wide(numbers) => numbers.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of a row; 0 behind the end.
    #[inline]
    pub fn get(&self, row: usize) -> i64 {
        let at = |base: i64, unit: i64, offset: i64| base.wrapping_add(offset.wrapping_mul(unit));
        match self {
            Self::Narrow { base, unit, offsets } => {
                offsets.get(row).map_or(0, |offset| at(*base, *unit, i64::from(*offset)))
            }
            Self::Split { base, unit, high, low } => match (high.get(row), low.get(row)) {
                (Some(high), Some(low)) => at(*base, *unit, i64::from(*high) << 16 | i64::from(*low)),
                _ => 0,
            },
            Self::Wide(numbers) => numbers.get(row).copied().unwrap_or(0),
        }
    }

    /// Bytes of memory of its own.
    pub fn owned_bytes(&self) -> usize {
        match self {
            Self::Narrow { offsets, .. } => offsets.owned_bytes(),
            Self::Split { high, low, .. } => high.owned_bytes() + low.owned_bytes(),
            Self::Wide(numbers) => numbers.owned_bytes(),
        }
    }

    /// 32 bits of a row's number that order as the numbers do, plus one: 0 is free for "none". Numbers that differ may
    /// have the same mark; `None` of numbers as they are.
    pub fn marks(&self) -> Option<Marks<'_>> {
        match self {
            Self::Narrow { base, unit, offsets } => {
                Some(Marks { base: *base, unit: *unit, parts: offsets, shift: 1 })
            }
            Self::Split { base, unit, high, .. } => {
                Some(Marks { base: *base, unit: *unit, parts: high, shift: 17 })
            }
            Self::Wide(_) => None,
        }
    }
}

/// See [`Numbers::marks`].
#[derive(Debug, Clone, Copy)]
pub struct Marks<'n> {
    base: i64,
    unit: i64,
    /// What offsets are, without some of their lowest bits.
    parts: &'n [u32],
    /// One more than the number of bits by which an offset is moved: half of what parts tell is kept, so that one more
    /// fits.
    shift: u32,
}

impl Marks<'_> {
    /// The mark of a row.
    #[inline]
    pub fn of(&self, row: usize) -> u32 {
        self.parts.get(row).map_or(0, |part| (part >> 1) + 1)
    }

    /// The least mark of which all numbers are at or above the bound; and where numbers at or above the bound have lesser
    /// marks too, what they lie below.
    pub fn from(&self, bound: i64) -> (u32, Option<i64>) {
        let wanted = offset_from(bound, self.base, self.unit);
        let whole = wanted.div_ceil(1 << self.shift);
        let is_shared = wanted & ((1 << self.shift) - 1) != 0;
        let below = i128::from(self.base) + i128::from(self.unit) * (i128::from(whole) << self.shift);
        let below = i64::try_from(below).unwrap_or(i64::MAX);
        (u32::try_from(whole).unwrap_or(u32::MAX).saturating_add(1), is_shared.then_some(below))
    }
}

/// The least offset whose number is at or above a bound.
fn offset_from(bound: i64, base: i64, unit: i64) -> u64 {
    let behind = i128::from(bound) - i128::from(base);
    let offset = (behind + i128::from(unit) - 1).div_euclid(i128::from(unit));
    offset.clamp(0, 1 << 63) as u64
}

/// How numbers become offsets.
struct OffsetForm {
    base: i64,
    unit: i64,
    /// How far the greatest lies from the least.
    greatest: u64,
}

impl OffsetForm {
    fn of(numbers: impl Iterator<Item = i64> + Clone) -> Self {
        let base = numbers.clone().min().unwrap_or(0);
        let (mut unit, mut greatest) = (0u64, 0u64);
        for number in numbers {
            let behind = number.abs_diff(base);
            greatest = greatest.max(behind);
            if unit != 1 {
                unit = greatest_common_divisor(behind, unit);
            }
        }
        Self { base, unit: i64::try_from(unit.max(1)).unwrap_or(1), greatest }
    }

    fn offset(&self, number: i64) -> u64 {
        number.abs_diff(self.base) / self.unit as u64
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_the_narrowest_form() {
        for (numbers, form) in [
            (vec![], "Narrow"),
            (vec![-5], "Narrow"),
            (vec![3_000_000, 1_000_000, 9_000_000_000_000_000], "Split"),
            (vec![1_700_000_000_000_000, 1_700_000_003_000_000, 1_690_000_000_000_000], "Narrow"),
            (vec![1_700_000_000_000_001, 1_700_000_003_000_000, 1_690_000_000_000_000], "Split"),
            (vec![1, 1 << 50, 5], "Wide"),
            (vec![i64::MIN, i64::MAX], "Wide"),
            (vec![i64::MIN, i64::MIN + 7], "Narrow"),
        ] {
            let kept = Numbers::of(numbers.clone());
            assert_eq!((0..kept.len()).map(|row| kept.get(row)).collect::<Vec<_>>(), numbers);
            assert!(format!("{kept:?}").starts_with(form), "{numbers:?}: {kept:?}");
        }
    }

    #[test]
    fn bounds_are_found_in_every_form() {
        for (unit, most) in [(3, 1_000), (1, 1_000_000_000_000), (1, i64::MAX / 4)] {
            let mut numbers: Vec<i64> = (0..200).map(|step| 10 + (most / 200 / unit * step) * unit).collect();
            numbers.push(10 + most / unit * unit);
            numbers.extend([12 + 3, 13].map(|near| 10 + (near - 10) / unit * unit));
            numbers.sort_unstable();
            let kept = Numbers::of(numbers.clone());
            let marks = kept.marks();
            for bound in numbers
                .iter()
                .flat_map(|number| [number - 1, *number, number + 1])
                .chain([i64::MIN, i64::MAX])
            {
                if let Some(marks) = marks {
                    let (least, below) = marks.from(bound);
                    for (row, number) in numbers.iter().enumerate() {
                        let mark = marks.of(row);
                        let is_shared = below.is_some_and(|below| (bound..below).contains(number));
                        assert!(mark > 0);
                        assert_eq!(mark >= least || is_shared, *number >= bound, "{number} from {bound}");
                    }
                }
            }
        }
    }
}
