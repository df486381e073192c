//! Re-reading a part: every byte hashed, every row read as its format has it.

use crate::column::SchemaColumn;
use crate::manifest::Options;
use crate::part_file::hex;
use crate::progress::Control;
use crate::request::{Compression, Format};
use crate::verify_blocks::{Fault, csv_line_end, csv_rows, line_end, read_blocks};
use crate::{verify_arrow, verify_xlsx};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::OnceLock;

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

/// Reads a part that the manifest says has that hash; fails where the control says to stop.
pub fn read(
    path: &Path,
    options: &Options,
    schema: &[SchemaColumn],
    sha256: &str,
    control: &Control,
) -> io::Result<Found> {
    let mut source = Hashed { inner: File::open(path)?, digest: Sha256::new(), bytes: 0, control };
    let mut rows = 0;
    let is_text = matches!(options.format, Format::Csv | Format::Ndjson);
    let outcome = if is_text { read_text(&mut source, options, schema, &mut rows) } else { Ok(()) };
    // Whatever stopped the reader, the rest counts for the hash.
    io::copy(&mut source, &mut io::sink())?;
    let bytes = source.bytes;
    let found = hex(&source.digest.finalize());
    let outcome = match options.format {
        Format::Csv | Format::Ndjson => outcome,
        _ if found != sha256 => Err("its rows were not read, as it is not the file of the manifest".into()),
        Format::Parquet => decoded(|| verify_arrow::read_parquet(path, options, schema, &mut rows)),
        Format::Arrow => decoded(|| verify_arrow::read_arrow(path, options, schema, &mut rows)),
        Format::Xlsx => verify_xlsx::read(path, schema, &mut rows),
    };
    Ok(Found { bytes, sha256: found, rows, problem: outcome.err() })
}

/// Decodes a file whose hash is right. Where somebody made both to break the decoder, that is told like any other
/// fault: decoders of binary formats trust their offsets.
fn decoded(read: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err("it cannot be decoded".into()))
}

/// Hashes what is read through it.
struct Hashed<'a> {
    inner: File,
    digest: Sha256,
    bytes: u64,
    control: &'a Control,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.control.check().map_err(io::Error::other)?;
        let read = self.inner.read(buffer)?;
        self.digest.update(&buffer[..read]);
        self.bytes += read as u64;
        self.control.add_bytes(read as u64);
        Ok(read)
    }
}

fn read_text(
    source: &mut Hashed<'_>,
    options: &Options,
    schema: &[SchemaColumn],
    rows: &mut u64,
) -> Result<(), String> {
    let raw = unpacked(source, options).map_err(|error| error.to_string())?;
    let read = match options.format {
        Format::Csv => read_csv(raw, options, schema)?,
        _ => read_blocks(raw, line_end, |_, block| ndjson_rows(block, schema))
            .map_err(|error| error.to_string())?,
    };
    *rows = read.0;
    read.1.map_or(Ok(()), Err)
}

/// The text of a part, whatever it is packed in.
pub fn unpacked<'a>(source: impl Read + 'a, options: &Options) -> io::Result<Box<dyn BufRead + 'a>> {
    const BUFFER: usize = 256 * 1024;
    Ok(match options.compression {
        None => Box::new(BufReader::with_capacity(BUFFER, source)),
        Some(Compression::Gzip) => {
            let decoder = flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(BUFFER, source));
            Box::new(BufReader::with_capacity(BUFFER, decoder))
        }
        Some(Compression::Zstd) => Box::new(BufReader::with_capacity(BUFFER, zstd::Decoder::new(source)?)),
    })
}

fn read_csv(
    raw: Box<dyn BufRead + '_>,
    options: &Options,
    schema: &[SchemaColumn],
) -> Result<(u64, Option<String>), String> {
    let delimiter = options.csv.as_ref().map_or(',', |csv| csv.delimiter);
    let delimiter = u8::try_from(delimiter).map_err(|_| "its delimiter is no single byte".to_owned())?;
    let header = OnceLock::new();
    let read = read_blocks(raw, csv_line_end, |number, block| match number {
        0 => {
            let rows = first_row_end(block);
            // What is wrong with it is told for the whole file, whatever its rows are.
            let _ = header.set(check_header(&block[..rows], delimiter, options, schema));
            csv_rows(&block[rows..], delimiter, schema.len())
        }
        _ => csv_rows(block, delimiter, schema.len()),
    });
    let read = read.map_err(|error| error.to_string())?;
    header.into_inner().unwrap_or_else(|| Err("it has no header".into()))?;
    Ok(read)
}

/// Where the first row of some whole ones ends.
fn first_row_end(block: &[u8]) -> usize {
    let mut within = false;
    let mut from = 0;
    while let Some(length) = memchr::memchr(b'\n', &block[from..]) {
        let end = from + length + 1;
        within ^= memchr::memchr_iter(b'"', &block[from..end]).count() % 2 == 1;
        if !within {
            return end;
        }
        from = end;
    }
    block.len()
}

fn check_header(row: &[u8], delimiter: u8, options: &Options, schema: &[SchemaColumn]) -> Result<(), String> {
    let escaped = options.csv.as_ref().is_some_and(|csv| csv.formulas == crate::request::Formulas::Escape);
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(row);
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
    match is_same && record.len() == schema.len() {
        true => Ok(()),
        false => Err("its header does not name the columns of the manifest".into()),
    }
}

/// Counts the rows of a block of NDJSON.
fn ndjson_rows(block: &[u8], schema: &[SchemaColumn]) -> Result<u64, Fault> {
    let mut rows = 0;
    let mut from = 0;
    while let Some(length) = memchr::memchr(b'\n', &block[from..]) {
        let mut json = serde_json::Deserializer::from_slice(&block[from..from + length]);
        let read = json.deserialize_map(Names { schema, next: 0 }).and_then(|()| json.end());
        read.map_err(|error| (rows, format!("is not as it was written: {error}")))?;
        rows += 1;
        from += length + 1;
    }
    Ok(rows)
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
