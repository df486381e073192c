//! Work on the profiles piece by piece.
//!
//! What is kept of each profile while rows are read would take many megabytes. Rows stand by ordinal within their groups,
//! so that all groups can be read side by side for some thousand profiles, then for the next: what is kept of these stays
//! in the nearest caches, and threads that work on different profiles share nothing.

use super::scan::{Batch, Cursors, RunScan};
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::Columns;
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

/// Profiles of a piece, a multiple of 64. Tests have few profiles, and several pieces all the same.
pub(super) const PROFILES: u32 = if cfg!(test) { 64 } else { 1 << 15 };
/// Rows for which another thread is worth its start.
const ROWS_A_THREAD: usize = if cfg!(test) { 100 } else { 300_000 };
/// Threads of one evaluation at most: other evaluations go on beside it.
const MOST_THREADS: usize = 8;

/// Some profiles, and of which of them something is true.
pub(super) struct Piece<'b> {
    /// The first ordinal, a multiple of 64.
    pub first: u32,
    /// One past the last ordinal.
    pub bound: u32,
    words: &'b mut [u64],
}

/// Whether something certainly holds, or certainly does not.
pub(super) struct Told {
    pub holds: bool,
    pub fails: bool,
}

impl Piece<'_> {
    /// How many profiles there are.
    pub fn len(&self) -> usize {
        (self.bound - self.first) as usize
    }

    /// The place of an ordinal among those of the piece.
    #[inline]
    pub fn place(&self, ordinal: u32) -> usize {
        (ordinal - self.first) as usize
    }

    /// The ordinals of a set that lie in the piece, ascending.
    pub fn of(&self, set: &Bits) -> impl Iterator<Item = u32> {
        let bound = self.bound;
        set.iter_from(self.first).take_while(move |ordinal| *ordinal < bound)
    }

    /// Says that it is true of a profile.
    #[inline]
    pub fn insert(&mut self, ordinal: u32) {
        let place = self.place(ordinal);
        if let Some(word) = self.words.get_mut(place >> 6) {
            *word |= 1 << (place & 63);
        }
    }

    /// Says that it is true of the profile of each row.
    #[inline]
    pub fn insert_all(&mut self, batch: &Batch<'_>) {
        let (words, first) = (&mut *self.words, self.first);
        batch.each(|ordinal, _| {
            let place = ordinal - first;
            if let Some(word) = words.get_mut(place as usize >> 6) {
                *word |= 1 << (place & 63);
            }
        });
    }

    /// Says of which profiles it is true by what was kept of each.
    #[inline]
    pub fn insert_where<T>(&mut self, kept: &[T], holds: impl Fn(&T) -> bool) {
        for (word, kept) in self.words.iter_mut().zip(kept.chunks(64)) {
            let bits = kept.iter().enumerate();
            *word |= bits.fold(0, |word, (bit, kept)| word | u64::from(holds(kept)) << bit);
        }
    }

    /// Says of which profiles it is true by what was kept of each, where that tells; and gives the ordinals of whom it
    /// does not. Without branches: whom it is true of is not to be foreseen.
    #[inline]
    pub fn insert_clear<T>(&mut self, kept: &[T], unclear: &mut Vec<u32>, tell: impl Fn(&T) -> Told) {
        let firsts = (self.first..).step_by(64);
        for ((word, kept), first) in self.words.iter_mut().zip(kept.chunks(64)).zip(firsts) {
            let (mut holds, mut unknown) = (0u64, 0u64);
            for (bit, kept) in kept.iter().enumerate() {
                let told = tell(kept);
                holds |= u64::from(told.holds) << bit;
                unknown |= u64::from(!told.holds & !told.fails) << bit;
            }
            *word |= holds;
            while unknown != 0 {
                unclear.push(first + unknown.trailing_zeros());
                unknown &= unknown - 1;
            }
        }
    }

    /// Says of which profiles it is true, 64 at a time; the masks are asked for by the first ordinal of each 64.
    #[inline]
    pub fn insert_masks(&mut self, mask: impl Fn(usize) -> u64) {
        let firsts = (self.first as usize..).step_by(64);
        self.words.iter_mut().zip(firsts).for_each(|(word, first)| *word |= mask(first));
    }
}

/// A walk through the rows of several scans, by ordinal in pieces.
pub(super) struct Walk<'s, 'c> {
    scans: &'s [RunScan<'c>],
    cursors: Vec<Cursors>,
    selected: Vec<u32>,
    looked_at: usize,
}

impl<'s, 'c> Walk<'s, 'c> {
    /// Begins at an ordinal.
    pub fn new(scans: &'s [RunScan<'c>], ordinal: u32) -> Self {
        let cursors = scans.iter().map(|scan| scan.at(ordinal)).collect();
        Self { scans, cursors, selected: Vec::new(), looked_at: 0 }
    }

    /// Goes on through the rows of ordinals below `bound`, group by group.
    #[inline]
    pub fn visit(&mut self, bound: u32, mut visit: impl FnMut(Batch<'_>)) {
        for (place, (scan, cursors)) in self.scans.iter().zip(&mut self.cursors).enumerate() {
            self.looked_at += scan.visit(place, cursors, bound, &mut self.selected, &mut visit);
        }
    }
}

/// What the threads told, one after the other.
pub(super) fn joined<T>(told: Vec<Vec<T>>) -> Vec<T> {
    let mut told = told.into_iter();
    let mut all = told.next().unwrap_or_default();
    told.for_each(|mut more| all.append(&mut more));
    all
}

/// What a thread has while it works.
pub(super) trait Work {
    /// How many rows were looked at.
    fn looked_at(&self) -> usize;
}

impl Work for Walk<'_, '_> {
    fn looked_at(&self) -> usize {
        self.looked_at
    }
}

impl<W: Work, T> Work for (W, T) {
    fn looked_at(&self) -> usize {
        self.0.looked_at()
    }
}

impl Work for Vec<Walk<'_, '_>> {
    fn looked_at(&self) -> usize {
        self.iter().map(Work::looked_at).sum()
    }
}

/// How many threads there may be: to ask the system each time would take longer than many a count.
fn most_threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS
        .get_or_init(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_THREADS))
}

impl<C: Columns> Evaluation<'_, C> {
    /// Works through all profiles, some thousand at a time. `start` makes what a thread needs that begins at an ordinal,
    /// and `work` says of which profiles of a piece it is true; pieces come in their order. What the threads had comes
    /// back with the answer, in their order. About so many `rows` will be looked at.
    pub(super) fn by_pieces<W: Work + Send>(
        &self,
        rows: usize,
        start: impl Fn(u32) -> W + Sync,
        work: impl Fn(&mut W, &mut Piece<'_>) + Sync,
    ) -> Result<(Bits, Vec<W>), EvaluateError> {
        self.by_pieces_of(PROFILES, rows, start, work)
    }

    /// The same in pieces of so many profiles, a multiple of 64.
    pub(super) fn by_pieces_of<W: Work + Send>(
        &self,
        profiles: u32,
        rows: usize,
        start: impl Fn(u32) -> W + Sync,
        work: impl Fn(&mut W, &mut Piece<'_>) + Sync,
    ) -> Result<(Bits, Vec<W>), EvaluateError> {
        let bound = self.columns.ordinals();
        let mut bits = Bits::new(bound);
        let pieces = bound.div_ceil(profiles) as usize;
        let threads = (rows / ROWS_A_THREAD + 1).min(most_threads()).min(pieces.max(1));
        let words_a_piece = (profiles / 64) as usize;
        let words_a_thread = pieces.div_ceil(threads).max(1) * words_a_piece;
        let cancelled = self.cancelled;
        let run = |(words, first): (&mut [u64], u32)| {
            let mut state = start(first);
            for (words, first) in words.chunks_mut(words_a_piece).zip((first..).step_by(profiles as usize)) {
                if cancelled.load(Ordering::Relaxed) {
                    break;
                }
                let bound = bound.min(first.saturating_add(profiles));
                work(&mut state, &mut Piece { first, bound, words });
            }
            state
        };
        let firsts = (0u32..).step_by(words_a_thread * 64);
        let mut shares = bits.words_mut().chunks_mut(words_a_thread).zip(firsts);
        let states: Vec<W> = std::thread::scope(|scope| {
            let own = shares.next();
            let others: Vec<_> = shares.map(|share| scope.spawn(|| run(share))).collect();
            let own = own.map(&run);
            let others = others.into_iter().map(|other| match other.join() {
                Ok(state) => state,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            own.into_iter().chain(others).collect()
        });
        states.iter().for_each(|state| self.look_at(state.looked_at()));
        self.go_on()?;
        bits.cut();
        Ok((bits, states))
    }
}

/// Things of the profiles of a piece, as they come: those of one profile are chained, the last first.
pub(super) struct Gathered<T> {
    things: Vec<(T, u32)>,
    /// For each profile one more than the place of its last thing; 0 where it has none.
    last: Vec<u32>,
    of_one: Vec<T>,
}

impl<T: Copy> Gathered<T> {
    /// Nothing.
    pub fn new() -> Self {
        Self { things: Vec::new(), last: vec![0; PROFILES as usize], of_one: Vec::new() }
    }

    /// Adds a thing of a profile, told by its place in the piece.
    #[inline]
    pub fn push(&mut self, place: usize, thing: T) {
        if let Some(last) = self.last.get_mut(place) {
            self.things.push((thing, *last));
            *last = self.things.len() as u32;
        }
    }

    /// Passes on the things of each profile together, by place and the last first; nothing is left.
    pub fn of_each(&mut self, mut visit: impl FnMut(usize, &mut [T])) {
        let Self { things, last, of_one } = self;
        if things.is_empty() {
            return;
        }
        for (place, last) in last.iter_mut().enumerate() {
            let mut next = std::mem::take(last);
            if next == 0 {
                continue;
            }
            of_one.clear();
            while let Some((thing, before)) = next.checked_sub(1).and_then(|next| things.get(next as usize)) {
                of_one.push(*thing);
                next = *before;
            }
            visit(place, of_one);
        }
        things.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_to_whose_they_are() {
        let mut gathered = Gathered::new();
        for _ in 0..2 {
            let things = [(40, 1), (3, 2), (16, 3), (40, 4), (0, 5), (3, 6)];
            things.into_iter().for_each(|(place, thing)| gathered.push(place, thing));
            let mut each = Vec::new();
            gathered.of_each(|place, things| each.push((place, things.to_vec())));
            assert_eq!(each, [(0, vec![5]), (3, vec![6, 2]), (16, vec![3]), (40, vec![4, 1])]);
            gathered.of_each(|_, _| panic!("all was passed on"));
        }
    }
}
