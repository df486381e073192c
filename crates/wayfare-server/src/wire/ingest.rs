//! Records in: what became of each.

use serde::Serialize;
use utoipa::ToSchema;
use wayfare_store::{Outcome, Status};

/// What became of the records of one request. They are durable when this is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct IngestAnswer {
    /// One past the last position accepted so far: whatever reads at it or later sees these records.
    pub position: u64,
    /// One a record, in their order.
    pub results: Vec<IngestResult>,
}

/// What became of one record.
#[derive(Debug, Serialize, ToSchema)]
pub struct IngestResult {
    /// Which record, from 0.
    pub index: usize,
    /// What became of it.
    pub status: IngestStatus,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// Values that were left out while the rest was kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub set_aside: Vec<SetAside>,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IngestStatus {
    /// Kept.
    Accepted,
    /// Its event id is known: nothing was added.
    Duplicate,
    /// Not kept.
    Rejected,
}

/// A value that was left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetAside {
    /// Where in the record.
    pub path: String,
    /// Why.
    pub reason: String,
}

impl From<wayfare_model::record::SetAside> for SetAside {
    fn from(aside: wayfare_model::record::SetAside) -> Self {
        Self { path: aside.path, reason: aside.reason }
    }
}

impl IngestResult {
    /// A record that was rejected before it reached the store.
    pub fn rejected(index: usize, reason: String) -> Self {
        Self { index, status: IngestStatus::Rejected, reason: Some(reason), set_aside: Vec::new() }
    }

    /// What the store made of a record, after `set_aside` was left out in reading it.
    pub fn of(index: usize, set_aside: Vec<wayfare_model::record::SetAside>, outcome: Outcome) -> Self {
        let status = match outcome.status {
            Status::Accepted => IngestStatus::Accepted,
            Status::Duplicate => IngestStatus::Duplicate,
            Status::Rejected => IngestStatus::Rejected,
        };
        let set_aside = set_aside.into_iter().chain(outcome.set_aside).map(SetAside::from).collect();
        Self { index, status, reason: outcome.reason, set_aside }
    }

    /// The status as metrics name it.
    pub fn status_name(&self) -> &'static str {
        match self.status {
            IngestStatus::Accepted => "accepted",
            IngestStatus::Duplicate => "duplicate",
            IngestStatus::Rejected => "rejected",
        }
    }
}
