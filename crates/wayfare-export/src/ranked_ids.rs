//! A set of profile ids that knows the rank of each: two to five bytes an id where ids lie close.

use sha2::{Digest, Sha256};
use wayfare_model::id::ProfileId;

/// From so many ids on a group has bits too, which take no more memory than the ids do.
const DENSE: usize = 4_096;

/// The place of an id among those of a set; none where it is not in it.
pub type Rank = Option<u32>;

/// Profile ids in ascending order.
#[derive(Debug, Default)]
pub struct RankedIds {
    /// Ids by their upper 48 bits, ascending.
    groups: Vec<Group>,
    /// The lower 16 bits of each id.
    lower: Vec<u16>,
}

#[derive(Debug)]
struct Group {
    upper: u64,
    /// Where its lower bits begin.
    start: usize,
    bits: Option<Bits>,
}

/// The ids of a group as bits.
#[derive(Debug, Default)]
struct Bits {
    words: Vec<u64>,
    /// By word: how many ids of the group come before it.
    before: Vec<u16>,
    ids: u16,
}

impl Bits {
    fn push(&mut self, lower: u16) {
        let word = usize::from(lower / 64);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
            self.before.resize(word + 1, self.ids);
        }
        self.words[word] |= 1 << (lower % 64);
        // Of a full group the last one is counted, which nobody is behind.
        self.ids = self.ids.wrapping_add(1);
    }

    #[inline]
    fn rank(&self, lower: u16) -> Option<usize> {
        let (place, bit) = (usize::from(lower / 64), 1u64 << (lower % 64));
        let word = *self.words.get(place)?;
        let within = (word & (bit - 1)).count_ones() as usize;
        (word & bit != 0).then(|| usize::from(self.before[place]) + within)
    }
}

impl RankedIds {
    /// Appends an id that is greater than all before; `false` where it is not, and then nothing was appended.
    pub fn push(&mut self, id: ProfileId) -> bool {
        let position = id.first_position();
        let (upper, lower) = (position >> 16, position as u16);
        match self.groups.last_mut() {
            Some(last) if upper < last.upper => return false,
            Some(last) if upper == last.upper => {
                if self.lower.last().is_some_and(|before| lower <= *before) {
                    return false;
                }
                if let Some(bits) = &mut last.bits {
                    bits.push(lower);
                } else if self.lower.len() - last.start + 1 >= DENSE {
                    let bits = last.bits.insert(Bits::default());
                    self.lower[last.start..].iter().chain([&lower]).for_each(|lower| bits.push(*lower));
                }
            }
            _ => self.groups.push(Group { upper, start: self.lower.len(), bits: None }),
        }
        self.lower.push(lower);
        true
    }

    /// How many ids there are.
    #[allow(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> usize {
        self.lower.len()
    }

    /// The ids, ascending.
    pub fn iter(&self) -> impl Iterator<Item = ProfileId> {
        self.groups.iter().enumerate().flat_map(|(index, group)| {
            let id = |lower: &u16| ProfileId::from_first_position(group.upper << 16 | u64::from(*lower));
            self.lower_of(index).iter().map(id)
        })
    }

    /// The lower bits of a group.
    fn lower_of(&self, group: usize) -> &[u16] {
        let end = self.groups.get(group + 1).map_or(self.lower.len(), |next| next.start);
        &self.lower[self.groups[group].start..end]
    }

    /// Adds the ids to a digest.
    pub fn digest_into(&self, digest: &mut Sha256) {
        for (index, group) in self.groups.iter().enumerate() {
            let lower = self.lower_of(index);
            digest.update(group.upper.to_le_bytes());
            digest.update((lower.len() as u64).to_le_bytes());
            let lower: Vec<u8> = lower.iter().flat_map(|id| id.to_le_bytes()).collect();
            digest.update(lower);
        }
    }

    /// How many ids come before this one; `None` where it is not in the set.
    pub fn rank(&self, id: ProfileId) -> Option<usize> {
        let position = id.first_position();
        let (upper, lower) = (position >> 16, position as u16);
        let index = self.groups.binary_search_by_key(&upper, |group| group.upper).ok()?;
        let group = &self.groups[index];
        let within = match &group.bits {
            Some(bits) => bits.rank(lower)?,
            None => self.lower_of(index).binary_search(&lower).ok()?,
        };
        Some(group.start + within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn ranks(ids in prop::collection::btree_set(0u64..300_000, 0..200), probes in prop::collection::vec(0u64..300_000, 50)) {
            let mut ranked = RankedIds::default();
            for id in &ids {
                prop_assert!(ranked.push(ProfileId::from_first_position(*id)));
            }
            prop_assert_eq!(ranked.len(), ids.len());
            prop_assert!(ranked.iter().map(ProfileId::first_position).eq(ids.iter().copied()));
            for probe in ids.iter().copied().chain(probes) {
                let expected = ids.contains(&probe).then(|| ids.range(..probe).count());
                prop_assert_eq!(ranked.rank(ProfileId::from_first_position(probe)), expected);
            }
        }
    }

    #[test]
    fn ranks_where_ids_lie_close() {
        for (bound, step) in [(300_000, 1), (300_000, 3), (200_000, 17), (70_000, 2)] {
            let mut ranked = RankedIds::default();
            assert!((0..bound).step_by(step).all(|id| ranked.push(ProfileId::from_first_position(id))));
            for id in 0..bound {
                let expected = (id % step as u64 == 0).then_some(id as usize / step);
                assert_eq!(ranked.rank(ProfileId::from_first_position(id)), expected, "{id} of {step}");
            }
        }
    }

    #[test]
    fn only_ascending() {
        let mut ranked = RankedIds::default();
        let ids: BTreeSet<u64> = (0..200_000).collect();
        assert!(ids.iter().all(|id| ranked.push(ProfileId::from_first_position(*id))));
        assert!(!ranked.push(ProfileId::from_first_position(199_999)));
        assert!(!ranked.push(ProfileId::from_first_position(5)));
        assert_eq!(ranked.rank(ProfileId::from_first_position(70_000)), Some(70_000));
    }
}
