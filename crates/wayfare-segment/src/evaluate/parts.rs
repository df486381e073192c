//! Things put together by parts of the profiles.
//!
//! What is kept of each profile lies in lists of many megabytes. Written to in the order of rows, nearly every write
//! misses the caches and the tables of memory pages; put together by parts of some thousand profiles first, nearly none
//! does.

/// Profiles of one part: what is kept of them stays in the caches.
const PROFILES: u32 = 1 << PROFILE_BITS;
const PROFILE_BITS: u32 = 14;
/// Things that are held at most before they are passed on.
const MOST_HELD: usize = 2 << 20;

/// Things with the ordinals of whose they are, by parts; within a part in the order they came.
pub(super) struct Parts<T> {
    parts: Vec<Vec<(u32, T)>>,
    held: usize,
}

impl<T: Copy + Default> Parts<T> {
    /// Nothing, of ordinals below `bound`.
    pub fn new(bound: u32) -> Self {
        Self { parts: (0..bound.div_ceil(PROFILES)).map(|_| Vec::new()).collect(), held: 0 }
    }

    /// Adds a thing; one of an ordinal beyond the bound is left out by whoever sees it, or here.
    #[inline]
    pub fn push(&mut self, ordinal: u32, thing: T) {
        if let Some(part) = self.parts.get_mut((ordinal >> PROFILE_BITS) as usize) {
            part.push((ordinal, thing));
            self.held += 1;
        }
    }

    /// Whether so much is held that it should be passed on.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.held >= MOST_HELD
    }

    /// Passes on everything that is held.
    pub fn pass_on(&mut self, mut visit: impl FnMut(u32, T)) {
        for part in &mut self.parts {
            part.drain(..).for_each(|(ordinal, thing)| visit(ordinal, thing));
        }
        self.held = 0;
    }

    /// Passes on the things of each profile together, by ordinal and in the order they came.
    pub fn of_each(&mut self, mut visit: impl FnMut(u32, &mut [T])) {
        let mut ends = vec![0u32; PROFILES as usize + 1];
        let mut things: Vec<T> = Vec::new();
        for (part, first) in self.parts.iter_mut().zip((0u32..).step_by(PROFILES as usize)) {
            if part.is_empty() {
                continue;
            }
            ends.fill(0);
            part.iter().for_each(|(ordinal, _)| ends[(ordinal - first) as usize + 1] += 1);
            for index in 1..ends.len() {
                ends[index] += ends[index - 1];
            }
            things.clear();
            things.resize(part.len(), T::default());
            // Each end moves from where a profile's things begin to where they end.
            for (ordinal, thing) in part.drain(..) {
                let place = &mut ends[(ordinal - first) as usize];
                things[*place as usize] = thing;
                *place += 1;
            }
            let mut start = 0;
            for (end, ordinal) in ends.iter().take(PROFILES as usize).zip(first..) {
                if *end > start {
                    visit(ordinal, &mut things[start as usize..*end as usize]);
                    start = *end;
                }
            }
        }
        self.held = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_to_whose_they_are() {
        let things = [(40_000, 1), (3, 2), (16_383, 3), (40_000, 4), (16_384, 5), (3, 6), (90_000, 7)];
        let mut parts = Parts::new(40_001);
        things.into_iter().for_each(|(ordinal, thing)| parts.push(ordinal, thing));
        let mut passed = Vec::new();
        parts.pass_on(|ordinal, thing| passed.push((ordinal, thing)));
        assert_eq!(passed, [(3, 2), (16_383, 3), (3, 6), (16_384, 5), (40_000, 1), (40_000, 4)]);
        things.into_iter().for_each(|(ordinal, thing)| parts.push(ordinal, thing));
        let mut each = Vec::new();
        parts.of_each(|ordinal, things| each.push((ordinal, things.to_vec())));
        assert_eq!(each, [(3, vec![2, 6]), (16_383, vec![3]), (16_384, vec![5]), (40_000, vec![1, 4])]);
        parts.of_each(|_, _| panic!("all was passed on"));
    }
}
