//! Rows as a multiset: a sum of hashes that is the same whatever order the rows stand in, and however they are cut into
//! parts.

use crate::manifest::Options;
use crate::request::Format;
use crate::verify_part::unpacked;
use crate::xlsx::SHEET;
use crate::zip;
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow::ipc::reader::FileReader;
use arrow::row::{RowConverter, SortField};
use quick_xml::Reader;
use quick_xml::events::Event;
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The sum of the hashes of rows. No two sets of rows that anybody has met have the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowSum {
    rows: u64,
    upper: u128,
    lower: u128,
}

impl RowSum {
    fn add(&mut self, row: &[u8]) {
        let hash = Sha256::digest(row);
        let half = |bytes: &[u8]| bytes.iter().fold(0u128, |sum, byte| sum << 8 | u128::from(*byte));
        self.rows += 1;
        self.upper = self.upper.wrapping_add(half(&hash[..16]));
        self.lower = self.lower.wrapping_add(half(&hash[16..]));
    }

    /// Adds the rows of a part.
    pub fn add_part(&mut self, path: &Path, options: &Options) -> Result<(), Box<dyn Error + Send + Sync>> {
        match options.format {
            Format::Csv => self.add_lines(unpacked(File::open(path)?, options)?, 1, true),
            Format::Ndjson => self.add_lines(unpacked(File::open(path)?, options)?, 0, false),
            Format::Parquet => self.add_parquet(path),
            Format::Arrow => self.add_arrow(path),
            Format::Xlsx => self.add_xlsx(path),
        }
    }

    /// A row ends with a line; in CSV, with one outside of quotes.
    fn add_lines(
        &mut self,
        mut text: Box<dyn BufRead + '_>,
        headers: usize,
        quoted: bool,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let (mut row, mut before) = (Vec::new(), 0);
        while text.read_until(b'\n', &mut row)? > 0 {
            if quoted && row.iter().filter(|byte| **byte == b'"').count() % 2 == 1 && row.ends_with(b"\n") {
                continue;
            }
            if before < headers {
                before += 1;
            } else {
                self.add(&row);
            }
            row.clear();
        }
        match row.is_empty() {
            true => Ok(()),
            false => Err("the last row is cut off".into()),
        }
    }

    fn add_parquet(&mut self, path: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
        let fields = builder.schema().fields().iter().map(|field| SortField::new(field.data_type().clone()));
        let converter = RowConverter::new(fields.collect())?;
        for batch in builder.with_batch_size(1_024).build()? {
            let rows = converter.convert_columns(batch?.columns())?;
            rows.iter().for_each(|row| self.add(row.data()));
        }
        Ok(())
    }

    fn add_arrow(&mut self, path: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
        let reader = FileReader::try_new(BufReader::new(File::open(path)?), None)?;
        let schema = reader.schema();
        let fields = schema.fields().iter().map(|field| SortField::new(field.data_type().clone()));
        let converter = RowConverter::new(fields.collect())?;
        for batch in reader {
            let rows = converter.convert_columns(batch?.columns())?;
            rows.iter().for_each(|row| self.add(row.data()));
        }
        Ok(())
    }

    /// A row of a sheet is what its cells hold, each in its column; which row it is does not matter.
    fn add_xlsx(&mut self, path: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut file = File::open(path)?;
        let found = zip::find(&mut file, SHEET)?;
        let mut sheet = Reader::from_reader(BufReader::new(zip::open(&mut file, &found)?));
        let (mut buffer, mut row, mut is_header) = (Vec::new(), Vec::new(), true);
        loop {
            buffer.clear();
            let event = sheet.read_event_into(&mut buffer)?;
            match &event {
                Event::Eof => return Ok(()),
                Event::End(tag) if tag.name().as_ref() == "row" => {
                    if !std::mem::take(&mut is_header) {
                        self.add(&row);
                    }
                    row.clear();
                }
                Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "row" => row.clear(),
                Event::Start(tag) | Event::Empty(tag) => {
                    row.push(0);
                    row.extend_from_slice(tag.name().as_ref().as_bytes());
                    for attribute in tag.attributes() {
                        let attribute = attribute?;
                        row.push(1);
                        row.extend_from_slice(attribute.key.as_ref().as_bytes());
                        let value = attribute.value.as_ref();
                        let is_place = attribute.key.as_ref() == "r";
                        row.extend(value.bytes().filter(|byte| !is_place || !byte.is_ascii_digit()));
                    }
                }
                Event::Text(text) => {
                    row.push(2);
                    row.extend_from_slice(text.as_ref().as_bytes());
                }
                Event::GeneralRef(reference) => {
                    row.push(3);
                    row.extend_from_slice(reference.as_ref().as_bytes());
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::ExportRequest;

    fn sum(format: &str, text: &str) -> RowSum {
        let request: ExportRequest =
            serde_json::from_str(&format!(r#"{{"kind":"profiles","format":"{format}"}}"#)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        std::fs::write(&path, text).unwrap();
        let mut sum = RowSum::default();
        sum.add_part(&path, &Options::of(&request)).unwrap();
        sum
    }

    #[test]
    fn the_order_does_not_matter_and_everything_else_does() {
        let csv = |text: &str| sum("csv", text);
        let rows = csv("a,b\n1,\"x\ny\"\n2,\n3,\"\"\n");
        assert_eq!(rows.rows, 3);
        assert_eq!(rows, csv("a,b\n3,\"\"\n2,\n1,\"x\ny\"\n"));
        for other in [
            "a,b\n1,\"x\ny\"\n2,\"\"\n3,\"\"\n",
            "a,b\n1,\"x\ny\"\n2,\n2,\n",
            "a,b\n1,\"x\ny\"\n2,\n3,\"\"\n3,\"\"\n",
            "a,b\n1,\"x\n\"\n2,\n3,\"\"\n",
        ] {
            assert_ne!(rows, csv(other), "{other}");
        }
        assert_eq!(csv("a\n\"say \"\"\n\"\"\"\n").rows, 1);
        assert_eq!(sum("ndjson", "{\"a\":1}\n{\"a\":2}\n"), sum("ndjson", "{\"a\":2}\n{\"a\":1}\n"));
        assert_eq!(csv("a\n"), RowSum::default());
    }
}
