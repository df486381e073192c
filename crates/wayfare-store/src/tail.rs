//! What is published after every commit and flush: one consistent view that readers share.

use crate::inbox::InboxBatch;
use crate::lake::LakeSnapshot;
use std::sync::Arc;
use wayfare_model::dictionary::Dictionary;

/// Everything up to a position: a snapshot of the lake, and the batches of the inbox behind it.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    /// One past the last position.
    pub position: u64,
    pub lake: LakeSnapshot,
    /// Batches that hold positions from `lake.position` on; the first may begin before it.
    pub tail: Arc<[Arc<InboxBatch>]>,
    /// Compressed bytes of the tail.
    pub tail_bytes: usize,
    pub dictionary: Arc<Dictionary>,
    /// How many profiles there are.
    pub profiles: u32,
    /// No profile took a state at or behind this position.
    pub last_state: u64,
}

impl Published {
    /// The view after a batch more.
    pub fn with_batch(
        &self,
        batch: InboxBatch,
        has_states: bool,
        dictionary: Dictionary,
        profiles: u32,
    ) -> Self {
        let position = batch.behind;
        let last_state = if has_states { position } else { self.last_state };
        let tail_bytes = self.tail_bytes + batch.payload().len();
        let tail = self.tail.iter().cloned().chain([Arc::new(batch)]).collect();
        let dictionary = Arc::new(dictionary);
        Self { position, lake: self.lake, tail, tail_bytes, dictionary, profiles, last_state }
    }

    /// The view after a flush.
    pub fn with_lake(&self, lake: LakeSnapshot) -> Self {
        let tail: Arc<[_]> = self.tail.iter().filter(|batch| batch.behind > lake.position).cloned().collect();
        let tail_bytes = tail.iter().map(|batch| batch.payload().len()).sum();
        Self { lake, tail, tail_bytes, ..self.clone() }
    }

    /// How many positions are not in the lake yet.
    pub fn unflushed(&self) -> u64 {
        self.position - self.lake.position
    }
}
