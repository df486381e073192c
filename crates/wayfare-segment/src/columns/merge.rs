//! Several runs become one.

use super::build::{TextColumns, base, by_rows, coded, ends, names};
use super::order::{Placed, slice};
use super::text_codes::TextCodes;
use super::text_run::{TextColumn, TextRun};
use std::collections::BTreeMap;
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
/// Reads the runs column by column, so that beside the result one column and some forty bytes a row are in memory.
pub fn merge(runs: &[&TextRun], keys: &[&str]) -> TextRun {
    let (places, placed, ends) = ordered(runs, keys);
    let base = base(&placed, ends);
    let places: Vec<Place> = placed.into_iter().map(|row| places[row.place as usize]).collect();
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

/// All rows in their new order, by where they are found among the places given first; and where the new groups end.
fn ordered(runs: &[&TextRun], keys: &[&str]) -> (Vec<Place>, Vec<Placed>, Vec<u32>) {
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
    let count = runs.iter().map(|run| run.base.len()).sum();
    let mut places: Vec<Place> = Vec::with_capacity(count);
    let mut placed: Vec<Placed> = Vec::with_capacity(count);
    let mut slices = Vec::with_capacity(groups.len());
    for parts in groups.into_values() {
        let start = placed.len();
        for (run, group) in parts {
            let base = &runs[run].base;
            for row in base.group(group) {
                let place = places.len() as u32;
                places.push(Place { run: run as u32, group: group as u32, row: row as u32 });
                let (time, position) = (base.times.get(row), base.positions.get(row));
                placed.push(Placed { ordinal: base.ordinals[row], place, time, position });
            }
        }
        slices.extend(slice(&mut placed[start..]));
    }
    (places, placed, ends(slices))
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
            let order = rows.map(|row| {
                (merged.base.ordinals[row], merged.base.times.get(row), merged.base.positions.get(row))
            });
            assert!(order.is_sorted());
        }
        let again = merge(&[&merged], &["a"]);
        assert_eq!(rows(&again), all);
    }
}
