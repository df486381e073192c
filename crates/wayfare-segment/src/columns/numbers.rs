//! Whole numbers of one column, as narrow as they fit.

use super::buffer::Buffer;

/// Whole numbers, row by row.
#[derive(Debug, Clone)]
pub enum Numbers {
    /// Each is `base + offset × unit`.
    Narrow {
        /// The least.
        base: i64,
        /// At least 1.
        unit: i64,
        /// Row by row.
        offsets: Buffer<u32>,
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
        match NarrowForm::of(numbers.iter().copied()) {
            Some(form) => {
                let offsets: Vec<u32> = numbers.iter().map(|number| form.offset(*number)).collect();
                Self::Narrow { base: form.base, unit: form.unit, offsets: offsets.into() }
            }
            None => Self::Wide(numbers.into()),
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow { offsets, .. } => offsets.len(),
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
        match self {
            Self::Narrow { base, unit, offsets } => {
                offsets
                    .get(row)
                    .map_or(0, |offset| base.wrapping_add(i64::from(*offset).wrapping_mul(*unit)))
            }
            Self::Wide(numbers) => numbers.get(row).copied().unwrap_or(0),
        }
    }

    /// Bytes of memory of its own.
    pub fn owned_bytes(&self) -> usize {
        match self {
            Self::Narrow { offsets, .. } => offsets.owned_bytes(),
            Self::Wide(numbers) => numbers.owned_bytes(),
        }
    }
}

/// How numbers become narrow ones.
#[derive(Debug, Clone, Copy)]
pub struct NarrowForm {
    /// The least number.
    pub base: i64,
    /// What all numbers lie a multiple of behind the least.
    pub unit: i64,
}

impl NarrowForm {
    /// The form for numbers; `None` where they do not fit.
    pub fn of(numbers: impl Iterator<Item = i64> + Clone) -> Option<Self> {
        let base = numbers.clone().min().unwrap_or(0);
        let (mut unit, mut greatest) = (0u64, 0u64);
        for number in numbers {
            let behind = number.abs_diff(base);
            greatest = greatest.max(behind);
            if unit != 1 {
                unit = greatest_common_divisor(behind, unit);
            }
        }
        let unit = unit.max(1);
        // One offset is kept free for "none".
        let fits = greatest / unit < u64::from(u32::MAX) - 1 && i64::try_from(greatest).is_ok();
        fits.then_some(Self { base, unit: unit as i64 })
    }

    /// The offset of a number that the form was made for.
    pub fn offset(&self, number: i64) -> u32 {
        (number.abs_diff(self.base) / self.unit as u64) as u32
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
        for (numbers, narrow) in [
            (vec![], true),
            (vec![-5], true),
            (vec![3_000_000, 1_000_000, 9_000_000_000_000_000], false),
            (vec![1_700_000_000_000_000, 1_700_000_003_000_000, 1_690_000_000_000_000], true),
            (vec![i64::MIN, i64::MAX], false),
            (vec![i64::MIN, i64::MIN + 7], true),
        ] {
            let kept = Numbers::of(numbers.clone());
            assert_eq!((0..kept.len()).map(|row| kept.get(row)).collect::<Vec<_>>(), numbers);
            assert_eq!(matches!(kept, Numbers::Narrow { .. }), narrow, "{numbers:?}");
        }
    }
}
