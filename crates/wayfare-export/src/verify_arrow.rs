//! Re-reading parts with typed columns: every batch decoded, every column of its type.

use crate::column::{ColumnType, SchemaColumn};
use crate::form::Arrays;
use crate::manifest::Options;
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow::datatypes::{DataType, Schema};
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::{root_as_footer, root_as_message};
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// Reads a Parquet part.
pub fn read_parquet(
    path: &Path,
    options: &Options,
    schema: &[SchemaColumn],
    rows: &mut u64,
) -> Result<(), String> {
    let told = |error: &dyn fmt::Display| error.to_string();
    let file = File::open(path).map_err(|error| told(&error))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| told(&error))?;
    compare(builder.schema(), options, schema)?;
    let reader = builder.with_batch_size(1_024).build().map_err(|error| told(&error))?;
    for batch in reader {
        *rows += batch.map_err(|error| told(&error))?.num_rows() as u64;
    }
    Ok(())
}

/// The longest buffer of a batch: its offsets have 32 bits.
const LONGEST_BUFFER: i64 = (1 << 31) + (1 << 16);

/// Reads an Arrow IPC part. Lengths are held against the file before memory is asked for: a decoder would believe
/// them.
pub fn read_arrow(
    path: &Path,
    options: &Options,
    schema: &[SchemaColumn],
    rows: &mut u64,
) -> Result<(), String> {
    let told = |error: &dyn fmt::Display| error.to_string();
    let mut file = File::open(path).map_err(|error| told(&error))?;
    let size = file.metadata().map_err(|error| told(&error))?.len();
    let trailer = bytes(&mut file, size, size.saturating_sub(10), 10)?;
    let trailer = <[u8; 10]>::try_from(trailer).map_err(|_| "it is cut off".to_owned())?;
    let length = read_footer_length(trailer).map_err(|error| told(&error))? as u64;
    let footer = bytes(&mut file, size, size.saturating_sub(10).saturating_sub(length), length)?;
    let footer = root_as_footer(&footer).map_err(|error| told(&error))?;
    let read = Arc::new(fb_to_schema(footer.schema().ok_or_else(|| "it has no schema".to_owned())?));
    compare(&read, options, schema)?;
    if footer.dictionaries().is_some_and(|dictionaries| !dictionaries.is_empty()) {
        return Err("it has dictionaries, which an export never writes".into());
    }
    let decoder = FileDecoder::new(read, footer.version());
    for block in footer.recordBatches().iter().flatten() {
        let lengths = [block.offset(), block.metaDataLength().into(), block.bodyLength()];
        let [offset, metadata, body] = lengths.map(|length| u64::try_from(length).unwrap_or(u64::MAX));
        let data = bytes(&mut file, size, offset, metadata.saturating_add(body))?;
        check_lengths(&data, metadata as usize)?;
        let batch = decoder.read_record_batch(block, &data.into()).map_err(|error| told(&error))?;
        *rows += batch.map_or(0, |batch| batch.num_rows() as u64);
    }
    Ok(())
}

/// A piece of a file, which must lie in it.
fn bytes(file: &mut File, size: u64, offset: u64, length: u64) -> Result<Vec<u8>, String> {
    if offset.checked_add(length).is_none_or(|end| end > size) {
        return Err("it says that data lies outside of it".into());
    }
    let mut bytes = vec![0; length as usize];
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Holds what compressed buffers say of their length against what a buffer can have.
fn check_lengths(data: &[u8], metadata: usize) -> Result<(), String> {
    let wrong = || "a batch in it is broken".to_owned();
    let (head, body) = data.split_at_checked(metadata).ok_or_else(wrong)?;
    // Four bytes mark the message, four tell its length.
    let message = root_as_message(head.get(8..).ok_or_else(wrong)?).map_err(|error| error.to_string())?;
    let batch = message.header_as_record_batch().ok_or_else(wrong)?;
    if batch.compression().is_none() {
        return Ok(());
    }
    for buffer in batch.buffers().iter().flatten().filter(|buffer| buffer.length() > 0) {
        let start = usize::try_from(buffer.offset()).map_err(|_| wrong())?;
        let told = body.get(start..).and_then(|rest| rest.first_chunk()).ok_or_else(wrong)?;
        if i64::from_le_bytes(*told) > LONGEST_BUFFER {
            return Err(wrong());
        }
    }
    Ok(())
}

fn compare(read: &Schema, options: &Options, schema: &[SchemaColumn]) -> Result<(), String> {
    let fields = read.fields();
    let is_same = fields.len() == schema.len()
        && fields.iter().zip(schema).all(|(field, column)| {
            *field.name() == column.name && holds(field.data_type(), &column.column_type, options)
        });
    if is_same { Ok(()) } else { Err("its columns are not those of the manifest".into()) }
}

/// Whether a physical type is one that columns of the named type are written as.
fn holds(data_type: &DataType, name: &str, options: &Options) -> bool {
    match (ColumnType::from_name(name), data_type) {
        (Some(ColumnType::Boolean), DataType::Boolean)
        | (Some(ColumnType::Integer), DataType::Int64)
        | (Some(ColumnType::Number), DataType::Float64)
        | (Some(ColumnType::Date), DataType::Date32)
        // Instants are text on the v1 surface, and where that was asked for.
        | (Some(ColumnType::Datetime), DataType::Timestamp(_, _) | DataType::Utf8)
        | (Some(ColumnType::String | ColumnType::Identifier | ColumnType::Json), DataType::Utf8) => true,
        (Some(ColumnType::Array(_)), DataType::List(_)) => options.arrays.is_none(),
        (Some(ColumnType::Array(_)), DataType::Utf8) => {
            matches!(options.arrays, Some(Arrays::Json | Arrays::Joined))
        }
        _ => false,
    }
}
