//! A worker: takes the job whose turn it is, writes it, tells how it ended.

use crate::column::SchemaColumn;
use crate::error::ExportError;
use crate::hook;
use crate::job::{Job, KeptJob, Status};
use crate::jobs::{Inner, Running};
use crate::manifest::{Manifest, Options};
use crate::output::remove_files;
use crate::part_file::{OnPart, Part};
use crate::people;
use crate::progress::{Control, Progress};
use crate::queue::Waiting;
use crate::retry::after;
use crate::run::{Lineage, Task};
use crate::tables::{self, Tables};
use crate::verify_part;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wayfare_store::Snapshot;

/// How long the store is left alone when it could not read or keep a record.
const PAUSE: Duration = Duration::from_secs(5);

/// Works until it is stopped.
pub(crate) async fn work(inner: Arc<Inner>) {
    loop {
        if inner.stop.is_cancelled() {
            return;
        }
        if let Some((job, running)) = inner.take_next() {
            let ended = inner.run_to_its_end(&job.id, &running).await;
            if let Err(error) = &ended {
                tracing::error!(export = job.id, %error, "an export could not be begun");
            }
            // A record that makes no sense would hold up every job behind it.
            let again = matches!(ended, Err(ExportError::Store(_)));
            inner.leave(job, running.turn, again);
            if again {
                inner.pause().await;
            }
            continue;
        }
        tokio::select! {
            () = inner.stop.cancelled() => return,
            () = inner.wake.notified() => {}
        }
    }
}

impl Inner {
    /// The job whose turn it is, which runs from here on: it is never in neither place, so it can always be stopped.
    fn take_next(&self) -> Option<(Waiting, Running)> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let (job, turn) = queue.take()?;
        let control = Control::stopped_by(CancellationToken::new(), self.stop.clone());
        let running = Running { control, turn, ended: None, stopped_by: None };
        let mut all = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(job.id.clone(), running.clone());
        if !queue.is_empty() {
            // Calls that nobody waited for are remembered as one.
            self.wake.notify_one();
        }
        Some((job, running))
    }

    /// The job has had its turn; it goes on as soon as anything does, where it is to run `again`.
    fn leave(&self, job: Waiting, turn: u64, again: bool) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        // Tried again meanwhile, it may have its next turn already.
        if running.get(&job.id).is_some_and(|running| running.turn == turn) {
            running.remove(&job.id);
        }
        if again {
            queue.give_back(job);
        }
    }

    async fn pause(&self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }

    /// Saves how a job ended, with who is told and the audit, until it is kept: nobody could see it, and it would be written
    /// once more.
    async fn record_end(&self, kept: &KeptJob) -> Result<(), ExportError> {
        self.until_kept(&kept.job, || self.save_ended(kept)).await
    }

    /// Saves a job, until it is kept.
    async fn record(&self, kept: &KeptJob) -> Result<(), ExportError> {
        self.until_kept(&kept.job, || self.save(kept)).await
    }

    async fn until_kept<F>(&self, job: &Job, keep: impl Fn() -> F) -> Result<(), ExportError>
    where
        F: Future<Output = Result<(), ExportError>>,
    {
        while let Err(error) = keep().await {
            tracing::error!(export = job.id, %error, "an export could not be recorded; trying again");
            self.show_ended(job);
            self.pause().await;
            if self.stop.is_cancelled() {
                return Err(ExportError::Interrupted);
            }
        }
        Ok(())
    }

    /// Shows how a job ended while the store cannot keep it.
    fn show_ended(&self, job: &Job) {
        let mut all = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = all.get_mut(&job.id) {
            running.ended = Some(job.clone());
        }
    }

    async fn run_to_its_end(self: &Arc<Self>, id: &str, running: &Running) -> Result<(), ExportError> {
        match self.finish(self.kept(id).await?, running).await {
            // It stays as it is in the store, which is how the next start knows it.
            Err(ExportError::Interrupted) => Ok(()),
            ended => ended,
        }
    }

    async fn finish(self: &Arc<Self>, mut kept: KeptJob, running: &Running) -> Result<(), ExportError> {
        let control = &running.control;
        if kept.is_untold() {
            return self.tell(kept).await;
        }
        // It was stopped between the queue and here.
        if kept.job.status.is_final() {
            return Ok(());
        }
        if kept.job.status == Status::Queued {
            kept.turn = Some(running.turn);
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
                kept.job.files_kept_until = after(now, self.settings.keep);
                kept.job.end_hook(hook::is_told(&kept), now);
                kept.job.end_deliveries(now);
                self.hold(&kept, false);
                // Recorded before anybody is told, so that a told link always works.
                self.record_end(&kept).await?;
                self.tell(kept).await
            }
            Err(ExportError::Interrupted) => Err(ExportError::Interrupted),
            Err(error) => {
                self.end(&mut kept, &error);
                kept.job.progress = control.progress();
                let now = (self.settings.now)();
                kept.job.end_hook(hook::is_told(&kept), now);
                kept.job.end_deliveries(now);
                self.record_end(&kept).await?;
                self.hooks.add(&kept);
                Ok(())
            }
        }
    }

    /// Writes the files; what was recorded of an interrupted run over the same snapshot is kept.
    async fn export(
        self: &Arc<Self>,
        kept: &Arc<Mutex<KeptJob>>,
        control: &Control,
    ) -> Result<Manifest, ExportError> {
        let (id, mut request, as_of, pinned) = {
            let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            (kept.job.id.clone(), kept.request.clone(), kept.job.as_of, kept.snapshot)
        };
        self.unlock(&mut request).await?;
        let lake = self.pinned(pinned).await?;
        // Held beyond the end of this run: a job that fails is tried again over the same rows.
        self.keep_held(&id, lake.hold(true));
        {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.snapshot != Some(lake.lake_snapshot_id()) {
                kept.forget_files();
                kept.snapshot = Some(lake.lake_snapshot_id());
            }
        }
        let directory = self.directory(&id);
        std::fs::create_dir_all(&directory).map_err(ExportError::file(&directory))?;
        let prepared = Tables::prepare(&lake, &request, as_of, &directory, control).await?;
        let (prepared, plan) = digest(prepared).await?;
        let files = lake.files_digest().await?;
        let recorded = {
            let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            // Types may have been learned anew since, or files of the lake been merged; then other rows would be
            // selected, or come in another order, than those that the parts hold.
            let is_same = kept.snapshot == Some(lake.lake_snapshot_id())
                && kept.job.position == Some(prepared.position())
                && kept.plan.as_ref() == Some(&plan)
                && kept.files.as_ref() == Some(&files);
            if is_same { kept.job.parts.clone() } else { Vec::new() }
        };
        let schemas =
            recorded.iter().map(|part| prepared.schema_of(&part.file).unwrap_or_default()).collect();
        let finished = intact(recorded, &directory, Options::of(&request), schemas, control).await?;
        let state = {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.job.parts = finished.clone();
            kept.snapshot = Some(lake.lake_snapshot_id());
            kept.plan = Some(plan);
            kept.files = Some(files);
            kept.job.position = Some(prepared.position());
            kept.job.warnings = prepared.warnings();
            kept.clone()
        };
        remove_others(&directory, &finished);
        self.save(&state).await?;
        let on_part = self.recorder(kept.clone(), control.clone());
        let signer = self.settings.signing_key.as_ref();
        let (path, goes_on) = (people::path(self.store.data_dir(), &id), !finished.is_empty());
        let task = Task {
            id: Some(id),
            request: &request,
            directory: &directory,
            finished,
            control,
            on_part,
            signer,
            lineage: Some(Lineage { path, goes_on }),
        };
        prepared.write(&lake, task).await
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
    fn recorder(self: &Arc<Self>, kept: Arc<Mutex<KeptJob>>, control: Control) -> OnPart {
        let inner = self.clone();
        let runtime = tokio::runtime::Handle::current();
        Box::new(move |part| {
            let kept = {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.job.parts.push(part.clone());
                kept.job.progress = control.progress();
                kept.clone()
            };
            runtime.block_on(inner.save(&kept))
        })
    }

    /// Makes the link and records it; from then on everybody is told.
    async fn tell(&self, mut kept: KeptJob) -> Result<(), ExportError> {
        // Somebody may have taken back links to a job of the raw surface, which are there from its beginning.
        kept.job.link_generation = self.kept(&kept.job.id).await?.job.link_generation;
        kept.job.link = Some(self.link_to(&kept.job));
        kept.job.end_deliveries((self.settings.now)());
        kept.told = true;
        self.record(&kept).await?;
        // Only now, since what is kept of a call or a delivery must not be written over.
        self.hooks.add(&kept);
        self.deliveries.add(&kept);
        Ok(())
    }
}

/// What a plan came to, worked out where it holds up nobody: members may be many.
async fn digest(prepared: Tables) -> Result<(Tables, String), ExportError> {
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
    schemas: Vec<Vec<SchemaColumn>>,
    control: &Control,
) -> Result<Vec<Part>, ExportError> {
    let directory = directory.to_owned();
    // Reading again is no progress, but it stops where the job is to.
    let reading = control.apart();
    let read = tokio::task::spawn_blocking(move || {
        let intact = parts.iter().zip(&schemas).take_while(|(part, schema)| {
            verify_part::read(&directory.join(&part.file), &options, schema, &part.sha256, &reading)
                .is_ok_and(|found| found.sha256 == part.sha256 && found.bytes == part.bytes)
        });
        let intact = intact.count();
        parts.truncate(intact);
        parts
    });
    let intact = read.await.map_err(|error| ExportError::Worker(error.to_string()))?;
    // A reading that was stopped says nothing of the parts.
    control.check()?;
    Ok(intact)
}

fn complete(job: &mut Job, manifest: Manifest, progress: Progress) {
    job.status = Status::Complete;
    job.rows = Some(manifest.rows);
    job.bytes = Some(manifest.parts.iter().map(|part| part.bytes).sum());
    job.parts = manifest.parts;
    job.warnings = manifest.warnings;
    job.progress = progress;
}

/// Removes what an interrupted run left beside the parts that it recorded.
pub(crate) fn remove_others(directory: &Path, finished: &[Part]) {
    if finished.is_empty() {
        return remove_files(directory);
    }
    remove_others_in(directory, "", finished);
    for folder in tables::FOLDERS {
        remove_others_in(&directory.join(folder), &format!("{folder}/"), finished);
    }
}

fn remove_others_in(directory: &Path, prefix: &str, finished: &[Part]) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if !finished.iter().any(|part| part.file == name) {
            // A part that stays is written over when its turn comes; folders stay.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
