//! The first position of every profile, by ordinal: the map between ids and ordinals.

use crate::error::StoreError;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use wayfare_model::id::ProfileId;

/// Ascending, and only ever appended to: an ordinal never changes its meaning.
#[derive(Debug, Default)]
pub(crate) struct Firsts(RwLock<Vec<u64>>);

impl Firsts {
    pub fn new(firsts: Vec<u64>) -> Self {
        Self(RwLock::new(firsts))
    }

    /// All of them; a reader keeps to the ordinals of its snapshot.
    pub fn read(&self) -> RwLockReadGuard<'_, Vec<u64>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn len(&self) -> u32 {
        self.read().len() as u32
    }

    pub fn get(&self, ordinal: u32) -> Option<u64> {
        self.read().get(ordinal as usize).copied()
    }

    /// The ordinal of a profile.
    pub fn ordinal(&self, id: ProfileId) -> Option<u32> {
        self.read().binary_search(&id.first_position()).ok().map(|ordinal| ordinal as u32)
    }

    pub fn extend(&self, more: Vec<u64>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).extend(more);
    }

    /// The error of a profile that should be here.
    pub fn missing(ordinal: impl std::fmt::Display) -> StoreError {
        StoreError::corrupt("the list of profiles", format!("profile {ordinal} is missing"))
    }
}
