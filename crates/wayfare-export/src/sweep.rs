//! What is found at a start, and what is kept no longer.

use crate::error::ExportError;
use crate::job::{KeptJob, Status};
use crate::jobs::Inner;
use crate::mailbox;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use wayfare_store::ExportRow;

/// How often files are looked at that are kept no longer.
const SWEEP: Duration = Duration::from_secs(600);
/// Records that are read at once.
const PAGE: usize = 200;

/// Removes what is kept no longer, until it is stopped.
pub(crate) async fn tend(inner: Arc<Inner>) {
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            () = inner.stop.cancelled() => return,
            _ = sweep.tick() => {
                if let Err(error) = inner.sweep().await {
                    tracing::warn!(%error, "exports kept no longer could not be removed");
                }
                if let Err(error) = inner.keep_last_used().await {
                    tracing::warn!(%error, "when API keys were used last could not be kept");
                }
            }
        }
    }
}

impl Inner {
    /// Queues what a process before left unfinished or untold, and holds what such jobs may still need.
    pub async fn requeue(&self) -> Result<(), ExportError> {
        let (mut waiting, mut held) = (Vec::new(), Vec::new());
        self.each(|kept| {
            if let Some(turn) = kept.turn {
                let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                queue.had_turn(&kept.job.requested_by, turn);
            }
            let needs_snapshot = match kept.job.status {
                Status::Queued | Status::Running => true,
                Status::Complete => !kept.job.files_gone,
                Status::Failed => kept.retry_until.is_some(),
                Status::Cancelled => false,
            };
            if let (Some(snapshot), true) = (kept.snapshot, needs_snapshot) {
                let with_files = kept.job.status != Status::Complete && !kept.job.parts.is_empty();
                held.push((kept.job.id.clone(), snapshot, with_files));
            }
            match !kept.job.status.is_final() || kept.is_untold() {
                true => waiting.push((kept.waits_since(), kept.waiting())),
                false => {
                    self.hooks.add(&kept);
                    self.deliveries.add(&kept);
                }
            }
        })
        .await?;
        for (id, snapshot, with_files) in held {
            if let Some(lake) = self.store.lake_snapshot_at(snapshot).await? {
                self.keep_held(&id, lake.hold(with_files));
            }
        }
        // They were read newest first; those asked for in one instant keep their order.
        waiting.reverse();
        waiting.sort_by_key(|(since, _)| *since);
        waiting.into_iter().for_each(|(_, job)| self.enqueue(job));
        Ok(())
    }

    /// Removes the files of jobs that are kept no longer.
    pub async fn sweep(&self) -> Result<(), ExportError> {
        let now = (self.settings.now)();
        let is_over = |until: Option<_>| until.is_some_and(|until| until <= now);
        let mut over = Vec::new();
        self.each(|kept| {
            // What is on its way is kept until it arrived or was given up, which takes some days at the most.
            let files_are =
                !kept.job.files_gone && !kept.job.is_on_its_way() && is_over(kept.job.files_kept_until);
            if files_are || is_over(kept.retry_until) {
                over.push(kept.job.id);
            }
        })
        .await?;
        for id in over {
            // Nobody tries it again between the look and the removal.
            let _one_at_a_time = self.asking.lock().await;
            self.change(&id, |kept| {
                match kept.job.status {
                    // Somebody may have had it sent since the look.
                    Status::Complete if !kept.job.is_on_its_way() => {
                        kept.job.files_gone = true;
                        kept.job.link = None;
                    }
                    Status::Failed => kept.forget_files(),
                    _ => return,
                }
                remove_directory(&self.directory(&id));
                self.let_go(&id);
            })
            .await?;
        }
        mailbox::sweep(&self.store.data_dir().join("mail"), now, self.settings.keep)
    }

    /// Every job, newest first.
    async fn each(&self, mut see: impl FnMut(KeptJob)) -> Result<(), ExportError> {
        let mut before = None;
        loop {
            let rows = self.store.exports(PAGE, before.take()).await?;
            let last = rows.last().map(|row: &ExportRow| (row.created_at, row.id.clone()));
            let is_full = rows.len() == PAGE;
            for row in &rows {
                see(KeptJob::read(row)?);
            }
            match last {
                Some(last) if is_full => before = Some(last),
                _ => return Ok(()),
            }
        }
    }
}

/// Removes an export's directory; what cannot be removed now is looked at with the next sweep of the disk.
pub(crate) fn remove_directory(directory: &Path) {
    if let Err(error) = std::fs::remove_dir_all(directory)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(directory = %directory.display(), %error, "files of an export could not be removed");
    }
}
