//! Which event ids were accepted: exact, whenever a repeat arrives, in bounded memory.
//!
//! Ids of events that are still in the inbox are a set of 128-bit keyed hashes in memory. Those of flushed events
//! lie in sorted [`run`]s on disk, a run a flush, merged as they grow; Bloom filters answer for most new ids
//! without touching the disk. Runs are derived: a missing one is rebuilt from the lake.

mod bloom;
mod run;

use crate::error::StoreError;
use run::Run;
use siphasher::sip128::SipHasher24;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The hash of an event id. A secret key keeps anyone from making two ids meet.
pub(crate) type IdHash = u128;

/// Runs of like size that are merged into one.
const FAN_IN: usize = 6;

/// Hashes event ids under a store's own key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdHasher([u8; 16]);

impl IdHasher {
    pub fn new(secret: &[u8; 32]) -> Self {
        let mut key = [0; 16];
        key.copy_from_slice(&secret[..16]);
        Self(key)
    }

    pub fn hash(&self, event_id: &str) -> IdHash {
        self.hash_bytes(event_id.as_bytes())
    }

    pub fn hash_bytes(&self, bytes: &[u8]) -> IdHash {
        SipHasher24::new_with_key(&self.0).hash(bytes).as_u128()
    }
}

/// The accepted ids of a store.
#[derive(Debug)]
pub(crate) struct EventIds {
    folder: PathBuf,
    /// Bytes that the filters of all runs may take together.
    filter_budget: usize,
    recent: HashSet<IdHash>,
    /// What is in `recent`, by position.
    recent_by_position: std::collections::VecDeque<(u64, IdHash)>,
    runs: Vec<Run>,
}

impl EventIds {
    /// No runs were read: for a store that accepts nothing and has nothing to flush.
    pub fn unread(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            filter_budget: 0,
            recent: HashSet::new(),
            recent_by_position: std::collections::VecDeque::new(),
            runs: Vec::new(),
        }
    }

    /// Opens the runs in `folder` that cover positions from 0 on without a gap, up to `flushed` at most, and drops
    /// all others. Gives how far they reach.
    pub fn open(folder: &Path, filter_budget: usize, flushed: u64) -> Result<(Self, u64), StoreError> {
        let mut found = Vec::new();
        let entries = std::fs::read_dir(folder).map_err(StoreError::file(folder))?;
        for entry in entries {
            let path = entry.map_err(StoreError::file(folder))?.path();
            match run::range_of(&path) {
                Some(range) => found.push((range, path)),
                None => std::fs::remove_file(&path).map_err(StoreError::file(&path))?,
            }
        }
        // The widest run from each start; what it holds again in narrower ones is left over from a merge.
        found.sort_by_key(|((first, behind), _)| (*first, std::cmp::Reverse(*behind)));
        let mut this = Self { filter_budget, ..Self::unread(folder) };
        let mut reached = 0;
        for ((first, behind), path) in found {
            let run = match first == reached && behind <= flushed {
                true => Run::open(&path, filter_budget)?,
                false => None,
            };
            match run {
                Some(run) => {
                    reached = behind;
                    this.runs.push(run);
                }
                None => std::fs::remove_file(&path).map_err(StoreError::file(&path))?,
            }
        }
        this.share_filters();
        Ok((this, reached))
    }

    /// Adds an id at a position; whether it is new.
    pub fn insert(&mut self, position: u64, hash: IdHash) -> Result<bool, StoreError> {
        if self.recent.contains(&hash) {
            return Ok(false);
        }
        for run in &self.runs {
            if run.contains(hash)? {
                return Ok(false);
            }
        }
        self.add_known_new(position, hash);
        Ok(true)
    }

    /// Adds an id that cannot be there yet.
    pub fn add_known_new(&mut self, position: u64, hash: IdHash) {
        self.recent.insert(hash);
        self.recent_by_position.push_back((position, hash));
    }

    /// Takes back what was added from `position` on.
    pub fn take_back(&mut self, position: u64) {
        while let Some((added, hash)) = self.recent_by_position.back().copied()
            && added >= position
        {
            self.recent.remove(&hash);
            self.recent_by_position.pop_back();
        }
    }

    /// Where the runs end.
    pub fn flushed(&self) -> u64 {
        self.runs.last().map_or(0, |run| run.range().1)
    }

    /// The ids of positions before `behind` that are in no run yet.
    pub fn unflushed_before(&self, behind: u64) -> Vec<IdHash> {
        self.recent_by_position
            .iter()
            .take_while(|(position, _)| *position < behind)
            .map(|(_, hash)| *hash)
            .collect()
    }

    /// Writes a run; call it away from the lock, then [`install`](Self::install) what it gives.
    pub fn write_run(folder: &Path, first: u64, behind: u64, hashes: Vec<IdHash>) -> Result<Run, StoreError> {
        run::write_sorted(folder, first, behind, hashes)
    }

    /// Puts a run to use and drops its ids from memory.
    pub fn install(&mut self, run: Run) {
        let (_, behind) = run.range();
        while let Some((position, hash)) = self.recent_by_position.front().copied()
            && position < behind
        {
            self.recent.remove(&hash);
            self.recent_by_position.pop_front();
        }
        self.runs.push(run);
        self.share_filters();
    }

    /// Runs that are due to be merged: the last few of like size.
    pub fn due_for_merge(&self) -> Option<Vec<Run>> {
        let last = self.runs.len().checked_sub(FAN_IN)?;
        let tail = &self.runs[last..];
        let largest = tail.iter().map(Run::len).max()?;
        let total: u64 = tail.iter().map(Run::len).sum();
        // Like size: none holds half of all, so each id is merged some log times.
        (largest * 2 <= total.max(1)).then(|| tail.to_vec())
    }

    /// Merges runs that lie one behind the other; call it away from the lock, then [`replace`](Self::replace).
    pub fn merge(folder: &Path, runs: &[Run], filter_budget: usize) -> Result<Run, StoreError> {
        run::merge(folder, runs, filter_budget)
    }

    /// Bytes that the filters of all runs may take together.
    pub fn filter_budget(&self) -> usize {
        self.filter_budget
    }

    /// Puts a merged run in the place of its sources and removes their files.
    pub fn replace(&mut self, merged: Run) -> Result<(), StoreError> {
        let (first, behind) = merged.range();
        let inside = |run: &Run| first <= run.range().0 && run.range().1 <= behind;
        let (old, mut kept): (Vec<_>, Vec<_>) = self.runs.drain(..).partition(inside);
        kept.push(merged);
        kept.sort_by_key(Run::range);
        self.runs = kept;
        self.share_filters();
        for run in old {
            run.remove()?;
        }
        Ok(())
    }

    /// Newer runs are asked first for a filter, larger ones go without when the budget is spent.
    fn share_filters(&mut self) {
        let mut left = self.filter_budget;
        for run in self.runs.iter_mut().rev() {
            left = left.saturating_sub(run.keep_filter_within(left));
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten times more ids than memory holds: a small set of recent ids and room for no filter but a run's.
    #[test]
    fn repeats_are_found_in_bounded_memory() {
        let folder = tempfile::tempdir().unwrap();
        let hasher = IdHasher::new(&[7; 32]);
        let (mut ids, _) = EventIds::open(folder.path(), 3_000, 0).unwrap();
        let fit = 1_000u64;
        for position in 0..10 * fit {
            assert!(ids.insert(position, hasher.hash(&format!("event-{position}"))).unwrap());
            if (position + 1) % fit == 0 {
                let first = ids.flushed();
                let hashes = ids.unflushed_before(position + 1);
                ids.install(EventIds::write_run(folder.path(), first, position + 1, hashes).unwrap());
                if let Some(runs) = ids.due_for_merge() {
                    let merged = EventIds::merge(folder.path(), &runs, 3_000).unwrap();
                    ids.replace(merged).unwrap();
                }
                assert!(ids.recent.is_empty());
            }
        }
        assert!(ids.runs.len() < 10, "runs are merged");
        assert!(ids.runs.iter().any(|run| !run.has_filter()), "the budget was too small for all filters");
        for position in 0..10 * fit {
            assert!(!ids.insert(0, hasher.hash(&format!("event-{position}"))).unwrap(), "{position}");
        }
        let (mut again, reached) = EventIds::open(folder.path(), 0, 10 * fit).unwrap();
        assert_eq!(reached, 10 * fit);
        assert!(!again.insert(0, hasher.hash("event-17")).unwrap());
        assert!(again.insert(0, hasher.hash("event-new")).unwrap());
    }

    #[test]
    fn a_damaged_run_is_dropped_with_all_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        for (first, behind) in [(0, 10), (10, 20), (20, 30)] {
            EventIds::write_run(folder.path(), first, behind, (first..behind).map(u128::from).collect())
                .unwrap();
        }
        let damaged = folder.path().join(run::name_of(10, 20));
        let mut bytes = std::fs::read(&damaged).unwrap();
        bytes.truncate(bytes.len() - 3);
        std::fs::write(&damaged, bytes).unwrap();
        let (_, reached) = EventIds::open(folder.path(), 1 << 20, 30).unwrap();
        assert_eq!(reached, 10);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_taken_back_may_come_again() {
        let folder = tempfile::tempdir().unwrap();
        let (mut ids, _) = EventIds::open(folder.path(), 0, 0).unwrap();
        assert!(ids.insert(0, 1).unwrap());
        assert!(ids.insert(1, 2).unwrap());
        ids.take_back(1);
        assert!(!ids.insert(1, 1).unwrap());
        assert!(ids.insert(1, 2).unwrap());
    }
}
