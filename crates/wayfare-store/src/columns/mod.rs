//! Columns for counting: derived from a snapshot, kept between counts, dropped when memory is short. Never the truth.
//!
//! What stands at a range of positions never changes, whether it lies in the inbox or in the lake. So columns of
//! events are kept in [`chunk`]s by range; a later snapshot adds a chunk, and small chunks are joined. Columns of
//! attributes ([`attributes`]) are kept as of one position and brought forward.

mod attributes;
mod chunk;

use crate::error::StoreError;
use crate::firsts::Firsts;
use crate::store::Inner;
use crate::tail::Published;
use attributes::{AttributeCache, Wanted};
use chunk::EventCache;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::Mutex;
use wayfare_model::id::ProfileId;
use wayfare_segment::columns::{Column, Columns, EventChunk, Needs};

/// Columns kept between counts.
#[derive(Debug)]
pub(crate) struct ColumnCache {
    budget: usize,
    events: Mutex<BTreeMap<String, Arc<Mutex<EventCache>>>>,
    attributes: Mutex<AttributeCache>,
}

/// What a definition needs, at one position.
#[derive(Debug, Clone)]
pub struct LoadedColumns {
    firsts: Arc<Firsts>,
    live: RoaringBitmap,
    ordinals: u32,
    attributes: BTreeMap<Wanted, Arc<Column>>,
    events: BTreeMap<String, Vec<Arc<EventChunk>>>,
}

impl ColumnCache {
    pub fn new(budget: usize) -> Self {
        Self { budget, events: Mutex::default(), attributes: Mutex::default() }
    }

    /// Loads what `needs` names as of `view`.
    pub async fn load(
        &self,
        store: &Inner,
        view: &Published,
        needs: &Needs,
    ) -> Result<LoadedColumns, StoreError> {
        let mut events = BTreeMap::new();
        for (name, parameters) in &needs.events {
            let cache = self.events.lock().await.entry(name.clone()).or_default().clone();
            let chunks = cache.lock().await.load(store, view, name, parameters).await?;
            events.insert(name.clone(), chunks);
        }
        let wanted = wanted(needs);
        let attributes = self.attributes.lock().await.load(store, view, &wanted).await?;
        self.keep_within_budget(needs).await;
        let mut live = RoaringBitmap::new();
        live.insert_range(0..view.profiles);
        Ok(LoadedColumns { firsts: store.firsts.clone(), live, ordinals: view.profiles, attributes, events })
    }

    /// Drops what this load did not use, events with the most bytes first, until the rest fits.
    async fn keep_within_budget(&self, needs: &Needs) {
        let mut events = self.events.lock().await;
        let mut sizes = Vec::new();
        for (name, cache) in events.iter() {
            // One that is being loaded by another count is in use.
            if let Ok(cache) = cache.try_lock() {
                sizes.push((cache.bytes(), name.clone()));
            }
        }
        let mut attributes = self.attributes.lock().await;
        let mut total = sizes.iter().map(|(bytes, _)| bytes).sum::<usize>() + attributes.bytes();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        for (bytes, name) in sizes {
            if total <= self.budget {
                return;
            }
            if !needs.events.contains_key(&name) {
                events.remove(&name);
                total -= bytes;
            }
        }
        if total > self.budget {
            total -= attributes.drop_unused(&wanted(needs));
        }
        if total > self.budget {
            // What one count alone needs is more than fits: it is not kept.
            events.clear();
            *attributes = AttributeCache::default();
        }
    }
}

impl Columns for LoadedColumns {
    fn ordinals(&self) -> u32 {
        self.ordinals
    }

    fn live(&self) -> &RoaringBitmap {
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

    fn event(&self, name: &str) -> &[Arc<EventChunk>] {
        self.events.get(name).map_or(&[], Vec::as_slice)
    }
}

impl LoadedColumns {
    /// The ids of profiles by ordinal, ascending.
    pub fn profile_ids(&self, ordinals: &RoaringBitmap) -> Vec<ProfileId> {
        let firsts = self.firsts.read();
        let known = ordinals.iter().filter_map(|ordinal| firsts.get(ordinal as usize));
        known.map(|first| ProfileId::from_first_position(*first)).collect()
    }

    /// The ordinal of a profile.
    pub fn ordinal(&self, id: ProfileId) -> Option<u32> {
        self.firsts.ordinal(id).filter(|ordinal| *ordinal < self.ordinals)
    }
}

/// What is wanted of attributes and identifiers.
fn wanted(needs: &Needs) -> BTreeSet<Wanted> {
    let values = needs.attributes.iter().cloned().map(Wanted::Values);
    values.chain(needs.present.iter().cloned().map(Wanted::Presence)).collect()
}

/// About how many bytes a column takes.
fn column_bytes(column: &Column) -> usize {
    use wayfare_segment::columns::{Codes, Values};
    fn values_bytes(values: &Values) -> usize {
        match values {
            Values::Boolean(values) => values.len(),
            Values::Number(values) => values.len() * 8,
            Values::Date(values) => values.len() * 4,
            Values::Datetime(values) => values.len() * 8,
            Values::String(values) => values.iter().map(|text| text.len() + 16).sum(),
            Values::Array { elements, ends } => values_bytes(elements) + ends.len() * 4,
        }
    }
    let codes = match &column.codes {
        Codes::U8(codes) => codes.len(),
        Codes::U16(codes) => codes.len() * 2,
        Codes::U32(codes) => codes.len() * 4,
    };
    codes + values_bytes(&column.values)
}
