//! The index: what makes counts instant. Derived from a snapshot and never the truth.
//!
//! Occurrences of events stand in sorted runs ([`events`]): those that were flushed in files that are mapped
//! ([`stored`], [`sections`]), which a flush adds to and which are merged as they grow many; those behind them in
//! memory. Attributes stand in columns by profile ordinal ([`attributes`]), brought forward to the snapshot that is
//! asked. What stands at a range of positions never changes, whether it lies in the inbox or in the lake, so a run
//! stays right for ever. Removing the folder `index` while wayfare is stopped costs the time to make it again.

mod attribute_file;
mod attributes;
mod events;
mod manifest;
mod rows;
mod run_file;
mod sections;
mod stored;

use crate::error::StoreError;
use crate::firsts::Firsts;
use crate::store::{Inner, blocking};
use crate::tail::Published;
use attributes::{AttributeCache, Wanted};
use events::EventIndex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use stored::Stored;
use tokio::sync::{Mutex, OnceCell};
use wayfare_model::id::ProfileId;
use wayfare_segment::bits::Bits;
use wayfare_segment::columns::{Column, Columns, EventRun, Needs};

/// The folders of the two kinds of files.
const RUNS: &str = "runs";
const ATTRIBUTES: &str = "attributes";
/// Bytes that the index leaves free on the disk, beyond those that accepting does.
const ROOM: u64 = 64 << 20;
/// Bytes of the budget for each row of the largest run: what making one takes meanwhile, some hundred bytes a row,
/// stays within it.
const BYTES_A_ROW: usize = 160;

/// Columns and runs kept between counts.
#[derive(Debug)]
pub(crate) struct Index {
    budget: usize,
    folder: PathBuf,
    /// Opened when it is first asked for.
    stored: OnceCell<Stored>,
    /// Held by whoever merges.
    merging: Mutex<()>,
    events: Mutex<BTreeMap<String, Arc<Mutex<EventIndex>>>>,
    attributes: OnceCell<Mutex<AttributeCache>>,
}

/// What a definition needs, at one position.
#[derive(Debug, Clone)]
pub struct LoadedColumns {
    firsts: Arc<Firsts>,
    live: Bits,
    attributes: BTreeMap<Wanted, Arc<Column>>,
    events: BTreeMap<String, Vec<Arc<EventRun>>>,
    from_lake: BTreeSet<String>,
}

impl Index {
    pub fn new(budget: usize, folder: PathBuf) -> Self {
        Self {
            budget,
            folder,
            stored: OnceCell::new(),
            merging: Mutex::new(()),
            events: Mutex::default(),
            attributes: OnceCell::new(),
        }
    }

    /// Loads what `needs` names as of `view`.
    pub async fn load(
        &self,
        store: &Inner,
        view: &Published,
        needs: &Needs,
    ) -> Result<LoadedColumns, StoreError> {
        let (mut events, mut from_lake) = (BTreeMap::new(), BTreeSet::new());
        for (name, parameters) in &needs.events {
            let index = self.event(store, name).await?;
            let loaded = index.lock().await.load(store, view, name, parameters).await?;
            if loaded.from_lake {
                from_lake.insert(name.clone());
            }
            events.insert(name.clone(), loaded.runs);
        }
        let wanted = wanted(needs);
        let attributes = match wanted.is_empty() {
            true => BTreeMap::new(),
            false => self.attributes(store).await?.lock().await.load(store, view, &wanted).await?,
        };
        self.keep_within_budget(needs).await;
        let (firsts, live) = (store.firsts.clone(), Bits::all(view.profiles));
        Ok(LoadedColumns { firsts, live, attributes, events, from_lake })
    }

    async fn attributes(&self, store: &Inner) -> Result<&Mutex<AttributeCache>, StoreError> {
        let open = || async {
            // Files are right where the runs beside them are. These are opened, and looked through for damage, only
            // by those who ask for events.
            let position = match self.stored.get() {
                Some(stored) => stored.state().await.position(),
                None => stored::position(&self.folder.join(RUNS), store).await?,
            };
            let files = (position > 0).then(|| self.folder.join(ATTRIBUTES));
            Ok(Mutex::new(AttributeCache::with_files(files)))
        };
        self.attributes.get_or_try_init(open).await
    }

    /// Writes columns of attributes whose files are old.
    async fn save_attributes(&self, store: &Inner) -> Result<(), StoreError> {
        let Some(attributes) = self.attributes.get() else { return Ok(()) };
        if self.stored(store).await?.state().await.position() == 0 {
            return Ok(());
        }
        check_room(store)?;
        let due = attributes.lock().await.due_for_files();
        let folder = self.folder.join(ATTRIBUTES);
        match due.is_empty() {
            true => Ok(()),
            false => blocking(move || due.iter().try_for_each(|column| column.write(&folder))).await,
        }
    }

    async fn stored(&self, store: &Inner) -> Result<&Stored, StoreError> {
        let open = || async {
            let stored = Stored::open(&self.folder.join(RUNS), store).await?;
            if stored.state().await.position() == 0 && store.writer().is_ok() {
                // What an earlier lake left here must not be taken for this one's once there are runs.
                let _ = std::fs::remove_dir_all(self.folder.join(ATTRIBUTES));
            }
            Ok(stored)
        };
        self.stored.get_or_try_init(open).await
    }

    /// The runs of an event.
    async fn event(&self, store: &Inner, name: &str) -> Result<Arc<Mutex<EventIndex>>, StoreError> {
        let stored = self.stored(store).await?;
        let mut events = self.events.lock().await;
        if let Some(known) = events.get(name) {
            return Ok(known.clone());
        }
        let mut index = EventIndex::default();
        let state = stored.state().await;
        index.store(state.event(name).into_iter(), state.position());
        let index = Arc::new(Mutex::new(index));
        events.insert(name.to_owned(), index.clone());
        Ok(index)
    }

    /// Adds what was flushed: the view still sees in its inbox what lies in the lake before `to` now. Where the index
    /// lags behind, what the lake holds for the view is read.
    ///
    /// An index that cannot be written is no reason to stop: counts read what it lacks from the lake.
    pub async fn follow(&self, store: &Inner, view: &Published, to: u64, lake: i64) {
        let result = async {
            if self.stored(store).await?.follow(store, view, to, lake).await? {
                self.publish(store).await?;
            }
            Ok::<(), StoreError>(())
        };
        if let Err(error) = result.await {
            told(&error, "the index was not brought forward; counts read the lake instead");
        }
    }

    /// Merges runs where they are many, and writes columns of attributes whose files are old. What fails is told and
    /// tried again later: the index is not needed.
    pub async fn tidy(&self, store: &Inner) {
        if let Err(error) = self.merge(store).await {
            told(&error, "runs of the index were not merged");
        }
        if let Err(error) = self.save_attributes(store).await {
            told(&error, "columns of the index were not written");
        }
    }

    /// Hands the stored runs to those who count.
    async fn publish(&self, store: &Inner) -> Result<(), StoreError> {
        let stored = self.stored(store).await?;
        let events = self.events.lock().await.clone();
        for (name, index) in events {
            let mut index = index.lock().await;
            let state = stored.state().await;
            index.store(state.event(&name).into_iter(), state.position());
        }
        Ok(())
    }

    /// Merges runs until none is due. Counts and flushes go on meanwhile.
    async fn merge(&self, store: &Inner) -> Result<(), StoreError> {
        let Ok(_one_at_a_time) = self.merging.try_lock() else { return Ok(()) };
        let stored = self.stored(store).await?;
        let most_rows = (self.budget / BYTES_A_ROW) as u64;
        loop {
            let Some(due) = stored.state().await.due_for_merge(most_rows) else { return Ok(()) };
            check_room(store)?;
            let (due, merged) = blocking(move || {
                let merged = due.run();
                Ok((due, merged))
            })
            .await?;
            tracing::debug!(event = due.event(), "runs of the index are merged");
            stored.replace(due, merged).await?;
            self.publish(store).await?;
        }
    }

    /// Drops what this load did not use, events with the most bytes first, until the rest fits.
    async fn keep_within_budget(&self, needs: &Needs) {
        let events = self.events.lock().await.clone();
        let mut sizes = Vec::new();
        for (name, index) in &events {
            // One that is being loaded by another count is in use.
            if let Ok(index) = index.try_lock() {
                sizes.push((index.bytes(), name));
            }
        }
        let Some(attributes) = self.attributes.get() else { return };
        let mut attributes = attributes.lock().await;
        let mut total = sizes.iter().map(|(bytes, _)| bytes).sum::<usize>() + attributes.bytes();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        let shrink = |name: &String| {
            if let Some(Ok(mut index)) = events.get(name).map(|index| index.try_lock()) {
                index.shrink();
            }
        };
        for (bytes, name) in &sizes {
            if total <= self.budget {
                return;
            }
            if !needs.events.contains_key(*name) {
                shrink(name);
                total -= bytes;
            }
        }
        if total > self.budget {
            total -= attributes.drop_unused(&wanted(needs));
        }
        if total > self.budget {
            // What one count alone needs is more than fits: it is not kept.
            sizes.iter().for_each(|(_, name)| shrink(name));
            attributes.drop_unused(&BTreeSet::new());
        }
    }
}

impl Columns for LoadedColumns {
    fn ordinals(&self) -> u32 {
        self.live.bound()
    }

    fn live(&self) -> &Bits {
        &self.live
    }

    fn profile_id(&self, ordinal: u32) -> ProfileId {
        // An ordinal of this snapshot always has a first position.
        ProfileId::from_first_position(self.firsts.get(ordinal).unwrap_or(u64::MAX))
    }

    fn attribute(&self, name: &str) -> Option<&Column> {
        self.attributes.get(&Wanted::Values(name.to_owned())).map(|column| &**column)
    }

    fn present(&self, name: &str) -> Option<&Column> {
        self.attributes.get(&Wanted::Presence(name.to_owned())).map(|column| &**column)
    }

    fn event(&self, name: &str) -> &[Arc<EventRun>] {
        self.events.get(name).map_or(&[], Vec::as_slice)
    }
}

impl LoadedColumns {
    /// The ids of profiles by ordinal, ascending.
    pub fn profile_ids(&self, ordinals: &Bits) -> Vec<ProfileId> {
        let firsts = self.firsts.read();
        let known = ordinals.iter().filter_map(|ordinal| firsts.get(ordinal as usize));
        known.map(|first| ProfileId::from_first_position(*first)).collect()
    }

    /// Events of which the index could not give what is needed, so that the lake was read.
    pub fn read_from_lake(&self) -> &BTreeSet<String> {
        &self.from_lake
    }

    /// The ordinal of a profile.
    pub fn ordinal(&self, id: ProfileId) -> Option<u32> {
        self.firsts.ordinal(id).filter(|ordinal| *ordinal < self.ordinals())
    }
}

/// Says why the index was not written. A disk that is nearly full is told by all that is refused for it already.
fn told(error: &StoreError, what: &str) {
    match error {
        StoreError::DiskFull { .. } => tracing::debug!(%error, "{what}"),
        _ => tracing::warn!(%error, "{what}"),
    }
}

/// Refuses to write where the disk is nearly full: what is derived must not take the room of what is not.
fn check_room(store: &Inner) -> Result<(), StoreError> {
    match store.dir.has_room(store.options.min_free_bytes + ROOM) {
        true => Ok(()),
        false => Err(StoreError::DiskFull { data: store.dir.path().to_owned() }),
    }
}

/// What is wanted of attributes and identifiers.
fn wanted(needs: &Needs) -> BTreeSet<Wanted> {
    let values = needs.attributes.iter().cloned().map(Wanted::Values);
    values.chain(needs.present.iter().cloned().map(Wanted::Presence)).collect()
}

/// About how many bytes a column takes.
fn column_bytes(column: &Column) -> usize {
    column.codes.owned_bytes() + column.values.bytes()
}
