//! Columns of one event by ranges of positions.

use super::column_bytes;
use crate::error::StoreError;
use crate::firsts::Firsts;
use crate::lake::layout::EVENTS;
use crate::store::Inner;
use crate::tail::Published;
use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use datafusion::prelude::{ident, lit};
use futures::TryStreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wayfare_model::dictionary::Event;
use wayfare_model::id::ProfileId;
use wayfare_model::value::ValueType;
use wayfare_segment::column_builder::ColumnBuilder;
use wayfare_segment::columns::{Codes, Column, EventChunk};

/// More chunks than this are joined.
const MOST_CHUNKS: usize = 24;

/// Columns of one event, by ranges that follow one another from position 0 on.
#[derive(Debug, Default)]
pub(super) struct EventCache {
    chunks: Vec<Chunk>,
}

/// Columns of the occurrences at `from <= position < to`.
#[derive(Debug)]
struct Chunk {
    from: u64,
    to: u64,
    rows: EventChunk,
    /// Parameters that were loaded, with the type they were read as; those no row has are `None`.
    parameters: BTreeMap<String, (ValueType, Option<Arc<Column>>)>,
}

impl EventCache {
    /// Chunks that together hold all occurrences the view sees, with those parameters.
    pub async fn load(
        &mut self,
        store: &Inner,
        view: &Published,
        name: &str,
        parameters: &BTreeSet<String>,
    ) -> Result<Vec<Arc<EventChunk>>, StoreError> {
        let Some(event) = view.dictionary.event(name) else { return Ok(Vec::new()) };
        let reached = self.chunks.last().map_or(0, |chunk| chunk.to);
        let fits = reached == view.position || self.chunks.iter().any(|chunk| chunk.to == view.position);
        if reached > view.position && !fits {
            // An older view than the one kept, which it cuts: loaded for itself and not kept.
            let mut chunk = Chunk::load(store, view, event, 0, view.position, parameters).await?;
            return Ok(vec![chunk.with(parameters)]);
        }
        if reached < view.position {
            // What the lake holds is loaded apart from the tail, so that chunks end where flushes do.
            for (from, to) in
                [(reached, view.lake.position.max(reached)), (view.lake.position.max(reached), view.position)]
            {
                if from < to {
                    self.chunks.push(Chunk::load(store, view, event, from, to, parameters).await?);
                }
            }
            self.join(store, view, event, parameters).await?;
        }
        let mut loaded = Vec::new();
        for chunk in self.chunks.iter_mut().filter(|chunk| chunk.to <= view.position) {
            chunk.add_missing(store, view, event, parameters).await?;
            if !chunk.rows.ordinals.is_empty() {
                loaded.push(chunk.with(parameters));
            }
        }
        Ok(loaded)
    }

    /// Joins the newest chunks where there are many, the small ones first, so that each row is joined some log times.
    async fn join(
        &mut self,
        store: &Inner,
        view: &Published,
        event: &Event,
        parameters: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        if self.chunks.len() <= MOST_CHUNKS {
            return Ok(());
        }
        let mut start = self.chunks.len() - 2;
        let mut rows = self.chunks[start].len() + self.chunks[start + 1].len();
        while start > 0 && (self.chunks[start - 1].len() <= rows * 2 || start > MOST_CHUNKS / 2) {
            start -= 1;
            rows += self.chunks[start].len();
        }
        let (from, to) = (self.chunks[start].from, self.chunks[self.chunks.len() - 1].to);
        let joined = Chunk::load(store, view, event, from, to, parameters).await?;
        self.chunks.truncate(start);
        self.chunks.push(joined);
        Ok(())
    }

    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(Chunk::bytes).sum()
    }
}

impl Chunk {
    async fn load(
        store: &Inner,
        view: &Published,
        event: &Event,
        from: u64,
        to: u64,
        parameters: &BTreeSet<String>,
    ) -> Result<Self, StoreError> {
        let asked: Vec<&str> = parameters.iter().map(String::as_str).collect();
        let mut builder = Builder::new(event, &asked, &store.firsts);
        builder.read(store, view, event, from, to, true).await?;
        let Builder { ordinals, times, positions, columns, .. } = builder;
        Ok(Self {
            from,
            to,
            rows: EventChunk {
                ordinals: Arc::new(ordinals),
                times: Arc::new(times),
                positions: Arc::new(positions),
                parameters: BTreeMap::new(),
            },
            parameters: finish(columns),
        })
    }

    fn len(&self) -> usize {
        self.rows.ordinals.len()
    }

    /// Loads parameters that are not there, or were read as another type than they have learned since.
    async fn add_missing(
        &mut self,
        store: &Inner,
        view: &Published,
        event: &Event,
        parameters: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let missing: Vec<&str> = parameters
            .iter()
            .filter(|name| {
                let value_type = type_of(event, name);
                self.parameters
                    .get(*name)
                    .is_none_or(|(known, column)| column.is_some() && *known != value_type)
            })
            .map(String::as_str)
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut builder = Builder::new(event, &missing, &store.firsts);
        builder.read(store, view, event, self.from, self.to, false).await?;
        let mut loaded = finish(builder.columns);
        if builder.positions != *self.rows.positions {
            // Read from the tail the first time and from the lake now, where rows stand in another order.
            let order = order_of(&self.rows.positions, &builder.positions).ok_or_else(|| {
                StoreError::corrupt(format!("the columns of {}", event.name), "rows have changed")
            })?;
            for (_, column) in loaded.values_mut() {
                *column = column.take().map(|column| Arc::new(rearranged(&column, &order)));
            }
        }
        self.parameters.extend(loaded);
        Ok(())
    }

    /// The chunk with those of its parameters.
    fn with(&mut self, parameters: &BTreeSet<String>) -> Arc<EventChunk> {
        let columns = parameters.iter().filter_map(|name| {
            let (_, column) = self.parameters.get(name)?;
            Some((name.clone(), column.clone()?))
        });
        Arc::new(EventChunk { parameters: columns.collect(), ..self.rows.clone() })
    }

    fn bytes(&self) -> usize {
        let columns = self.parameters.values().filter_map(|(_, column)| column.as_deref());
        self.len() * 20 + columns.map(column_bytes).sum::<usize>()
    }
}

fn type_of(event: &Event, parameter: &str) -> ValueType {
    event
        .parameters
        .get(parameter)
        .map_or(ValueType::One(wayfare_model::value::Scalar::String), |field| field.value_type())
}

/// For each of `positions`, the row of `found` that has it; `None` where they are not the same positions.
fn order_of(positions: &[u64], found: &[u64]) -> Option<Vec<u32>> {
    if positions.len() != found.len() {
        return None;
    }
    let mut by_position: Vec<u32> = (0..found.len() as u32).collect();
    by_position.sort_unstable_by_key(|row| found[*row as usize]);
    let place = |position: &u64| by_position.binary_search_by_key(position, |row| found[*row as usize]).ok();
    positions.iter().map(|position| place(position).map(|index| by_position[index])).collect()
}

fn rearranged(column: &Column, order: &[u32]) -> Column {
    let codes = order.iter().map(|row| column.codes.get(*row as usize)).collect();
    Column { codes: Codes::narrowed(codes, column.values.len()), values: column.values.clone() }
}

type Columns<'a> = Vec<(&'a str, ValueType, ColumnBuilder)>;

fn finish(columns: Columns<'_>) -> BTreeMap<String, (ValueType, Option<Arc<Column>>)> {
    let finished = columns.into_iter().map(|(name, value_type, builder)| {
        let column = builder.finish();
        let column = (!column.values.is_empty()).then(|| Arc::new(column));
        (name.to_owned(), (value_type, column))
    });
    finished.collect()
}

/// Rows being read, first from the lake, then from the tail.
struct Builder<'a> {
    firsts: &'a Firsts,
    ordinals: Vec<u32>,
    times: Vec<i64>,
    positions: Vec<u64>,
    columns: Columns<'a>,
}

impl<'a> Builder<'a> {
    fn new(event: &Event, parameters: &[&'a str], firsts: &'a Firsts) -> Self {
        let columns = parameters
            .iter()
            .map(|name| (*name, type_of(event, name), ColumnBuilder::new(type_of(event, name))))
            .collect();
        Self { firsts, ordinals: Vec::new(), times: Vec::new(), positions: Vec::new(), columns }
    }

    /// Reads `from <= position < to`; `base` says whether ordinals, times and positions are wanted too.
    async fn read(
        &mut self,
        store: &Inner,
        view: &Published,
        event: &Event,
        from: u64,
        to: u64,
        base: bool,
    ) -> Result<(), StoreError> {
        let in_lake = to.min(view.lake.position);
        if from < in_lake {
            self.read_lake(store, view, event, from, in_lake, base).await?;
        }
        let from = from.max(view.lake.position);
        if from < to {
            self.read_tail(view, event, from, to, base)?;
        }
        Ok(())
    }

    async fn read_lake(
        &mut self,
        store: &Inner,
        view: &Published,
        event: &Event,
        from: u64,
        to: u64,
        base: bool,
    ) -> Result<(), StoreError> {
        let known = store.lake.columns_of(view.lake.id, EVENTS, &event.table).await?;
        let mut asked = match base {
            true => vec!["position", "profile_id", "timestamp"],
            false => vec!["position"],
        };
        let mut places = Vec::new();
        for (name, _, _) in &self.columns {
            let column = event.parameters.get(name).map(|field| &*field.column);
            places.push(column.filter(|column| known.contains(*column)).map(|column| {
                asked.push(column);
                asked.len() - 1
            }));
        }
        let mut filters = Vec::new();
        if from > 0 || to < view.lake.position {
            filters.push(ident("position").gt_eq(lit(from as i64)));
            filters.push(ident("position").lt(lit(to as i64)));
        }
        let Some(mut rows) = store.lake.scan(view.lake.id, EVENTS, &event.table, &asked, filters).await?
        else {
            return Ok(());
        };
        while let Some(batch) = rows.try_next().await? {
            self.positions
                .extend(batch.column(0).as_primitive::<Int64Type>().values().iter().map(|p| *p as u64));
            if base {
                self.push_profiles(batch.column(1))?;
                self.times.extend(batch.column(2).as_primitive::<TimestampMicrosecondType>().values());
            }
            for ((_, _, builder), place) in self.columns.iter_mut().zip(&places) {
                match place {
                    Some(place) => push_texts(builder, batch.column(*place))?,
                    None => (0..batch.num_rows()).for_each(|_| builder.push(None)),
                }
            }
        }
        Ok(())
    }

    fn push_profiles(&mut self, column: &ArrayRef) -> Result<(), StoreError> {
        let text = cast(column, &DataType::Utf8)?;
        let firsts = self.firsts.read();
        for id in text.as_string::<i32>().iter() {
            let ordinal = id
                .and_then(|id| ProfileId::from_ascii(id.as_bytes()))
                .and_then(|id| firsts.binary_search(&id.first_position()).ok())
                .ok_or_else(|| Firsts::missing(id.unwrap_or("(none)")))?;
            self.ordinals.push(ordinal as u32);
        }
        Ok(())
    }

    fn read_tail(
        &mut self,
        view: &Published,
        event: &Event,
        from: u64,
        to: u64,
        base: bool,
    ) -> Result<(), StoreError> {
        let Some(id) = view.dictionary.event_id(&event.name) else { return Ok(()) };
        let ids: Vec<Option<u32>> =
            self.columns.iter().map(|(name, _, _)| event.parameters.id(name)).collect();
        let firsts = self.firsts.read();
        for batch in view.tail.iter().filter(|batch| batch.behind > from && batch.first < to) {
            batch.read(|entries| {
                let seen = |position: u64| (from..to).contains(&position);
                for entry in entries.events.iter().filter(|entry| entry.event == id && seen(entry.position)) {
                    if base {
                        let ordinal = firsts
                            .binary_search(&entry.profile)
                            .map_err(|_| Firsts::missing(entry.profile))?;
                        self.ordinals.push(ordinal as u32);
                        self.times.push(entry.timestamp);
                    }
                    self.positions.push(entry.position);
                    for ((_, _, builder), id) in self.columns.iter_mut().zip(&ids) {
                        let value = entry.params.iter().find(|(known, _, _)| Some(*known) == *id);
                        builder.push(value.map(|(_, _, text)| &**text));
                    }
                }
                Ok::<(), StoreError>(())
            })??;
        }
        Ok(())
    }
}

/// Adds a column of the lake, typed or text, by the texts that sources would have written.
fn push_texts(builder: &mut ColumnBuilder, column: &ArrayRef) -> Result<(), StoreError> {
    let text = crate::lake::text::texts(column)?;
    for value in text.as_string::<i32>().iter() {
        builder.push(value);
    }
    Ok(())
}
