//! Several runs become one.

use super::build::{TextColumns, base, by_rows, coded, names};
use super::text_codes::TextCodes;
use super::text_run::{TextColumn, TextRun};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A row of one of the runs.
#[derive(Clone, Copy)]
struct Place {
    run: u32,
    group: u32,
    row: u32,
}

/// One run of all rows, grouped by the parameters `keys`; runs come in the order of their positions. A parameter that
/// one of them leaves out is left out.
///
/// Reads the runs column by column, so that beside the result one column and twelve bytes a row are in memory.
pub fn merge(runs: &[&TextRun], keys: &[&str]) -> TextRun {
    let places = places(runs, keys);
    let ends: Vec<u32> = places
        .1
        .iter()
        .scan(0u32, |end, group| {
            *end += group.len() as u32;
            Some(*end)
        })
        .collect();
    let places = places.0;
    let of = |place: &Place| &runs[place.run as usize].base;
    let base = base(
        places.iter().map(|place| of(place).ordinals[place.row as usize]).collect(),
        places.iter().map(|place| of(place).times.get(place.row as usize)).collect(),
        places.iter().map(|place| of(place).positions.get(place.row as usize)).collect(),
        ends,
    );
    let (names, left_out) = names(runs);
    let mut columns = TextColumns::new();
    for name in names {
        let (column, codes) = merged_texts(runs, name);
        let mut codes: Vec<u32> = places
            .iter()
            .map(|place| {
                let run = place.run as usize;
                let known = runs[run].columns.get(name);
                let code = known.map_or(0, |column| column.code(place.group as usize, place.row as usize));
                codes[run].get(code as usize).copied().unwrap_or(0)
            })
            .collect();
        let texts = by_rows(&mut codes, column.finish());
        let (groups, rows) = coded(codes, &base.ends, texts.len());
        columns.insert(name.to_owned(), TextColumn { groups, rows, texts });
    }
    TextRun { base: Arc::new(base), columns, left_out }
}

/// All rows in their new order, and the new groups' ranges.
fn places(runs: &[&TextRun], keys: &[&str]) -> (Vec<Place>, Vec<Range<usize>>) {
    // Groups of equal texts of the keys, by these texts.
    let mut groups: BTreeMap<Vec<Option<&str>>, Vec<(usize, usize)>> = BTreeMap::new();
    for (index, run) in runs.iter().enumerate() {
        for (group, rows) in run.base.groups() {
            if rows.is_empty() {
                continue;
            }
            let key = keys.iter().map(|key| {
                let column = run.columns.get(*key)?;
                column.texts.get(column.code(group, rows.start).checked_sub(1)? as usize)
            });
            groups.entry(key.collect()).or_default().push((index, group));
        }
    }
    let mut places: Vec<Place> = Vec::with_capacity(runs.iter().map(|run| run.base.len()).sum());
    let mut ranges = Vec::with_capacity(groups.len());
    for parts in groups.into_values() {
        let start = places.len();
        for (run, group) in parts {
            let place = |row| Place { run: run as u32, group: group as u32, row: row as u32 };
            places.extend(runs[run].base.group(group).map(place));
        }
        let key = |place: &Place| {
            let base = &runs[place.run as usize].base;
            (base.times.get(place.row as usize), base.positions.get(place.row as usize))
        };
        let of_group = &mut places[start..];
        if !of_group.is_sorted_by_key(key) {
            // Each part is sorted already, which a stable sort makes use of.
            of_group.sort_by_cached_key(key);
        }
        ranges.push(start..places.len());
    }
    (places, ranges)
}

/// The distinct texts of a parameter in all runs, and for each run the new code of each old one.
fn merged_texts(runs: &[&TextRun], name: &str) -> (TextCodes, Vec<Vec<u32>>) {
    let mut texts = TextCodes::default();
    let codes = runs
        .iter()
        .map(|run| {
            let known = run.columns.get(name).map(|column| column.texts.iter());
            std::iter::once(0).chain(known.into_iter().flatten().map(|text| texts.code(text))).collect()
        })
        .collect();
    (texts, codes)
}

#[cfg(test)]
mod tests {
    use super::super::RowsBuilder;
    use super::super::build::ranges;
    use super::*;

    /// Rows told by all that is known of them.
    fn rows(run: &TextRun) -> Vec<(i64, u32, i64, Vec<Option<String>>)> {
        let mut rows = Vec::new();
        for (group, of_group) in run.base.groups() {
            for row in of_group {
                let text = |name: &str| {
                    let column = run.columns.get(name)?;
                    Some(column.texts.get(column.code(group, row).checked_sub(1)? as usize)?.to_owned())
                };
                rows.push((
                    run.base.positions.get(row),
                    run.base.ordinals[row],
                    run.base.times.get(row),
                    ["a", "b"].map(text).to_vec(),
                ));
            }
        }
        rows.sort();
        rows
    }

    fn run(from: u64, rows: u64, different: u64) -> TextRun {
        let mut builder = RowsBuilder::new(["a", "b"].into_iter(), |_| 65_535);
        for row in 0..rows {
            builder.push((row * 7 % 5) as u32, (row * 31 % 17) as i64 * 1_000, from + row);
            if row % 3 > 0 {
                builder.set(row as usize, 0, &(row % different).to_string());
            }
            if row % 4 == 0 {
                builder.set(row as usize, 1, "b");
            }
        }
        builder.finish(&["a"])
    }

    #[test]
    fn a_merged_run_has_the_rows_of_all() {
        let parts = [run(0, 100, 4), run(100, 1, 1), run(101, 0, 1), run(101, 57, 300)];
        let parts: Vec<&TextRun> = parts.iter().collect();
        let merged = merge(&parts, &["a"]);
        let mut all: Vec<_> = parts.iter().flat_map(|part| rows(part)).collect();
        all.sort();
        assert_eq!(rows(&merged), all);
        for rows in ranges(&merged.base.ends) {
            let times: Vec<_> =
                rows.map(|row| (merged.base.times.get(row), merged.base.positions.get(row))).collect();
            assert!(times.is_sorted());
        }
        let again = merge(&[&merged], &["a"]);
        assert_eq!(rows(&again), all);
    }
}
