//! Rows of typed cells, cut into batches.

use crate::cell_form::CellForm;
use crate::cells::Cell;
use crate::column::Column;
use crate::error::ExportError;
use crate::typed_column::TypedColumn;
use arrow::array::ArrayRef;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use std::sync::Arc;

/// Rows of a batch at most.
const MOST_ROWS: usize = 4_096;
/// A batch ends when its texts have this much.
const MOST_BYTES: usize = 2 << 20;

/// Collects rows; a full batch is handed on.
pub struct RowBatch {
    schema: SchemaRef,
    columns: Vec<TypedColumn>,
    rows: usize,
    bytes: usize,
}

impl RowBatch {
    /// Rows of these columns.
    pub fn new(columns: Vec<Column>) -> Self {
        let form = CellForm::default();
        let columns: Vec<_> = columns.into_iter().map(|column| TypedColumn::new(column, &form)).collect();
        let fields: Vec<_> = columns
            .iter()
            .map(|column| Field::new(&column.column().name, column.data_type(), true))
            .collect();
        Self { schema: Arc::new(Schema::new(fields)), columns, rows: 0, bytes: 0 }
    }

    /// Appends a row; gives what `send` gave where that filled a batch, else `true`.
    pub fn push<'c>(
        &mut self,
        cells: impl IntoIterator<Item = Cell<'c>>,
        send: &impl Fn(RecordBatch) -> bool,
    ) -> Result<bool, ExportError> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            if let Cell::Text(text) = cell {
                self.bytes += text.len();
            }
            column.push(cell)?;
        }
        self.rows += 1;
        if self.rows < MOST_ROWS && self.bytes < MOST_BYTES {
            return Ok(true);
        }
        self.end(send)
    }

    /// Hands on what there is.
    pub fn end(&mut self, send: &impl Fn(RecordBatch) -> bool) -> Result<bool, ExportError> {
        if self.rows == 0 {
            return Ok(true);
        }
        let arrays: Vec<ArrayRef> = self.columns.iter_mut().map(TypedColumn::finish).collect();
        (self.rows, self.bytes) = (0, 0);
        Ok(send(RecordBatch::try_new(self.schema.clone(), arrays)?))
    }
}

/// A text or nothing.
pub fn text(text: Option<&str>) -> Cell<'_> {
    text.map_or(Cell::Null, Cell::Text)
}

/// A whole number or nothing.
pub fn integer(number: Option<i64>) -> Cell<'static> {
    number.map_or(Cell::Null, Cell::Integer)
}

/// An instant or nothing.
pub fn instant(micros: Option<i64>) -> Cell<'static> {
    micros.map_or(Cell::Null, Cell::Micros)
}
