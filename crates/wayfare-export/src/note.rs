//! Cells that a format could not hold as they are: counted by part, told in the manifest.

use crate::column::Column;
use crate::part_file::Part;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// A whole number of more than 15 digits is text: spreadsheets round it.
    NumberAsText,
    /// A day before 1900-03-01 is text: spreadsheets do not agree on these.
    DateAsText,
    /// An instant that is too early, or finer than a millisecond, is text.
    TimeAsText,
    /// Characters that XML cannot hold stand as `_xHHHH_`.
    Escaped,
    /// A text of more than 32,767 characters was left out; the cell is the error `#N/A`.
    TooLong,
}

impl Became {
    fn words(self) -> &'static str {
        match self {
            Self::NumberAsText => {
                "numbers that spreadsheets would round, whole ones of more than 15 digits, are written as text"
            }
            Self::DateAsText => "days before 1900-03-01 are written as text",
            Self::TimeAsText => "times before 1900-03-01, or finer than a millisecond, are written as text",
            Self::Escaped => "texts have control characters, written as _xHHHH_",
            Self::TooLong => {
                "texts of more than 32,767 characters do not fit into a cell and are left out: #N/A stands there"
            }
        }
    }
}

/// How many cells of a column became what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The column, by its name in the files.
    pub column: String,
    /// What became of the cells.
    pub became: Became,
    /// How many.
    pub cells: u64,
}

/// Counts while a part is written.
#[derive(Debug, Clone, Default)]
pub struct Notes(BTreeMap<(usize, Became), u64>);

impl Notes {
    /// One more cell of the column at `index`.
    pub fn add(&mut self, index: usize, became: Became) {
        *self.0.entry((index, became)).or_default() += 1;
    }

    /// The notes in the order of columns.
    pub fn list(self, columns: &[Column]) -> Vec<Note> {
        self.0
            .into_iter()
            .map(|((index, became), cells)| Note { column: columns[index].name.clone(), became, cells })
            .collect()
    }
}

/// What the reader of a manifest should know of all parts' notes.
pub fn warnings(parts: &[Part]) -> Vec<String> {
    let mut sums: Vec<Note> = Vec::new();
    for note in parts.iter().flat_map(|part| &part.notes) {
        match sums.iter_mut().find(|sum| (&sum.column, sum.became) == (&note.column, note.became)) {
            Some(sum) => sum.cells += note.cells,
            None => sums.push(note.clone()),
        }
    }
    let cells = |count| if count == 1 { "cell" } else { "cells" };
    sums.iter()
        .map(|sum| {
            format!("column `{}`, {} {}: {}", sum.column, sum.cells, cells(sum.cells), sum.became.words())
        })
        .collect()
}
