//! The handle to a store: opening, accepting, flushing, small rows.

use crate::accept::commit::{self, Request, Writer};
use crate::accept::{AcceptBatch, Accepted};
use crate::data_dir::DataDir;
use crate::error::StoreError;
use crate::firsts::Firsts;
use crate::ids::{EventIds, IdHasher};
use crate::inbox::InboxBatch;
use crate::index::Index;
use crate::lake::maintenance::Compaction;
use crate::lake::{Lake, LakeSnapshot};
use crate::operational::audit::{self, AuditFilter, AuditRow};
use crate::operational::export_jobs::{self, ExportRow};
use crate::operational::{self, dictionary, import_checkpoints, inbox, meta, profiles, secrets};
use crate::pins::Pins;
use crate::tail::Published;
use sqlx::sqlite::SqlitePool;
use sqlx::{Connection, SqliteConnection};
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use wayfare_model::dictionary::Dictionary;
use wayfare_model::time::Instant;

/// How a store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Takes the data directory for this process and makes what is missing.
    Write,
    /// Takes the data directory to move what lies in the inbox into the lake; nothing is accepted. What only accepting
    /// needs is not read, and nothing is tended in the background.
    Flush,
    /// Reads what is there, beside a process that writes.
    Read,
}

/// Settings of a store.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// For writing or reading.
    pub access: Access,
    /// Positions of one flush. Flushes end at multiples of it, so that the same records make the same lake.
    pub flush_records: u64,
    /// What lies in the inbox that long is flushed in the background; `None` leaves that to [`Store::flush`].
    pub flush_interval: Option<Duration>,
    /// Bytes that columns for counting may take in memory.
    pub column_bytes: usize,
    /// A parameter with more different values than this, and one for every second event, is not in the index: it is read
    /// from the lake when it is asked for.
    pub distinct_values: usize,
    /// Bytes that filters over event ids may take in memory.
    pub id_filter_bytes: usize,
    /// Below so many free bytes on the disk nothing more is accepted.
    pub min_free_bytes: u64,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            access: Access::Write,
            flush_records: 500_000,
            flush_interval: None,
            column_bytes: 1 << 30,
            distinct_values: 65_535,
            id_filter_bytes: 256 << 20,
            min_free_bytes: 16 << 20,
        }
    }
}

/// Free bytes that a store needs to be made: where SQLite cannot extend the file that its connections share, which it maps
/// into memory, the process dies by a signal.
const ROOM_TO_BEGIN: u64 = 1 << 20;
/// Small flushes after which the lake's files are merged.
const SMALL_FLUSHES: u32 = 64;
/// Compressed bytes that the inbox holds at most before accepting waits for a flush.
const MOST_TAIL_BYTES: usize = 256 << 20;
/// How often opening for reading looks again where the lake has gone on meanwhile.
const READ_ATTEMPTS: u32 = 50;
/// Positions whose ids are read from the lake at once where their run is missing.
const REBUILD_POSITIONS: u64 = 4_000_000;

/// What a flush did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlushReport {
    /// Records that went from the inbox to the lake.
    pub records: u64,
    /// One past the last position in the lake.
    pub position: u64,
    /// The lake's snapshot.
    pub lake_snapshot: i64,
}

/// An open store. Clones share it; it closes with the last one.
#[derive(Debug, Clone)]
pub struct Store(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub dir: DataDir,
    pub options: OpenOptions,
    pub readers: SqlitePool,
    pub hasher: IdHasher,
    pub firsts: Arc<Firsts>,
    pub lake: Lake,
    pub index: Index,
    pub pins: Pins,
    published: RwLock<Arc<Published>>,
    writer: Option<Mutex<Writer>>,
    requests: Option<mpsc::Sender<Request>>,
    pub(crate) flushing: Mutex<()>,
    /// Rung when there is enough to flush, and when a flush is done.
    due: Arc<Notify>,
    flushed: Notify,
    /// Why the last flush failed, where it did.
    flush_error: RwLock<Option<Arc<StoreError>>>,
    failed: AtomicBool,
    _lock: Option<File>,
}

/// What a database holds beside tables that are asked row by row.
struct Loaded {
    dictionary: Dictionary,
    position: u64,
    flushed: u64,
    batches: Vec<Arc<InboxBatch>>,
    firsts: Vec<u64>,
}

impl Loaded {
    /// Reads it as of one moment.
    async fn read(connection: &mut SqliteConnection) -> Result<Self, StoreError> {
        let mut transaction = connection.begin().await?;
        let kept = inbox::all(&mut transaction).await?;
        Ok(Self {
            dictionary: dictionary::load(&mut transaction).await?,
            position: meta::number(&mut transaction, meta::NEXT_POSITION).await?,
            flushed: meta::number(&mut transaction, meta::FLUSHED).await?,
            batches: kept
                .into_iter()
                .map(|(first, behind, payload)| Arc::new(InboxBatch::kept(first, behind, payload)))
                .collect(),
            firsts: profiles::firsts(&mut transaction).await?,
        })
    }

    fn published(&self, lake: LakeSnapshot) -> Published {
        Published {
            position: self.position,
            lake,
            tail_bytes: self.batches.iter().map(|batch| batch.payload().len()).sum(),
            tail: self.batches.iter().filter(|batch| batch.behind > lake.position).cloned().collect(),
            dictionary: Arc::new(self.dictionary.clone()),
            profiles: self.firsts.len() as u32,
            last_state: self.position,
        }
    }
}

impl Store {
    /// Opens the store in `data`.
    pub async fn open(data: &Path, options: OpenOptions) -> Result<Self, StoreError> {
        match options.access {
            Access::Write | Access::Flush => Self::open_for_writing(data, options).await,
            Access::Read => Self::open_for_reading(data, options).await,
        }
    }

    async fn open_for_reading(data: &Path, options: OpenOptions) -> Result<Self, StoreError> {
        let dir = DataDir::existing(data)?;
        let told = |error: StoreError| error.told(dir.path());
        let readers = operational::open_readers(&dir.database()).await.map_err(told)?;
        let lake = Lake::open(&dir).await?;
        let mut attempts = 0;
        let (loaded, newest) = loop {
            let read = async { Loaded::read(&mut *readers.acquire().await?).await };
            let loaded = read.await.map_err(told)?;
            // The lake commits before the inbox lets go, so it holds at least what the inbox no longer does; if it
            // went on past what was read here, read again.
            let newest = lake.newest().await?;
            if newest.position <= loaded.position {
                break (loaded, newest);
            }
            attempts += 1;
            if attempts == READ_ATTEMPTS {
                return Err(StoreError::older_than_the_lake());
            }
        };
        let secret = secrets::get(&mut *readers.acquire().await?, "event-ids").await?.unwrap_or_default();
        let published = loaded.published(newest);
        Ok(Self(Arc::new(Inner {
            index: Index::new(options.column_bytes, dir.index()),
            pins: Pins::default(),
            hasher: IdHasher::new(&secret),
            firsts: Arc::new(Firsts::new(loaded.firsts)),
            published: RwLock::new(Arc::new(published)),
            writer: None,
            requests: None,
            flushing: Mutex::new(()),
            due: Arc::new(Notify::new()),
            flushed: Notify::new(),
            flush_error: RwLock::new(None),
            failed: AtomicBool::new(false),
            _lock: None,
            dir,
            options,
            readers,
            lake,
        })))
    }

    async fn open_for_writing(data: &Path, options: OpenOptions) -> Result<Self, StoreError> {
        let dir = DataDir::create(data)?;
        let lock = dir.lock_soon().await?;
        if !dir.database().exists() && !dir.has_room(ROOM_TO_BEGIN) {
            return Err(StoreError::DiskFull { data: dir.path().to_owned() });
        }
        let told = |error: StoreError| error.told(dir.path());
        let mut connection = operational::open_writer(&dir.database()).await.map_err(told)?;
        let lake = Lake::open_writable(&dir).await.map_err(told)?;
        let readers = operational::open_readers(&dir.database()).await?;
        let hasher = IdHasher::new(&secrets::get_or_make(&mut connection, "event-ids").await.map_err(told)?);
        let loaded = Loaded::read(&mut connection).await?;
        let newest = lake.newest().await?;
        if newest.position > loaded.position {
            return Err(StoreError::older_than_the_lake());
        }
        let accepts = options.access == Access::Write;
        // A flush adds a run to those that are there, and asks none.
        let (mut ids, reached) =
            if accepts || newest.position < loaded.position || loaded.flushed < newest.position {
                EventIds::open(&dir.event_ids(), options.id_filter_bytes, newest.position)?
            } else {
                (EventIds::unread(&dir.event_ids()), newest.position)
            };
        for batch in &loaded.batches {
            batch.read(|entries| {
                for event in entries.events.iter().filter(|event| event.position >= reached) {
                    ids.add_known_new(event.position, hasher.hash(&event.event_id));
                }
            })?;
        }
        let published = loaded.published(newest);
        let (sender, receiver) = mpsc::channel(256);
        let store = Self(Arc::new(Inner {
            index: Index::new(options.column_bytes, dir.index()),
            pins: Pins::default(),
            hasher,
            firsts: Arc::new(Firsts::new(loaded.firsts)),
            published: RwLock::new(Arc::new(published)),
            writer: Some(Mutex::new(Writer::new(connection, loaded.dictionary, ids, loaded.position))),
            requests: accepts.then_some(sender),
            flushing: Mutex::new(()),
            due: Arc::new(Notify::new()),
            flushed: Notify::new(),
            flush_error: RwLock::new(None),
            failed: AtomicBool::new(false),
            _lock: Some(lock),
            dir,
            options,
            readers,
            lake,
        }));
        store.0.finish_interrupted_flush(loaded.flushed, reached).await?;
        if accepts {
            tokio::spawn(commit::run(Arc::downgrade(&store.0), receiver));
            tokio::spawn(run_flushes(Arc::downgrade(&store.0)));
        }
        Ok(store)
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        self.0.dir.path()
    }

    /// One past the last position.
    pub fn position(&self) -> u64 {
        self.0.published().position
    }

    /// How many accepted records are not in the lake yet.
    pub fn unflushed(&self) -> u64 {
        self.0.published().unflushed()
    }

    /// Accepts records: answers when they are durable. Requests that wait together share one transaction.
    pub async fn accept(&self, batch: AcceptBatch) -> Result<Accepted, StoreError> {
        self.0.check()?;
        self.0.wait_for_room_in_the_inbox().await?;
        let requests = self.0.requests.as_ref().ok_or(StoreError::ReadOnly)?;
        let (sender, answer) = oneshot::channel();
        requests.send((batch, sender)).await.map_err(|_| StoreError::Closing)?;
        answer.await.map_err(|_| StoreError::Closing)?
    }

    /// Moves everything accepted so far from the inbox to the lake.
    pub async fn flush(&self) -> Result<FlushReport, StoreError> {
        let to = self.position();
        let before = self.0.published().lake.position;
        self.0.flush_to(to).await?;
        let lake = self.0.published().lake;
        Ok(FlushReport {
            records: lake.position.saturating_sub(before),
            position: lake.position,
            lake_snapshot: lake.id,
        })
    }

    /// Merges small files of the lake and of the index into few large ones, and removes files of the lake that no
    /// snapshot of the last hour uses.
    pub async fn compact(&self) -> Result<Compaction, StoreError> {
        let _one_at_a_time = self.0.flushing.lock().await;
        let (dictionary, pins) = (self.0.published().dictionary.clone(), &self.0.pins);
        let (compaction, lake) =
            self.0.lake.compact(&dictionary, pins.pinned(), pins.are_files_held()).await?;
        self.0.publish(|published| published.with_lake(lake));
        self.0.index.tidy(&self.0).await;
        Ok(compaction)
    }

    /// How far an import has come.
    pub async fn import_checkpoint(&self, session: &str) -> Result<Option<String>, StoreError> {
        import_checkpoints::get(&mut *self.0.readers.acquire().await?, session).await
    }

    /// Forgets an import that is complete.
    pub async fn clear_import_checkpoint(&self, session: &str) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        import_checkpoints::clear(&mut writer.connection, session).await
    }

    /// Keeps an export job.
    pub async fn put_export(&self, row: &ExportRow) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        export_jobs::put(&mut writer.connection, row).await.map_err(|error| error.told(self.0.dir.path()))
    }

    /// Keeps an export job and what was done with it, both or neither.
    pub async fn put_export_audited(&self, row: &ExportRow, audited: &AuditRow) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let kept = async {
            let mut transaction = writer.connection.begin().await?;
            export_jobs::put(&mut transaction, row).await?;
            audit::add(&mut transaction, audited).await?;
            Ok(transaction.commit().await?)
        };
        kept.await.map_err(|error: StoreError| error.told(self.0.dir.path()))
    }

    /// Keeps what was done.
    pub async fn add_audit(&self, row: &AuditRow) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        audit::add(&mut writer.connection, row).await.map_err(|error| error.told(self.0.dir.path()))
    }

    /// What was done, newest first; only what has a number below `before`, where it is given.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        limit: usize,
        before: Option<u64>,
    ) -> Result<Vec<AuditRow>, StoreError> {
        audit::list(&mut *self.0.readers.acquire().await?, filter, limit, before).await
    }

    /// The export job of that id.
    pub async fn export(&self, id: &str) -> Result<Option<ExportRow>, StoreError> {
        export_jobs::get(&mut *self.0.readers.acquire().await?, id).await
    }

    /// Export jobs, newest first; only those older than `before` where it is given.
    pub async fn exports(
        &self,
        limit: usize,
        before: Option<(Instant, String)>,
    ) -> Result<Vec<ExportRow>, StoreError> {
        export_jobs::list(&mut *self.0.readers.acquire().await?, limit, before).await
    }

    /// A random secret of that name, made when it is first asked for.
    pub async fn secret(&self, name: &str) -> Result<[u8; 32], StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        secrets::get_or_make(&mut writer.connection, name).await
    }
}

impl Inner {
    pub fn published(&self) -> Arc<Published> {
        self.published.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the view that readers share.
    pub fn publish(&self, change: impl FnOnce(&Published) -> Published) {
        let mut published = self.published.write().unwrap_or_else(PoisonError::into_inner);
        let next = change(&published);
        if next.position / self.options.flush_records > next.lake.position / self.options.flush_records {
            self.due.notify_one();
        }
        *published = Arc::new(next);
    }

    pub fn writer(&self) -> Result<&Mutex<Writer>, StoreError> {
        self.writer.as_ref().ok_or(StoreError::ReadOnly)
    }

    /// Nothing more is accepted until the store is opened again.
    pub fn fail_from_now_on(&self) {
        self.failed.store(true, Ordering::Release);
    }

    fn check(&self) -> Result<(), StoreError> {
        match self.failed.load(Ordering::Acquire) {
            true => Err(StoreError::corrupt("the store", "a commit's answer was lost; start wayfare again")),
            false => Ok(()),
        }
    }

    /// The inbox is bounded: when flushes fall behind, accepting waits for them, or says why they fail.
    async fn wait_for_room_in_the_inbox(&self) -> Result<(), StoreError> {
        loop {
            let flushed = self.flushed.notified();
            let published = self.published();
            if published.unflushed() < self.options.flush_records * 2
                && published.tail_bytes < MOST_TAIL_BYTES
            {
                return Ok(());
            }
            if let Some(error) = self.flush_error.read().unwrap_or_else(PoisonError::into_inner).clone() {
                self.due.notify_one();
                return Err(StoreError::Shared(error));
            }
            self.due.notify_one();
            flushed.await;
        }
    }

    /// Flushes up to `to`, part by part.
    async fn flush_to(&self, to: u64) -> Result<(), StoreError> {
        let _one_at_a_time = self.flushing.lock().await;
        let result = async {
            while self.published().lake.position < to {
                self.flush_part(to).await?;
            }
            Ok(())
        }
        .await
        .map_err(|error: StoreError| error.told(self.dir.path()));
        self.flushed.notify_waiters();
        result
    }

    /// Flushes up to the next multiple of the flush size, or to `to` where that is nearer.
    async fn flush_part(&self, to: u64) -> Result<(), StoreError> {
        let published = self.published();
        let from = published.lake.position;
        let newest = self.lake.newest().await?;
        if newest.position > from {
            // An earlier try committed and broke off behind that: written again, its records would be there twice.
            return self.let_go(newest).await;
        }
        let to = to.min((from / self.options.flush_records + 1) * self.options.flush_records);
        let lake = self.lake.flush(&published.tail, from, to, &published.dictionary).await?;
        self.let_go(lake).await?;
        tracing::debug!(from, to = lake.position, snapshot = lake.id, "flushed");
        Ok(())
    }

    /// Lets the inbox go of what the lake holds: ids into a run first, so that no repeat slips through between.
    async fn let_go(&self, lake: LakeSnapshot) -> Result<(), StoreError> {
        let writer = self.writer()?;
        let (folder, first, hashes) = {
            let writer = writer.lock().await;
            let ids = &writer.ids;
            (ids.folder().to_owned(), ids.flushed(), ids.unflushed_before(lake.position))
        };
        if lake.position > first {
            let run = blocking({
                let folder = folder.clone();
                move || EventIds::write_run(&folder, first, lake.position, hashes)
            })
            .await?;
            writer.lock().await.ids.install(run);
        }
        {
            let mut writer = writer.lock().await;
            let mut transaction = writer.connection.begin().await?;
            inbox::drop_before(&mut transaction, lake.position).await?;
            meta::set_number(&mut transaction, meta::FLUSHED, lake.position).await?;
            transaction.commit().await?;
        }
        self.index.follow(self, &self.published(), lake.position, lake.id).await;
        self.publish(|published| published.with_lake(lake));
        let (due, budget) = {
            let writer = writer.lock().await;
            (writer.ids.due_for_merge(), writer.ids.filter_budget())
        };
        if let Some(runs) = due {
            match blocking(move || EventIds::merge(&folder, &runs, budget)).await {
                Ok(merged) => writer.lock().await.ids.replace(merged)?,
                // The runs go on being asked one by one.
                Err(error) => tracing::warn!(%error, "runs of event ids were not merged"),
            }
        }
        Ok(())
    }

    /// At start: what the lake committed before the inbox let go is let go now, and ids whose runs are missing are
    /// read from the lake again.
    async fn finish_interrupted_flush(&self, flushed: u64, reached: u64) -> Result<(), StoreError> {
        let lake = self.published().lake;
        if reached < flushed {
            self.rebuild_ids(lake.id, reached, flushed).await?;
        }
        if flushed < lake.position {
            self.let_go(lake).await?;
        }
        Ok(())
    }

    async fn rebuild_ids(&self, snapshot: i64, from: u64, to: u64) -> Result<(), StoreError> {
        let dictionary = self.published().dictionary.clone();
        let mut first = from;
        while first < to {
            let behind = to.min(first + REBUILD_POSITIONS);
            let mut found = Vec::new();
            for event in dictionary.events() {
                found.extend(self.lake.event_ids(snapshot, &event.table, first, behind, self.hasher).await?);
            }
            let folder = self.dir.event_ids();
            let run = blocking(move || EventIds::write_run(&folder, first, behind, found)).await?;
            self.writer()?.lock().await.ids.install(run);
            first = behind;
        }
        Ok(())
    }
}

/// Runs work that waits for the disk where it holds up nothing else.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(StoreError::stopped)?
}

/// Brings the index forward where it lags, and merges its runs, beside everything else.
fn tend_index(store: &Arc<Inner>) {
    let store = store.clone();
    tokio::spawn(async move {
        let view = store.published();
        store.index.follow(&store, &view, view.lake.position, view.lake.id).await;
        store.index.tidy(&store).await;
    });
}

/// Flushes in the background: when a flush's worth has gathered, and what has lain for the interval. Holds the store
/// only while it works, so that the store closes when its users let go of it.
async fn run_flushes(store: std::sync::Weak<Inner>) {
    let Some((interval, due)) =
        store.upgrade().map(|inner| (inner.options.flush_interval, inner.due.clone()))
    else {
        return;
    };
    let mut small_flushes = 0;
    loop {
        let patience = interval.unwrap_or(Duration::from_secs(1));
        let waited_out = tokio::time::timeout(patience, due.notified()).await.is_err();
        let Some(inner) = store.upgrade() else { return };
        let published = inner.published();
        let (position, size) = (published.position, inner.options.flush_records);
        let is_due = waited_out && interval.is_some() || published.tail_bytes >= MOST_TAIL_BYTES;
        let to = if is_due { position } else { position / size * size };
        drop(published);
        let result = inner.flush_to(to).await;
        if let Err(error) = &result {
            tracing::warn!(%error, "a flush failed; it is tried again");
        } else if to % size != 0 {
            small_flushes += 1;
        }
        *inner.flush_error.write().unwrap_or_else(PoisonError::into_inner) = result.err().map(Arc::new);
        tend_index(&inner);
        if small_flushes >= SMALL_FLUSHES {
            small_flushes = 0;
            if let Err(error) = Store(inner).compact().await {
                tracing::warn!(%error, "a compaction failed; it is tried again later");
            }
        }
    }
}
