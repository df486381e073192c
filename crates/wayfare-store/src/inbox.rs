//! Batches of accepted records on their way to the lake: one compressed blob each.

use crate::error::StoreError;
use crate::profiles::StoredState;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use wayfare_model::value::Source;

/// Fast and good enough: what lies here is soon written again as Parquet.
const ZSTD_LEVEL: i32 = 1;

/// An accepted event. Names are ids of the dictionary, the profile is the position of its first record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EventEntry<'a> {
    pub position: u64,
    #[serde(borrow)]
    pub event_id: Cow<'a, str>,
    pub event: u32,
    pub profile: u64,
    #[serde(borrow)]
    pub user_id: Option<Cow<'a, str>>,
    pub timestamp: i64,
    pub received_at: i64,
    #[serde(borrow)]
    pub params: Vec<(u32, Source, Cow<'a, str>)>,
}

/// A state that a profile took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StateEntry<'a> {
    pub position: u64,
    pub profile: u64,
    #[serde(borrow)]
    pub state: StoredState<'a>,
}

/// The content of a batch, both lists by position.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Entries<'a> {
    #[serde(borrow)]
    pub events: Vec<EventEntry<'a>>,
    #[serde(borrow)]
    pub states: Vec<StateEntry<'a>>,
}

/// A batch with its positions, `first <= p < behind`.
#[derive(Debug)]
pub(crate) struct InboxBatch {
    pub first: u64,
    pub behind: u64,
    payload: Vec<u8>,
    /// Unpacked on first use, shared by all who read the batch while it is in the tail.
    unpacked: OnceLock<Arc<[u8]>>,
}

impl InboxBatch {
    /// Packs entries.
    pub fn pack(first: u64, behind: u64, entries: &Entries<'_>) -> Result<Self, StoreError> {
        let plain =
            postcard::to_stdvec(entries).map_err(|error| StoreError::corrupt("an inbox batch", error))?;
        let payload = zstd::bulk::compress(&plain, ZSTD_LEVEL)
            .map_err(|error| StoreError::corrupt("an inbox batch", error))?;
        Ok(Self { first, behind, payload, unpacked: OnceLock::new() })
    }

    /// A batch as the database kept it.
    pub fn kept(first: u64, behind: u64, payload: Vec<u8>) -> Self {
        Self { first, behind, payload, unpacked: OnceLock::new() }
    }

    /// The compressed bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    fn corrupt(&self, why: impl std::fmt::Display) -> StoreError {
        StoreError::corrupt(format!("the inbox batch of positions {} to {}", self.first, self.behind), why)
    }

    /// Calls `read` with the entries.
    pub fn read<T>(&self, read: impl FnOnce(&Entries<'_>) -> T) -> Result<T, StoreError> {
        let plain = match self.unpacked.get() {
            Some(plain) => plain.clone(),
            None => {
                Arc::from(zstd::stream::decode_all(self.payload.as_slice()).map_err(|why| self.corrupt(why))?)
            }
        };
        let entries: Entries<'_> = postcard::from_bytes(&plain).map_err(|why| self.corrupt(why))?;
        Ok(read(&entries))
    }
}
