//! Lake snapshots that someone reads: they are not expired, and where a reader needs it their files are not merged.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How often each snapshot is pinned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pins(Arc<Mutex<Pinned>>);

#[derive(Debug, Default)]
struct Pinned {
    readers: BTreeMap<i64, usize>,
    /// How many of them need the files as they are.
    hold_files: usize,
}

/// Holds a snapshot until it is dropped.
#[derive(Debug)]
pub(crate) struct Pin {
    pins: Pins,
    snapshot: i64,
    holds_files: bool,
}

impl Pins {
    /// Keeps a snapshot.
    pub fn pin(&self, snapshot: i64) -> Pin {
        self.add(snapshot, false)
    }

    /// Keeps a snapshot and its files, and so the order of its rows.
    pub fn hold_files(&self, snapshot: i64) -> Pin {
        self.add(snapshot, true)
    }

    fn add(&self, snapshot: i64, holds_files: bool) -> Pin {
        let mut pinned = self.lock();
        *pinned.readers.entry(snapshot).or_default() += 1;
        pinned.hold_files += usize::from(holds_files);
        Pin { pins: self.clone(), snapshot, holds_files }
    }

    pub fn pinned(&self) -> Vec<i64> {
        self.lock().readers.keys().copied().collect()
    }

    /// Whether someone needs the files as they are.
    pub fn are_files_held(&self) -> bool {
        self.lock().hold_files > 0
    }

    fn lock(&self) -> MutexGuard<'_, Pinned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pin {
    /// Keeps the same snapshot, and its files no more.
    pub fn without_files(&self) -> Self {
        self.pins.pin(self.snapshot)
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pinned = self.pins.lock();
        pinned.hold_files -= usize::from(self.holds_files);
        if let Some(count) = pinned.readers.get_mut(&self.snapshot) {
            *count -= 1;
            if *count == 0 {
                pinned.readers.remove(&self.snapshot);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_pinned_until_its_last_reader_goes() {
        let pins = Pins::default();
        let (one, two) = (pins.hold_files(7), pins.pin(7));
        assert!(pins.are_files_held());
        let three = one.without_files();
        drop(one);
        assert_eq!(pins.pinned(), [7]);
        assert!(!pins.are_files_held());
        drop(two);
        assert_eq!(pins.pinned(), [7]);
        drop(three);
        assert!(pins.pinned().is_empty());
    }
}
