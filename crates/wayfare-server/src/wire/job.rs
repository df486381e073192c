//! Export jobs, as they are told of.

use crate::wire::destination::DeliveryProgress;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wayfare_export::{HookStatus, Job, Progress, Status};

/// An export job.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportJob {
    /// Its id.
    pub id: String,
    /// What a row is.
    pub kind: String,
    /// How far it is.
    pub status: JobStatus,
    /// When it was asked for.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub started_at: Option<String>,
    /// When it was complete, failed or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub finished_at: Option<String>,
    /// What is written so far.
    pub progress: JobProgress,
    /// How many seconds are left at the rate so far; while it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub seconds_left: Option<u64>,
    /// How often it was begun on somebody's word: once, and once more with each retry.
    #[schema(minimum = 1)]
    pub attempts: u32,
    /// Who is meant, in words.
    pub filter_words: String,
    /// How many conditions the definition has.
    pub filters: usize,
    /// Who is meant; absent where everyone is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object)]
    pub definition: Option<Box<serde_json::value::RawValue>>,
    /// The columns asked for.
    pub attributes: Vec<String>,
    /// The form of the files.
    pub format: String,
    /// How text files are compressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub compression: Option<String>,
    /// What was asked for, in the form of the body: to ask for the same again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object)]
    pub request: Option<Box<serde_json::value::RawValue>>,
    /// Who gets an e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email: Option<String>,
    /// The address that is told when it is over, and what became of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub hook: Option<HookProgress>,
    /// What became of sending it to its destinations.
    pub deliveries: Vec<DeliveryProgress>,
    /// Who asked for it.
    pub requested_by: String,
    /// The position up to which records are in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub position: Option<u64>,
    /// The instant that counts as now.
    #[schema(format = DateTime)]
    pub as_of: String,
    /// The rows of all parts, once it is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rows: Option<u64>,
    /// The bytes of all parts, once it is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub bytes: Option<u64>,
    /// The finished files. Those of a failed job wait for a retry.
    pub parts: Vec<JobPart>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    /// What the reader should know, in words.
    pub warnings: Vec<String>,
    /// The link that was made last, while it lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub link: Option<Link>,
    /// The e-mail that was written, where the app shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub mail_id: Option<String>,
    /// Until when the files are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub files_kept_until: Option<String>,
    /// Whether the files are gone.
    pub files_gone: bool,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// It waits for its turn.
    Queued,
    /// It is written.
    Running,
    /// Its files and its manifest are there.
    Complete,
    /// It was given up; `error` says why.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

/// What is written so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobProgress {
    /// Rows written.
    pub rows: u64,
    /// Rows that there will be, once they are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rows_expected: Option<u64>,
    /// Bytes written.
    pub bytes: u64,
    /// Of the rows expected, in percent.
    #[schema(minimum = 0, maximum = 100)]
    pub percent: f64,
}

/// What became of a hook.
#[derive(Debug, Serialize, ToSchema)]
pub struct HookProgress {
    /// Its address.
    pub url: String,
    /// `waiting` for the job's end or the next attempt, `delivered`, or `failed` for good.
    pub status: String,
    /// Attempts made so far.
    pub attempts: u32,
    /// When the next attempt is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub next_attempt_at: Option<String>,
    /// When it answered with success.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub delivered_at: Option<String>,
    /// Why the newest attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_error: Option<String>,
}

impl HookProgress {
    /// Of a job, where it has a hook.
    pub fn of(job: &Job) -> Option<Self> {
        let time = |at: wayfare_model::time::Instant| at.to_string();
        let state = job.hook.as_ref();
        Some(Self {
            url: job.hook_address.clone()?,
            status: state.map_or(HookStatus::Waiting, |hook| hook.status).name().to_owned(),
            attempts: state.map_or(0, |hook| hook.attempts),
            next_attempt_at: state.and_then(|hook| hook.next_attempt_at).map(time),
            delivered_at: state.and_then(|hook| hook.delivered_at).map(time),
            last_error: state.and_then(|hook| hook.last_error.clone()),
        })
    }
}

/// A file of an export.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobPart {
    /// Its name.
    pub file: String,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A signed link.
#[derive(Debug, Serialize, ToSchema)]
pub struct Link {
    /// Where the file is.
    pub url: String,
    /// When the link expires.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

impl From<wayfare_export::Link> for Link {
    fn from(link: wayfare_export::Link) -> Self {
        Self { url: link.url, expires_at: link.expires_at.to_string() }
    }
}

impl From<Status> for JobStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Queued => Self::Queued,
            Status::Running => Self::Running,
            Status::Complete => Self::Complete,
            Status::Failed => Self::Failed,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Progress> for JobProgress {
    fn from(progress: Progress) -> Self {
        let Progress { rows, rows_expected, bytes, percent, .. } = progress;
        Self { rows, rows_expected, bytes, percent }
    }
}

impl From<Job> for ExportJob {
    fn from(job: Job) -> Self {
        let time = |at: wayfare_model::time::Instant| at.to_string();
        let hook = HookProgress::of(&job);
        let parts = job.parts.into_iter().map(|part| JobPart {
            file: part.file,
            rows: part.rows,
            bytes: part.bytes,
            sha256: part.sha256,
        });
        Self {
            hook,
            deliveries: job.deliveries.into_iter().map(Into::into).collect(),
            id: job.id,
            kind: job.kind,
            status: job.status.into(),
            created_at: time(job.created_at),
            started_at: job.started_at.map(time),
            finished_at: job.finished_at.map(time),
            progress: job.progress.into(),
            seconds_left: job.progress.seconds_left.filter(|_| job.status == Status::Running),
            attempts: job.attempts,
            filter_words: job.filter_words,
            filters: job.filters,
            definition: job.definition,
            attributes: job.attributes,
            format: job.format.name().to_owned(),
            compression: job
                .compression
                .map(|compression| crate::wire::export::compression_name(compression).to_owned()),
            request: job.request,
            email: job.email,
            requested_by: job.requested_by,
            position: job.position,
            as_of: time(job.as_of),
            rows: job.rows,
            bytes: job.bytes,
            parts: parts.collect(),
            error: job.error,
            warnings: job.warnings,
            link: job.link.map(Link::from),
            mail_id: job.mail_id,
            files_kept_until: job.files_kept_until.map(time),
            files_gone: job.files_gone,
        }
    }
}

/// One page of jobs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportJobs {
    /// The jobs.
    pub exports: Vec<ExportJob>,
    /// Leads to the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportsQuery {
    /// Where the page before ended: its `next_cursor`.
    pub cursor: Option<String>,
    /// How many jobs a page has. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// The files of an export.
#[derive(Debug, Serialize, ToSchema)]
pub struct DownloadList {
    /// The export.
    pub id: String,
    /// Its files.
    pub files: Vec<ListedFile>,
}

/// A file of an export, with its own link.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedFile {
    /// Its name.
    pub file: String,
    /// Where it is.
    pub url: String,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
}

impl From<wayfare_export::ListedFile> for ListedFile {
    fn from(file: wayfare_export::ListedFile) -> Self {
        Self { file: file.file, url: file.url, rows: file.rows, bytes: file.bytes }
    }
}
