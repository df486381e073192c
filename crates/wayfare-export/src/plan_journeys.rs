//! The plan of an export of passes or messages: columns of their own, then attributes.

use crate::journeys::{self, Rows, Wanted};
use crate::plan::{CellSource, Plan, PlannedAttribute, PlannedRows};
use crate::plan_events::range;
use crate::request::ExportRequest;

/// Plans an export of passes or messages.
pub fn plan(request: &ExportRequest, rows: Rows, attributes: Vec<PlannedAttribute>) -> Plan {
    let asked = request.journeys.clone().unwrap_or_default();
    let mut warnings = Vec::new();
    let range = range(asked.start_date, asked.end_date, &mut warnings);
    let journeys = asked.ids.map(|mut ids| {
        ids.sort_unstable();
        ids.dedup();
        ids
    });
    let mut columns = match rows {
        Rows::Passes => journeys::pass_columns(asked.dry_runs),
        Rows::Messages => journeys::message_columns(asked.dry_runs),
    };
    let own = (0..columns.len()).map(CellSource::Stream);
    let cells = own.chain((0..attributes.len()).map(CellSource::Attribute)).collect();
    columns.extend(attributes.iter().map(|attribute| attribute.column.clone()));
    let attributes = attributes.into_iter().map(|attribute| attribute.attribute).collect();
    let wanted = Wanted { rows, journeys, range, dry_runs: asked.dry_runs };
    Plan { columns, rows: PlannedRows::Journeys { wanted, attributes, cells }, warnings }
}
