//! Jobs that failed or were cancelled, tried again.
//!
//! After a failure such as a full disk the finished parts stay, and with them the snapshot and its files: a retry goes on
//! at the next part. After anything that another try over the same rows would meet again, and after a cancellation, there
//! is nothing to go on with, and the job is written anew.

use crate::error::ExportError;
use crate::job::{Job, KeptJob, Status};
use crate::jobs::{Exports, Inner};
use crate::progress::Progress;
use crate::sweep::remove_directory;
use crate::worker::remove_others;
use std::sync::PoisonError;
use std::time::Duration;
use wayfare_model::time::Instant;
use wayfare_store::Held;

impl Exports {
    /// Tries a job again that failed or was cancelled.
    pub async fn retry(&self, id: &str) -> Result<Job, ExportError> {
        let _one_at_a_time = self.0.asking.lock().await;
        let kept = self.0.kept(id).await?;
        let status = self.get(id).await?.status;
        let why = match status {
            Status::Failed | Status::Cancelled if status == kept.job.status => None,
            Status::Failed | Status::Cancelled => Some("its end is not recorded yet; ask again in a moment"),
            Status::Queued | Status::Running => Some("it has not ended"),
            Status::Complete => Some("it is done; ask for a new one to have newer rows"),
        };
        if let Some(why) = why {
            return Err(ExportError::State { id: id.into(), status: status.name().into(), why: why.into() });
        }
        let now = (self.0.settings.now)();
        let kept = self.0.change(id, |kept| kept.begin_again(now)).await?;
        self.0.enqueue(kept.waiting());
        Ok(kept.job)
    }
}

impl KeptJob {
    /// It waits once more for its turn.
    fn begin_again(&mut self, now: Instant) {
        self.job.status = Status::Queued;
        self.job.attempts = self.job.attempts.saturating_add(1);
        self.job.error = None;
        self.job.hook = None;
        self.job.begin_deliveries();
        self.job.finished_at = None;
        self.job.progress = Progress::default();
        self.retry_until = None;
        self.queued_at = Some(now);
    }

    /// There are no files, and nothing that ties a next try to those that were.
    pub fn forget_files(&mut self) {
        self.job.parts.clear();
        (self.snapshot, self.plan, self.files, self.retry_until) = (None, None, None, None);
        self.job.position = None;
    }
}

impl Inner {
    /// Ends a job that is not complete, keeping what another try can go on with.
    pub fn end(&self, kept: &mut KeptJob, error: &ExportError) {
        let now = (self.settings.now)();
        let directory = self.directory(&kept.job.id);
        kept.job.finished_at = Some(now);
        if matches!(error, ExportError::Cancelled) {
            kept.job.status = Status::Cancelled;
        } else {
            kept.job.status = Status::Failed;
            kept.job.error = Some(error.with_causes());
            tracing::warn!(export = kept.job.id, error = error.with_causes(), "an export failed");
        }
        if kept.job.status == Status::Cancelled || !error.may_pass() {
            remove_directory(&directory);
            kept.forget_files();
            return self.let_go(&kept.job.id);
        }
        match kept.job.parts.as_slice() {
            [] => remove_directory(&directory),
            parts => remove_others(&directory, parts),
        }
        kept.retry_until = after(now, self.settings.retry_for);
        self.hold(kept, !kept.job.parts.is_empty());
    }

    /// Holds a job's snapshot on, with its files or without.
    pub fn hold(&self, kept: &KeptJob, with_files: bool) {
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = all.get_mut(&kept.job.id) {
            *held = held.again(with_files);
        }
    }

    /// Holds a snapshot for a job.
    pub fn keep_held(&self, id: &str, held: Held) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), held);
    }

    /// Lets go of a job's snapshot.
    pub fn let_go(&self, id: &str) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

/// So long after an instant; `None` where the calendar ends before.
pub(crate) fn after(instant: Instant, time: Duration) -> Option<Instant> {
    let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    Instant::from_micros(instant.micros().saturating_add(micros))
}
