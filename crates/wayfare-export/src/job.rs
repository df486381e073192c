//! One export as a job: what the API shows of it, and what is kept to go on after a restart.

use crate::destination::delivery::Delivery;
use crate::destination::email;
use crate::error::ExportError;
use crate::hook::HookState;
use crate::link::Link;
use crate::part_file::Part;
use crate::policy::AppliedPolicy;
use crate::progress::Progress;
use crate::queue::Waiting;
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
    /// It failed; parts that were finished wait for it to be tried again.
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
    /// How often it was begun on somebody's word: once, and once more with each retry.
    #[serde(default = "once")]
    pub attempts: u32,
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
    /// What was asked for, to ask for the same again; it is kept beside the job.
    #[serde(skip)]
    pub request: Option<Box<RawValue>>,
    /// Who gets an e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The surface on which it was asked for, which names its files.
    #[serde(default)]
    pub surface: Surface,
    /// The address that is told when it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook_address: Option<String>,
    /// What became of that, once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<HookState>,
    /// What became of sending it to its destinations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
    /// Who asked.
    pub requested_by: String,
    /// The API key whose policy it has; it is kept with that.
    #[serde(skip)]
    pub api_key: Option<String>,
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
    /// How often its links were taken back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub link_generation: u32,
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

impl Job {
    /// The name under which a part is downloaded: on the v1 surface the time at which it was asked for, as its clients
    /// know it; elsewhere its own, in one piece.
    pub fn linked_name(&self, part: &Part) -> String {
        match self.surface {
            Surface::Native => part.file.clone(),
            Surface::V1 => self.v1_file_name(),
            Surface::V2 => part.file.replace('/', "-"),
        }
    }

    /// The name of the one file of a job of the v1 surface, known from the start.
    pub fn v1_file_name(&self) -> String {
        let micros = self.created_at.micros();
        let second = Instant::from_micros(micros - micros.rem_euclid(1_000_000)).unwrap_or(self.created_at);
        let second = second.to_string();
        let extension = match self.format {
            Format::Ndjson => "json",
            other => other.name(),
        };
        // Times are kept to the microsecond; the form has nanoseconds.
        format!("{}.{:06}000Z.{extension}", second.trim_end_matches('Z'), micros.rem_euclid(1_000_000))
    }

    /// Has what waits for the job sent, or gives it up, where the job is over.
    pub(crate) fn end_deliveries(&mut self, now: Instant) {
        // Asked for before letters were deliveries.
        let has_letter = self.deliveries.iter().any(|delivery| delivery.destination == email::REQUEST);
        if let (Some(to), false) = (&self.email, has_letter) {
            self.deliveries.insert(0, email::asked(to.clone()));
        }
        let is_complete = self.status == Status::Complete;
        for delivery in self.deliveries.iter_mut().filter(|delivery| delivery.since.is_none()) {
            *delivery = match is_complete {
                true => delivery.clone().due(now),
                false => delivery.clone().given_up("the export did not complete"),
            };
        }
    }

    /// Whether its files are still needed for a destination.
    pub(crate) fn is_on_its_way(&self) -> bool {
        self.deliveries.iter().any(Delivery::is_waiting)
    }

    /// Has everything that was given up wait for the job's next try.
    pub(crate) fn begin_deliveries(&mut self) {
        for delivery in &mut self.deliveries {
            let Delivery { destination, name, folder, .. } = delivery.clone();
            *delivery = Delivery::asked(destination, name, folder);
        }
    }

    /// Takes the hook's state where the job is over.
    pub(crate) fn end_hook(&mut self, is_told: bool, now: Instant) {
        if self.hook_address.is_some() {
            let due = HookState::due(now);
            self.hook = Some(match is_told {
                true => due,
                false => due.given_up("the export did not complete, and this surface has no form to say so"),
            });
        }
    }
}

/// A job as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeptJob {
    pub job: Job,
    pub request: ExportRequest,
    pub surface: Surface,
    /// The policy that the request has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<AppliedPolicy>,
    /// The lake snapshot that was pinned.
    pub snapshot: Option<i64>,
    /// What the plan came to when the parts were written: [`Prepared::digest`](crate::prepare::Prepared::digest).
    #[serde(default)]
    pub plan: Option<String>,
    /// The files of the lake that were read: a compaction changes the order of their rows.
    #[serde(default)]
    pub files: Option<String>,
    /// Since when it waits for its turn; since it was asked for, where this is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Instant>,
    /// The number of its newest turn: see [`crate::queue`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<u64>,
    /// Until when what a failed job finished is kept for a retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_until: Option<Instant>,
    /// Whether its end was told. Records from before this was kept count as told: nobody gets a letter twice.
    #[serde(default = "told")]
    pub told: bool,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn told() -> bool {
    true
}

fn once() -> u32 {
    1
}

impl KeptJob {
    /// Whether it is complete, and nothing was begun of what follows from that.
    pub fn is_untold(&self) -> bool {
        let Job { status, files_gone, .. } = &self.job;
        *status == Status::Complete && !files_gone && !self.told
    }

    /// How it waits for its turn.
    pub fn waiting(&self) -> Waiting {
        let goes_on = self.job.status != Status::Queued;
        Waiting { id: self.job.id.clone(), requester: self.job.requested_by.clone(), goes_on }
    }

    /// Since when it waits.
    pub fn waits_since(&self) -> Instant {
        self.queued_at.unwrap_or(self.job.created_at)
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
        // Bodies never choose surface or policy, so these are kept beside the request.
        kept.request.surface = kept.surface;
        kept.request.policy = kept.policy.clone();
        kept.job.api_key = kept.policy.as_ref().map(|policy| policy.key.clone());
        kept.job.request = Some(crate::manifest::asked_request(&kept.request)?);
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_on_the_v1_surface() {
        let mut job: Job = serde_json::from_value(serde_json::json!({
            "id": "exp_1", "kind": "events", "status": "queued", "created_at": "2022-05-13T04:35:33.405013Z",
            "progress": Progress::default(), "filter_words": "everyone", "filters": 0, "attributes": [], "format": "csv",
            "surface": "v1", "requested_by": "test", "as_of": "2022-05-13T04:35:33Z", "parts": [], "warnings": []
        }))
        .unwrap();
        assert_eq!(job.v1_file_name(), "2022-05-13T04:35:33.405013000Z.csv");
        job.created_at = Instant::parse("2022-05-13T04:35:33Z").unwrap();
        job.format = Format::Ndjson;
        assert_eq!(job.v1_file_name(), "2022-05-13T04:35:33.000000000Z.json");
        let part = Part {
            file: "events/part-00001.csv".into(),
            rows: 0,
            bytes: 0,
            sha256: String::new(),
            notes: Default::default(),
        };
        job.surface = Surface::V2;
        assert_eq!(job.linked_name(&part), "events-part-00001.csv");
    }
}
