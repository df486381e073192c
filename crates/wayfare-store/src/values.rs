//! Which values an attribute or a parameter has, and how often: what people choose from.

use crate::error::StoreError;
use crate::snapshot::Snapshot;
use std::collections::{BTreeMap, BTreeSet};
use wayfare_model::journey::IS_DRY_RUN;
use wayfare_segment::breakdown::written;
use wayfare_segment::columns::{Columns, EventRun, Needs, Values};

impl Snapshot {
    /// The values of an event's parameter with how many events have them, most frequent first; only those of one
    /// journey where it is given. Dry runs are left out.
    pub async fn parameter_values(
        &self,
        event: &str,
        parameter: &str,
        journey: Option<i64>,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let mut parameters = BTreeSet::from([parameter.to_owned(), IS_DRY_RUN.to_owned()]);
        parameters.extend(journey.map(|_| "journey_id".to_owned()));
        let needs = Needs { events: BTreeMap::from([(event.to_owned(), parameters)]), ..Needs::default() };
        let columns = self.columns(&needs).await?;
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for run in columns.event(event) {
            let Some(column) = run.parameters.get(parameter) else { continue };
            let mut by_code = vec![0u64; column.values.len() + 1];
            for at in rows(run).filter(|at| is_real(run, *at)) {
                if journey.is_none_or(|journey| number(run, "journey_id", at) == Some(journey as f64)) {
                    by_code[column.code(at.group, at.row) as usize] += 1;
                }
            }
            add_counts(&mut counts, &column.values, &by_code);
        }
        Ok(most_frequent_first(counts))
    }

    /// The values of an attribute with how many profiles have them, most frequent first.
    pub async fn attribute_values(&self, name: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let needs = Needs { attributes: BTreeSet::from([name.to_owned()]), ..Needs::default() };
        let columns = self.columns(&needs).await?;
        let mut counts = BTreeMap::new();
        if let Some(column) = columns.attribute(name) {
            let mut by_code = vec![0u64; column.values.len() + 1];
            for ordinal in columns.live().iter() {
                by_code[column.codes.get(ordinal as usize) as usize] += 1;
            }
            add_counts(&mut counts, &column.values, &by_code);
        }
        Ok(most_frequent_first(counts))
    }
}

/// A row of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowAt {
    pub group: usize,
    pub row: usize,
    pub ordinal: u32,
}

/// The rows of a run that are to be seen.
pub(crate) fn rows(run: &EventRun) -> impl Iterator<Item = RowAt> {
    run.rows().map(|(group, row, ordinal)| RowAt { group, row, ordinal })
}

/// Whether an occurrence is not of a dry run.
pub(crate) fn is_real(run: &EventRun, at: RowAt) -> bool {
    let Some(column) = run.parameters.get(IS_DRY_RUN) else { return true };
    match (column.code(at.group, at.row).checked_sub(1), &*column.values) {
        (Some(code), Values::Boolean(values)) => values.get(code as usize) != Some(&true),
        (Some(code), Values::Number(values)) => values.get(code as usize) != Some(&1.0),
        (Some(code), Values::String(values)) => {
            values.get(code as usize).is_none_or(|text| !matches!(text, "1" | "true"))
        }
        _ => true,
    }
}

/// The number that a row has of a parameter.
pub(crate) fn number(run: &EventRun, parameter: &str, at: RowAt) -> Option<f64> {
    let column = run.parameters.get(parameter)?;
    match &*column.values {
        Values::Number(values) => values.get(column.code(at.group, at.row).checked_sub(1)? as usize).copied(),
        _ => None,
    }
}

/// The text that a row has of a parameter.
pub(crate) fn text<'a>(run: &'a EventRun, parameter: &str, at: RowAt) -> Option<&'a str> {
    let column = run.parameters.get(parameter)?;
    match &*column.values {
        Values::String(values) => values.get(column.code(at.group, at.row).checked_sub(1)? as usize),
        _ => None,
    }
}

fn add_counts(counts: &mut BTreeMap<String, u64>, values: &Values, by_code: &[u64]) {
    for (code, count) in by_code.iter().enumerate().skip(1).filter(|(_, count)| **count > 0) {
        *counts.entry(written(values, code - 1)).or_default() += count;
    }
}

fn most_frequent_first(counts: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
    counts
}
