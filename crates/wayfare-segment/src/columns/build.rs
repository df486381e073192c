//! Rows as they come become a run.

use super::buffer::Buffer;
use super::column::Codes;
use super::numbers::Numbers;
use super::order::{Placed, slice};
use super::run::{MIXED, RunBase};
use super::text_codes::TextCodes;
use super::text_run::{TextColumn, TextRun};
use super::texts::{Texts, TextsBuilder};
use crate::column_builder::CodesBuilder;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// Gathers rows in any order.
#[derive(Debug)]
pub struct RowsBuilder {
    ordinals: Vec<u32>,
    times: Vec<i64>,
    positions: Vec<i64>,
    columns: Vec<TextColumnBuilder>,
}

#[derive(Debug)]
struct TextColumnBuilder {
    name: String,
    /// With more different values than this, and with one for every second row, it is left out.
    most_distinct: usize,
    left_out: bool,
    codes: CodesBuilder,
    texts: TextCodes,
}

impl RowsBuilder {
    /// No rows, with parameters of those names. One that has more different values than `most_distinct` says, and one
    /// for every second row, is left out of the run: its texts would take more room than all the rest.
    pub fn new<'n>(parameters: impl Iterator<Item = &'n str>, most_distinct: impl Fn(&str) -> usize) -> Self {
        let column = |name: &str| TextColumnBuilder {
            name: name.to_owned(),
            most_distinct: most_distinct(name),
            left_out: false,
            codes: CodesBuilder::default(),
            texts: TextCodes::default(),
        };
        Self {
            ordinals: Vec::new(),
            times: Vec::new(),
            positions: Vec::new(),
            columns: parameters.map(column).collect(),
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.ordinals.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ordinals.is_empty()
    }

    /// About how many bytes of memory the rows take.
    pub fn bytes(&self) -> usize {
        let column = |column: &TextColumnBuilder| column.codes.len() * 4 + column.texts.bytes();
        self.ordinals.len() * 20 + self.columns.iter().map(column).sum::<usize>()
    }

    /// Adds a row without parameters: whose, when in microseconds, its commit position.
    pub fn push(&mut self, ordinal: u32, time: i64, position: u64) {
        self.ordinals.push(ordinal);
        self.times.push(time);
        self.positions.push(position as i64);
    }

    /// Gives a row a value of a parameter, which is told by its place among those of [`new`](Self::new).
    pub fn set(&mut self, row: usize, column: usize, text: &str) {
        self.columns[column].set(row, text);
    }

    /// The run of all rows, grouped by the parameters `keys`.
    pub fn finish(self, keys: &[&str]) -> TextRun {
        let Self { ordinals, times, positions, mut columns } = self;
        let rows = ordinals.len();
        let of_keys: Vec<&TextColumnBuilder> = keys
            .iter()
            .filter_map(|key| columns.iter().find(|column| column.name == *key && !column.left_out))
            .collect();
        let (grouped, groups) = grouped(rows, |row| {
            of_keys.iter().fold(0u128, |all, column| all << 32 | u128::from(column.code(row)))
        });
        let mut placed: Vec<Placed> = grouped
            .into_iter()
            .map(|place| {
                let row = place as usize;
                Placed { ordinal: ordinals[row], place, time: times[row], position: positions[row] }
            })
            .collect();
        let slices = ranges(&groups).flat_map(|rows| slice(&mut placed[rows]));
        let ends = ends(slices.collect());
        let order: Vec<u32> = placed.iter().map(|row| row.place).collect();
        let base = base(&placed, ends);
        drop(placed);
        let mut run = TextRun { base: Arc::new(base), ..TextRun::default() };
        for column in columns.drain(..) {
            if column.left_out {
                run.left_out.insert(column.name);
            } else if !column.texts.is_empty() {
                let mut codes: Vec<u32> = order.iter().map(|row| column.code(*row as usize)).collect();
                let texts = by_rows(&mut codes, column.texts.finish());
                let (groups, rows) = coded(codes, &run.base.ends, texts.len());
                run.columns.insert(column.name, TextColumn { groups, rows, texts });
            }
        }
        run
    }
}

impl TextColumnBuilder {
    fn set(&mut self, row: usize, text: &str) {
        if self.left_out {
            return;
        }
        let code = self.texts.code(text);
        let distinct = self.texts.len();
        if distinct > self.most_distinct && distinct > row / 2 {
            self.left_out = true;
            self.codes = CodesBuilder::default();
            self.texts = TextCodes::default();
            return;
        }
        self.codes.put(row, code);
    }

    fn code(&self, row: usize) -> u32 {
        if row < self.codes.len() { self.codes.get(row) } else { 0 }
    }
}

/// Rows by equal keys, these in their order and rows of one in the order they came; and where each ends.
fn grouped(rows: usize, key: impl Fn(usize) -> u128) -> (Vec<u32>, Vec<u32>) {
    let mut places: HashMap<u128, u32> = HashMap::new();
    let mut keys: Vec<u128> = Vec::new();
    let mut last: Option<(u128, u32)> = None;
    let mut of_row: Vec<u32> = Vec::with_capacity(rows);
    for row in 0..rows {
        let key = key(row);
        let group = match last {
            Some((known, group)) if known == key => group,
            _ => *places.entry(key).or_insert_with(|| {
                keys.push(key);
                keys.len() as u32 - 1
            }),
        };
        last = Some((key, group));
        of_row.push(group);
    }
    let mut by_key: Vec<u32> = (0..keys.len() as u32).collect();
    by_key.sort_unstable_by_key(|group| keys[*group as usize]);
    let mut counts = vec![0u32; keys.len()];
    of_row.iter().for_each(|group| counts[*group as usize] += 1);
    let mut next = vec![0u32; keys.len()];
    let mut ends = Vec::with_capacity(keys.len());
    let mut end = 0;
    for group in by_key {
        next[group as usize] = end;
        end += counts[group as usize];
        ends.push(end);
    }
    let mut order = vec![0u32; rows];
    for (row, group) in of_row.into_iter().enumerate() {
        let place = &mut next[group as usize];
        order[*place as usize] = row as u32;
        *place += 1;
    }
    (order, ends)
}

/// The rows of each group.
pub(super) fn ranges(ends: &[u32]) -> impl Iterator<Item = Range<usize>> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(ends).map(|(start, end)| start as usize..*end as usize)
}

/// Where parts of so many rows end.
pub(super) fn ends(mut lengths: Vec<u32>) -> Vec<u32> {
    let mut end = 0;
    lengths.iter_mut().for_each(|length| {
        end += *length;
        *length = end;
    });
    lengths
}

/// What all questions share, of rows in their order.
pub(super) fn base(rows: &[Placed], ends: Vec<u32>) -> RunBase {
    let (mut firsts, mut lasts) = (Vec::with_capacity(ends.len()), Vec::with_capacity(ends.len()));
    for rows in ranges(&ends).map(|range| &rows[range]) {
        firsts.push(rows.iter().map(|row| row.time).min().unwrap_or(0));
        lasts.push(rows.iter().map(|row| row.time).max().unwrap_or(0));
    }
    let span = firsts.iter().min().copied().zip(lasts.iter().max().copied());
    let times = Numbers::of(rows.iter().map(|row| row.time).collect());
    let ordinals: Vec<u32> = rows.iter().map(|row| row.ordinal).collect();
    let latest = latest(&ordinals, &times);
    RunBase {
        ordinals: ordinals.into(),
        times,
        positions: Numbers::of(rows.iter().map(|row| row.position).collect()),
        ends: ends.into(),
        firsts: firsts.into(),
        lasts: lasts.into(),
        latest: latest.into(),
        span,
    }
}

/// By ordinal the mark of the latest time, where there are at least as many rows as ordinals: then it is read faster
/// than they.
fn latest(ordinals: &[u32], times: &Numbers) -> Vec<u32> {
    let bound = ordinals.iter().max().map_or(0, |greatest| *greatest as usize + 1);
    let Some(marks) = times.marks().filter(|_| ordinals.len() >= bound) else { return Vec::new() };
    let mut latest = vec![0u32; bound];
    for (row, ordinal) in ordinals.iter().enumerate() {
        let known = &mut latest[*ordinal as usize];
        *known = (*known).max(marks.of(row));
    }
    latest
}

/// More distinct texts than this are put in the order of rows. Tests have few of them.
const UNORDERED: usize = if cfg!(test) { 8 } else { 4_096 };

/// Numbers texts by the order in which rows have them: whoever reads rows in their order then reads the values of a
/// column with very many of them in order too, and not here and there in memory.
pub(super) fn by_rows(codes: &mut [u32], texts: Texts) -> Texts {
    if texts.len() <= UNORDERED {
        return texts;
    }
    let mut renumbered = vec![0u32; texts.len() + 1];
    let mut ordered = TextsBuilder::default();
    for code in codes.iter_mut().filter(|code| **code > 0) {
        let known = &mut renumbered[*code as usize];
        if *known == 0 {
            ordered.push(texts.get(*code as usize - 1).unwrap_or_default());
            *known = ordered.len() as u32;
        }
        *code = *known;
    }
    // Whoever compares so many reads the prints, and not texts here and there in memory.
    ordered.finish().printed()
}

/// Codes by group where all rows of it agree, by row where some group's do not.
pub(super) fn coded(codes: Vec<u32>, ends: &[u32], distinct: usize) -> (Buffer<u32>, Option<Codes>) {
    let groups: Vec<u32> = ranges(ends)
        .map(|rows| match codes[rows].split_first() {
            None => 0,
            Some((first, rest)) if rest.iter().all(|code| code == first) => *first,
            Some(_) => MIXED,
        })
        .collect();
    let mixed = groups.contains(&MIXED);
    (groups.into(), mixed.then(|| Codes::narrowed(codes.into_iter(), distinct)))
}

/// Names and columns, for [`merge`](super::merge()).
pub(super) fn names<'r>(runs: &'r [&TextRun]) -> (BTreeSet<&'r str>, BTreeSet<String>) {
    let left_out: BTreeSet<String> = runs.iter().flat_map(|run| run.left_out.iter().cloned()).collect();
    let names = runs.iter().flat_map(|run| run.columns.keys().map(String::as_str));
    (names.filter(|name| !left_out.contains(*name)).collect(), left_out)
}

/// The columns of a run by name.
pub(super) type TextColumns = BTreeMap<String, TextColumn>;
