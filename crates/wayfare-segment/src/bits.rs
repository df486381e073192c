//! Sets of ordinals, a bit each: of a million profiles 125 kB, which stay in the nearest caches.

/// A set of ordinals below a fixed bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits {
    bound: u32,
    /// Bits at and behind the bound are 0.
    words: Vec<u64>,
}

impl Bits {
    /// The empty set of ordinals below `bound`.
    pub fn new(bound: u32) -> Self {
        Self { bound, words: vec![0; (bound as usize).div_ceil(64)] }
    }

    /// All ordinals below `bound`.
    pub fn all(bound: u32) -> Self {
        let mut all = Self { bound, words: vec![u64::MAX; (bound as usize).div_ceil(64)] };
        all.cut();
        all
    }

    /// One more than the highest ordinal it may have.
    pub fn bound(&self) -> u32 {
        self.bound
    }

    /// Takes away what lies at or behind the bound.
    pub(crate) fn cut(&mut self) {
        if let (Some(last), rest @ 1..) = (self.words.last_mut(), self.bound % 64) {
            *last &= (1 << rest) - 1;
        }
    }

    /// Adds an ordinal; one beyond the bound belongs to no profile and is left out.
    #[inline]
    pub fn insert(&mut self, ordinal: u32) {
        if ordinal < self.bound
            && let Some(word) = self.words.get_mut(ordinal as usize >> 6)
        {
            *word |= 1 << (ordinal & 63);
        }
    }

    /// Whether it has an ordinal.
    #[inline]
    pub fn contains(&self, ordinal: u32) -> bool {
        self.words.get(ordinal as usize >> 6).is_some_and(|word| word >> (ordinal & 63) & 1 == 1)
    }

    /// How many ordinals it has.
    pub fn len(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The ordinals, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.words.iter().zip(0u32..).flat_map(|(word, index)| members(index, *word))
    }

    /// The ordinals from one on, ascending.
    pub fn iter_from(&self, first: u32) -> impl Iterator<Item = u32> {
        let start = (first as usize >> 6).min(self.words.len());
        let behind = (start as u32..).zip(&self.words[start..]);
        behind.flat_map(move |(index, word)| {
            let cut = if index == first >> 6 { u64::MAX << (first & 63) } else { u64::MAX };
            members(index, *word & cut)
        })
    }

    /// The ordinal with so many of the set before it.
    pub fn select(&self, mut before: u32) -> Option<u32> {
        for (word, index) in self.words.iter().zip(0u32..) {
            if before < word.count_ones() {
                let rest = (0..before).fold(*word, |rest, _| rest & (rest - 1));
                return Some(index * 64 + rest.trailing_zeros());
            }
            before -= word.count_ones();
        }
        None
    }

    /// The set below `bound` whose members below 64, below 128, … the masks say; masks that are not given are 0.
    pub(crate) fn of_masks(bound: u32, masks: impl Iterator<Item = u64>) -> Self {
        let mut words: Vec<u64> = masks.take((bound as usize).div_ceil(64)).collect();
        words.resize((bound as usize).div_ceil(64), 0);
        let mut bits = Self { bound, words };
        bits.cut();
        bits
    }

    /// Keeps what is in the other too.
    pub(crate) fn and(&mut self, other: &Self) {
        let behind = other.words.len();
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
        self.words.iter_mut().skip(behind).for_each(|word| *word = 0);
    }

    /// Takes away what is in the other.
    pub(crate) fn and_not(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    /// Adds what is in the other, below the bound.
    pub(crate) fn or(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
        self.cut();
    }

    /// A bit an ordinal; those at and behind the bound are to be [`cut`](Self::cut).
    pub(crate) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }
}

/// The ordinals that a word has.
fn members(index: u32, mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros())?;
        word &= word - 1;
        Some(index * 64 + bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        for bound in [0, 1, 63, 64, 65, 200] {
            let all = Bits::all(bound);
            assert_eq!(all.len(), u64::from(bound));
            assert_eq!(all.iter().collect::<Vec<_>>(), (0..bound).collect::<Vec<_>>());
            let mut odd = Bits::new(bound);
            (0..bound + 7).filter(|ordinal| ordinal % 2 == 1).for_each(|ordinal| odd.insert(ordinal));
            assert!(odd.iter().eq((0..bound).filter(|ordinal| ordinal % 2 == 1)));
            let mut even = all.clone();
            even.and_not(&odd);
            assert!(even.iter().all(|ordinal| ordinal % 2 == 0 && !odd.contains(ordinal)));
            even.or(&odd);
            assert_eq!(even, all);
            even.and(&odd);
            assert_eq!(even, odd);
            let listed: Vec<u32> = odd.iter().collect();
            for (place, ordinal) in listed.iter().enumerate() {
                assert_eq!(odd.select(place as u32), Some(*ordinal));
            }
            assert_eq!(odd.select(listed.len() as u32), None);
            for first in 0..bound + 130 {
                assert!(odd.iter_from(first).eq(odd.iter().filter(|ordinal| *ordinal >= first)));
            }
            assert_eq!(Bits::of_masks(bound, std::iter::repeat(u64::MAX)), all);
        }
    }
}
