//! One run as a file.

use super::sections::{self, CodesForm, Section, Sections, TextsForm, Writer};
use crate::error::StoreError;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use wayfare_segment::columns::numbers::Numbers;
use wayfare_segment::columns::{RunBase, TextColumn, TextRun};

/// What the file ends with; its digits are the version of the form.
const MARK: &[u8; 8] = b"wfrun-04";

#[derive(Debug, Serialize, Deserialize)]
enum NumbersForm {
    Narrow { base: i64, unit: i64, offsets: Section },
    Split { base: i64, unit: i64, high: Section, low: Section },
    Wide(Section),
}

#[derive(Debug, Serialize, Deserialize)]
struct ColumnForm {
    groups: Section,
    rows: Option<CodesForm>,
    texts: TextsForm,
}

#[derive(Debug, Serialize, Deserialize)]
struct Description {
    ordinals: Section,
    times: NumbersForm,
    positions: NumbersForm,
    ends: Section,
    firsts: Section,
    lasts: Section,
    latest: Section,
    span: Option<(i64, i64)>,
    columns: BTreeMap<String, ColumnForm>,
    left_out: BTreeSet<String>,
}

/// Writes a run to a file.
pub(super) fn write(path: &Path, run: &TextRun) -> Result<(), StoreError> {
    sections::write(path, MARK, |sections| {
        let base = &run.base;
        let mut columns = BTreeMap::new();
        for (name, column) in &run.columns {
            let rows = column.rows.as_ref().map(|rows| sections.add_codes(rows)).transpose()?;
            let groups = sections.add(&column.groups)?;
            columns
                .insert(name.clone(), ColumnForm { groups, rows, texts: sections.add_texts(&column.texts)? });
        }
        Ok(Description {
            ordinals: sections.add(&base.ordinals)?,
            times: add_numbers(sections, &base.times)?,
            positions: add_numbers(sections, &base.positions)?,
            ends: sections.add(&base.ends)?,
            firsts: sections.add(&base.firsts)?,
            lasts: sections.add(&base.lasts)?,
            latest: sections.add(&base.latest)?,
            span: base.span,
            columns,
            left_out: run.left_out.clone(),
        })
    })
}

fn add_numbers(sections: &mut Writer, numbers: &Numbers) -> std::io::Result<NumbersForm> {
    Ok(match numbers {
        Numbers::Narrow { base, unit, offsets } => {
            NumbersForm::Narrow { base: *base, unit: *unit, offsets: sections.add(offsets)? }
        }
        Numbers::Split { base, unit, high, low } => {
            let (high, low) = (sections.add(high)?, sections.add(low)?);
            NumbersForm::Split { base: *base, unit: *unit, high, low }
        }
        Numbers::Wide(numbers) => NumbersForm::Wide(sections.add(numbers)?),
    })
}

/// A run from its file.
pub(super) fn read(path: &Path) -> Result<TextRun, StoreError> {
    let (sections, description) = sections::read::<Description>(path, MARK)?;
    run(&sections, description).ok_or_else(|| sections::not_whole(path))
}

/// A run from a file that an earlier process left, if it is what was written: what a disk changed would be counted
/// without a word otherwise.
pub(super) fn read_checked(path: &Path) -> Result<TextRun, StoreError> {
    match sections::is_whole(path, MARK)? {
        true => read(path),
        false => Err(sections::not_whole(path)),
    }
}

fn run(sections: &Sections, description: Description) -> Option<TextRun> {
    let numbers = |form: &NumbersForm| {
        Some(match form {
            NumbersForm::Narrow { base, unit, offsets } => {
                Numbers::Narrow { base: *base, unit: (*unit).max(1), offsets: sections.get(*offsets)? }
            }
            NumbersForm::Split { base, unit, high, low } => Numbers::Split {
                base: *base,
                unit: (*unit).max(1),
                high: sections.get(*high)?,
                low: sections.get(*low)?,
            },
            NumbersForm::Wide(section) => Numbers::Wide(sections.get(*section)?),
        })
    };
    let base = RunBase {
        ordinals: sections.get(description.ordinals)?,
        times: numbers(&description.times)?,
        positions: numbers(&description.positions)?,
        ends: sections.get(description.ends)?,
        firsts: sections.get(description.firsts)?,
        lasts: sections.get(description.lasts)?,
        latest: sections.get(description.latest)?,
        span: description.span,
    };
    let rows = base.len();
    let fits = base.times.len() == rows
        && base.positions.len() == rows
        && base.ends.is_sorted()
        && base.firsts.len() == base.ends.len()
        && base.lasts.len() == base.ends.len()
        && base.ends.last().copied().unwrap_or(0) as usize == rows;
    let mut columns = BTreeMap::new();
    for (name, form) in &description.columns {
        let rows = match &form.rows {
            Some(form) => Some(sections.codes(form)?),
            None => None,
        };
        let groups = sections.get(form.groups)?;
        columns.insert(name.clone(), TextColumn { groups, rows, texts: sections.texts(&form.texts)? });
    }
    fits.then(|| TextRun { base: Arc::new(base), columns, left_out: description.left_out })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wayfare_segment::columns::RowsBuilder;

    fn run() -> TextRun {
        let mut builder = RowsBuilder::new(["a", "b"].into_iter(), |_| 65_535);
        for row in 0..1_000usize {
            builder.push(row as u32 % 7, 1_000 * row as i64, row as u64);
            builder.set(row, 0, &(row % 3).to_string());
            if row % 2 == 0 {
                builder.set(row, 1, &row.to_string());
            }
        }
        builder.finish(&["a"])
    }

    #[test]
    fn a_run_comes_back_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.run");
        let run = run();
        write(&path, &run).unwrap();
        let back = read(&path).unwrap();
        assert_eq!(*back.base.ordinals, *run.base.ordinals);
        assert_eq!(*back.base.ends, *run.base.ends);
        assert_eq!(*back.base.firsts, *run.base.firsts);
        assert_eq!(*back.base.lasts, *run.base.lasts);
        assert_eq!(*back.base.latest, *run.base.latest);
        assert_eq!(back.base.span, run.base.span);
        for (group, rows) in run.base.groups() {
            for row in rows {
                assert_eq!(back.base.times.get(row), run.base.times.get(row));
                for (name, column) in &run.columns {
                    let other = &back.columns[name];
                    assert_eq!(other.code(group, row), column.code(group, row));
                }
            }
        }
        assert_eq!(back.columns["b"].texts.iter().count(), run.columns["b"].texts.iter().count());
    }

    #[test]
    fn a_file_that_is_not_whole_is_told_and_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.run");
        write(&path, &run()).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for cut in [0, 1, 8, 100, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert!(read(&path).is_err(), "{cut}");
        }
        std::fs::write(&path, &bytes).unwrap();
        assert!(read_checked(&path).is_ok());
        for place in (0..bytes.len()).step_by(997) {
            let mut other = bytes.clone();
            other[place] ^= 1;
            std::fs::write(&path, &other).unwrap();
            assert!(read_checked(&path).is_err(), "{place}");
        }
        let mut other = bytes.clone();
        let last = other.len() - 1;
        other[last] = b'9';
        std::fs::write(&path, &other).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("index"));
    }
}
