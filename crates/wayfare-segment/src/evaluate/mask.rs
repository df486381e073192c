//! 64 rows at a time: which of them have a code, or one within bounds.

use wide::{u8x16, u16x8, u32x4};

/// Numbers that are compared many at once.
pub(super) trait Lanes: Copy + Default + PartialOrd + TryFrom<u32> {
    /// Which of 64 lie between two numbers, both ends in; the first is the lowest bit.
    fn between(block: &[Self; 64], first: Self, last: Self) -> u64;
    /// Which of 64 are one of two numbers.
    fn either(block: &[Self; 64], one: Self, other: Self) -> u64;
}

macro_rules! lanes {
    ($number:ty, $vector:ident, $count:literal) => {
        impl Lanes for $number {
            fn between(block: &[Self; 64], first: Self, last: Self) -> u64 {
                let (first, last) = ($vector::splat(first), $vector::splat(last));
                folded(block, |part: &[Self; $count]| {
                    let part = $vector::new(*part);
                    (part.max(first).simd_eq(part) & part.min(last).simd_eq(part)).to_bitmask()
                })
            }

            fn either(block: &[Self; 64], one: Self, other: Self) -> u64 {
                let (one, other) = ($vector::splat(one), $vector::splat(other));
                folded(block, |part: &[Self; $count]| {
                    let part = $vector::new(*part);
                    (part.simd_eq(one) | part.simd_eq(other)).to_bitmask()
                })
            }
        }
    };
}

lanes!(u8, u8x16, 16);
lanes!(u16, u16x8, 8);
lanes!(u32, u32x4, 4);

/// The bits of all parts, the first part's lowest.
#[inline]
fn folded<T, const N: usize>(block: &[T; 64], bits: impl Fn(&[T; N]) -> u32) -> u64 {
    let (parts, _) = block.as_chunks::<N>();
    parts.iter().enumerate().fold(0, |mask, (index, part)| mask | u64::from(bits(part)) << (index * N))
}

/// Which of the 64 rows from `base` on a test of a block passes; rows behind the end count as 0.
#[inline]
pub(super) fn masked<T: Lanes>(list: &[T], base: usize, mask: impl Fn(&[T; 64]) -> u64) -> u64 {
    let rest = list.get(base..).unwrap_or_default();
    match rest.first_chunk::<64>() {
        Some(block) => mask(block),
        None => {
            let mut block = [T::default(); 64];
            block[..rest.len()].copy_from_slice(rest);
            mask(&block)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree<T: Lanes + TryInto<u64> + std::fmt::Debug>(numbers: &[T], bounds: &[T]) {
        for base in [0, 64, 128, 192] {
            for (one, other) in bounds.iter().flat_map(|one| bounds.iter().map(move |other| (*one, *other))) {
                let plain = |passes: &dyn Fn(T) -> bool| {
                    (0..64).fold(0u64, |mask, row| {
                        let number = numbers.get(base + row).copied().unwrap_or_default();
                        mask | u64::from(passes(number)) << row
                    })
                };
                let between = masked(numbers, base, |block| T::between(block, one, other));
                assert_eq!(
                    between,
                    plain(&|number| number >= one && number <= other),
                    "{one:?} to {other:?}"
                );
                let either = masked(numbers, base, |block| T::either(block, one, other));
                assert_eq!(either, plain(&|number| number == one || number == other), "{one:?} or {other:?}");
            }
        }
    }

    #[test]
    fn many_at_once_are_as_one_by_one() {
        let numbers: Vec<u32> = (0..150u32).map(|row| row.wrapping_mul(2_654_435_761)).collect();
        agree(
            &numbers.iter().map(|number| *number as u8).collect::<Vec<_>>(),
            &[0, 1, 7, 127, 128, 200, 255],
        );
        agree(
            &numbers.iter().map(|number| *number as u16).collect::<Vec<_>>(),
            &[0, 1, 32_767, 32_768, 65_535],
        );
        agree(&numbers, &[0, 1, 1 << 31, u32::MAX]);
        agree(&numbers.iter().map(|number| number % 3).collect::<Vec<_>>(), &[0, 1, 2]);
    }
}
