//! Lake snapshots that someone reads: they are not expired.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How often each snapshot is pinned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pins(Arc<Mutex<BTreeMap<i64, usize>>>);

/// Holds a snapshot until it is dropped.
#[derive(Debug)]
pub(crate) struct Pin {
    pins: Pins,
    snapshot: i64,
}

impl Pins {
    pub fn pin(&self, snapshot: i64) -> Pin {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(snapshot).or_default() += 1;
        Pin { pins: self.clone(), snapshot }
    }

    pub fn pinned(&self) -> Vec<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pins = self.pins.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = pins.get_mut(&self.snapshot) {
            *count -= 1;
            if *count == 0 {
                pins.remove(&self.snapshot);
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
        let (one, two) = (pins.pin(7), pins.pin(7));
        drop(one);
        assert_eq!(pins.pinned(), [7]);
        drop(two);
        assert!(pins.pinned().is_empty());
    }
}
