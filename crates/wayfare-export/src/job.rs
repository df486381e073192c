//! One export as a job: what the API shows of it, and what is kept to go on after a restart.

use crate::error::ExportError;
use crate::link::Link;
use crate::part_file::Part;
use crate::progress::Progress;
use crate::request::{Compression, ExportRequest, Format, Surface};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wayfare_model::time::Instant;
use wayfare_store::ExportRow;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It waits for its turn.
    Queued,
    /// It is being written, or goes on after a restart.
    Running,
    /// Its files are complete.
    Complete,
    /// It failed; there are no files.
    Failed,
    /// Somebody stopped it; there are no files.
    Cancelled,
}

impl Status {
    /// The name used in the store and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing will change any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// A job as the API shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// `exp_…`
    pub id: String,
    /// What a row is: `profiles`, `events`, `passes` or `messages`.
    pub kind: String,
    /// Where it stands.
    pub status: Status,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Instant>,
    /// When it ended, however it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Instant>,
    /// How far it is.
    pub progress: Progress,
    /// Who is meant, in words.
    pub filter_words: String,
    /// How many conditions that has.
    pub filters: usize,
    /// Who is meant, as a segment definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Box<RawValue>>,
    /// Attributes and identifiers asked for.
    pub attributes: Vec<String>,
    /// The form of the files.
    pub format: Format,
    /// How they are compressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// Who gets an e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Who asked.
    pub requested_by: String,
    /// One past the last commit position that it sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// As of when the filter is evaluated.
    pub as_of: Instant,
    /// The rows of all files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// The bytes of all files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The finished files.
    pub parts: Vec<Part>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What the reader should know.
    pub warnings: Vec<String>,
    /// The newest link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// The e-mail, where it became a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_id: Option<String>,
    /// Until when the files are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files_kept_until: Option<Instant>,
    /// Whether they are gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub files_gone: bool,
}

/// A job as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeptJob {
    pub job: Job,
    pub request: ExportRequest,
    pub surface: Surface,
    /// The lake snapshot that was pinned.
    pub snapshot: Option<i64>,
    /// What the plan came to when the parts were written: [`Prepared::digest`](crate::prepare::Prepared::digest).
    #[serde(default)]
    pub plan: Option<String>,
    /// The files of the lake that were read: a compaction changes the order of their rows.
    #[serde(default)]
    pub files: Option<String>,
    /// Whether its end was told. Records from before this was kept count as told: nobody gets a letter twice.
    #[serde(default = "told")]
    pub told: bool,
}

fn told() -> bool {
    true
}

impl KeptJob {
    /// Whether its files wait for somebody who was promised an e-mail and got none.
    pub fn is_untold(&self) -> bool {
        let Job { status, email, files_gone, .. } = &self.job;
        *status == Status::Complete && email.is_some() && !files_gone && !self.told
    }

    pub fn row(&self) -> Result<ExportRow, ExportError> {
        Ok(ExportRow {
            id: self.job.id.clone(),
            created_at: self.job.created_at,
            status: self.job.status.name().into(),
            job: serde_json::to_string(self)?,
        })
    }

    pub fn read(row: &ExportRow) -> Result<Self, ExportError> {
        let mut kept: Self = serde_json::from_str(&row.job)
            .map_err(|error| ExportError::Job { id: row.id.clone(), why: error.to_string() })?;
        // Bodies never choose their surface, so it is kept beside the request.
        kept.request.surface = kept.surface;
        Ok(kept)
    }
}
