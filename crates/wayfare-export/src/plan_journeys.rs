//! The plan of an export of passes or messages: columns of their own, then attributes.

use crate::journeys::{Rows, Wanted};
use crate::plan::{CellSource, Plan, PlannedAttribute, PlannedRows};
use crate::plan_events::range;
use crate::request::ExportRequest;

/// Plans an export of passes or messages.
pub fn plan(request: &ExportRequest, rows: Rows, attributes: Vec<PlannedAttribute>) -> Plan {
    let asked = request.journeys.clone().unwrap_or_default();
    let range = range(asked.start_date, asked.end_date);
    let journeys = asked.ids.map(|mut ids| {
        ids.sort_unstable();
        ids.dedup();
        ids
    });
    // Which window it is, the data say.
    let positions = request.positions.as_ref().map(|_| (0, u64::MAX));
    let wanted = Wanted { rows, journeys, range, dry_runs: asked.dry_runs, positions };
    let mut columns = wanted.columns();
    let mut cells: Vec<CellSource> = (0..columns.len()).map(CellSource::Stream).collect();
    let mut read = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        columns.push(attribute.column);
        match attribute.attribute {
            None => cells.push(CellSource::Missing),
            Some(name) => {
                cells.push(CellSource::Attribute(read.len()));
                read.push(name);
            }
        }
    }
    Plan::new(columns, PlannedRows::Journeys { wanted, attributes: read, cells })
}
