//! A set of profile ids that knows the rank of each: two bytes an id where ids lie close.

use sha2::{Digest, Sha256};
use wayfare_model::id::ProfileId;

/// Profile ids in ascending order.
#[derive(Debug, Default)]
pub struct RankedIds {
    /// The upper 48 bits that occur, ascending, and where their lower bits begin.
    groups: Vec<(u64, usize)>,
    /// The lower 16 bits of each id.
    lower: Vec<u16>,
}

impl RankedIds {
    /// Appends an id that is greater than all before; `false` where it is not, and then nothing was appended.
    pub fn push(&mut self, id: ProfileId) -> bool {
        let position = id.first_position();
        let (upper, lower) = (position >> 16, position as u16);
        match self.groups.last() {
            Some((last, _)) if upper < *last => return false,
            Some((last, _)) if upper == *last => {
                if self.lower.last().is_some_and(|before| lower <= *before) {
                    return false;
                }
            }
            _ => self.groups.push((upper, self.lower.len())),
        }
        self.lower.push(lower);
        true
    }

    /// How many ids there are.
    #[allow(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> usize {
        self.lower.len()
    }

    /// Adds the ids to a digest.
    pub fn digest_into(&self, digest: &mut Sha256) {
        for (index, (upper, start)) in self.groups.iter().enumerate() {
            let end = self.groups.get(index + 1).map_or(self.lower.len(), |(_, start)| *start);
            digest.update(upper.to_le_bytes());
            digest.update(((end - start) as u64).to_le_bytes());
            let lower: Vec<u8> = self.lower[*start..end].iter().flat_map(|id| id.to_le_bytes()).collect();
            digest.update(lower);
        }
    }

    /// How many ids come before this one; `None` where it is not in the set.
    pub fn rank(&self, id: ProfileId) -> Option<usize> {
        let position = id.first_position();
        let (upper, lower) = (position >> 16, position as u16);
        let group = self.groups.binary_search_by_key(&upper, |(upper, _)| *upper).ok()?;
        let start = self.groups[group].1;
        let end = self.groups.get(group + 1).map_or(self.lower.len(), |(_, start)| *start);
        let within = &self.lower[start..end];
        match within.len() {
            // Every id of the group is there.
            65_536 => Some(start + usize::from(lower)),
            _ => within.binary_search(&lower).ok().map(|index| start + index),
        }
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
            for probe in ids.iter().copied().chain(probes) {
                let expected = ids.contains(&probe).then(|| ids.range(..probe).count());
                prop_assert_eq!(ranked.rank(ProfileId::from_first_position(probe)), expected);
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
