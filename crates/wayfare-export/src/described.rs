//! Columns that say in the file itself what they are, for formats that have room for it.

use crate::column::Column;
use crate::typed_column::TypedColumn;
use arrow::datatypes::{Field, Schema, SchemaRef};
use parquet::file::metadata::KeyValue;
use std::collections::HashMap;
use std::sync::Arc;

/// The key of a file's metadata under which Parquet has the descriptions for readers that know no Arrow schema.
const KEY: &str = "wayfare.columns";

/// The schema of typed columns: each field has `description`, `source` and `type` as metadata.
pub fn schema(columns: &[TypedColumn]) -> SchemaRef {
    let fields = columns.iter().map(|typed| {
        let column = typed.column();
        Field::new(&column.name, typed.data_type(), true).with_metadata(facts(column))
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Written in the order of keys, whatever order the map has.
fn facts(column: &Column) -> HashMap<String, String> {
    HashMap::from([
        ("description".into(), column.description()),
        ("source".into(), column.origin.to_string()),
        ("type".into(), column.column_type.name().into()),
    ])
}

/// The same facts as one JSON text.
pub fn key_value(columns: &[TypedColumn]) -> Result<KeyValue, serde_json::Error> {
    let facts = columns.iter().map(|typed| {
        let column = typed.column();
        serde_json::json!({
            "name": column.name,
            "type": column.column_type.name(),
            "description": column.description(),
            "source": column.origin.to_string(),
        })
    });
    Ok(KeyValue::new(KEY.to_owned(), serde_json::to_string(&facts.collect::<Vec<_>>())?))
}
