//! Which values enough people have: all rows are read once before any is written.

use super::apply::Treatment;
use super::cells::{Frequent, Print, plain, print};
use super::rule::Action;
use crate::attribute_table::AttributeForm;
use crate::cells::{Cell, Cells};
use crate::column::ColumnType;
use crate::error::ExportError;
use crate::plan::CellSource;
use crate::prepare::{Prepared, apart};
use crate::progress::Control;
use crate::read_rows::{self, profile_column, select};
use crate::rows::RowMaker;
use crate::run::{attribute_table, layouts};
use crate::selection::{profile_ids, ranks};
use crate::source::Lake;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use wayfare_model::id::ProfileId;

/// The most different values of a column that are counted.
const MOST_VALUES: usize = 1_000_000;

/// Who has a value, as far as it matters.
enum Who {
    /// These, ascending.
    Few(Vec<ProfileId>),
    Enough,
}

/// The values of one column of the files.
struct Tally {
    /// Its name in the files.
    column: String,
    /// How many people make a group. Where kinds of row differ, the largest.
    of: usize,
    values: HashMap<Print, Who>,
}

impl Tally {
    fn add(&mut self, value: &str, person: ProfileId) -> Result<(), ExportError> {
        let (values, of) = (self.values.len(), self.of);
        let who = self.values.entry(print(value)).or_insert(Who::Few(Vec::new()));
        if let Who::Few(people) = who
            && let Err(place) = people.binary_search(&person)
        {
            if people.is_empty() && values == MOST_VALUES {
                let why = format!(
                    "column `{}` has more than {MOST_VALUES} different values, too many to be grouped: leave it out, or have its policy drop, hash or coarsen it",
                    self.column
                );
                return Err(ExportError::refused("", why));
            }
            people.insert(place, person);
            if people.len() >= of {
                *who = Who::Enough;
            }
        }
        Ok(())
    }

    fn frequent(self) -> Frequent {
        let enough = self.values.into_iter().filter(|(_, who)| matches!(who, Who::Enough));
        enough.map(|(value, _)| value).collect()
    }
}

/// A grouped column in one kind of row.
struct Grouped {
    /// Which tally it is counted in.
    tally: usize,
    column_type: ColumnType,
}

/// By column of the files: the values that enough people have; none where no policy groups it.
pub async fn frequent<L: Lake>(
    lake: &L,
    prepared: &Arc<Prepared>,
    scratch: &Path,
    control: &Control,
) -> Result<Vec<Option<Arc<Frequent>>>, ExportError> {
    let columns = &prepared.plan.columns;
    let mut found: Vec<Option<Arc<Frequent>>> = vec![None; columns.len()];
    let groups = |treatment: &Option<Treatment>| match treatment {
        Some(Treatment { action: Action::Group { of }, column_type }) => Some((*of, *column_type)),
        _ => None,
    };
    let mut tallies: Vec<(usize, Tally)> = Vec::new();
    let mut sources = Vec::new();
    let mut grouped = Vec::new();
    for (cells, treatments) in layouts(prepared).into_iter().zip(&prepared.plan.treatments.layouts) {
        let (mut of_layout, mut grouped_here) = (Vec::new(), Vec::new());
        for (place, (cell, treatment)) in cells.into_iter().zip(treatments).enumerate() {
            let Some((of, column_type)) = groups(treatment) else { continue };
            let tally = match tallies.iter().position(|(known, _)| *known == place) {
                Some(tally) => tally,
                None => {
                    let column = columns[place].name.clone();
                    tallies.push((place, Tally { column, of, values: HashMap::new() }));
                    tallies.len() - 1
                }
            };
            let largest = &mut tallies[tally].1.of;
            *largest = of.max(*largest);
            of_layout.push(cell);
            grouped_here.push(Grouped { tally, column_type });
        }
        sources.push(of_layout);
        grouped.push(grouped_here);
    }
    if tallies.is_empty() {
        return Ok(found);
    }
    let attributes = prepared.plan.attributes();
    let reads_attributes = sources.iter().flatten().any(|cell| matches!(cell, CellSource::Attribute(_)));
    let table = match reads_attributes {
        false => None,
        true => {
            let form = AttributeForm::Cells(attributes.len());
            let building = attribute_table(lake, attributes, prepared.known.clone(), form, scratch, control);
            Some(control.unless_stopped(building).await?)
        }
    };
    let rows = control.unless_stopped(read_rows::open(lake, prepared)).await?;
    let (planned, control) = (prepared.clone(), control.clone());
    let counted = apart(move || {
        let profile = profile_column(&planned.plan.rows);
        let maker = |cells| RowMaker::new(cells, Vec::new(), profile, planned.computed.clone());
        let mut makers: Vec<RowMaker> = sources.into_iter().map(maker).collect();
        let mut value = String::new();
        rows.each(|layout, batch| {
            control.check()?;
            let (Some(maker), Some(grouped)) = (makers.get_mut(layout), grouped.get(layout)) else {
                return Err(ExportError::Worker(format!("there is no layout {layout}")));
            };
            if grouped.is_empty() {
                return Ok(true);
            }
            let selected = select(&planned, layout, batch)?;
            let people = profile_ids(&selected, profile)?;
            let ranks = ranks(&selected, profile, &planned.known)?;
            for (cells, Grouped { tally, column_type }) in
                maker.columns(&selected, &ranks, table.as_ref())?.iter().zip(grouped)
            {
                let read = Cells::of(cells)?;
                for (row, person) in people.iter().enumerate() {
                    let cell = read.get(row);
                    if cell != Cell::Null {
                        plain(&mut value, cell, *column_type);
                        tallies[*tally].1.add(&value, *person)?;
                    }
                }
            }
            Ok(true)
        })?;
        Ok(tallies)
    });
    for (place, tally) in counted.await? {
        found[place] = Some(Arc::new(tally.frequent()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_count_once_and_values_are_not_without_end() {
        let person = ProfileId::from_first_position;
        let mut tally = Tally { column: "city".into(), of: 3, values: HashMap::new() };
        for (value, people) in [("Ankara", [1, 2, 3, 2]), ("Bursa", [1, 1, 2, 1])] {
            people.iter().for_each(|id| tally.add(value, person(*id)).unwrap());
        }
        assert_eq!(tally.frequent(), Frequent::from([print("Ankara")]));
        let mut tally = Tally { column: "city".into(), of: 3, values: HashMap::new() };
        (0..MOST_VALUES).for_each(|value| tally.add(&value.to_string(), person(1)).unwrap());
        tally.add("7", person(2)).unwrap();
        let told = tally.add("one more", person(1)).unwrap_err().to_string();
        assert!(told.starts_with("column `city` has more than 1000000"), "{told}");
    }
}
