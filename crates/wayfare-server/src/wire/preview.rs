//! Previews of exports.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use wayfare_export::Preview;

/// What an export would hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewAnswer {
    /// How many rows, exactly.
    pub rows: u64,
    /// The position up to which records are in it.
    pub position: u64,
    /// The columns, in order.
    pub columns: Vec<PreviewColumn>,
    /// The first rows, 20 at most: a value a column.
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    pub sample: Vec<Vec<Box<RawValue>>>,
    /// What should be known before it is asked for, in words.
    pub warnings: Vec<String>,
}

/// A column of an export.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewColumn {
    /// Its name in the files.
    pub name: String,
    /// The name of its type.
    pub r#type: String,
}

impl From<Preview> for PreviewAnswer {
    fn from(preview: Preview) -> Self {
        let Preview { rows, position, columns, sample, warnings } = preview;
        let columns = columns.into_iter();
        let columns =
            columns.map(|column| PreviewColumn { name: column.name, r#type: column.column_type }).collect();
        Self { rows, position, columns, sample, warnings }
    }
}
