//! A lake in memory, fed with records as they come in.

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wayfare_export::ExportError;
use wayfare_export::source::{Batches, Lake, Range, Stretch, StretchBatches};
use wayfare_model::dictionary::Dictionary;
use wayfare_model::id::ProfileId;
use wayfare_model::journey::Declared;
use wayfare_model::record::{
    Identity, Incoming, IncomingEvent, event_parts_from_json, finish_event, profile_from_json,
};
use wayfare_model::value::{Fits, Scalar, SourceValue, ValueType};
use wayfare_segment::bits::Bits;
use wayfare_segment::column_builder::ColumnBuilder;
use wayfare_segment::columns::{Column, Columns, EventRun, Needs, RowsBuilder};
use wayfare_segment::definition::Definition;
use wayfare_segment::library::Library;
use wayfare_store::EventsAsked;

type Values = BTreeMap<String, SourceValue>;

pub struct MemoryLake {
    dictionary: Dictionary,
    profiles: Vec<(ProfileId, Identity, Values)>,
    events: Vec<(u64, ProfileId, IncomingEvent)>,
    position: u64,
    /// Rows a batch: an export must not depend on it.
    pub batch: usize,
    /// Whether events come last one first, as another state of the same lake may have them.
    pub reversed: bool,
}

impl MemoryLake {
    /// Reads a record a line; a record with an `event` is an event.
    pub fn of(lines: &str) -> Self {
        let mut lake = Self {
            dictionary: Dictionary::default(),
            profiles: Vec::new(),
            events: Vec::new(),
            position: 0,
            batch: 3,
            reversed: false,
        };
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            lake.add_line(line);
        }
        lake
    }

    /// Adds the record of a line.
    pub fn add_line(&mut self, line: &str) {
        self.add(if line.contains("\"event\"") {
            let parts = event_parts_from_json(line).expect("an event");
            Incoming::Event(finish_event(parts, || None).expect("an event").record)
        } else {
            Incoming::Profile(profile_from_json(line).expect("a profile").record)
        });
    }

    pub fn add(&mut self, record: Incoming) {
        let position = self.position;
        self.position += 1;
        match record {
            Incoming::Profile(profile) => {
                let attributes = &mut self.dictionary.attributes;
                let mut values = Values::new();
                for (name, value) in profile.attributes {
                    let Some(value) = value else { continue };
                    let id = attributes.intern(&name).expect("a name");
                    attributes.get_mut(id).expect("interned").counts.add(Fits::of(&value));
                    values.insert(name.into(), value);
                }
                self.profiles.push((ProfileId::from_first_position(position), profile.identity, values));
            }
            Incoming::Event(event) => {
                let id = self.dictionary.intern_event(&event.event).expect("a name");
                let known = self.dictionary.event_mut(id).expect("interned");
                known.count += 1;
                for (name, value) in &event.params {
                    let id = known.parameters.intern(name).expect("a name");
                    known.parameters.get_mut(id).expect("interned").counts.add(Fits::of(value));
                }
                let owner = self
                    .profiles
                    .iter()
                    .find(|(_, identity, _)| identity.user_id == event.identity.user_id)
                    .map(|(id, _, _)| *id)
                    .expect("a profile before its events");
                self.events.push((position, owner, event));
            }
        }
    }

    /// The occurrences of an event, as segments are evaluated over them.
    fn run(&self, event: &str, parameters: &BTreeSet<String>) -> EventRun {
        let mut builder = RowsBuilder::new(parameters.iter().map(String::as_str), |_| usize::MAX);
        let rows = self.events.iter().filter(|(_, _, row)| &*row.event == event);
        for (row, (position, owner, of)) in rows.enumerate() {
            let ordinal = self.profiles.iter().position(|(id, _, _)| id == owner).expect("an owner");
            builder.push(ordinal as u32, of.timestamp.micros(), *position);
            for (column, parameter) in parameters.iter().enumerate() {
                if let Some((_, value)) = of.params.iter().find(|(name, _)| **name == **parameter) {
                    builder.set(row, column, &value.text);
                }
            }
        }
        let value_type = |parameter: &String| {
            let known = self.dictionary.event(event).and_then(|event| event.parameters.get(parameter));
            known.map_or(ValueType::One(Scalar::String), |field| field.value_type())
        };
        let types = parameters.iter().map(|parameter| (parameter.as_str(), value_type(parameter)));
        builder.finish(&[]).typed(types)
    }

    fn batches(&self, fields: Vec<(String, ArrayRef)>) -> Batches {
        Box::pin(futures::stream::iter(self.cut(fields).into_iter().map(Ok)))
    }

    /// Two batches a stretch.
    fn stretches(&self, fields: Vec<(String, ArrayRef)>) -> Vec<Box<dyn Stretch>> {
        let batches = self.cut(fields);
        batches.chunks(2).map(|two| Box::new(Batch(two.to_vec())) as Box<dyn Stretch>).collect()
    }

    fn cut(&self, fields: Vec<(String, ArrayRef)>) -> Vec<RecordBatch> {
        let schema = Schema::new(
            fields
                .iter()
                .map(|(name, array)| Field::new(name, array.data_type().clone(), true))
                .collect::<Vec<_>>(),
        );
        let arrays = fields.into_iter().map(|(_, array)| array).collect();
        let whole = RecordBatch::try_new(Arc::new(schema), arrays).expect("columns of one length");
        (0..whole.num_rows())
            .step_by(self.batch)
            .map(|start| whole.slice(start, self.batch.min(whole.num_rows() - start)))
            .collect()
    }
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn column(declared: Option<Declared>, values: Vec<Option<&str>>) -> ArrayRef {
    match declared {
        Some(Declared::Integer) => {
            let numbers =
                values.into_iter().map(|text| text.map(|text| text.parse::<i64>().expect("a number")));
            Arc::new(numbers.collect::<Int64Array>())
        }
        Some(Declared::Type(ValueType::One(Scalar::Boolean))) => Arc::new(
            values
                .into_iter()
                .map(|text| text.map(|text| text == "true" || text == "1"))
                .collect::<BooleanArray>(),
        ),
        _ => texts(values.into_iter()),
    }
}

pub struct MemoryColumns {
    ids: Vec<ProfileId>,
    live: Bits,
    attributes: BTreeMap<String, Column>,
    events: BTreeMap<String, Vec<Arc<EventRun>>>,
}

impl Columns for MemoryColumns {
    fn ordinals(&self) -> u32 {
        self.ids.len() as u32
    }
    fn live(&self) -> &Bits {
        &self.live
    }
    fn profile_id(&self, ordinal: u32) -> ProfileId {
        self.ids[ordinal as usize]
    }
    fn attribute(&self, name: &str) -> Option<&Column> {
        self.attributes.get(name)
    }
    fn present(&self, name: &str) -> Option<&Column> {
        self.attributes.get(name)
    }
    fn event(&self, name: &str) -> &[Arc<EventRun>] {
        self.events.get(name).map_or(&[], |runs| runs)
    }
}

impl Lake for MemoryLake {
    type Columns = MemoryColumns;

    fn position(&self) -> u64 {
        self.position
    }

    fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    async fn library(&self, _: &Definition) -> Result<Library, ExportError> {
        Ok(Library::default())
    }

    async fn columns(&self, needs: &Needs) -> Result<MemoryColumns, ExportError> {
        let mut attributes = BTreeMap::new();
        for name in needs.attributes.iter().chain(&needs.present) {
            let value_type = self
                .dictionary
                .attributes
                .get(name)
                .map_or(ValueType::One(Scalar::String), |field| field.value_type());
            let mut builder = ColumnBuilder::new(value_type);
            for (_, identity, values) in &self.profiles {
                builder.push(match name.as_str() {
                    "user_id" => identity.user_id.as_deref(),
                    _ => values.get(name).map(|value| &*value.text),
                });
            }
            attributes.insert(name.clone(), builder.finish());
        }
        let ids: Vec<_> = self.profiles.iter().map(|(id, _, _)| *id).collect();
        let runs =
            |(event, parameters): (&String, _)| (event.clone(), vec![Arc::new(self.run(event, parameters))]);
        let events = needs.events.iter().map(runs).collect();
        Ok(MemoryColumns { live: Bits::all(ids.len() as u32), ids, attributes, events })
    }

    async fn profile_stretches(
        &self,
        attributes: &[String],
        _: Option<(u64, u64)>,
    ) -> Result<Vec<Box<dyn Stretch>>, ExportError> {
        Ok(self.stretches(self.profile_fields(attributes)))
    }

    async fn event_stretches(&self, asked: EventsAsked<'_>) -> Result<Vec<Box<dyn Stretch>>, ExportError> {
        Ok(self.stretches(self.event_fields(asked.event, asked.parameters, asked.window.times)))
    }

    async fn profiles(&self, attributes: &[String], _: Option<(u64, u64)>) -> Result<Batches, ExportError> {
        Ok(self.batches(self.profile_fields(attributes)))
    }

    async fn events(
        &self,
        event: &str,
        parameters: &[String],
        range: Option<Range>,
    ) -> Result<Batches, ExportError> {
        Ok(self.batches(self.event_fields(event, parameters, range)))
    }
}

/// Some batches, read as often as asked.
struct Batch(Vec<RecordBatch>);

impl Stretch for Batch {
    fn rows(&self) -> Option<u64> {
        Some(self.0.iter().map(|batch| batch.num_rows() as u64).sum())
    }

    fn is_null(&self, column: usize) -> bool {
        self.0.iter().all(|batch| batch.column(column).null_count() == batch.num_rows())
    }

    fn read(&self) -> Result<StretchBatches, ExportError> {
        Ok(Box::new(self.0.clone().into_iter().map(Ok)))
    }
}

impl MemoryLake {
    fn profile_fields(&self, attributes: &[String]) -> Vec<(String, ArrayRef)> {
        let ids: Vec<_> = self.profiles.iter().map(|(id, _, _)| id.to_string()).collect();
        let mut fields = vec![("profile_id".to_owned(), texts(ids.iter().map(|id| Some(id.as_str()))))];
        for name in attributes {
            let values =
                self.profiles.iter().enumerate().map(|(row, (_, identity, values))| match name.as_str() {
                    "profile_id" => Some(ids[row].as_str()),
                    "user_id" => identity.user_id.as_deref(),
                    "email" => identity.email.as_deref(),
                    "phone_number" => identity.phone_number.as_deref(),
                    _ => values.get(name).map(|value| &*value.text),
                });
            fields.push((name.clone(), texts(values)));
        }
        let positions: Int64Array =
            self.profiles.iter().map(|(id, _, _)| Some(id.first_position() as i64)).collect();
        fields.push(("position".into(), Arc::new(positions)));
        fields
    }

    fn event_fields(
        &self,
        event: &str,
        parameters: &[String],
        range: Option<Range>,
    ) -> Vec<(String, ArrayRef)> {
        let mut rows: Vec<_> = self
            .events
            .iter()
            .filter(|(_, _, row)| &*row.event == event)
            .filter(|(_, _, row)| range.is_none_or(|(from, to)| from <= row.timestamp && row.timestamp < to))
            .collect();
        if self.reversed {
            rows.reverse();
        }
        let owners: Vec<_> = rows.iter().map(|(_, owner, _)| owner.to_string()).collect();
        let times: TimestampMicrosecondArray =
            rows.iter().map(|(_, _, row)| Some(row.timestamp.micros())).collect();
        let mut fields: Vec<(String, ArrayRef)> = vec![
            ("event_id".into(), texts(rows.iter().map(|(_, _, row)| Some(&*row.event_id)))),
            ("timestamp".into(), Arc::new(times.with_timezone("UTC"))),
            ("profile_id".into(), texts(owners.iter().map(|owner| Some(owner.as_str())))),
            (
                "position".into(),
                Arc::new(rows.iter().map(|(at, _, _)| Some(*at as i64)).collect::<Int64Array>()),
            ),
        ];
        let known = self.dictionary.event(event).expect("a planned event");
        for name in parameters {
            let values = rows
                .iter()
                .map(|(_, _, row)| {
                    row.params.iter().find(|(known, _)| **known == **name).map(|(_, v)| &*v.text)
                })
                .collect();
            let declared = known.parameters.get(name).and_then(|field| field.declared);
            fields.push((name.clone(), column(declared, values)));
        }
        debug_assert!(matches!(fields[1].1.data_type(), DataType::Timestamp(_, _)));
        fields
    }
}

/// Files of a directory by name.
pub fn files(directory: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| {
            let entry = entry.expect("an entry");
            (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).expect("a file"))
        })
        .collect()
}

/// Runs an export into a new directory.
pub async fn export(
    lake: &MemoryLake,
    request: &wayfare_export::ExportRequest,
) -> Result<(tempfile::TempDir, wayfare_export::Manifest), ExportError> {
    let directory = tempfile::tempdir().expect("a directory");
    let control = wayfare_export::Control::new();
    let manifest = wayfare_export::run_over(lake, request, directory.path(), &control).await?;
    Ok((directory, manifest))
}

/// A request from its JSON.
pub fn request(json: &str) -> wayfare_export::ExportRequest {
    serde_json::from_str(json).expect("a request")
}

/// The text of the first part.
pub async fn text(lake: &MemoryLake, json: &str) -> String {
    let (directory, manifest) = export(lake, &request(json)).await.expect("an export");
    let part = std::fs::read(directory.path().join(&manifest.parts[0].file)).expect("a part");
    String::from_utf8(part).expect("text")
}
