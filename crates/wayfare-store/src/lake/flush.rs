//! From the inbox into the lake: one table at a time, sorted for the questions that are asked, all in one commit
//! that carries the position it reaches.

use super::layout::{self, DICTIONARY, EVENTS, MAIN, PROFILES};
use super::{Lake, LakeSnapshot, apart};
use crate::error::StoreError;
use crate::inbox::{EventEntry, InboxBatch, StateEntry};
use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch,
    StringBuilder, TimestampMicrosecondBuilder, UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion_ducklake::{SnapshotCommitMetadata, TableWriteOptions, WriteMode};
use std::sync::Arc;
use wayfare_model::dictionary::{Dictionary, Event};
use wayfare_model::id::ProfileId;
use wayfare_model::journey;
use wayfare_model::time::{Instant, parse_date};

/// Rows of a batch handed to the writer.
const BATCH_ROWS: usize = 65_536;
/// What one flush holds at most, in bytes, the last record beyond: long texts would otherwise fill the memory, and a
/// column of text ends at 2 GiB.
const MOST_BYTES: usize = 256 << 20;

impl Lake {
    /// Writes what `batches` have at positions `from <= p < to` and commits it as one snapshot; less, as the position
    /// of the result says, where it is more than [`MOST_BYTES`].
    pub async fn flush(
        &self,
        batches: &Arc<[Arc<InboxBatch>]>,
        from: u64,
        to: u64,
        dictionary: &Arc<Dictionary>,
    ) -> Result<LakeSnapshot, StoreError> {
        let (lake, batches, dictionary) = (self.clone(), batches.clone(), dictionary.clone());
        apart(async move { lake.write(&batches, from, to, &dictionary).await }).await
    }

    async fn write(
        &self,
        batches: &[Arc<InboxBatch>],
        from: u64,
        to: u64,
        dictionary: &Dictionary,
    ) -> Result<LakeSnapshot, StoreError> {
        let writer = self.writer()?;
        let (Rows { events, states, .. }, to) = Rows::gather(batches, from, to, dictionary)?;
        for (event, rows) in dictionary.events().iter().zip(&events) {
            if !rows.keys.is_empty() {
                layout::ensure_table(&writer.metadata, EVENTS, &event.table, &rows.schema)?;
            }
        }
        layout::ensure_table(&writer.metadata, MAIN, PROFILES, &states.schema)?;
        let mut transaction =
            writer.tables.transaction().with_options(&TableWriteOptions::new().with_commit_metadata(
                SnapshotCommitMetadata::new().with_extra_info(format!("{{\"position\": {to}}}")),
            ));
        let staged = async {
            for (index, rows) in events.into_iter().enumerate() {
                let event = &dictionary.events()[index];
                if let Some(batches) = rows.finish()? {
                    let schema = layout::event_schema(event);
                    let mode = WriteMode::Append;
                    transaction.stage_write(EVENTS, &event.table, &schema, mode, &batches).await?;
                }
            }
            if let Some(batches) = states.finish()? {
                let schema = layout::profiles_schema(dictionary);
                transaction.stage_write(MAIN, PROFILES, &schema, WriteMode::Append, &batches).await?;
            }
            let entries = dictionary_rows(dictionary, to)?;
            let schema = layout::dictionary_schema();
            transaction.stage_write(MAIN, DICTIONARY, &schema, WriteMode::Replace, &[entries]).await?;
            Ok(())
        }
        .await;
        if let Err(error) = staged {
            // On a full disk the files written so far would take the room that is freed.
            if let Err(left) = transaction.abort().await {
                tracing::warn!(error = %left, "files of a flush that failed could not be removed");
            }
            return Err(error);
        }
        let committed = transaction.commit().await?;
        let id = committed
            .first()
            .map(|table| table.snapshot_id)
            .ok_or_else(|| StoreError::corrupt("a flush", "the lake committed nothing"))?;
        Ok(LakeSnapshot { id, position: to })
    }
}

/// Rows of all tables, gathered from batches.
struct Rows {
    events: Vec<TableRows>,
    states: TableRows,
    bytes: usize,
}

impl Rows {
    /// The rows of `from <= p < to`, and how far they go.
    fn gather(
        batches: &[Arc<InboxBatch>],
        from: u64,
        to: u64,
        dictionary: &Dictionary,
    ) -> Result<(Self, u64), StoreError> {
        let mut this = Self {
            bytes: 0,
            events: dictionary
                .events()
                .iter()
                .map(|event| TableRows::new(layout::event_schema(event)))
                .collect(),
            states: TableRows::new(layout::profiles_schema(dictionary)),
        };
        for batch in batches.iter().filter(|batch| batch.behind > from && batch.first < to) {
            let reached = batch.read(|entries| {
                let mut events =
                    entries.events.iter().filter(|entry| (from..to).contains(&entry.position)).peekable();
                let mut states =
                    entries.states.iter().filter(|entry| (from..to).contains(&entry.position)).peekable();
                let position = |event: Option<&&EventEntry<'_>>, state: Option<&&StateEntry<'_>>| {
                    event
                        .map(|entry| entry.position)
                        .into_iter()
                        .chain(state.map(|entry| entry.position))
                        .min()
                };
                while let Some(next) = position(events.peek(), states.peek()) {
                    if this.bytes >= MOST_BYTES {
                        return Some(next);
                    }
                    while let Some(event) = events.next_if(|entry| entry.position == next) {
                        this.bytes += event_bytes(event);
                        this.events[event.event as usize]
                            .push_event(event, &dictionary.events()[event.event as usize]);
                    }
                    while let Some(state) = states.next_if(|entry| entry.position == next) {
                        this.bytes += state_bytes(state);
                        this.states.push_state(state);
                    }
                }
                None
            })?;
            if let Some(reached) = reached {
                return Ok((this, reached));
            }
        }
        Ok((this, to))
    }
}

/// About how many bytes an event takes while it is written.
fn event_bytes(entry: &EventEntry<'_>) -> usize {
    let user_id = entry.user_id.as_deref().map_or(0, str::len);
    let params: usize = entry.params.iter().map(|(_, _, text)| text.len()).sum();
    128 + entry.event_id.len() + user_id + params
}

/// About how many bytes a state takes while it is written.
fn state_bytes(entry: &StateEntry<'_>) -> usize {
    let attributes: usize = entry.state.attributes.iter().map(|(_, _, text)| text.len()).sum();
    256 + attributes
}

/// What rows of a table are sorted by: journey, campaign, action, then time; position last, so that it is exact.
type SortKey = (i64, i64, i64, i64, u64);

/// Rows of one table, in columns.
struct TableRows {
    schema: SchemaRef,
    columns: Vec<ColumnRows>,
    keys: Vec<SortKey>,
}

impl TableRows {
    fn new(schema: SchemaRef) -> Self {
        let columns = schema.fields().iter().map(|field| ColumnRows::new(field.data_type())).collect();
        Self { schema, columns, keys: Vec::new() }
    }

    fn push_event(&mut self, entry: &EventEntry<'_>, event: &Event) {
        let row = self.keys.len();
        let profile = ProfileId::from_first_position(entry.profile).to_ascii();
        self.columns[0].text(row, &entry.event_id);
        self.columns[1].text(row, std::str::from_utf8(&profile).unwrap_or_default());
        if let Some(user_id) = &entry.user_id {
            self.columns[2].text(row, user_id);
        }
        self.columns[3].number(row, entry.timestamp);
        self.columns[4].number(row, entry.received_at);
        self.columns[5].number(row, entry.position as i64);
        for (id, _, text) in &entry.params {
            self.columns[6 + *id as usize].text(row, text);
        }
        let whole = |name: &str| -> i64 {
            let id = event.parameters.id(name);
            let value = id.and_then(|id| entry.params.iter().find(|(known, _, _)| *known == id));
            value.and_then(|(_, _, text)| text.parse().ok()).unwrap_or(i64::MIN)
        };
        self.keys.push(match journey::EVENTS.contains(&&*event.name) {
            true => {
                let (campaign, action) = match &*event.name == journey::PRODUCT_ACTION {
                    true => (whole("campaign_id"), whole("action_code")),
                    false => (0, 0),
                };
                (whole("journey_id"), campaign, action, entry.timestamp, entry.position)
            }
            false => (0, 0, 0, entry.timestamp, entry.position),
        });
    }

    fn push_state(&mut self, entry: &StateEntry<'_>) {
        let row = self.keys.len();
        let profile = ProfileId::from_first_position(entry.profile).to_ascii();
        self.columns[0].text(row, std::str::from_utf8(&profile).unwrap_or_default());
        self.columns[1].number(row, entry.position as i64);
        self.columns[2].text(row, &entry.state.identifiers_json());
        self.columns[3].text(row, "false");
        for (id, _, text) in &entry.state.attributes {
            self.columns[4 + *id as usize].text(row, text);
        }
        self.keys.push((0, 0, 0, entry.profile as i64, entry.position));
    }

    /// The rows, sorted; `None` where there are none.
    fn finish(self) -> Result<Option<Vec<RecordBatch>>, StoreError> {
        let rows = self.keys.len();
        if rows == 0 {
            return Ok(None);
        }
        let mut order: Vec<u32> = (0..rows as u32).collect();
        order.sort_unstable_by_key(|row| self.keys[*row as usize]);
        drop(self.keys);
        let order = UInt32Array::from(order);
        // A column at a time, so that no more than one is held twice.
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in self.columns {
            columns.push(take(&column.finish(rows), &order, None)?);
        }
        let whole = RecordBatch::try_new(self.schema, columns)?;
        let parts =
            (0..rows).step_by(BATCH_ROWS).map(|start| whole.slice(start, BATCH_ROWS.min(rows - start)));
        Ok(Some(parts.collect()))
    }
}

/// A column being filled; rows that are skipped are null.
enum ColumnRows {
    Text(StringBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Instant(TimestampMicrosecondBuilder),
}

/// Fills up with nulls to `row`, then appends the value, or null where there is none.
fn fill<B: ArrayBuilder, T>(
    builder: &mut B,
    row: usize,
    value: Option<T>,
    null: impl Fn(&mut B),
    append: impl FnOnce(&mut B, T),
) {
    while builder.len() < row {
        null(builder);
    }
    match value {
        Some(value) => append(builder, value),
        None => null(builder),
    }
}

impl ColumnRows {
    fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Int64 => Self::Integer(Int64Builder::new()),
            DataType::Float64 => Self::Float(Float64Builder::new()),
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Date32 => Self::Date(Date32Builder::new()),
            DataType::Timestamp(_, _) => {
                Self::Instant(TimestampMicrosecondBuilder::new().with_data_type(layout::instant_type()))
            }
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// A value by its source's text, which fits: it was checked on its way in.
    fn text(&mut self, row: usize, text: &str) {
        match self {
            Self::Text(b) => fill(b, row, Some(text), StringBuilder::append_null, |b, v| b.append_value(v)),
            Self::Integer(b) => {
                fill(b, row, text.parse().ok(), Int64Builder::append_null, |b, v| b.append_value(v))
            }
            Self::Float(b) => {
                fill(b, row, text.parse().ok(), Float64Builder::append_null, |b, v| b.append_value(v))
            }
            Self::Boolean(b) => {
                fill(b, row, text.parse().ok(), BooleanBuilder::append_null, |b, v| b.append_value(v));
            }
            Self::Date(b) => {
                fill(b, row, parse_date(text), Date32Builder::append_null, |b, v| b.append_value(v))
            }
            Self::Instant(b) => {
                let micros = Instant::parse_truncating(text).ok().map(Instant::micros);
                fill(b, row, micros, TimestampMicrosecondBuilder::append_null, |b, v| b.append_value(v));
            }
        }
    }

    fn number(&mut self, row: usize, number: i64) {
        match self {
            Self::Integer(b) => {
                fill(b, row, Some(number), Int64Builder::append_null, |b, v| b.append_value(v))
            }
            Self::Instant(b) => {
                fill(b, row, Some(number), TimestampMicrosecondBuilder::append_null, |b, v| {
                    b.append_value(v)
                });
            }
            _ => self.text(row, &number.to_string()),
        }
    }

    fn finish(self, rows: usize) -> ArrayRef {
        fn full<B: ArrayBuilder>(mut builder: B, rows: usize, null: impl Fn(&mut B)) -> ArrayRef {
            while builder.len() < rows {
                null(&mut builder);
            }
            ArrayBuilder::finish(&mut builder)
        }
        match self {
            Self::Text(builder) => full(builder, rows, StringBuilder::append_null),
            Self::Integer(builder) => full(builder, rows, Int64Builder::append_null),
            Self::Float(builder) => full(builder, rows, Float64Builder::append_null),
            Self::Boolean(builder) => full(builder, rows, BooleanBuilder::append_null),
            Self::Date(builder) => full(builder, rows, Date32Builder::append_null),
            Self::Instant(builder) => full(builder, rows, TimestampMicrosecondBuilder::append_null),
        }
    }
}

/// The dictionary as the lake shows it.
fn dictionary_rows(dictionary: &Dictionary, position: u64) -> Result<RecordBatch, StoreError> {
    let mut text: [StringBuilder; 7] = std::array::from_fn(|_| StringBuilder::new());
    let mut declared = BooleanBuilder::new();
    let mut add = |values: [Option<&str>; 7], is_declared: Option<bool>| {
        for (column, value) in text.iter_mut().zip(values) {
            column.append_option(value);
        }
        declared.append_option(is_declared);
    };
    for event in dictionary.events() {
        let (name, table) = (Some(&*event.name), Some(&*event.table));
        add([Some("event"), name, name, Some(EVENTS), table, None, None], None);
        for field in event.parameters.list() {
            let (own, column) = (Some(&*field.name), Some(&*field.column));
            let kind = field.declared.map_or_else(|| field.value_type().name(), |declared| declared.name());
            let values = [Some("parameter"), name, own, Some(EVENTS), table, column, Some(kind)];
            add(values, Some(field.declared.is_some()));
        }
    }
    for field in dictionary.attributes.list() {
        let (own, column) = (Some(&*field.name), Some(&*field.column));
        let kind = field.declared.map_or_else(|| field.value_type().name(), |declared| declared.name());
        let values = [Some("attribute"), None, own, Some(MAIN), Some(PROFILES), column, Some(kind)];
        add(values, Some(field.declared.is_some()));
    }
    let declared = declared.finish();
    let rows = arrow::array::Array::len(&declared);
    let mut columns: Vec<ArrayRef> =
        text.into_iter().map(|mut column| Arc::new(column.finish()) as ArrayRef).collect();
    columns.push(Arc::new(declared));
    columns.push(Arc::new(arrow::array::Int64Array::from(vec![position as i64; rows])));
    Ok(RecordBatch::try_new(layout::dictionary_schema(), columns)?)
}
