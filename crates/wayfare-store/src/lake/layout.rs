//! Which tables and columns the lake has. The published form: `docs/duckdb.md`.

use crate::error::StoreError;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion_ducklake::{ColumnDef, MetadataWriter, SqliteMetadataWriter, WriteMode};
use std::sync::Arc;
use wayfare_model::dictionary::{Dictionary, Event};
use wayfare_model::journey::{self, Declared};
use wayfare_model::value::{Scalar, ValueType};

/// The schema of event tables.
pub(crate) const EVENTS: &str = "events";
/// The schema of everything else.
pub(crate) const MAIN: &str = "main";
/// States of profiles, a row a state.
pub(crate) const PROFILES: &str = "profiles";
/// Which profile became part of which.
pub(crate) const PROFILE_MERGES: &str = "profile_merges";
/// The dictionary.
pub(crate) const DICTIONARY: &str = "dictionary";

/// An instant in the lake.
pub(crate) fn instant_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The column type of an attribute or parameter: typed where declared, the source's text where learned.
pub(crate) fn column_type(declared: Option<Declared>) -> DataType {
    match declared {
        Some(Declared::Integer) => DataType::Int64,
        Some(Declared::Type(ValueType::One(Scalar::Boolean))) => DataType::Boolean,
        Some(Declared::Type(ValueType::One(Scalar::Number))) => DataType::Float64,
        Some(Declared::Type(ValueType::One(Scalar::Date))) => DataType::Date32,
        Some(Declared::Type(ValueType::One(Scalar::Datetime))) => instant_type(),
        // Arrays keep their JSON, also where they are declared.
        Some(Declared::Type(ValueType::One(Scalar::String) | ValueType::Array(_))) | None => DataType::Utf8,
    }
}

/// The columns of an event's table.
pub(crate) fn event_schema(event: &Event) -> SchemaRef {
    let mut fields = vec![
        Field::new("event_id", DataType::Utf8, true),
        Field::new("profile_id", DataType::Utf8, true),
        Field::new("user_id", DataType::Utf8, true),
        Field::new("timestamp", instant_type(), true),
        Field::new("received_at", instant_type(), true),
        Field::new("position", DataType::Int64, true),
    ];
    let parameters = event.parameters.list().iter();
    fields.extend(parameters.map(|field| Field::new(&*field.column, column_type(field.declared), true)));
    Arc::new(Schema::new(fields))
}

/// The columns of the table of profile states.
pub(crate) fn profiles_schema(dictionary: &Dictionary) -> SchemaRef {
    let mut fields = vec![
        Field::new("profile_id", DataType::Utf8, true),
        Field::new("position", DataType::Int64, true),
        Field::new("identifiers", DataType::Utf8, true),
        Field::new("deleted", DataType::Boolean, true),
    ];
    let attributes = dictionary.attributes.list().iter();
    fields.extend(attributes.map(|field| Field::new(&*field.column, column_type(field.declared), true)));
    Arc::new(Schema::new(fields))
}

fn merges_schema() -> Schema {
    Schema::new(vec![
        Field::new("from_id", DataType::Utf8, true),
        Field::new("to_id", DataType::Utf8, true),
        Field::new("position", DataType::Int64, true),
    ])
}

/// The columns of the dictionary: names beside what the lake calls them, and types.
pub(crate) fn dictionary_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        // `event`, `parameter` or `attribute`.
        Field::new("kind", DataType::Utf8, true),
        // Of a parameter, its event; of an event, itself.
        Field::new("event", DataType::Utf8, true),
        Field::new("name", DataType::Utf8, true),
        Field::new("lake_schema", DataType::Utf8, true),
        Field::new("lake_table", DataType::Utf8, true),
        Field::new("lake_column", DataType::Utf8, true),
        Field::new("type", DataType::Utf8, true),
        Field::new("declared", DataType::Boolean, true),
        Field::new("position", DataType::Int64, true),
    ]))
}

/// Makes the tables that are there from the start, empty, so that SQL over a young lake finds them.
pub(super) fn create_fixed_tables(writer: &SqliteMetadataWriter) -> Result<(), StoreError> {
    let dictionary = Dictionary::default();
    let mut tables = vec![
        (MAIN, PROFILES.to_owned(), profiles_schema(&dictionary)),
        (MAIN, PROFILE_MERGES.to_owned(), Arc::new(merges_schema())),
        (MAIN, DICTIONARY.to_owned(), dictionary_schema()),
    ];
    for name in journey::EVENTS {
        if let Some(event) = dictionary.event(name) {
            tables.push((EVENTS, event.table.to_string(), event_schema(event)));
        }
    }
    for (schema_name, table, schema) in tables {
        ensure_table(writer, schema_name, &table, &schema)?;
    }
    Ok(())
}

/// Makes a table, or adds the columns that it lacks: a commit of its own, since a commit of rows cannot do that.
pub(super) fn ensure_table(
    writer: &SqliteMetadataWriter,
    schema_name: &str,
    table: &str,
    schema: &Schema,
) -> Result<(), StoreError> {
    let live = writer.get_table_column_nullability(schema_name, table)?;
    // Only ever adds: what the table has beyond the schema stays.
    let has_all = |live: Vec<(String, bool)>| {
        let live: std::collections::HashSet<String> = live.into_iter().map(|(name, _)| name).collect();
        schema.fields().iter().all(|field| live.contains(field.name()))
    };
    if live.is_some_and(has_all) {
        return Ok(());
    }
    let columns = schema
        .fields()
        .iter()
        .map(|field| ColumnDef::from_arrow(field.name(), field.data_type(), true))
        .collect::<Result<Vec<_>, _>>()?;
    let setup = writer.begin_write_transaction(schema_name, table, &columns, WriteMode::Append)?;
    writer.publish_snapshot(
        setup.table_id,
        schema_name,
        table,
        setup.snapshot_id,
        WriteMode::Append,
        setup.base_snapshot_id,
        &columns,
        &setup.column_ids,
    )?;
    Ok(())
}
