//! Which of a plan's columns the files have: chosen, ordered, renamed; and whether the format can hold them.

use crate::column::ColumnType;
use crate::error::ExportError;
use crate::form::{Arrays, ChosenColumn};
use crate::plan::Plan;
use crate::request::{ExportRequest, Format};
use crate::xlsx;
use std::collections::HashSet;
use wayfare_model::name;
use wayfare_model::problem::{Refusal, nearest_name};

/// Refuses columns that the form of the files cannot hold.
pub fn check_format(plan: &Plan, request: &ExportRequest) -> Result<(), ExportError> {
    if request.arrays == Some(Arrays::Refuse)
        && let Some(column) =
            plan.columns.iter().find(|column| matches!(column.column_type, ColumnType::Array(_)))
    {
        let message =
            format!("column `{}` holds arrays; leave it out, or write them as json or joined", column.name);
        return Err(ExportError::refused("arrays", message));
    }
    if request.format == Format::Xlsx && plan.columns.len() > xlsx::MOST_COLUMNS {
        let message = format!("xlsx has at most {} columns, not {}", xlsx::MOST_COLUMNS, plan.columns.len());
        return Err(ExportError::refused("format", message));
    }
    Ok(())
}

/// Leaves a plan those of its columns that a request chooses, in their order, under their names.
pub fn choose(plan: &mut Plan, chosen: &[ChosenColumn]) -> Result<(), ExportError> {
    if chosen.is_empty() {
        return Err(ExportError::refused("columns", "names no column; leave it out to have them all"));
    }
    let mut places = Vec::with_capacity(chosen.len());
    let mut columns = Vec::with_capacity(chosen.len());
    let mut taken = HashSet::new();
    for (index, chosen) in chosen.iter().enumerate() {
        let path = format!("columns[{index}]");
        let (own, name) = chosen.names();
        let place = plan.columns.iter().position(|column| column.name == own).ok_or_else(|| {
            let nearest = nearest_name(own, plan.columns.iter().map(|column| column.name.as_str()));
            let message = format!("the export has no column `{own}`; what becomes a column is asked for elsewhere in the request");
            Refusal::new(&path, message).nearest(nearest)
        })?;
        if own != name
            && let Some(fault) = name::fault(name)
        {
            return Err(ExportError::refused(format!("{path}.as"), fault));
        }
        if !taken.insert(name) {
            return Err(ExportError::refused(path, format!("a column before it is called `{name}` already")));
        }
        let mut column = plan.columns[place].clone();
        column.name = name.to_owned();
        places.push(place);
        columns.push(column);
    }
    plan.columns = columns;
    for cells in plan.rows.layouts_mut() {
        *cells = places.iter().map(|place| cells[*place].clone()).collect();
    }
    Ok(())
}
