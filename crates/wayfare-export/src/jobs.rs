//! Kept exports: asked for, listed, stopped. The queue itself is in [`crate::worker`], their files in [`crate::downloads`].

use crate::api_key::ApiKeys;
use crate::audit::{self, Deed};
use crate::clock;
use crate::destination::{email, sender};
use crate::doable::Doable;
use crate::error::ExportError;
use crate::hook_sender::Schedule;
use crate::job::{Job, KeptJob, Status};
use crate::link::Links;
use crate::mail::{MailSettings, Mailer};
use crate::mailbox::{self, ListedMail, Mail};
use crate::outbound::Outbound;
use crate::positions;
use crate::progress::{Control, Progress};
use crate::queue::{Queue, Waiting};
use crate::raw_request::RawRequest;
use crate::request::{ExportRequest, Surface};
use crate::signing::SigningKey;
use crate::sweep::remove_directory;
use crate::vault::Vault;
use crate::webhook::{self, Webhooks};
use crate::{daily_limit, hook, warnings};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wayfare_model::time::Instant;
use wayfare_segment::moment::Moment;
use wayfare_store::{AuditRow, Held, Store};

/// How exports are kept and delivered.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long finished files are kept.
    pub keep: Duration,
    /// How long a link works.
    pub link_life: Duration,
    /// Where people reach this service: `https://wayfare.example.com`.
    pub public_url: String,
    /// How many exports are written at the same time.
    pub at_once: NonZeroUsize,
    /// How long what a failed job finished is kept for a retry.
    pub retry_for: Duration,
    /// The key that manifests are signed with.
    pub signing_key: Option<SigningKey>,
    /// Under which secrets of others are kept.
    pub vault: Vault,
    /// How e-mail leaves.
    pub mail: MailSettings,
    /// Whether hooks, files of values and destinations may lie at private addresses.
    pub allow_private_hooks: bool,
    /// How long is waited after the first failed call of a hook; the wait doubles with each.
    pub hook_retry: Duration,
    /// Below which folders of this machine exports may be sent to; none where it is missing.
    pub destination_folder_root: Option<PathBuf>,
    /// How many raw exports a key may ask for in a day of UTC; 0 is no limit.
    pub raw_exports_a_day: u32,
    /// The clock.
    pub now: fn() -> Instant,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keep: Duration::from_secs(7 * 24 * 3_600),
            link_life: Duration::from_secs(24 * 3_600),
            public_url: "http://127.0.0.1:8080".into(),
            at_once: NonZeroUsize::MIN,
            retry_for: Duration::from_secs(24 * 3_600),
            signing_key: None,
            vault: Vault::default(),
            mail: MailSettings::default(),
            allow_private_hooks: false,
            hook_retry: Duration::from_secs(10),
            destination_folder_root: None,
            raw_exports_a_day: 0,
            now: clock::now,
        }
    }
}

/// The exports of a store. Clones share the queue.
#[derive(Clone)]
pub struct Exports(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub store: Store,
    pub settings: Settings,
    pub links: Links,
    pub mailer: Mailer,
    pub outbound: Outbound,
    /// Hooks that wait.
    pub hooks: Schedule,
    /// Named API keys.
    pub api_keys: ApiKeys,
    /// Endpoints that are told how exports end.
    pub webhooks: Webhooks,
    /// Exports on their way to destinations.
    pub deliveries: sender::Schedule,
    pub queue: Mutex<Queue>,
    pub running: Mutex<BTreeMap<String, Running>>,
    /// Snapshots of the lake that jobs may still need, by job.
    pub held: Mutex<BTreeMap<String, Held>>,
    pub wake: Notify,
    pub stop: CancellationToken,
    /// One asks at a time, so that a repeated key finds the job it made.
    pub asking: tokio::sync::Mutex<()>,
    /// One changes the record of a job at a time.
    pub changing: tokio::sync::Mutex<()>,
    /// One looks at schedules or changes one at a time.
    pub scheduling: tokio::sync::Mutex<()>,
    tasks: Mutex<Vec<tokio::task::JoinHandle<()>>>,
}

/// A job that has its turn.
#[derive(Clone)]
pub(crate) struct Running {
    pub control: Control,
    pub turn: u64,
    /// How it ended, while the store cannot keep it.
    pub ended: Option<Job>,
    /// Who stopped it.
    pub stopped_by: Option<String>,
}

impl Exports {
    /// Opens the exports of a store: jobs that a process before left unfinished go on.
    pub async fn start(store: Store, settings: Settings) -> Result<Self, ExportError> {
        let secret = store.secret("export-links").await?;
        let links = Links::new(secret, &settings.public_url, settings.link_life);
        let mailer = Mailer::new(&settings.mail, &store.data_dir().join("mail"))?;
        let outbound = Outbound::new(settings.allow_private_hooks)?;
        let stop = CancellationToken::new();
        let webhooks = Webhooks::open(store.clone(), outbound.clone(), &settings, stop.clone()).await?;
        let api_keys = ApiKeys::open(&store).await?;
        let exports = Self(Arc::new(Inner {
            store,
            settings,
            outbound,
            api_keys,
            webhooks,
            hooks: Schedule::default(),
            deliveries: sender::Schedule::default(),
            links,
            mailer,
            queue: Mutex::default(),
            running: Mutex::default(),
            held: Mutex::default(),
            wake: Notify::new(),
            stop,
            asking: tokio::sync::Mutex::default(),
            changing: tokio::sync::Mutex::default(),
            scheduling: tokio::sync::Mutex::default(),
            tasks: Mutex::default(),
        }));
        exports.0.requeue().await?;
        let tasks = (0..exports.0.settings.at_once.get())
            .map(|_| tokio::spawn(crate::worker::work(exports.0.clone())))
            .chain([
                tokio::spawn(crate::sweep::tend(exports.0.clone())),
                tokio::spawn(crate::hook_sender::send(exports.0.clone())),
                tokio::spawn(crate::schedule::tend::tend(exports.clone())),
                tokio::spawn(webhook::send(exports.0.webhooks.clone())),
                tokio::spawn(webhook::tend(exports.0.webhooks.clone())),
                tokio::spawn(sender::send(exports.0.clone())),
            ])
            .collect();
        *exports.0.tasks.lock().unwrap_or_else(PoisonError::into_inner) = tasks;
        Ok(exports)
    }

    /// Stops the workers, the calling of hooks and the sending to destinations; what they were at goes on at the next start.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        let tasks = std::mem::take(&mut *self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // A task that broke off has nothing more to say.
            let _ = task.await;
        }
        if let Err(error) = self.0.keep_last_used().await {
            tracing::warn!(%error, "when API keys were used last could not be kept");
        }
    }

    /// The endpoints that are told of what happens.
    pub fn webhooks(&self) -> &Webhooks {
        &self.0.webhooks
    }

    /// The request that a body of a raw surface comes to.
    pub async fn resolve(&self, raw: RawRequest) -> Result<ExportRequest, ExportError> {
        raw.resolve(&self.0.store, &self.0.outbound).await
    }

    /// Takes a request. With a key, the same request asked again gives the job it made before.
    pub async fn create(
        &self,
        request: ExportRequest,
        requested_by: &str,
        idempotency_key: Option<&str>,
    ) -> Result<Job, ExportError> {
        let _one_at_a_time = self.0.asking.lock().await;
        let request = positions::behind(&self.0, request).await?;
        let id = match idempotency_key {
            Some(key) => id_of_key(requested_by, key),
            None => format!("exp_{}", uuid::Uuid::now_v7().simple()),
        };
        if let Some(row) = self.0.store.export(&id).await? {
            let kept = KeptJob::read(&row)?;
            let is_same = kept.surface == request.surface
                && kept.policy == request.policy
                && serde_json::to_string(&kept.request)? == serde_json::to_string(&request)?;
            return match is_same {
                true => self.get(&kept.job.id).await,
                false => Err(ExportError::KeyReused),
            };
        }
        // A request that cannot be done is refused now, not when its turn comes.
        let snapshot = self.0.store.snapshot().await?;
        let Doable { plans, filter, meant, zone } = self.0.doable(&request, &snapshot).await?;
        let now = (self.0.settings.now)();
        if request.surface != Surface::Native {
            daily_limit::check(&self.0.store, self.0.settings.raw_exports_a_day, requested_by, now).await?;
        }
        let named = self.0.deliveries_to(&request.destinations, None, &id, request.kind.name(), now).await?;
        let deliveries = request.email.clone().map(email::asked).into_iter().chain(named).collect();
        let moment = Moment { as_of: request.as_of.unwrap_or(now), zone };
        let mut known = warnings::known_before(&request, snapshot.dictionary(), meant.as_ref(), &moment);
        for plan in &plans {
            known.extend(warnings::empty_attributes(&snapshot, plan).await?);
        }
        let mut warnings: Vec<String> = known.iter().map(ToString::to_string).collect();
        for warning in plans.into_iter().flat_map(|plan| plan.warnings) {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        let job = Job {
            id,
            kind: request.kind.name().into(),
            status: Status::Queued,
            created_at: now,
            started_at: None,
            finished_at: None,
            progress: Progress::default(),
            attempts: 1,
            filter_words: filter.as_ref().map_or_else(|| "everyone".into(), |filter| filter.words.clone()),
            filters: filter.as_ref().map_or(0, |filter| filter.conditions),
            definition: request.definition.clone(),
            attributes: request.attributes.clone(),
            format: request.format,
            compression: request.compression,
            request: Some(crate::manifest::asked_request(&request)?),
            email: request.email.clone(),
            surface: request.surface,
            hook_address: request.hook.clone(),
            hook: None,
            deliveries,
            requested_by: requested_by.into(),
            api_key: request.policy.as_ref().map(|policy| policy.key.clone()),
            position: None,
            as_of: moment.as_of,
            rows: None,
            bytes: None,
            parts: Vec::new(),
            error: None,
            warnings,
            link: None,
            link_generation: 0,
            mail_id: None,
            files_kept_until: None,
            files_gone: false,
        };
        let (surface, policy) = (request.surface, request.policy.clone());
        let kept = KeptJob {
            job: job.clone(),
            request,
            surface,
            policy,
            snapshot: None,
            plan: None,
            files: None,
            queued_at: None,
            turn: None,
            retry_until: None,
            told: false,
        };
        let audited = audit::row(now, requested_by, Deed::ExportRequested, &job.id, &audit::detail(&job));
        self.0.store.put_export_audited(&kept.row()?, &audited).await?;
        self.0.enqueue(kept.waiting());
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
    pub async fn cancel(&self, id: &str, by: &str) -> Result<Job, ExportError> {
        if self.0.kept(id).await?.job.status.is_final() {
            return self.get(id).await;
        }
        if let Some(control) = self.0.take_out(id, by) {
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
        if self.0.take_out(id, by).is_none() {
            self.0.end_unbegun(id, by).await?;
        }
        self.get(id).await
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

    /// Keeps the record of a job as whoever does it knows it.
    pub async fn save(&self, kept: &KeptJob) -> Result<(), ExportError> {
        let _one_at_a_time = self.changing.lock().await;
        Ok(self.store.put_export(&self.with_kept_links(kept).await?.row()?).await?)
    }

    /// The record of a job as whoever does it knows it; links that somebody took back meanwhile stay so. Whoever calls holds
    /// `changing`.
    pub async fn with_kept_links(&self, kept: &KeptJob) -> Result<KeptJob, ExportError> {
        let mut kept = kept.clone();
        kept.job.link_generation = self.kept(&kept.job.id).await?.job.link_generation;
        Ok(kept)
    }

    pub fn enqueue(&self, job: Waiting) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push(job);
        self.wake.notify_one();
    }

    pub fn directory(&self, id: &str) -> PathBuf {
        self.store.data_dir().join("exports").join(id)
    }

    fn mail_directory(&self) -> PathBuf {
        Path::new(self.store.data_dir()).join("mail")
    }

    /// Reads, changes and keeps the record of a job; one does at a time.
    pub async fn change(&self, id: &str, change: impl FnOnce(&mut KeptJob)) -> Result<KeptJob, ExportError> {
        let _one_at_a_time = self.changing.lock().await;
        let mut kept = self.kept(id).await?;
        change(&mut kept);
        self.store.put_export(&kept.row()?).await?;
        Ok(kept)
    }

    /// The same, and that it was done, both or neither.
    pub async fn change_audited(
        &self,
        id: &str,
        audited: &AuditRow,
        change: impl FnOnce(&mut KeptJob),
    ) -> Result<KeptJob, ExportError> {
        let _one_at_a_time = self.changing.lock().await;
        let mut kept = self.kept(id).await?;
        change(&mut kept);
        self.store.put_export_audited(&kept.row()?, audited).await?;
        Ok(kept)
    }

    /// Ends a job that neither waits nor runs, with what an interrupted run left of it.
    async fn end_unbegun(&self, id: &str, by: &str) -> Result<(), ExportError> {
        let _one_at_a_time = self.changing.lock().await;
        let mut kept = self.kept(id).await?;
        if kept.job.status.is_final() {
            return Ok(());
        }
        let waiting = kept.waiting();
        remove_directory(&self.directory(id));
        kept.forget_files();
        kept.job.status = Status::Cancelled;
        let now = (self.settings.now)();
        kept.job.finished_at = Some(now);
        kept.job.end_hook(hook::is_told(&kept), now);
        kept.job.end_deliveries(now);
        let audited = audit::row(now, by, Deed::ExportCancelled, id, &audit::detail(&kept.job));
        let saved = self.store.put_export_audited(&kept.row()?, &audited).await;
        match &saved {
            Ok(()) => {
                self.let_go(id);
                self.hooks.add(&kept);
            }
            // It waits on, as the store says.
            Err(_) => self.enqueue(waiting),
        }
        Ok(saved?)
    }

    /// Takes a job out of the queue for somebody; gives what stops it where it runs already.
    fn take_out(&self, id: &str, by: &str) -> Option<Control> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.remove(id);
        // Under the lock of the queue, as a job moves from one place to the other.
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let running = running.get_mut(id)?;
        running.stopped_by.get_or_insert_with(|| by.to_owned());
        Some(running.control.clone())
    }

    pub(crate) fn running_as(&self, id: &str) -> Option<Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn with_progress(&self, mut job: Job) -> Job {
        match self.running_as(&job.id) {
            Some(Running { ended: Some(ended), .. }) => ended,
            Some(running) if job.status == Status::Running => {
                job.progress = running.control.progress();
                job
            }
            _ => job,
        }
    }
}

/// The id that a key always leads to.
pub(crate) fn id_of_key(requested_by: &str, key: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(format!("{}\n{requested_by}\n{key}", requested_by.len()));
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    format!("exp_{}", uuid::Builder::from_custom_bytes(bytes).into_uuid().simple())
}
