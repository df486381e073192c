//! The worker: takes the oldest waiting job, writes it, tells how it ended; removes files that are kept no longer.

use crate::error::ExportError;
use crate::job::{Job, KeptJob, Status};
use crate::jobs::Inner;
use crate::letter::{self, Ready};
use crate::manifest::Manifest;
use crate::output::remove_files;
use crate::part_file::{OnPart, Part};
use crate::prepare::prepare;
use crate::progress::{Control, Progress};
use crate::run::{Task, write};
use crate::verify_part;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wayfare_model::time::Instant;
use wayfare_store::{ExportRow, Snapshot};

/// How often files are looked at that are kept no longer.
const SWEEP: Duration = Duration::from_secs(600);
const PAGE: usize = 200;

/// Works until it is stopped.
pub(crate) async fn work(inner: Arc<Inner>) {
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        if inner.stop.is_cancelled() {
            return;
        }
        if let Some((id, control)) = inner.take_next() {
            if let Err(error) = inner.run_to_its_end(&id, &control).await {
                tracing::error!(export = id, %error, "the end of an export could not be recorded");
            }
            *inner.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
            continue;
        }
        tokio::select! {
            () = inner.stop.cancelled() => return,
            () = inner.wake.notified() => {}
            _ = sweep.tick() => {
                if let Err(error) = inner.sweep().await {
                    tracing::warn!(%error, "exports kept no longer could not be removed");
                }
            }
        }
    }
}

impl Inner {
    /// Queues what a process before left unfinished, oldest first.
    pub async fn requeue(&self) -> Result<(), ExportError> {
        let mut waiting = Vec::new();
        self.each(|kept| {
            if !kept.job.status.is_final() {
                waiting.push(kept.job.id);
            }
        })
        .await?;
        waiting.into_iter().rev().for_each(|id| self.enqueue(id));
        Ok(())
    }

    /// Removes the files of jobs that are kept no longer.
    pub async fn sweep(&self) -> Result<(), ExportError> {
        let now = (self.settings.now)();
        let mut over = Vec::new();
        self.each(|kept| {
            if !kept.job.files_gone && kept.job.files_kept_until.is_some_and(|until| until <= now) {
                over.push(kept);
            }
        })
        .await?;
        for mut kept in over {
            remove_directory(&self.directory(&kept.job.id));
            kept.job.files_gone = true;
            kept.job.link = None;
            self.save(&kept).await?;
        }
        Ok(())
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

    /// The oldest waiting job, which runs from here on: it is never in neither place, so it can always be stopped.
    fn take_next(&self) -> Option<(String, Control)> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let id = queue.pop_front()?;
        let control = Control::stopped_by(CancellationToken::new(), self.stop.clone());
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some((id.clone(), control.clone()));
        Some((id, control))
    }

    async fn run_to_its_end(&self, id: &str, control: &Control) -> Result<(), ExportError> {
        let mut kept = self.kept(id).await?;
        kept.job.status = Status::Running;
        kept.job.started_at.get_or_insert((self.settings.now)());
        self.save(&kept).await?;
        let kept = Arc::new(Mutex::new(kept));
        let outcome = self.export(&kept, control).await;
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match outcome {
            Ok(manifest) => {
                complete(&mut kept.job, manifest, control.progress());
                let now = (self.settings.now)();
                kept.job.finished_at = Some(now);
                let keep = i64::try_from(self.settings.keep.as_micros()).unwrap_or(i64::MAX);
                kept.job.files_kept_until = Instant::from_micros(now.micros().saturating_add(keep));
                // Recorded before anybody is told, so that a told link always works.
                self.save(&kept).await?;
                self.tell(&mut kept.job, now).await;
            }
            // It stays running in the store, which is how the next start knows it.
            Err(ExportError::Interrupted) => return Ok(()),
            Err(error) => {
                remove_directory(&self.directory(id));
                kept.job.status = match error {
                    ExportError::Cancelled => Status::Cancelled,
                    _ => Status::Failed,
                };
                if kept.job.status == Status::Failed {
                    tracing::warn!(export = id, %error, "an export failed");
                    kept.job.error = Some(error.to_string());
                }
                kept.job.parts.clear();
                kept.job.progress = control.progress();
                kept.job.finished_at = Some((self.settings.now)());
            }
        }
        self.save(&kept).await
    }

    /// Writes the files; what was recorded of an interrupted run over the same snapshot is kept.
    async fn export(&self, kept: &Arc<Mutex<KeptJob>>, control: &Control) -> Result<Manifest, ExportError> {
        let (id, request, as_of, pinned) = {
            let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            (kept.job.id.clone(), kept.request.clone(), kept.job.as_of, kept.snapshot)
        };
        let lake = self.pinned(pinned).await?;
        let directory = self.directory(&id);
        std::fs::create_dir_all(&directory).map_err(ExportError::file(&directory))?;
        let prepared = prepare(&lake, &request, as_of, control).await?;
        let schema: Vec<_> = prepared.plan.columns.iter().map(Into::into).collect();
        let (state, finished) = {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            // Types may have been learned anew since; then the parts would not be of one kind.
            let is_same = kept.snapshot == Some(lake.lake_snapshot_id())
                && kept.job.position == Some(prepared.position)
                && kept.schema.as_ref() == Some(&schema);
            if !is_same {
                kept.job.parts.clear();
            }
            let manifest_options = crate::manifest::Options::of(&request);
            let intact = kept.job.parts.iter().take_while(|part| {
                verify_part::read(&directory.join(&part.file), &manifest_options, &schema)
                    .is_ok_and(|found| found.sha256 == part.sha256 && found.bytes == part.bytes)
            });
            let intact = intact.count();
            kept.job.parts.truncate(intact);
            kept.snapshot = Some(lake.lake_snapshot_id());
            kept.schema = Some(schema);
            kept.job.position = Some(prepared.position);
            kept.job.warnings = prepared.plan.warnings.clone();
            (kept.clone(), kept.job.parts.clone())
        };
        remove_others(&directory, &finished);
        self.save(&state).await?;
        let on_part = self.recorder(kept.clone(), control.clone());
        let task =
            Task { id: Some(id), request: &request, directory: &directory, finished, control, on_part };
        write(&lake, prepared, task).await
    }

    async fn pinned(&self, snapshot: Option<i64>) -> Result<Snapshot, ExportError> {
        if let Some(snapshot) = snapshot
            && let Some(lake) = self.store.lake_snapshot_at(snapshot).await?
        {
            return Ok(lake);
        }
        Ok(self.store.lake_snapshot().await?)
    }

    /// Records each finished part in the store before the next is begun.
    fn recorder(&self, kept: Arc<Mutex<KeptJob>>, control: Control) -> OnPart {
        let store = self.store.clone();
        let runtime = tokio::runtime::Handle::current();
        Box::new(move |part| {
            let row = {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.job.parts.push(part.clone());
                kept.job.progress = control.progress();
                kept.row()?
            };
            Ok(runtime.block_on(store.put_export(&row))?)
        })
    }

    /// Makes the link and sends the e-mail; a job whose e-mail fails is complete all the same, and says so.
    async fn tell(&self, job: &mut Job, now: Instant) {
        let link = self.link_to(job);
        job.link = Some(link.clone());
        let Some(to) = job.email.clone() else { return };
        let letter = letter::ready(&Ready {
            to: &to,
            id: &job.id,
            kind: &job.kind,
            filter_words: &job.filter_words,
            rows: job.rows.unwrap_or_default(),
            bytes: job.bytes.unwrap_or_default(),
            files: job.parts.len(),
            format: job.format,
            compression: job.compression,
            link: &link.url,
            link_until: link.expires_at,
            kept_until: job.files_kept_until.unwrap_or(now),
            requested_by: &job.requested_by,
            warnings: &job.warnings,
        });
        let sent = match letter {
            Ok(letter) => self.mailer.send(&letter, now).await,
            Err(error) => Err(error),
        };
        match sent {
            Ok(mail_id) => job.mail_id = mail_id,
            Err(error) => {
                tracing::warn!(export = job.id, %error, "an e-mail could not be sent");
                job.warnings.push(error.to_string());
            }
        }
    }
}

fn complete(job: &mut Job, manifest: Manifest, progress: Progress) {
    job.status = Status::Complete;
    job.rows = Some(manifest.rows);
    job.bytes = Some(manifest.parts.iter().map(|part| part.bytes).sum());
    job.parts = manifest.parts;
    job.warnings = manifest.warnings;
    job.progress = progress;
}

/// Removes an export's directory; what cannot be removed now is looked at with the next sweep of the disk.
fn remove_directory(directory: &Path) {
    if let Err(error) = std::fs::remove_dir_all(directory)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(directory = %directory.display(), %error, "files of an export could not be removed");
    }
}

/// Removes what an interrupted run left beside the parts that it recorded.
fn remove_others(directory: &Path, finished: &[Part]) {
    if finished.is_empty() {
        return remove_files(directory);
    }
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !finished.iter().any(|part| *part.file == *name) {
            // A part that stays is written over when its turn comes.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
