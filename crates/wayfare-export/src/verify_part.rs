//! Re-reading a part: every byte hashed, every row read as its format has it.

use crate::column::{ColumnType, SchemaColumn};
use crate::manifest::Options;
use crate::part_file::hex;
use crate::request::{Compression, Format};
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// What was found in a part.
#[derive(Debug, Default)]
pub struct Found {
    /// Its bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Its rows; those before what is wrong, where something is.
    pub rows: u64,
    /// What is wrong with a row, the header or the file's form.
    pub problem: Option<String>,
}

/// Reads a part.
pub fn read(path: &Path, options: &Options, schema: &[SchemaColumn]) -> io::Result<Found> {
    let mut source = Hashed { inner: File::open(path)?, digest: Sha256::new(), bytes: 0 };
    let mut rows = 0;
    let outcome = match options.format {
        Format::Parquet => Ok(()),
        Format::Csv | Format::Ndjson => read_text(&mut source, options, schema, &mut rows),
    };
    // Whatever stopped the reader, the rest counts for the hash.
    io::copy(&mut source, &mut io::sink())?;
    let outcome = match options.format {
        Format::Parquet => read_parquet(path, schema, &mut rows),
        Format::Csv | Format::Ndjson => outcome,
    };
    Ok(Found { bytes: source.bytes, sha256: hex(&source.digest.finalize()), rows, problem: outcome.err() })
}

/// Hashes what is read through it.
struct Hashed {
    inner: File,
    digest: Sha256,
    bytes: u64,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.digest.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

fn read_text(
    source: &mut Hashed,
    options: &Options,
    schema: &[SchemaColumn],
    rows: &mut u64,
) -> Result<(), String> {
    const BUFFER: usize = 256 * 1024;
    let raw: Box<dyn BufRead + '_> = match options.compression {
        None => Box::new(BufReader::with_capacity(BUFFER, source)),
        Some(Compression::Gzip) => {
            let decoder = flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(BUFFER, source));
            Box::new(BufReader::with_capacity(BUFFER, decoder))
        }
        Some(Compression::Zstd) => {
            let decoder = zstd::Decoder::new(source).map_err(|error| error.to_string())?;
            Box::new(BufReader::with_capacity(BUFFER, decoder))
        }
    };
    match options.format {
        Format::Csv => read_csv(raw, options, schema, rows),
        _ => read_ndjson(raw, schema, rows),
    }
}

fn read_csv(
    raw: Box<dyn BufRead + '_>,
    options: &Options,
    schema: &[SchemaColumn],
    rows: &mut u64,
) -> Result<(), String> {
    let delimiter = options.csv.as_ref().map_or(',', |csv| csv.delimiter);
    let escaped = options.csv.as_ref().is_some_and(|csv| csv.formulas == crate::request::Formulas::Escape);
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(delimiter).map_err(|_| "its delimiter is no single byte".to_owned())?)
        .from_reader(raw);
    let mut record = ::csv::ByteRecord::new();
    if !reader.read_byte_record(&mut record).map_err(|error| error.to_string())? {
        return Err("it has no header".into());
    }
    let is_same = record.iter().zip(schema).enumerate().all(|(index, (name, column))| {
        let bom = "\u{feff}".as_bytes();
        let name = if index == 0 { name.strip_prefix(bom).unwrap_or(name) } else { name };
        let plain = if escaped { name.strip_prefix(b"'") } else { None };
        name == column.name.as_bytes() || plain == Some(column.name.as_bytes())
    });
    if !is_same || record.len() != schema.len() {
        return Err("its header does not name the columns of the manifest".into());
    }
    while reader.read_byte_record(&mut record).map_err(|error| error.to_string())? {
        let row = *rows + 1;
        if record.len() != schema.len() {
            return Err(format!("row {row} has {} cells instead of {}", record.len(), schema.len()));
        }
        if std::str::from_utf8(record.as_slice()).is_err() {
            return Err(format!("row {row} is not UTF-8"));
        }
        *rows = row;
    }
    Ok(())
}

fn read_ndjson(
    mut raw: Box<dyn BufRead + '_>,
    schema: &[SchemaColumn],
    rows: &mut u64,
) -> Result<(), String> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if raw.read_until(b'\n', &mut line).map_err(|error| error.to_string())? == 0 {
            return Ok(());
        }
        let row = *rows + 1;
        if line.pop() != Some(b'\n') {
            return Err(format!("row {row} is cut off"));
        }
        let mut json = serde_json::Deserializer::from_slice(&line);
        let read = json.deserialize_map(Names { schema, next: 0 }).and_then(|()| json.end());
        read.map_err(|error| format!("row {row}: {error}"))?;
        *rows = row;
    }
}

/// An object whose members are the columns, in order.
struct Names<'a> {
    schema: &'a [SchemaColumn],
    next: usize,
}

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the columns of the manifest")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        use serde::de::Error;
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let expected = self.schema.get(self.next).map(|column| column.name.as_str());
            if expected != Some(&*name) {
                return Err(A::Error::custom(format!("member {name:?} is not where the manifest has it")));
            }
            map.next_value::<IgnoredAny>()?;
            self.next += 1;
        }
        match self.next == self.schema.len() {
            true => Ok(()),
            false => Err(A::Error::custom("a member is missing")),
        }
    }
}

fn read_parquet(path: &Path, schema: &[SchemaColumn], rows: &mut u64) -> Result<(), String> {
    let told = |error: &dyn fmt::Display| error.to_string();
    let file = File::open(path).map_err(|error| told(&error))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| told(&error))?;
    let fields = builder.schema().fields().clone();
    let is_same = fields.len() == schema.len()
        && fields.iter().zip(schema).all(|(field, column)| {
            *field.name() == column.name && holds(field.data_type(), &column.column_type)
        });
    if !is_same {
        return Err("its columns are not those of the manifest".into());
    }
    let reader = builder.with_batch_size(1_024).build().map_err(|error| told(&error))?;
    for batch in reader {
        *rows += batch.map_err(|error| told(&error))?.num_rows() as u64;
    }
    Ok(())
}

/// Whether a physical type is one that columns of the named type are written as.
fn holds(data_type: &arrow::datatypes::DataType, name: &str) -> bool {
    use arrow::datatypes::DataType;
    match (ColumnType::from_name(name), data_type) {
        (Some(ColumnType::Boolean), DataType::Boolean)
        | (Some(ColumnType::Integer), DataType::Int64)
        | (Some(ColumnType::Number), DataType::Float64)
        | (Some(ColumnType::Date), DataType::Date32)
        // Instants are text on the v1 surface.
        | (Some(ColumnType::Datetime), DataType::Timestamp(_, _) | DataType::Utf8)
        | (Some(ColumnType::String | ColumnType::Identifier | ColumnType::Json), DataType::Utf8)
        | (Some(ColumnType::Array(_)), DataType::List(_)) => true,
        _ => false,
    }
}
