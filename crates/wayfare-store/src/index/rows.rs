//! Reading the occurrences of an event at a range of positions, from the lake and from the inbox behind it.

use crate::error::StoreError;
use crate::firsts::Firsts;
use crate::lake::layout::EVENTS;
use crate::lake::text::texts;
use crate::store::Inner;
use crate::tail::Published;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::{ident, lit};
use futures::TryStreamExt;
use std::ops::Range;
use wayfare_model::dictionary::Event;
use wayfare_model::id::ProfileId;
use wayfare_model::journey;
use wayfare_segment::columns::{RowsBuilder, TextRun};

/// Rows of the lake on their way.
pub(super) struct LakeRows {
    /// For each parameter that the lake has, its place among the rows' and in the batches.
    columns: Vec<(usize, usize)>,
    stream: Option<SendableRecordBatchStream>,
}

/// What the rows of an event are grouped by.
pub(super) fn keys(event: &str) -> &'static [&'static str] {
    match event {
        journey::PRODUCT_ACTION => &["journey_id", "campaign_id", "action_code"],
        journey::ENTER | journey::EXIT => &["journey_id"],
        _ => &[],
    }
}

/// Whether states in journeys are found by a parameter, which is kept however many values it has.
fn is_of_states(event: &str, parameter: &str) -> bool {
    matches!(event, journey::ENTER | journey::EXIT) && parameter == "pass_id"
}

/// Rows of one event being read.
pub(super) struct Rows<'a> {
    event: &'a Event,
    parameters: Vec<&'a str>,
    /// By id of the dictionary, the place among `parameters`.
    places: Vec<Option<usize>>,
    builder: RowsBuilder,
    most_distinct: usize,
}

impl<'a> Rows<'a> {
    /// No rows, of all parameters but those with more different values than `most_distinct`.
    pub fn of_all(event: &'a Event, most_distinct: usize) -> Self {
        let names = event.parameters.list().iter().map(|field| &*field.name);
        Self::of(event, names.collect(), most_distinct)
    }

    /// No rows, of some parameters and those that rows are grouped by.
    pub fn of(event: &'a Event, mut parameters: Vec<&'a str>, most_distinct: usize) -> Self {
        for key in keys(&event.name) {
            if !parameters.contains(key) {
                parameters.push(key);
            }
        }
        let place = |name: &str| parameters.iter().position(|known| *known == name);
        let places = event.parameters.list().iter().map(|field| place(&field.name)).collect();
        let is_kept = |name: &str| keys(&event.name).contains(&name) || is_of_states(&event.name, name);
        let most = |name: &str| if is_kept(name) { usize::MAX } else { most_distinct };
        let builder = RowsBuilder::new(parameters.iter().copied(), most);
        Self { event, parameters, places, builder, most_distinct }
    }

    pub fn len(&self) -> usize {
        self.builder.len()
    }

    /// The run of the rows that were read.
    pub fn finish(self) -> TextRun {
        self.builder.finish(keys(&self.event.name))
    }

    /// Takes the run of the rows read so far, and goes on with none.
    pub fn take(&mut self) -> TextRun {
        let next = Self::of(self.event, self.parameters.clone(), self.most_distinct);
        std::mem::replace(self, next).finish()
    }

    /// Reads what the lake has at `range`, unless that takes more bytes of memory than `limit`.
    pub async fn read_lake(
        &mut self,
        store: &Inner,
        view: &Published,
        range: Range<u64>,
        limit: usize,
    ) -> Result<(), StoreError> {
        let mut rows = self.open_lake(store, view, range).await?;
        while self.read_batch(store, &mut rows).await? {
            if self.builder.bytes() > limit {
                return Err(StoreError::TooMuchMemory {
                    event: self.event.name.to_string(),
                    parameters: self.parameters.iter().map(|name| format!("`{name}`")).collect(),
                    limit,
                });
            }
        }
        Ok(())
    }

    /// Opens what the lake has at `range`, to be read batch by batch.
    pub async fn open_lake(
        &self,
        store: &Inner,
        view: &Published,
        range: Range<u64>,
    ) -> Result<LakeRows, StoreError> {
        let known = store.lake.columns_of(view.lake.id, EVENTS, &self.event.table).await?;
        let mut asked = vec!["position", "profile_id", "timestamp"];
        let mut columns = Vec::new();
        for (place, name) in self.parameters.iter().enumerate() {
            let column = self.event.parameters.get(name).map(|field| &*field.column);
            if let Some(column) = column.filter(|column| known.contains(*column)) {
                columns.push((place, asked.len()));
                asked.push(column);
            }
        }
        let mut filters = Vec::new();
        if range.start > 0 || range.end < view.lake.position {
            filters.push(ident("position").gt_eq(lit(range.start as i64)));
            filters.push(ident("position").lt(lit(range.end as i64)));
        }
        let stream = store.lake.scan(view.lake.id, EVENTS, &self.event.table, &asked, filters).await?;
        Ok(LakeRows { columns, stream })
    }

    /// Reads a batch; `false` where there is none any more.
    pub async fn read_batch(&mut self, store: &Inner, rows: &mut LakeRows) -> Result<bool, StoreError> {
        let Some(stream) = &mut rows.stream else { return Ok(false) };
        let Some(batch) = stream.try_next().await? else { return Ok(false) };
        self.push_batch(&store.firsts, &batch, &rows.columns)?;
        Ok(true)
    }

    fn push_batch(
        &mut self,
        firsts: &Firsts,
        batch: &RecordBatch,
        columns: &[(usize, usize)],
    ) -> Result<(), StoreError> {
        let start = self.builder.len();
        let positions = batch.column(0).as_primitive::<Int64Type>();
        let times = batch.column(2).as_primitive::<TimestampMicrosecondType>();
        let ordinals = ordinals(firsts, batch.column(1))?;
        for (row, ordinal) in ordinals.into_iter().enumerate() {
            self.builder.push(ordinal, times.value(row), positions.value(row) as u64);
        }
        for (place, column) in columns {
            let text = texts(batch.column(*column))?;
            let text = text.as_string::<i32>();
            for row in (0..batch.num_rows()).filter(|row| text.is_valid(*row)) {
                self.builder.set(start + row, *place, text.value(row));
            }
        }
        Ok(())
    }

    /// Reads what the inbox has at `range`.
    pub fn read_tail(
        &mut self,
        store: &Inner,
        view: &Published,
        range: Range<u64>,
    ) -> Result<(), StoreError> {
        let Some(id) = view.dictionary.event_id(&self.event.name) else { return Ok(()) };
        let mut all: Vec<Option<&mut Rows<'_>>> = (0..id).map(|_| None).collect();
        all.push(Some(self));
        read_tail(store, view, range, &mut all)
    }
}

/// Reads what the inbox has at `range` into the rows of several events, which are told by their ids.
pub(super) fn read_tail(
    store: &Inner,
    view: &Published,
    range: Range<u64>,
    events: &mut [Option<&mut Rows<'_>>],
) -> Result<(), StoreError> {
    let firsts = store.firsts.read();
    let overlapping = |batch: &&std::sync::Arc<crate::inbox::InboxBatch>| {
        batch.behind > range.start && batch.first < range.end
    };
    for batch in view.tail.iter().filter(overlapping) {
        batch.read(|entries| {
            for entry in entries.events.iter().filter(|entry| range.contains(&entry.position)) {
                let Some(Some(rows)) = events.get_mut(entry.event as usize) else { continue };
                let ordinal =
                    firsts.binary_search(&entry.profile).map_err(|_| Firsts::missing(entry.profile))?;
                let row = rows.builder.len();
                rows.builder.push(ordinal as u32, entry.timestamp, entry.position);
                for (id, _, text) in &entry.params {
                    if let Some(Some(place)) = rows.places.get(*id as usize) {
                        rows.builder.set(row, *place, text);
                    }
                }
            }
            Ok::<(), StoreError>(())
        })??;
    }
    Ok(())
}

/// The ordinals of a column of profile ids.
fn ordinals(firsts: &Firsts, column: &ArrayRef) -> Result<Vec<u32>, StoreError> {
    let text = cast(column, &DataType::Utf8)?;
    let firsts = firsts.read();
    let start = firsts.first().copied().unwrap_or(0);
    let ordinal = |id: Option<&str>| {
        let first = ProfileId::from_ascii(id?.as_bytes())?.first_position();
        // Ordinals ascend with positions, so none lies further than its position; loaded profiles lie just there.
        let most = usize::try_from(first.checked_sub(start)?).ok()?.min(firsts.len().checked_sub(1)?);
        match firsts[most] == first {
            true => Some(most as u32),
            false => firsts[..most].binary_search(&first).ok().map(|ordinal| ordinal as u32),
        }
    };
    text.as_string::<i32>()
        .iter()
        .map(|id| ordinal(id).ok_or_else(|| Firsts::missing(id.unwrap_or("(none)"))))
        .collect()
}
