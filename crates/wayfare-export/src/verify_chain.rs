//! Several exports that continue each other: from their manifests and rows alone, nothing lies between two of them or in
//! both.
//!
//! Each manifest tells its window of commit positions, half-open; here windows are held against each other. That the
//! rows lie within theirs, and no row of events or profiles is there twice, is read from the column `position` of each
//! incremental export.

use crate::error::ExportError;
use crate::manifest::Manifest;
use crate::part_file::Part;
use crate::positions::{POSITION, Window};
use crate::progress::Control;
use crate::request::Format;
use crate::verify::Problem;
use crate::verify_part::unpacked;
use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use arrow::ipc::reader::FileReader;
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Several exports that continue each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainReport {
    /// The first commit position of the chain.
    pub position_from: u64,
    /// One past the last.
    pub position_to: u64,
    /// Gaps, overlaps, and links that ask for something else.
    pub problems: Vec<Problem>,
}

/// Exports are a chain where one of several starts at a later position than the beginning.
pub(crate) fn chain(mut manifests: Vec<Manifest>) -> Option<ChainReport> {
    if manifests.len() < 2 || manifests.iter().all(|manifest| manifest.position_from == 0) {
        return None;
    }
    manifests.sort_by_key(|manifest| (manifest.position_from, manifest.position_to));
    let mut problems = Vec::new();
    let mut problem = |message| problems.push(Problem { file: None, message });
    for pair in manifests.windows(2) {
        let [before, after] = pair else { continue };
        let (end, start) = (before.position_to, after.position_from);
        match end.cmp(&start) {
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Less => {
                problem(format!(
                    "positions {end} to {start} are in neither of {} and {}",
                    before.id, after.id
                ));
            }
            std::cmp::Ordering::Greater => {
                problem(format!("positions {start} to {end} are in both of {} and {}", before.id, after.id));
            }
        }
        if question(before) != question(after) {
            problem(format!("{} asks for something else than {}", after.id, before.id));
        }
    }
    Some(ChainReport {
        position_from: manifests.first()?.position_from,
        position_to: manifests.iter().map(|manifest| manifest.position_to).max()?,
        problems,
    })
}

/// What an export asks for, whatever window and moment it is of, and however it is cut into parts.
fn question(manifest: &Manifest) -> Option<serde_json::Map<String, serde_json::Value>> {
    let mut request: serde_json::Map<_, _> = serde_json::from_str(manifest.request.get()).ok()?;
    ["positions", "as_of", "max_rows", "max_bytes"].iter().for_each(|member| drop(request.remove(*member)));
    Some(request)
}

/// What is wrong with the positions of the rows of an export, the first of each kind.
pub(crate) fn positions(
    directory: &Path,
    manifest: &Manifest,
    control: &Control,
) -> Result<Vec<String>, ExportError> {
    // Of a person in a journey all passes have the position of what is newest.
    let is_once = matches!(manifest.kind.as_str(), "events" | "profiles");
    let mut positions = Positions {
        window: (manifest.position_from, manifest.position_to),
        seen: is_once.then(RoaringTreemap::new),
        outside: None,
        twice: None,
    };
    let mut problems = Vec::new();
    for part in &manifest.parts {
        control.check()?;
        if let Err(error) = positions.read(directory, part, manifest) {
            control.check()?;
            problems.push(format!("{}: its positions cannot be read: {error}", part.file));
        }
    }
    let (from, to) = positions.window;
    problems.extend(positions.outside.map(|position| {
        format!("a row has position {position}, which is not in the window {from} to {to} of the manifest")
    }));
    problems.extend(positions.twice.map(|position| format!("position {position} is there twice")));
    Ok(problems)
}

/// What was seen of the positions of an export.
struct Positions {
    window: Window,
    /// Where each may be there once.
    seen: Option<RoaringTreemap>,
    outside: Option<u64>,
    twice: Option<u64>,
}

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

impl Positions {
    fn add(&mut self, position: u64) {
        let (from, to) = self.window;
        if !(from..to).contains(&position) {
            self.outside.get_or_insert(position);
        }
        if self.seen.as_mut().is_some_and(|seen| !seen.insert(position)) {
            self.twice.get_or_insert(position);
        }
    }

    fn read(&mut self, directory: &Path, part: &Part, manifest: &Manifest) -> Outcome {
        let file = File::open(directory.join(&part.file))?;
        match manifest.options.format {
            Format::Csv => {
                let delimiter = manifest.options.csv.as_ref().map_or(',', |csv| csv.delimiter);
                self.read_csv(unpacked(file, &manifest.options)?, u8::try_from(delimiter)?)
            }
            Format::Ndjson => self.read_ndjson(unpacked(file, &manifest.options)?),
            Format::Parquet => {
                let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
                let mask = ProjectionMask::columns(builder.parquet_schema(), [POSITION]);
                for batch in builder.with_projection(mask).build()? {
                    self.add_batch(&batch?)?;
                }
                Ok(())
            }
            Format::Arrow => {
                for batch in FileReader::try_new(BufReader::new(file), None)? {
                    self.add_batch(&batch?)?;
                }
                Ok(())
            }
            Format::Xlsx => Err("a workbook is no link of a chain".into()),
        }
    }

    fn read_csv(&mut self, text: Box<dyn BufRead + '_>, delimiter: u8) -> Outcome {
        let mut reader = ::csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text);
        // A header may stand behind a byte order mark and in quotes.
        let is_position = |name: &str| name.trim_start_matches('\u{feff}') == POSITION;
        let place = reader.headers()?.iter().position(is_position).ok_or("there is no column of them")?;
        let mut row = ::csv::ByteRecord::new();
        while reader.read_byte_record(&mut row)? {
            self.add(std::str::from_utf8(row.get(place).unwrap_or_default())?.parse()?);
        }
        Ok(())
    }

    fn read_ndjson(&mut self, mut text: Box<dyn BufRead + '_>) -> Outcome {
        #[derive(Deserialize)]
        struct Row {
            position: u64,
        }
        let mut line = Vec::new();
        while text.read_until(b'\n', &mut line)? > 0 {
            self.add(serde_json::from_slice::<Row>(&line)?.position);
            line.clear();
        }
        Ok(())
    }

    fn add_batch(&mut self, batch: &RecordBatch) -> Outcome {
        let column = batch.column_by_name(POSITION).ok_or("there is no column of them")?;
        let column = column.as_primitive_opt::<Int64Type>().ok_or("they are no whole numbers")?;
        if column.null_count() > 0 {
            return Err("a row has none".into());
        }
        column.values().iter().try_for_each(|position| {
            self.add(u64::try_from(*position)?);
            Ok(())
        })
    }
}
