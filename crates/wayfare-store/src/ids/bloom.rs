//! A blocked Bloom filter over hashes: one cache line a question.

use super::IdHash;

/// Bits a hash; with eight bits set in one block of 512 about one new id in eighty is asked of the disk.
const BITS: usize = 12;
const SET: u32 = 8;
const BLOCK: usize = 8;

/// A filter that knows what is surely not there.
#[derive(Debug, Clone)]
pub(super) struct Bloom(Vec<[u64; BLOCK]>);

impl Bloom {
    pub fn sized(hashes: u64) -> Self {
        let blocks = (hashes as usize * BITS).div_ceil(BLOCK * 64).max(1);
        Self(vec![[0; BLOCK]; blocks])
    }

    /// How many bytes a filter over that many hashes takes.
    pub fn bytes(hashes: u64) -> usize {
        (hashes as usize * BITS).div_ceil(BLOCK * 64).max(1) * BLOCK * 8
    }

    pub fn add(&mut self, hash: IdHash) {
        let block = self.block(hash);
        for (word, bit) in bits(hash) {
            self.0[block][word] |= bit;
        }
    }

    pub fn may_contain(&self, hash: IdHash) -> bool {
        let block = &self.0[self.block(hash)];
        bits(hash).all(|(word, bit)| block[word] & bit != 0)
    }

    fn block(&self, hash: IdHash) -> usize {
        // The high half, scaled to the number of blocks.
        (((hash >> 64) * self.0.len() as u128) >> 64) as usize
    }
}

fn bits(hash: IdHash) -> impl Iterator<Item = (usize, u64)> {
    // Nine bits a time from the low half: which of a block's 512.
    let mut rest = hash as u64 ^ (hash as u64).rotate_left(29);
    (0..SET).map(move |turn| {
        if turn == 7 {
            rest = (hash as u64).rotate_left(41);
        }
        let bit = rest & 511;
        rest >>= 9;
        ((bit >> 6) as usize, 1 << (bit & 63))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::IdHasher;

    #[test]
    fn nothing_that_is_there_is_denied_and_little_else_is_affirmed() {
        let hasher = IdHasher::new(&[1; 32]);
        let count = 20_000u64;
        let mut bloom = Bloom::sized(count);
        for index in 0..count {
            bloom.add(hasher.hash(&index.to_string()));
        }
        assert!((0..count).all(|index| bloom.may_contain(hasher.hash(&index.to_string()))));
        let wrong = (0..count).filter(|index| bloom.may_contain(hasher.hash(&format!("x{index}")))).count();
        assert!(wrong < count as usize / 40, "{wrong} of {count}");
    }
}
