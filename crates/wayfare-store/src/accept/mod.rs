//! The way in: records that arrive together share one transaction.
//!
//! [`group`] decides what happens to each record (a function of the records and what is known), [`identity`] finds
//! whose it is, [`commit`] is the task that gathers requests, makes one transaction of them and answers when it is
//! durable.

pub(crate) mod commit;
mod group;
mod identity;

use wayfare_model::record::{Incoming, SetAside};
use wayfare_model::time::Instant;

/// Records to accept, in order.
pub struct AcceptBatch {
    /// The records.
    pub records: Vec<Incoming>,
    /// Written in the same transaction.
    pub checkpoint: Option<Checkpoint>,
    /// When they arrived.
    pub received_at: Instant,
}

/// Makes the state to keep from the outcomes of a batch, as JSON; `None` withdraws the batch, of which nothing is kept.
pub type StateOf = Box<dyn FnOnce(&[Outcome]) -> Option<String> + Send>;

/// How far an import has come, known once the outcomes are.
pub struct Checkpoint {
    /// Which import.
    pub session: String,
    /// The state to keep.
    pub state: StateOf,
}

/// The answer to a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// One past the last position given so far: a read at this position sees the batch.
    pub position: u64,
    /// What became of each record, in order.
    pub outcomes: Vec<Outcome>,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// In short.
    pub status: Status,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// Values that do not fit their declared type or whose name cannot be kept.
    pub set_aside: Vec<SetAside>,
}

/// What became of a record, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It has a position.
    Accepted,
    /// It was there already, or changes nothing.
    Duplicate,
    /// It cannot be kept.
    Rejected,
}

impl Outcome {
    fn accepted(set_aside: Vec<SetAside>) -> Self {
        Self { status: Status::Accepted, reason: None, set_aside }
    }

    fn duplicate() -> Self {
        Self { status: Status::Duplicate, reason: None, set_aside: Vec::new() }
    }

    fn rejected(reason: impl Into<String>) -> Self {
        Self { status: Status::Rejected, reason: Some(reason.into()), set_aside: Vec::new() }
    }
}
