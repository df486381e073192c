//! Kept exports: asked for, listed, stopped, downloaded. The queue itself is in [`crate::worker`].

use crate::clock;
use crate::data_dictionary::DataDictionary;
use crate::error::ExportError;
use crate::job::{Job, KeptJob, Status};
use crate::link::{Link, LinkError, Links};
use crate::mail::{MailSettings, Mailer};
use crate::mailbox::{self, ListedMail, Mail};
use crate::manifest::Manifest;
use crate::plan::plan;
use crate::prepare::{filter, zone};
use crate::progress::{Control, Progress};
use crate::request::ExportRequest;
use crate::worker::remove_directory;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wayfare_model::time::Instant;
use wayfare_store::Store;

/// How exports are kept and delivered.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long finished files are kept.
    pub keep: Duration,
    /// How long a link works.
    pub link_life: Duration,
    /// Where people reach this service: `https://wayfare.example.com`.
    pub public_url: String,
    /// How e-mail leaves.
    pub mail: MailSettings,
    /// The clock.
    pub now: fn() -> Instant,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keep: Duration::from_secs(7 * 24 * 3_600),
            link_life: Duration::from_secs(24 * 3_600),
            public_url: "http://127.0.0.1:8080".into(),
            mail: MailSettings::default(),
            now: clock::now,
        }
    }
}

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Download {
    /// One file.
    File {
        /// Where it lies.
        path: PathBuf,
        /// The name to save it under.
        name: String,
        /// Its bytes.
        bytes: u64,
        /// Its SHA-256: what an entity tag is made of.
        sha256: String,
        /// Its media type.
        media_type: &'static str,
    },
    /// The list of an export's files.
    List {
        /// The export.
        id: String,
        /// Its files.
        files: Vec<ListedFile>,
    },
}

/// A file in a list of downloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Its name.
    pub file: String,
    /// The link to it.
    pub url: String,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
}

/// The exports of a store. Clones share the queue.
#[derive(Clone)]
pub struct Exports(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub store: Store,
    pub settings: Settings,
    pub links: Links,
    pub mailer: Mailer,
    pub queue: Mutex<VecDeque<String>>,
    pub running: Mutex<Option<(String, Control)>>,
    pub wake: Notify,
    pub stop: CancellationToken,
    /// One asks at a time, so that a repeated key finds the job it made.
    asking: tokio::sync::Mutex<()>,
    worker: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Exports {
    /// Opens the exports of a store: jobs that a process before left unfinished go on.
    pub async fn start(store: Store, settings: Settings) -> Result<Self, ExportError> {
        let secret = store.secret("export-links").await?;
        let links = Links::new(secret, &settings.public_url, settings.link_life);
        let mailer = Mailer::new(&settings.mail, &store.data_dir().join("mail"))?;
        let exports = Self(Arc::new(Inner {
            store,
            settings,
            links,
            mailer,
            queue: Mutex::default(),
            running: Mutex::default(),
            wake: Notify::new(),
            stop: CancellationToken::new(),
            asking: tokio::sync::Mutex::default(),
            worker: Mutex::default(),
        }));
        exports.0.requeue().await?;
        let worker = tokio::spawn(crate::worker::work(exports.0.clone()));
        *exports.0.worker.lock().unwrap_or_else(PoisonError::into_inner) = Some(worker);
        Ok(exports)
    }

    /// Stops the worker; what it was writing goes on at the next start.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        let worker = self.0.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(worker) = worker {
            // A worker that broke off has nothing more to say.
            let _ = worker.await;
        }
    }

    /// Takes a request. With a key, the same request asked again gives the job it made before.
    pub async fn create(
        &self,
        request: ExportRequest,
        requested_by: &str,
        idempotency_key: Option<&str>,
    ) -> Result<Job, ExportError> {
        let _one_at_a_time = self.0.asking.lock().await;
        let id = match idempotency_key {
            Some(key) => id_of_key(requested_by, key),
            None => format!("exp_{}", uuid::Uuid::now_v7().simple()),
        };
        if let Some(row) = self.0.store.export(&id).await? {
            let kept = KeptJob::read(&row)?;
            return match serde_json::to_string(&kept.request)? == serde_json::to_string(&request)? {
                true => self.get(&kept.job.id).await,
                false => Err(ExportError::KeyReused),
            };
        }
        // A request that cannot be done is refused now, not when its turn comes.
        let snapshot = self.0.store.snapshot().await?;
        let planned = plan(&request, snapshot.dictionary())?;
        zone(&request)?;
        let filter = filter(&request)?;
        if let Some(raw) = &request.definition {
            let definition = wayfare_segment::definition::Definition::parse(raw.get())?;
            let library = snapshot.library(&definition).await?;
            definition.check(snapshot.dictionary(), &library)?;
        }
        let now = (self.0.settings.now)();
        let job = Job {
            id,
            kind: request.kind.name().into(),
            status: Status::Queued,
            created_at: now,
            started_at: None,
            finished_at: None,
            progress: Progress::default(),
            filter_words: filter.as_ref().map_or_else(|| "everyone".into(), |filter| filter.words.clone()),
            filters: filter.as_ref().map_or(0, |filter| filter.conditions),
            definition: request.definition.clone(),
            attributes: request.attributes.clone(),
            format: request.format,
            compression: request.compression,
            email: request.email.clone(),
            requested_by: requested_by.into(),
            position: None,
            as_of: request.as_of.unwrap_or(now),
            rows: None,
            bytes: None,
            parts: Vec::new(),
            error: None,
            warnings: planned.warnings,
            link: None,
            mail_id: None,
            files_kept_until: None,
            files_gone: false,
        };
        let surface = request.surface;
        let kept = KeptJob {
            job: job.clone(),
            request,
            surface,
            snapshot: None,
            plan: None,
            files: None,
            told: false,
        };
        self.0.save(&kept).await?;
        self.0.enqueue(job.id.clone());
        Ok(job)
    }

    /// A job as it stands now.
    pub async fn get(&self, id: &str) -> Result<Job, ExportError> {
        Ok(self.0.with_progress(self.0.kept(id).await?.job))
    }

    /// Jobs, newest first: at most `limit`, those after `cursor`; and the cursor of the next page.
    pub async fn list(
        &self,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<(Vec<Job>, Option<String>), ExportError> {
        let before = match cursor {
            None => None,
            Some(id) => Some((self.0.kept(id).await?.job.created_at, id.to_owned())),
        };
        let mut rows = self.0.store.exports(limit.saturating_add(1), before).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| row.id.clone());
        let jobs = rows.iter().map(|row| Ok(self.0.with_progress(KeptJob::read(row)?.job)));
        Ok((jobs.collect::<Result<_, ExportError>>()?, next))
    }

    /// Stops a job that waits or runs; a job that has ended stays as it is.
    pub async fn cancel(&self, id: &str) -> Result<Job, ExportError> {
        if self.0.kept(id).await?.job.status.is_final() {
            return self.get(id).await;
        }
        if let Some(control) = self.0.take_out(id) {
            control.cancel();
            // The writer stops at its next chunk; the answer shows how it ended.
            for _ in 0..200 {
                if self.0.running_as(id).is_none() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        }
        // A job that could not be begun waits again; one that neither waits nor runs is ended here.
        if self.0.take_out(id).is_none() {
            self.0.end_unbegun(id).await?;
        }
        self.get(id).await
    }

    /// A new link to the files of a complete job.
    pub async fn link(&self, id: &str) -> Result<Link, ExportError> {
        let mut kept = self.0.kept(id).await?;
        let why = match (kept.job.status, kept.job.files_gone) {
            (Status::Complete, false) => None,
            (Status::Complete, true) => Some("its files are not kept any more; run it again"),
            _ => Some("there are no files to link to"),
        };
        if let Some(why) = why {
            let status = kept.job.status.name().to_owned();
            return Err(ExportError::State { id: id.into(), status, why: why.into() });
        }
        let link = self.0.link_to(&kept.job);
        kept.job.link = Some(link.clone());
        self.0.save(&kept).await?;
        Ok(link)
    }

    /// What a signed link leads to.
    pub async fn resolve_link(
        &self,
        id: &str,
        file: Option<&str>,
        expires: i64,
        signature: &str,
    ) -> Result<Download, LinkError> {
        self.0.links.check(id, file, expires, signature, (self.0.settings.now)())?;
        let kept = self.0.kept(id).await.map_err(|_| LinkError::Gone)?;
        if kept.job.status != Status::Complete || kept.job.files_gone {
            return Err(LinkError::Gone);
        }
        let Some(file) = file else {
            let listed = kept.job.parts.iter().map(|part| ListedFile {
                file: part.file.clone(),
                url: self.0.links.url(id, Some(&part.file), expires),
                rows: part.rows,
                bytes: part.bytes,
            });
            return Ok(Download::List { id: id.into(), files: listed.collect() });
        };
        // Only names that the job itself recorded lead anywhere, so no path leaves its directory.
        let part = kept.job.parts.iter().find(|part| part.file == file).ok_or(LinkError::Invalid)?;
        let path = self.0.directory(id).join(&part.file);
        if !path.is_file() {
            return Err(LinkError::Gone);
        }
        let name = match kept.job.parts.len() {
            1 => part.file.replacen("part-00001", id, 1),
            _ => format!("{id}-{}", part.file),
        };
        let (bytes, sha256) = (part.bytes, part.sha256.clone());
        Ok(Download::File { path, name, bytes, sha256, media_type: media_type(&kept.job) })
    }

    /// The manifest of a complete job.
    pub async fn manifest(&self, id: &str) -> Result<Manifest, ExportError> {
        Manifest::read(&self.complete_directory(id, "there is no manifest").await?)
    }

    /// The data dictionary of a complete job.
    pub async fn data_dictionary(&self, id: &str) -> Result<DataDictionary, ExportError> {
        DataDictionary::read(&self.complete_directory(id, "there is no data dictionary").await?)
    }

    async fn complete_directory(&self, id: &str, why: &str) -> Result<PathBuf, ExportError> {
        let kept = self.0.kept(id).await?;
        if kept.job.status != Status::Complete || kept.job.files_gone {
            let status = kept.job.status.name().to_owned();
            return Err(ExportError::State { id: id.into(), status, why: why.into() });
        }
        Ok(self.0.directory(id))
    }

    /// Whether letters become files that [`mails`](Self::mails) lists.
    pub fn keeps_mail(&self) -> bool {
        self.0.mailer.writes_files()
    }

    /// The letters that became files, newest first.
    pub fn mails(&self) -> Result<Vec<ListedMail>, ExportError> {
        mailbox::list(&self.0.mail_directory())
    }

    /// One of them.
    pub fn mail(&self, id: &str) -> Result<Mail, ExportError> {
        mailbox::read(&self.0.mail_directory(), id)?.ok_or_else(|| ExportError::Unknown { id: id.into() })
    }
}

impl Inner {
    pub async fn kept(&self, id: &str) -> Result<KeptJob, ExportError> {
        let row = self.store.export(id).await?.ok_or_else(|| ExportError::Unknown { id: id.into() })?;
        KeptJob::read(&row)
    }

    pub async fn save(&self, kept: &KeptJob) -> Result<(), ExportError> {
        Ok(self.store.put_export(&kept.row()?).await?)
    }

    pub fn enqueue(&self, id: String) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(id);
        self.wake.notify_one();
    }

    pub fn directory(&self, id: &str) -> PathBuf {
        self.store.data_dir().join("exports").join(id)
    }

    fn mail_directory(&self) -> PathBuf {
        Path::new(self.store.data_dir()).join("mail")
    }

    pub fn link_to(&self, job: &Job) -> Link {
        let file = match job.parts.as_slice() {
            [only] => Some(only.file.as_str()),
            _ => None,
        };
        self.links.make(&job.id, file, (self.settings.now)())
    }

    /// Ends a job that neither waits nor runs, with what an interrupted run left of it.
    async fn end_unbegun(&self, id: &str) -> Result<(), ExportError> {
        let mut kept = self.kept(id).await?;
        if kept.job.status.is_final() {
            return Ok(());
        }
        remove_directory(&self.directory(id));
        kept.job.parts.clear();
        kept.job.status = Status::Cancelled;
        kept.job.finished_at = Some((self.settings.now)());
        let saved = self.save(&kept).await;
        if saved.is_err() {
            // It waits on, as the store says.
            self.enqueue(id.into());
        }
        saved
    }

    /// Takes a job out of the queue; gives what stops it where it runs already.
    fn take_out(&self, id: &str) -> Option<Control> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.retain(|waiting| waiting != id);
        // Under the lock of the queue, as a job moves from one place to the other.
        self.running_as(id).map(|(_, control)| control)
    }

    fn running_as(&self, id: &str) -> Option<(String, Control)> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.clone().filter(|(running, _)| running == id)
    }

    fn with_progress(&self, mut job: Job) -> Job {
        if let Some((_, control)) = self.running_as(&job.id)
            && job.status == Status::Running
        {
            job.progress = control.progress();
        }
        job
    }
}

/// The id that a key always leads to.
fn id_of_key(requested_by: &str, key: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(format!("{}\n{requested_by}\n{key}", requested_by.len()));
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    format!("exp_{}", uuid::Builder::from_custom_bytes(bytes).into_uuid().simple())
}

fn media_type(job: &Job) -> &'static str {
    use crate::request::{Compression, Format};
    match (job.compression, job.format) {
        (_, Format::Arrow) => "application/vnd.apache.arrow.file",
        (_, Format::Xlsx) => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (Some(Compression::Gzip), _) => "application/gzip",
        (Some(Compression::Zstd), _) => "application/zstd",
        (None, Format::Csv) => "text/csv; charset=utf-8",
        (None, Format::Ndjson) => "application/x-ndjson",
        (None, Format::Parquet) => "application/vnd.apache.parquet",
    }
}
