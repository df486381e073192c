//! Reading: everything up to one position, whatever is accepted or flushed meanwhile.

use crate::error::StoreError;
use crate::index::LoadedColumns;
use crate::lake::LakeSnapshot;
use crate::lake::layout::{self, EVENTS};
use crate::pins::Pin;
use crate::store::{Inner, Store};
use crate::tail::Published;
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::prelude::{ident, lit};
use datafusion::scalar::ScalarValue;
use futures::StreamExt;
use futures::stream::BoxStream;
use std::collections::HashSet;
use std::sync::Arc;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::time::Instant;
use wayfare_segment::columns::Needs;

/// Rows of a result, batch by batch.
pub type RecordStream = BoxStream<'static, Result<RecordBatch, StoreError>>;

/// Everything up to one position. Clones share it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) store: Arc<Inner>,
    pub(crate) view: Arc<Published>,
    _pin: Arc<Pin>,
}

impl Store {
    /// What is there now: sees everything acknowledged before the call.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Ok(Snapshot::of(&self.0, self.0.published()))
    }

    /// What is there now, all of it in the lake: flushes first, then reads nothing but the lake, whose files stay as
    /// they are while the snapshot is held.
    pub async fn lake_snapshot(&self) -> Result<Snapshot, StoreError> {
        if self.0.writer().is_ok() {
            self.flush().await?;
        }
        let _no_compaction_runs = self.0.flushing.lock().await;
        let view = self.0.published();
        Ok(Snapshot::of_lake(&self.0, &view, view.lake))
    }

    /// The lake as an earlier [`lake_snapshot`](Self::lake_snapshot) saw it; `None` where it has expired since.
    pub async fn lake_snapshot_at(&self, id: i64) -> Result<Option<Snapshot>, StoreError> {
        let _no_compaction_runs = self.0.flushing.lock().await;
        let Some(lake) = self.0.lake.at(id).await? else { return Ok(None) };
        Ok(Some(Snapshot::of_lake(&self.0, &self.0.published(), lake)))
    }

    /// The newest state of the lake that holds everything before `position` and nothing else; `None` where there is none
    /// (any more).
    pub async fn lake_snapshot_of(&self, position: u64) -> Result<Option<Snapshot>, StoreError> {
        let _no_compaction_runs = self.0.flushing.lock().await;
        let Some(lake) = self.0.lake.of_position(position).await? else { return Ok(None) };
        Ok(Some(Snapshot::of_lake(&self.0, &self.0.published(), lake)))
    }
}

/// Keeps a snapshot of the lake from expiring until it is dropped, and perhaps its files from being merged.
#[derive(Debug)]
pub struct Held(Arc<Pin>);

impl Held {
    /// Keeps the same snapshot; with its files, where these are held now and must stay.
    pub fn again(&self, with_files: bool) -> Self {
        Self(match with_files {
            true => self.0.clone(),
            false => Arc::new(self.0.without_files()),
        })
    }
}

impl Snapshot {
    fn of(store: &Arc<Inner>, view: Arc<Published>) -> Self {
        let pin = Arc::new(store.pins.pin(view.lake.id));
        Self { store: store.clone(), view, _pin: pin }
    }

    /// Nothing but what `lake` holds, under the names that are known now.
    fn of_lake(store: &Arc<Inner>, now: &Published, lake: LakeSnapshot) -> Self {
        let profiles = store.firsts.read().partition_point(|first| *first < lake.position) as u32;
        let view = Published {
            position: lake.position,
            lake,
            tail: Arc::new([]),
            tail_bytes: 0,
            profiles,
            ..now.clone()
        };
        let pin = Arc::new(store.pins.hold_files(lake.id));
        Self { store: store.clone(), view: Arc::new(view), _pin: pin }
    }

    /// One past the last position it sees.
    pub fn position(&self) -> u64 {
        self.view.position
    }

    /// What holds its files, for as long as a reader of them lives.
    pub(crate) fn pin(&self) -> Arc<Pin> {
        self._pin.clone()
    }

    /// The lake's snapshot it reads.
    pub fn lake_snapshot_id(&self) -> i64 {
        self.view.lake.id
    }

    /// Keeps the lake's snapshot when this one is let go of; with its files, where these are held now and must stay.
    pub fn hold(&self, with_files: bool) -> Held {
        Held(self._pin.clone()).again(with_files)
    }

    /// What the files of the lake's snapshot are told by. While it is the same, so is the order of rows.
    pub async fn files_digest(&self) -> Result<String, StoreError> {
        self.store.lake.files_digest(self.view.lake.id).await
    }

    /// The names it knows.
    pub fn dictionary(&self) -> &Arc<Dictionary> {
        &self.view.dictionary
    }

    /// Loads what a definition needs, from the cache where it is there.
    pub async fn columns(&self, needs: &Needs) -> Result<LoadedColumns, StoreError> {
        self.store.index.load(&self.store, &self.view, needs).await
    }

    /// Profiles as the lake has them, ascending by id, a row a profile in its newest state: `profile_id`, then
    /// `attributes` (own names of attributes or identifiers), then the `position` of the state. With `positions`, which are
    /// half-open, only states within count. Reads nothing but the lake.
    pub async fn stream_profiles(
        &self,
        attributes: &[String],
        positions: Option<(u64, u64)>,
    ) -> Result<RecordStream, StoreError> {
        crate::profiles_stream::stream(self, attributes, positions).await
    }

    /// The occurrences of an event as the lake has them, in the lake's order: `event_id`, `timestamp`, `profile_id`,
    /// `position`, then `parameters` (own names; one that the event lacks is null throughout). `range` is half-open on
    /// event time. Dry runs come along; their mark is a parameter. Reads nothing but the lake.
    pub async fn stream_events(
        &self,
        event: &str,
        parameters: &[String],
        range: Option<(Instant, Instant)>,
    ) -> Result<RecordStream, StoreError> {
        let Some(known) = self.dictionary().event(event) else { return Ok(futures::stream::empty().boxed()) };
        let mut fields = vec![
            Field::new("event_id", DataType::Utf8, true),
            Field::new("timestamp", layout::instant_type(), true),
            Field::new("profile_id", DataType::Utf8, true),
            Field::new("position", DataType::Int64, true),
        ];
        let mut columns: Vec<Option<String>> =
            fields.iter().map(|field| Some(field.name().clone())).collect();
        for name in parameters {
            let field = known.parameters.get(name);
            fields.push(Field::new(name, layout::column_type(field.and_then(|field| field.declared)), true));
            columns.push(field.map(|field| field.column.to_string()));
        }
        let mut filters = Vec::new();
        if let Some((from, to)) = range {
            let instant =
                |at: Instant| lit(ScalarValue::TimestampMicrosecond(Some(at.micros()), Some("UTC".into())));
            filters.push(ident("timestamp").gt_eq(instant(from)));
            filters.push(ident("timestamp").lt(instant(to)));
        }
        self.stream_table(EVENTS, &known.table, Arc::new(Schema::new(fields)), columns, filters).await
    }

    /// Streams columns of a table under other names; one that the lake does not have yet is null throughout.
    pub(crate) async fn stream_table(
        &self,
        schema: &str,
        table: &str,
        fields: SchemaRef,
        columns: Vec<Option<String>>,
        filters: Vec<datafusion::prelude::Expr>,
    ) -> Result<RecordStream, StoreError> {
        let known = self.store.lake.columns_of(self.view.lake.id, schema, table).await?;
        let columns: Vec<Option<String>> =
            columns.into_iter().map(|column| column.filter(|column| known.contains(column))).collect();
        let mut asked: Vec<&str> = Vec::new();
        let mut seen = HashSet::new();
        for column in columns.iter().flatten() {
            if seen.insert(column.as_str()) {
                asked.push(column);
            }
        }
        let places: Vec<Option<usize>> = columns
            .iter()
            .map(|column| column.as_ref().and_then(|column| asked.iter().position(|asked| asked == column)))
            .collect();
        let rows = self.store.lake.scan(self.view.lake.id, schema, table, &asked, filters).await?;
        let Some(rows) = rows else { return Ok(futures::stream::empty().boxed()) };
        let pin = self._pin.clone();
        Ok(rows
            .map(move |batch| {
                let _held = &pin;
                arrange(&batch?, &fields, &places)
            })
            .boxed())
    }
}

/// A batch with the fields asked for, each from its place or null.
fn arrange(
    batch: &RecordBatch,
    fields: &SchemaRef,
    places: &[Option<usize>],
) -> Result<RecordBatch, StoreError> {
    let columns = fields
        .fields()
        .iter()
        .zip(places)
        .map(|(field, place)| match place {
            Some(place) => Ok(arrow::compute::cast(batch.column(*place), field.data_type())?),
            None => Ok(arrow::array::new_null_array(field.data_type(), batch.num_rows())),
        })
        .collect::<Result<Vec<ArrayRef>, StoreError>>()?;
    Ok(RecordBatch::try_new(fields.clone(), columns)?)
}
