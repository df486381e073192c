//! Things put beside one another by whose they are.

use crate::bits::Bits;

/// Things of some profiles, those of one profile in a row and in the order they came.
pub(super) struct ByProfile<T> {
    ordinals: Vec<u32>,
    /// Where the things of each begin, and the end of the last.
    ends: Vec<u32>,
    things: Vec<T>,
}

impl<T: Copy + Default> ByProfile<T> {
    /// Those of `of` among things with their ordinals, which are asked for twice: counted first, then put in place.
    pub fn new(of: Bits, things: impl Iterator<Item = (u32, T)> + Clone) -> Self {
        let ordinals: Vec<u32> = of.iter().collect();
        let ranks = of.ranks();
        let mut ends = vec![0u32; ordinals.len() + 1];
        let held = things.filter(|(ordinal, _)| of.contains(*ordinal));
        for (ordinal, _) in held.clone() {
            ends[ranks.of(&of, ordinal) + 1] += 1;
        }
        for index in 1..ends.len() {
            ends[index] += ends[index - 1];
        }
        let mut placed = vec![T::default(); ends[ordinals.len()] as usize];
        let mut next = ends.clone();
        for (ordinal, thing) in held {
            let place = &mut next[ranks.of(&of, ordinal)];
            placed[*place as usize] = thing;
            *place += 1;
        }
        Self { ordinals, ends, things: placed }
    }

    /// Each profile with its things.
    pub fn of_each(&mut self) -> impl Iterator<Item = (u32, &mut [T])> {
        let mut rest = &mut self.things[..];
        self.ordinals.iter().zip(self.ends.windows(2)).map(move |(ordinal, ends)| {
            let (things, behind) = std::mem::take(&mut rest).split_at_mut((ends[1] - ends[0]) as usize);
            rest = behind;
            (*ordinal, things)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_to_whose_they_are() {
        let mut of = Bits::new(200);
        [3, 70, 199].into_iter().for_each(|ordinal| of.insert(ordinal));
        let things = [(199, 1), (3, 2), (5, 3), (199, 4)];
        let mut by_profile = ByProfile::new(of, things.into_iter());
        let each: Vec<_> = by_profile.of_each().map(|(ordinal, things)| (ordinal, things.to_vec())).collect();
        assert_eq!(each, [(3, vec![2]), (70, vec![]), (199, vec![1, 4])]);
    }
}
