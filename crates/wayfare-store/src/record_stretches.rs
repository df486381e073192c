//! Rows of the lake by stretches, for readers that use several threads and want one order all the same.

use crate::error::StoreError;
use crate::lake::layout::{self, EVENTS, MAIN, PROFILES};
use crate::lake::stretches::{Stretch, Window, with_views};
use crate::pins::Pin;
use crate::profiles_stream::{Identifiers, is_identifier};
use crate::snapshot::Snapshot;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::sync::Arc;

/// Batches of one stretch, in order.
pub type StretchBatches = Box<dyn Iterator<Item = Result<RecordBatch, StoreError>> + Send>;

/// Which occurrences of an event, and what of them.
#[derive(Debug, Clone, Copy)]
pub struct EventsAsked<'a> {
    /// The event's own name.
    pub event: &'a str,
    /// Own names of parameters; one that the event lacks is null throughout.
    pub parameters: &'a [String],
    /// Whether also what the source called its user, which later merges of profiles leave as it is.
    pub source_user_id: bool,
    /// Which of them.
    pub window: Window,
}

/// Rows in a fixed place of an order; any thread may read them, at any time, and again.
#[derive(Clone)]
pub struct RecordStretch {
    stretch: Stretch,
    form: Arc<Form>,
}

/// What is made of the columns that are read.
struct Form {
    schema: SchemaRef,
    sources: Vec<Source>,
    /// The files stay as they are while somebody reads them.
    _pin: Arc<Pin>,
}

/// Where a field comes from.
#[derive(Debug, Clone)]
enum Source {
    /// A column, by its place among those asked of the lake.
    Column(usize),
    /// One of the identifiers in that column.
    Identifier(usize, String),
    /// Nowhere: the lake does not have it yet.
    Nowhere,
}

impl Snapshot {
    /// The occurrences of an event in the lake's order, by stretches: columns as [`stream_events`](Self::stream_events)
    /// has them, text as views, and last what the source called its user, where that is asked for.
    pub async fn event_stretches(&self, asked: EventsAsked<'_>) -> Result<Vec<RecordStretch>, StoreError> {
        let Some(known) = self.dictionary().event(asked.event) else { return Ok(Vec::new()) };
        let mut fields = vec![
            Field::new("event_id", DataType::Utf8, true),
            Field::new("timestamp", layout::instant_type(), true),
            Field::new("profile_id", DataType::Utf8, true),
            Field::new("position", DataType::Int64, true),
        ];
        let mut columns: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
        let mut sources: Vec<Source> = (0..columns.len()).map(Source::Column).collect();
        for name in asked.parameters {
            let field = known.parameters.get(name);
            fields.push(Field::new(name, layout::column_type(field.and_then(|field| field.declared)), true));
            sources.push(match field {
                Some(field) => Source::Column(place(&mut columns, &field.column)),
                None => Source::Nowhere,
            });
        }
        if asked.source_user_id {
            fields.push(Field::new("user_id", DataType::Utf8, true));
            sources.push(Source::Column(place(&mut columns, "user_id")));
        }
        self.record_stretches((EVENTS, &known.table), &columns, fields, sources, asked.window).await
    }

    /// The states of profiles in the lake's order, by stretches: columns as [`stream_profiles`](Self::stream_profiles)
    /// has them, text as views. A profile may have several states, of which the one at the highest position counts.
    pub async fn profile_stretches(
        &self,
        attributes: &[String],
        positions: Option<(u64, u64)>,
    ) -> Result<Vec<RecordStretch>, StoreError> {
        let mut asked = vec!["profile_id".to_owned()];
        let mut fields = vec![Field::new("profile_id", DataType::Utf8, false)];
        let mut sources = vec![Source::Column(0)];
        for name in attributes {
            let field = self.dictionary().attributes.get(name);
            let data_type = layout::column_type(field.and_then(|field| field.declared));
            sources.push(match field {
                _ if name == "profile_id" => Source::Column(0),
                None if is_identifier(name) => {
                    Source::Identifier(place(&mut asked, "identifiers"), name.clone())
                }
                Some(field) => Source::Column(place(&mut asked, &field.column)),
                None => Source::Nowhere,
            });
            fields.push(Field::new(name, data_type, true));
        }
        fields.push(Field::new("position", DataType::Int64, false));
        sources.push(Source::Column(place(&mut asked, "position")));
        let window = Window { times: None, positions };
        self.record_stretches((MAIN, PROFILES), &asked, fields, sources, window).await
    }

    async fn record_stretches(
        &self,
        table: (&str, &str),
        asked: &[String],
        fields: Vec<Field>,
        sources: Vec<Source>,
        window: Window,
    ) -> Result<Vec<RecordStretch>, StoreError> {
        let stretches = self.store.lake.stretches(self.view.lake.id, table, asked, window).await?;
        let fields: Vec<Field> = fields.iter().map(with_views).collect();
        let form = Form { schema: Arc::new(Schema::new(fields)), sources, _pin: self.pin() };
        let form = Arc::new(form);
        Ok(stretches.into_iter().map(|stretch| RecordStretch { stretch, form: form.clone() }).collect())
    }
}

fn place(asked: &mut Vec<String>, column: &str) -> usize {
    asked.iter().position(|known| known == column).unwrap_or_else(|| {
        asked.push(column.to_owned());
        asked.len() - 1
    })
}

impl RecordStretch {
    /// How many rows it gives, where that is known before it is read.
    pub fn rows(&self) -> Option<u64> {
        self.stretch.rows()
    }

    /// Whether a column is known to be null throughout.
    pub fn is_null(&self, column: usize) -> bool {
        match self.form.sources.get(column) {
            Some(Source::Column(asked)) => self.stretch.is_null(*asked),
            Some(Source::Identifier(..)) => false,
            Some(Source::Nowhere) | None => true,
        }
    }

    /// Reads its rows.
    pub fn read(&self) -> Result<StretchBatches, StoreError> {
        let places = self.stretch.places();
        let form = self.form.clone();
        let batches = self.stretch.read()?;
        Ok(Box::new(batches.map(move |batch| form.arrange(&batch?, &places))))
    }
}

impl Form {
    fn arrange(&self, batch: &RecordBatch, places: &[Option<usize>]) -> Result<RecordBatch, StoreError> {
        let mut identifiers: Option<Identifiers<'_>> = None;
        let column = |asked: usize| places.get(asked).copied().flatten().map(|place| batch.column(place));
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.sources.len());
        for (field, source) in self.schema.fields().iter().zip(&self.sources) {
            let found = match source {
                Source::Column(asked) => match column(*asked) {
                    Some(found) if found.data_type() == field.data_type() => Some(found.clone()),
                    Some(found) => Some(cast(found, field.data_type())?),
                    None => None,
                },
                Source::Identifier(asked, name) => match (column(*asked), &mut identifiers) {
                    (None, _) => None,
                    (Some(_), Some(identifiers)) => Some(identifiers.column(name)),
                    (Some(found), none) => {
                        let json = found.as_string_view_opt();
                        let json =
                            json.ok_or_else(|| StoreError::corrupt("identifiers", "they are no text"))?;
                        Some(none.insert(Identifiers::read(json.iter())?).column(name))
                    }
                },
                Source::Nowhere => None,
            };
            columns.push(found.unwrap_or_else(|| new_null_array(field.data_type(), batch.num_rows())));
        }
        Ok(RecordBatch::try_new(self.schema.clone(), columns)?)
    }
}
