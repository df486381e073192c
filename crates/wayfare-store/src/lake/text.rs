//! Columns of the lake as texts that a source would have written: typed ones in the one form that reads back.

use crate::error::StoreError;
use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, TimestampMicrosecondType};
use std::sync::Arc;
use wayfare_model::time::{Instant, format_date};

/// The column as UTF-8 with 32-bit offsets.
pub(crate) fn texts(column: &ArrayRef) -> Result<ArrayRef, StoreError> {
    let built = match column.data_type() {
        DataType::Utf8 => return Ok(column.clone()),
        DataType::Timestamp(_, _) => {
            let instants = column.as_primitive::<TimestampMicrosecondType>();
            build(instants.iter().map(|micros| Some(Instant::from_micros(micros?)?.to_string())))
        }
        DataType::Date32 => {
            build(column.as_primitive::<Date32Type>().iter().map(|days| Some(format_date(days?))))
        }
        DataType::Float64 => {
            build(column.as_primitive::<Float64Type>().iter().map(|number| Some(number?.to_string())))
        }
        _ => return Ok(cast(column, &DataType::Utf8)?),
    };
    Ok(built)
}

fn build(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    let mut builder = StringBuilder::new();
    for value in values {
        builder.append_option(value);
    }
    Arc::new(builder.finish())
}
