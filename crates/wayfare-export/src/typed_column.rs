//! A column of typed values for Parquet and Arrow, built from cells that may hold the source's text.

use crate::cell_form::{ArrayText, CellForm};
use crate::cells::{Cell, Cells};
use crate::column::{Column, ColumnType};
use crate::error::ExportError;
use crate::text;
use crate::times::Times;
use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, ListBuilder,
    StringBuilder, TimestampMicrosecondBuilder, new_null_array,
};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field, TimeUnit};
use std::sync::Arc;
use wayfare_model::time::{Instant, parse_date};
use wayfare_model::value::{Scalar, array_elements, exact_number};

/// Builds one column.
pub struct TypedColumn {
    column: Column,
    builder: Builder,
    times: Times,
    /// How arrays become text; `None` where they become lists.
    arrays: Option<ArrayText>,
    scratch: Vec<u8>,
}

enum Builder {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Date(Date32Builder),
    Datetime(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    Booleans(ListBuilder<BooleanBuilder>),
    Numbers(ListBuilder<Float64Builder>),
    Dates(ListBuilder<Date32Builder>),
    Datetimes(ListBuilder<TimestampMicrosecondBuilder>),
    Texts(ListBuilder<StringBuilder>),
}

fn instants() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn scalar_type(scalar: Scalar, times_as_text: bool) -> DataType {
    match scalar {
        Scalar::Boolean => DataType::Boolean,
        Scalar::Number => DataType::Float64,
        Scalar::Date => DataType::Date32,
        Scalar::Datetime if !times_as_text => instants(),
        Scalar::Datetime | Scalar::String => DataType::Utf8,
    }
}

impl TypedColumn {
    /// A builder for a column; the form says which instants and arrays become text.
    pub fn new(column: Column, form: &CellForm) -> Self {
        let times_as_text = form.times_as_text;
        let instant_builder = || TimestampMicrosecondBuilder::new().with_timezone(Arc::<str>::from("UTC"));
        let builder = match column.column_type {
            ColumnType::Boolean => Builder::Boolean(BooleanBuilder::new()),
            ColumnType::Integer => Builder::Integer(Int64Builder::new()),
            ColumnType::Number => Builder::Number(Float64Builder::new()),
            ColumnType::Date => Builder::Date(Date32Builder::new()),
            ColumnType::Datetime if !times_as_text => Builder::Datetime(instant_builder()),
            ColumnType::Datetime | ColumnType::String | ColumnType::Identifier | ColumnType::Json => {
                Builder::Text(StringBuilder::new())
            }
            ColumnType::Array(_) if form.arrays.is_some() => Builder::Text(StringBuilder::new()),
            ColumnType::Array(Scalar::Boolean) => Builder::Booleans(ListBuilder::new(BooleanBuilder::new())),
            ColumnType::Array(Scalar::Number) => Builder::Numbers(ListBuilder::new(Float64Builder::new())),
            ColumnType::Array(Scalar::Date) => Builder::Dates(ListBuilder::new(Date32Builder::new())),
            ColumnType::Array(Scalar::Datetime) if !times_as_text => Builder::Datetimes(
                ListBuilder::new(instant_builder()).with_field(Field::new_list_field(instants(), true)),
            ),
            ColumnType::Array(_) => Builder::Texts(ListBuilder::new(StringBuilder::new())),
        };
        Self { column, builder, times: form.times.clone(), arrays: form.arrays.clone(), scratch: Vec::new() }
    }

    /// The column of the files.
    pub fn column(&self) -> &Column {
        &self.column
    }

    /// The column's type in Arrow.
    pub fn data_type(&self) -> DataType {
        match (&self.builder, self.column.column_type) {
            (Builder::Text(_), _) => DataType::Utf8,
            (Builder::Texts(_), _) => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
            (_, ColumnType::Array(scalar)) => {
                DataType::List(Arc::new(Field::new_list_field(scalar_type(scalar, false), true)))
            }
            (_, ColumnType::Boolean) => DataType::Boolean,
            (_, ColumnType::Integer) => DataType::Int64,
            (_, ColumnType::Number) => DataType::Float64,
            (_, ColumnType::Date) => DataType::Date32,
            (_, ColumnType::Datetime) => instants(),
            (_, ColumnType::String | ColumnType::Identifier | ColumnType::Json) => DataType::Utf8,
        }
    }

    /// Appends a cell.
    pub fn push(&mut self, cell: Cell<'_>) -> Result<(), ExportError> {
        let fitted = match (&mut self.builder, cell) {
            (Builder::Boolean(builder), cell) => fit(cell, boolean).map(|value| builder.append_option(value)),
            (Builder::Integer(builder), cell) => fit(cell, integer).map(|value| builder.append_option(value)),
            (Builder::Number(builder), cell) => fit(cell, number).map(|value| builder.append_option(value)),
            (Builder::Date(builder), cell) => fit(cell, date).map(|value| builder.append_option(value)),
            (Builder::Datetime(builder), cell) => {
                fit(cell, instant).map(|value| builder.append_option(value))
            }
            (Builder::Text(builder), Cell::Null) => {
                builder.append_null();
                Some(())
            }
            (Builder::Text(builder), Cell::Text(json))
                if let (Some(arrays), ColumnType::Array(_)) = (&self.arrays, self.column.column_type) =>
            {
                self.scratch.clear();
                arrays.append(&mut self.scratch, json, &self.column.name)?;
                std::str::from_utf8(&self.scratch).ok().map(|text| builder.append_value(text))
            }
            (Builder::Text(builder), Cell::Text(value))
                if self.column.column_type != ColumnType::Datetime =>
            {
                builder.append_value(value);
                Some(())
            }
            (Builder::Text(builder), cell) => {
                self.scratch.clear();
                as_text(&mut self.scratch, &mut self.times, cell);
                // What was written is digits, signs and words of ours, or text that came as text.
                std::str::from_utf8(&self.scratch).ok().map(|text| builder.append_value(text))
            }
            (Builder::Booleans(list), cell) => push_list(list, cell, |elements, element| {
                boolean(element).map(|value| elements.append_value(value))
            }),
            (Builder::Numbers(list), cell) => push_list(list, cell, |elements, element| {
                number(element).map(|value| elements.append_value(value))
            }),
            (Builder::Dates(list), cell) => push_list(list, cell, |elements, element| {
                date(element).map(|value| elements.append_value(value))
            }),
            (Builder::Datetimes(list), cell) => push_list(list, cell, |elements, element| {
                instant(element).map(|value| elements.append_value(value))
            }),
            (Builder::Texts(list), cell) => push_list(list, cell, |elements, element| match element {
                Cell::Text(text) => {
                    elements.append_value(text);
                    Some(())
                }
                _ => None,
            }),
        };
        fitted.ok_or_else(|| ExportError::Value {
            column: self.column.name.clone(),
            text: match cell {
                Cell::Text(text) => text.chars().take(40).collect(),
                other => format!("{other:?}"),
            },
            expected: self.column.column_type.name().into(),
        })
    }

    /// The cells of arrays, one after the other, as one array. Text may come as views, whatever the column's type in
    /// Arrow says of offsets.
    pub fn typed(&mut self, arrays: &[ArrayRef]) -> Result<ArrayRef, ExportError> {
        let is_text =
            matches!(self.column.column_type, ColumnType::String | ColumnType::Identifier | ColumnType::Json);
        let data_type = if is_text { DataType::Utf8View } else { self.data_type() };
        let mut typed = Vec::with_capacity(arrays.len());
        for array in arrays {
            typed.push(match array.data_type() {
                given if *given == data_type => array.clone(),
                DataType::Null => new_null_array(&data_type, array.len()),
                DataType::Utf8 | DataType::LargeUtf8 if is_text => cast(array, &data_type)?,
                _ => {
                    let cells = Cells::of(array)?;
                    (0..array.len()).try_for_each(|row| self.push(cells.get(row)))?;
                    let pushed = self.finish();
                    if is_text { cast(&pushed, &data_type)? } else { pushed }
                }
            });
        }
        match typed.as_slice() {
            [one] => Ok(one.clone()),
            several => Ok(concat(&several.iter().map(AsRef::as_ref).collect::<Vec<_>>())?),
        }
    }

    /// The column so far; the builder begins anew.
    pub fn finish(&mut self) -> ArrayRef {
        match &mut self.builder {
            Builder::Boolean(builder) => ArrayBuilder::finish(builder),
            Builder::Integer(builder) => ArrayBuilder::finish(builder),
            Builder::Number(builder) => ArrayBuilder::finish(builder),
            Builder::Date(builder) => ArrayBuilder::finish(builder),
            Builder::Datetime(builder) => ArrayBuilder::finish(builder),
            Builder::Text(builder) => ArrayBuilder::finish(builder),
            Builder::Booleans(builder) => ArrayBuilder::finish(builder),
            Builder::Numbers(builder) => ArrayBuilder::finish(builder),
            Builder::Dates(builder) => ArrayBuilder::finish(builder),
            Builder::Datetimes(builder) => ArrayBuilder::finish(builder),
            Builder::Texts(builder) => ArrayBuilder::finish(builder),
        }
    }
}

/// `Some(None)` for null, `None` where the cell does not fit.
fn fit<T>(cell: Cell<'_>, read: impl FnOnce(Cell<'_>) -> Option<T>) -> Option<Option<T>> {
    match cell {
        Cell::Null => Some(None),
        cell => read(cell).map(Some),
    }
}

fn boolean(cell: Cell<'_>) -> Option<bool> {
    match cell {
        Cell::Boolean(value) => Some(value),
        Cell::Text("true") => Some(true),
        Cell::Text("false") => Some(false),
        _ => None,
    }
}

fn integer(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Integer(value) => Some(value),
        Cell::Unsigned(value) => value.try_into().ok(),
        Cell::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn number(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Integer(value) => Some(value as f64),
        Cell::Unsigned(value) => Some(value as f64),
        Cell::Float(value) => Some(value),
        Cell::Text(text) => exact_number(text),
        _ => None,
    }
}

fn date(cell: Cell<'_>) -> Option<i32> {
    match cell {
        Cell::Date(day) => Some(day),
        Cell::Text(text) => parse_date(text),
        _ => None,
    }
}

fn instant(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Micros(micros) => Some(micros),
        Cell::Text(text) => Instant::parse(text).ok().map(Instant::micros),
        _ => None,
    }
}

fn as_text(out: &mut Vec<u8>, times: &mut Times, cell: Cell<'_>) {
    match cell {
        Cell::Null => {}
        Cell::Text(value) => {
            if !times.instant_text(out, value) {
                out.extend_from_slice(value.as_bytes());
            }
        }
        Cell::Boolean(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Cell::Integer(value) => text::integer(out, value),
        Cell::Unsigned(value) => text::unsigned(out, value),
        Cell::Float(value) => text::float(out, value),
        Cell::Date(day) => times.date(out, day),
        Cell::Micros(micros) => times.instant(out, micros),
    }
}

fn push_list<B: ArrayBuilder>(
    list: &mut ListBuilder<B>,
    cell: Cell<'_>,
    mut push: impl FnMut(&mut B, Cell<'_>) -> Option<()>,
) -> Option<()> {
    match cell {
        Cell::Null => {
            list.append(false);
            Some(())
        }
        Cell::Text(json) => {
            for element in array_elements(json)? {
                push(list.values(), Cell::Text(&element.text))?;
            }
            list.append(true);
            Some(())
        }
        _ => None,
    }
}
