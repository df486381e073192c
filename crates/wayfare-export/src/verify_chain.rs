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
use serde_json::{Map, Value};
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

/// The chain among exports: those of a window of positions, which may begin at 0 as well, and whole ones that ask for the same.
/// Other whole exports have nothing to do with it, nor with each other.
pub(crate) fn chain(mut manifests: Vec<Manifest>) -> Option<ChainReport> {
    let is_link = |manifest: &Manifest| manifest.is_incremental() || manifest.position_from != 0;
    let asked: Vec<_> = manifests.iter().filter(|manifest| is_link(manifest)).map(question).collect();
    manifests.retain(|manifest| is_link(manifest) || asked.contains(&question(manifest)));
    if manifests.len() < 2 || asked.is_empty() {
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

/// What an export asks for, whatever window and moment it is of, however it is cut into parts, and whatever the key that
/// asked was called by then.
fn question(manifest: &Manifest) -> Option<Map<String, Value>> {
    asked(serde_json::from_str(manifest.request.get()).ok()?)
}

/// The same of a request.
pub(crate) fn asked(request: Value) -> Option<Map<String, Value>> {
    let Value::Object(mut request) = request else { return None };
    ["positions", "as_of", "max_rows", "max_bytes"].iter().for_each(|member| drop(request.remove(*member)));
    if let Some(Value::Object(policy)) = request.get_mut("policy") {
        policy.remove("name");
    }
    // The command line writes it out, a body may leave it to be understood.
    request.entry("timezone").or_insert_with(|| "UTC".into());
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn manifest(id: &str, request: Value, (from, to): Window) -> Manifest {
        let manifest = json!({
            "version": 1, "id": id, "kind": "profiles", "request": request, "filter": null, "as_of": null,
            "position_from": from, "position_to": to, "schema": [], "rows": 0, "parts": [],
            "options": {"format": "csv", "compression": null, "surface": "native"}, "warnings": [],
        });
        serde_json::from_str(&manifest.to_string()).unwrap()
    }

    fn link(id: &str, window: Window) -> Manifest {
        let (from, to) = window;
        manifest(id, json!({"kind": "profiles", "positions": {"from": from, "to": to}}), window)
    }

    fn told(manifests: Vec<Manifest>) -> Vec<String> {
        let problems = chain(manifests).unwrap().problems;
        problems.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn links_that_begin_at_0_are_a_chain_too() {
        assert_eq!(told(vec![link("b", (0, 9)), link("a", (0, 9))]).len(), 1);
        assert_eq!(told(vec![link("a", (0, 9)), link("b", (9, 9))]), Vec::<String>::new());
        // Whole exports are verified side by side.
        let whole = |id: &str, to| manifest(id, json!({"kind": id}), (0, to));
        assert_eq!(chain(vec![whole("a", 9), whole("b", 9), whole("c", 12)]), None);
        assert_eq!(chain(vec![link("a", (0, 9))]), None);
        // One of them may be what a chain begins with.
        let first = manifest("a", json!({"kind": "profiles"}), (0, 9));
        assert_eq!(told(vec![first, link("b", (9, 12)), whole("c", 20)]), Vec::<String>::new());
    }

    #[test]
    fn what_asks_for_the_same() {
        let ask = |id: &str, window: Window, more: Value| {
            let mut request = json!({"kind": "profiles", "positions": {"from": window.0}});
            if let (Some(request), Value::Object(more)) = (request.as_object_mut(), more) {
                request.extend(more);
            }
            manifest(id, request, window)
        };
        let pair =
            |before: Value, after: Value| told(vec![ask("a", (0, 9), before), ask("b", (9, 12), after)]);
        let policy = |name: &str, otherwise: &str| json!({"policy": {"key": "key_1", "name": name, "rules": [], "otherwise": otherwise}});
        assert_eq!(pair(policy("Agency", "keep"), policy("Partner", "keep")), Vec::<String>::new());
        assert_eq!(pair(policy("Agency", "keep"), policy("Agency", "drop")).len(), 1);
        assert_eq!(pair(json!({}), json!({"timezone": "UTC"})), Vec::<String>::new());
        assert_eq!(pair(json!({}), json!({"timezone": "Europe/Istanbul"})).len(), 1);
    }
}
