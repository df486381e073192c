//! Sets of ordinals while they are gathered: one bit each.

use roaring::RoaringBitmap;

/// A set of ordinals below a fixed bound.
pub(super) struct Bits(Vec<u8>);

impl Bits {
    /// The empty set of ordinals below `bound`.
    pub fn new(bound: u32) -> Self {
        Self(vec![0; (bound as usize).div_ceil(8)])
    }

    /// Adds an ordinal; one beyond the bound belongs to no profile and is left out.
    #[inline]
    pub fn insert(&mut self, ordinal: u32) {
        if let Some(byte) = self.0.get_mut(ordinal as usize >> 3) {
            *byte |= 1 << (ordinal & 7);
        }
    }

    /// Whether it has an ordinal.
    #[inline]
    pub fn contains(&self, ordinal: u32) -> bool {
        self.0.get(ordinal as usize >> 3).is_some_and(|byte| byte >> (ordinal & 7) & 1 == 1)
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }

    /// The set of the indices at which `holds`.
    pub fn of<T>(list: &[T], holds: impl Fn(usize, &T) -> bool) -> Self {
        let byte = |(index, eight): (usize, &[T])| {
            eight
                .iter()
                .enumerate()
                .fold(0u8, |byte, (bit, element)| byte | u8::from(holds(index * 8 + bit, element)) << bit)
        };
        Self(list.chunks(8).enumerate().map(byte).collect())
    }

    /// The set whose members below 64, below 128, … the masks say.
    pub fn of_masks(masks: impl Iterator<Item = u64>) -> Self {
        Self(masks.flat_map(u64::to_le_bytes).collect())
    }

    /// As a compressed set.
    pub fn into_bitmap(self) -> RoaringBitmap {
        RoaringBitmap::from_lsb0_bytes(0, &self.0)
    }
}
