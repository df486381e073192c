//! The worker: takes the oldest waiting job, writes it, tells how it ended; removes files that are kept no longer.

use crate::column::SchemaColumn;
use crate::error::ExportError;
use crate::job::{Job, KeptJob, Status};
use crate::jobs::Inner;
use crate::letter::{self, Ready};
use crate::manifest::{Manifest, Options};
use crate::output::remove_files;
use crate::part_file::{OnPart, Part};
use crate::prepare::{Prepared, prepare};
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
/// How long the store is left alone when it could not read or keep a record.
const PAUSE: Duration = Duration::from_secs(5);
const PAGE: usize = 200;

/// Works until it is stopped.
pub(crate) async fn work(inner: Arc<Inner>) {
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        if inner.stop.is_cancelled() {
            return;
        }
        if let Some((id, control)) = inner.take_next() {
            let ended = inner.run_to_its_end(&id, &control).await;
            if let Err(error) = &ended {
                tracing::error!(export = id, %error, "an export could not be begun");
            }
            // A record that makes no sense would hold up every job behind it.
            let again = matches!(ended, Err(ExportError::Store(_)));
            inner.leave(again.then_some(id));
            if again {
                inner.pause().await;
            }
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
    /// Queues what a process before left unfinished or untold, oldest first.
    pub async fn requeue(&self) -> Result<(), ExportError> {
        let mut waiting = Vec::new();
        self.each(|kept| {
            if !kept.job.status.is_final() || kept.is_untold() {
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

    /// Nothing runs any more; `again` waits at the front.
    fn leave(&self, again: Option<String>) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = again {
            queue.push_front(id);
        }
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn pause(&self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }

    /// Saves how a job ended, until it is kept: nobody could see that it did, and it would be written once more.
    async fn record(&self, kept: &KeptJob) -> Result<(), ExportError> {
        while let Err(error) = self.save(kept).await {
            tracing::error!(export = kept.job.id, %error, "an export could not be recorded; trying again");
            self.pause().await;
            if self.stop.is_cancelled() {
                return Err(ExportError::Interrupted);
            }
        }
        Ok(())
    }

    async fn run_to_its_end(&self, id: &str, control: &Control) -> Result<(), ExportError> {
        match self.finish(self.kept(id).await?, control).await {
            // It stays as it is in the store, which is how the next start knows it.
            Err(ExportError::Interrupted) => Ok(()),
            ended => ended,
        }
    }

    async fn finish(&self, mut kept: KeptJob, control: &Control) -> Result<(), ExportError> {
        if kept.is_untold() {
            return self.tell(kept).await;
        }
        // It was stopped between the queue and here.
        if kept.job.status.is_final() {
            return Ok(());
        }
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
                self.record(&kept).await?;
                self.tell(kept).await
            }
            Err(ExportError::Interrupted) => Err(ExportError::Interrupted),
            Err(error) => {
                remove_directory(&self.directory(&kept.job.id));
                kept.job.status = match error {
                    ExportError::Cancelled => Status::Cancelled,
                    _ => Status::Failed,
                };
                if kept.job.status == Status::Failed {
                    tracing::warn!(export = kept.job.id, %error, "an export failed");
                    kept.job.error = Some(error.to_string());
                }
                kept.job.parts.clear();
                kept.job.progress = control.progress();
                kept.job.finished_at = Some((self.settings.now)());
                self.record(&kept).await
            }
        }
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
        let (prepared, plan) = digest(prepared).await?;
        let files = lake.files_digest().await?;
        let recorded = {
            let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            // Types may have been learned anew since, or files of the lake been merged; then other rows would be
            // selected, or come in another order, than those that the parts hold.
            let is_same = kept.snapshot == Some(lake.lake_snapshot_id())
                && kept.job.position == Some(prepared.position)
                && kept.plan.as_ref() == Some(&plan)
                && kept.files.as_ref() == Some(&files);
            if is_same { kept.job.parts.clone() } else { Vec::new() }
        };
        let schema: Vec<_> = prepared.plan.columns.iter().map(Into::into).collect();
        let finished = intact(recorded, &directory, Options::of(&request), schema).await?;
        let state = {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.job.parts = finished.clone();
            kept.snapshot = Some(lake.lake_snapshot_id());
            kept.plan = Some(plan);
            kept.files = Some(files);
            kept.job.position = Some(prepared.position);
            kept.job.warnings = prepared.plan.warnings.clone();
            kept.clone()
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

    /// Makes the link, sends the e-mail and records both.
    async fn tell(&self, mut kept: KeptJob) -> Result<(), ExportError> {
        self.send(&mut kept.job, (self.settings.now)()).await;
        kept.told = true;
        // Again and again rather than told again: a full disk must not become a stream of letters.
        self.record(&kept).await
    }

    /// A job whose e-mail fails is complete all the same, and says so.
    async fn send(&self, job: &mut Job, now: Instant) {
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

/// What a plan came to, worked out where it holds up nobody: members may be many.
async fn digest(prepared: Prepared) -> Result<(Prepared, String), ExportError> {
    let work = tokio::task::spawn_blocking(move || {
        let digest = prepared.digest();
        (prepared, digest)
    });
    work.await.map_err(|error| ExportError::Worker(error.to_string()))
}

/// The recorded parts, up to the first that is not on the disk as it was recorded.
async fn intact(
    mut parts: Vec<Part>,
    directory: &Path,
    options: Options,
    schema: Vec<SchemaColumn>,
) -> Result<Vec<Part>, ExportError> {
    let directory = directory.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let intact = parts.iter().take_while(|part| {
            verify_part::read(&directory.join(&part.file), &options, &schema, &part.sha256)
                .is_ok_and(|found| found.sha256 == part.sha256 && found.bytes == part.bytes)
        });
        let intact = intact.count();
        parts.truncate(intact);
        parts
    });
    read.await.map_err(|error| ExportError::Worker(error.to_string()))
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
pub(crate) fn remove_directory(directory: &Path) {
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
