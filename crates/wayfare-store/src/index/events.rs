//! The runs of one event: those that are kept in files, and those behind them in memory.

use super::rows::Rows;
use crate::error::StoreError;
use crate::store::Inner;
use crate::tail::Published;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use wayfare_model::dictionary::Event;
use wayfare_model::value::{Scalar, ValueType};
use wayfare_segment::columns::{EventRun, RunColumn, TextRun, merge};

/// Bytes that may be read from the lake for one count, however small the budget is.
const LEAST_LIMIT: usize = 256 << 20;
/// More runs in memory than this are joined.
const MOST_RECENT: usize = 16;

/// The runs of one event. Together they hold every occurrence from position 0 up to where the last one ends.
#[derive(Debug, Default)]
pub(super) struct EventIndex {
    /// In files, as the manifest has them; they hold everything before [`stored_to`](Self::stored_to).
    stored: Vec<Run>,
    stored_to: u64,
    /// In memory, by ranges that follow one another.
    recent: Vec<Recent>,
    /// All that the stored runs hold, with parameters that those leave out and without others: in their place for who
    /// asks for these.
    whole: Option<Run>,
}

#[derive(Debug)]
struct Recent {
    positions: Range<u64>,
    run: Run,
}

/// What was loaded of an event.
#[derive(Debug, Default)]
pub(super) struct LoadedRuns {
    pub runs: Vec<Arc<EventRun>>,
    /// Whether the index could not answer, so that some were read from the lake.
    pub from_lake: bool,
}

/// A run and its columns as they were typed last.
#[derive(Debug)]
struct Run {
    texts: Arc<TextRun>,
    /// Parameters that were read; all where absent.
    read: Option<BTreeSet<String>>,
    typed: BTreeMap<String, (ValueType, Arc<RunColumn>)>,
}

impl EventIndex {
    /// Puts other stored runs in the place of those that are there; they hold everything before `to`.
    pub fn store(&mut self, runs: impl Iterator<Item = Arc<TextRun>>, to: u64) {
        let mut known: Vec<Run> = std::mem::take(&mut self.stored);
        let mut typed =
            |texts: Arc<TextRun>| match known.iter().position(|run| Arc::ptr_eq(&run.texts, &texts)) {
                Some(place) => known.swap_remove(place),
                None => Run::new(texts, None),
            };
        self.stored = runs.map(&mut typed).collect();
        self.stored_to = to;
        self.recent.retain(|recent| recent.positions.start >= to);
        // A run that lies across `to` is gone: what it held behind `to` is read anew, and with it all that follows.
        if self.recent.first().is_some_and(|recent| recent.positions.start > to) {
            self.recent.clear();
        }
        self.whole = None;
    }

    /// Runs that together hold all occurrences the view sees, with those parameters.
    pub async fn load(
        &mut self,
        store: &Inner,
        view: &Published,
        name: &str,
        parameters: &BTreeSet<String>,
    ) -> Result<LoadedRuns, StoreError> {
        let Some(event) = view.dictionary.event(name) else { return Ok(LoadedRuns::default()) };
        self.catch_up(store, view, event, parameters).await?;
        self.replace_lacking(store, view, event, parameters).await?;
        let (mut loaded, mut from_lake) = (Vec::new(), false);
        let before = |last: u64| (last > view.position).then_some(view.position);
        // Where a stored run's rows end is not known by its range: they lie across one another.
        let in_files = before(self.stored_to);
        match &mut self.whole {
            Some(whole) if self.stored.iter().any(|run| run.lacks(parameters)) => {
                from_lake = true;
                loaded.push(whole.typed(event, parameters, in_files));
            }
            _ => loaded.extend(self.stored.iter_mut().map(|run| run.typed(event, parameters, in_files))),
        }
        for recent in self.recent.iter_mut().filter(|recent| recent.positions.start < view.position) {
            from_lake |= recent.run.read.is_some();
            loaded.push(recent.run.typed(event, parameters, before(recent.positions.end)));
        }
        loaded.retain(|run| !run.base.is_empty());
        Ok(LoadedRuns { runs: loaded, from_lake })
    }

    /// Reads what the view sees behind the last run.
    async fn catch_up(
        &mut self,
        store: &Inner,
        view: &Published,
        event: &Event,
        parameters: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let reached = self.recent.last().map_or(self.stored_to, |recent| recent.positions.end);
        let in_lake = reached..view.lake.position;
        if !in_lake.is_empty() {
            // The index lags behind the lake: of what may be very much only what is asked is read.
            let run = Run::read(store, view, event, in_lake.clone(), parameters).await?;
            self.recent.push(Recent { positions: in_lake, run });
        }
        let in_tail = reached.max(view.lake.position)..view.position;
        if !in_tail.is_empty() {
            let mut rows = Rows::of_all(event, store.options.distinct_values);
            rows.read_tail(store, view, in_tail.clone())?;
            let run = Run::new(Arc::new(rows.finish()), None);
            self.recent.push(Recent { positions: in_tail, run });
        }
        self.join_recent(event);
        Ok(())
    }

    /// Joins the newest runs in memory where there are many, the small ones first, so that each row is joined some log
    /// times.
    fn join_recent(&mut self, event: &Event) {
        if self.recent.len() <= MOST_RECENT {
            return;
        }
        let alike = |recent: &Recent| recent.run.read.is_none();
        let mut start = self.recent.len();
        let mut rows = 0;
        while start > 0
            && alike(&self.recent[start - 1])
            && (self.recent.len() - start < 2
                || self.recent[start - 1].run.texts.base.len() <= rows * 2
                || start > MOST_RECENT / 2)
        {
            start -= 1;
            rows += self.recent[start].run.texts.base.len();
        }
        let joined: Vec<Recent> = self.recent.drain(start..).collect();
        let (Some(first), Some(last)) = (joined.first(), joined.last()) else { return };
        let positions = first.positions.start..last.positions.end;
        let parts: Vec<&TextRun> = joined.iter().map(|recent| &*recent.run.texts).collect();
        let run = Run::new(Arc::new(merge(&parts, super::rows::keys(&event.name))), None);
        self.recent.push(Recent { positions, run });
    }

    /// Reads runs again that lack a parameter: it was not asked before, or has more different values than are kept.
    /// That is what the index cannot answer: the columns come from the lake, of the same rows.
    async fn replace_lacking(
        &mut self,
        store: &Inner,
        view: &Published,
        event: &Event,
        parameters: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        for recent in &mut self.recent {
            if recent.run.lacks(parameters) {
                let wanted = recent.run.read.iter().flatten().chain(parameters).cloned().collect();
                let view = view_of(store, view, recent.positions.end);
                recent.run = Run::read(store, &view, event, recent.positions.clone(), &wanted).await?;
            }
        }
        let is_answered = !self.stored.iter().any(|run| run.lacks(parameters))
            || self.whole.as_ref().is_some_and(|whole| !whole.lacks(parameters));
        if !is_answered {
            // From the lake, and from what of the inbox the stored runs hold already.
            let view = view_of(store, view, self.stored_to);
            let before = self.whole.take();
            let read = before.iter().flat_map(|whole| whole.read.iter().flatten());
            let wanted = read.chain(parameters).cloned().collect();
            self.whole = Some(Run::read(store, &view, event, 0..self.stored_to, &wanted).await?);
        }
        Ok(())
    }

    /// Bytes of memory of its own.
    pub fn bytes(&self) -> usize {
        let runs = self.stored.iter().chain(&self.whole);
        runs.chain(self.recent.iter().map(|recent| &recent.run)).map(Run::bytes).sum()
    }

    /// Drops what is not in files.
    pub fn shrink(&mut self) {
        self.recent.clear();
        self.whole = None;
        self.stored.iter_mut().for_each(|run| run.typed.clear());
    }
}

/// A view that sees everything up to a position: the one given, or where that is older the newest.
fn view_of(store: &Inner, view: &Published, position: u64) -> Arc<Published> {
    match view.position >= position {
        true => Arc::new(view.clone()),
        false => store.published(),
    }
}

impl Run {
    fn new(texts: Arc<TextRun>, read: Option<BTreeSet<String>>) -> Self {
        Self { texts, read, typed: BTreeMap::new() }
    }

    /// Reads some parameters at a range, from the lake and from the inbox behind it, however many values they have.
    async fn read(
        store: &Inner,
        view: &Published,
        event: &Event,
        range: Range<u64>,
        parameters: &BTreeSet<String>,
    ) -> Result<Self, StoreError> {
        let mut rows = Rows::of(event, parameters.iter().map(String::as_str).collect(), usize::MAX);
        let in_lake = range.start..range.end.min(view.lake.position);
        if !in_lake.is_empty() {
            let limit = store.options.column_bytes.max(LEAST_LIMIT);
            rows.read_lake(store, view, in_lake, limit).await?;
        }
        let in_tail = range.start.max(view.lake.position)..range.end;
        if !in_tail.is_empty() {
            rows.read_tail(store, view, in_tail)?;
        }
        Ok(Self::new(Arc::new(rows.finish()), Some(parameters.clone())))
    }

    /// Whether it lacks one of those parameters.
    fn lacks(&self, parameters: &BTreeSet<String>) -> bool {
        parameters.iter().any(|name| {
            self.texts.left_out.contains(name) || self.read.as_ref().is_some_and(|read| !read.contains(name))
        })
    }

    /// The run with those of its parameters; rows at `before` or behind are not to be seen.
    fn typed(&mut self, event: &Event, parameters: &BTreeSet<String>, before: Option<u64>) -> Arc<EventRun> {
        let mut columns = BTreeMap::new();
        for name in parameters {
            let Some(column) = self.texts.columns.get(name) else { continue };
            let value_type = type_of(event, name);
            let typed = match self.typed.get(name) {
                Some((known, typed)) if *known == value_type => typed.clone(),
                _ => {
                    let typed = Arc::new(column.typed(value_type));
                    self.typed.insert(name.clone(), (value_type, typed.clone()));
                    typed
                }
            };
            if !typed.values.is_empty() {
                columns.insert(name.clone(), typed);
            }
        }
        Arc::new(EventRun { base: self.texts.base.clone(), parameters: columns, before })
    }

    fn bytes(&self) -> usize {
        let base = &self.texts.base;
        let rows = base.ordinals.owned_bytes()
            + base.times.owned_bytes()
            + base.positions.owned_bytes()
            + base.ends.owned_bytes()
            + base.firsts.owned_bytes()
            + base.lasts.owned_bytes()
            + base.latest.owned_bytes();
        let codes = self.texts.columns.values().map(|column| {
            column.groups.owned_bytes() + column.rows.as_ref().map_or(0, |codes| codes.owned_bytes())
        });
        let typed = self.typed.values().map(|(_, column)| column.values.bytes());
        rows + codes.sum::<usize>() + typed.sum::<usize>()
    }
}

fn type_of(event: &Event, parameter: &str) -> ValueType {
    event.parameters.get(parameter).map_or(ValueType::One(Scalar::String), |field| field.value_type())
}
