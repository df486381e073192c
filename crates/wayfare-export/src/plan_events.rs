//! The plan of an export of events: columns are the union over the wanted events, in order of first mention.

use crate::column::{Column, ColumnType, EventParameter, Origin};
use crate::error::ExportError;
use crate::filter::Filter;
use crate::plan::{CellSource, Plan, PlannedAttribute, PlannedEvent, PlannedRows};
use crate::policy::Policy;
use crate::request::{Bound, EventsRequest, ExportRequest, Surface, Wanted};
use crate::source::{EVENT_BASE, Range};
use crate::v1_names::{self, Parameter};
use crate::v2_names;
use wayfare_model::dictionary::{Dictionary, Event};
use wayfare_model::journey::{self, IS_DRY_RUN};
use wayfare_model::problem::Refusal;
use wayfare_model::time::Instant;

/// A parameter column of the union.
struct UnionColumn {
    column: Column,
    /// By wanted event: where its cells come from.
    cells: Vec<Option<CellSource>>,
}

/// Plans an export of events.
pub fn events(
    request: &ExportRequest,
    dictionary: &Dictionary,
    attributes: Vec<PlannedAttribute>,
) -> Result<Plan, ExportError> {
    let asked = request.events.as_ref().ok_or_else(|| ExportError::refused("events", "is needed"))?;
    let mut warnings = Vec::new();
    let range = range(asked.start_date, asked.end_date);
    let mut union: Vec<UnionColumn> = Vec::new();
    let mut planned = Vec::with_capacity(asked.wanted.len());
    for (index, wanted) in asked.wanted.iter().enumerate() {
        let path = format!("events.wanted[{index}]");
        let name = journey::canonical_event(&wanted.event_name);
        let event = dictionary.event(name).ok_or_else(|| {
            Refusal::new(format!("{path}.event_name"), format!("no event is called `{}`", wanted.event_name))
                .nearest(dictionary.nearest_event(&wanted.event_name))
        })?;
        if planned.iter().any(|planned: &PlannedEvent| planned.event == name) {
            return Err(ExportError::refused(format!("{path}.event_name"), "is wanted twice"));
        }
        let policy = request.policy.as_ref().map(|applied| &applied.policy);
        let mut reading = Reading { event, surface: request.surface, policy, parameters: Vec::new() };
        let mut this = conditions(wanted, &path, &mut reading, asked.dry_runs)?;
        for (place, spelled) in wanted.params.iter().enumerate() {
            let parameter = reading.find(spelled, &format!("{path}.params[{place}]"))?;
            if matches!(parameter, Parameter::Unseen { .. }) {
                warnings.push(format!("no event `{}` has a parameter `{spelled}`", wanted.event_name));
            }
            let source = reading.source(&parameter);
            add(&mut union, (index, name), &parameter, source);
        }
        this.source_user_id = request.positions.is_some();
        this.parameters = reading.parameters;
        planned.push(this);
    }
    Ok(Plan { warnings, ..assemble(request.surface, asked, union, planned, attributes, range) })
}

/// The range between two bounds, either of which may be missing.
pub(crate) fn range(start: Option<Bound>, end: Option<Bound>) -> Option<Range> {
    let start = start.map(|bound| bound.0);
    let end = end.map(|bound| bound.0);
    let earliest = Instant::from_micros(*Instant::RANGE.start());
    let latest = Instant::from_micros(*Instant::RANGE.end());
    match (start, end) {
        (None, None) => None,
        // The latest instant that exists stands for no end; an event of that very microsecond is not in.
        (start, end) => Some((start.or(earliest)?, end.or(latest)?)),
    }
}

/// The parameters that are read of one event.
struct Reading<'d> {
    event: &'d Event,
    surface: Surface,
    /// What may be asked by.
    policy: Option<&'d Policy>,
    parameters: Vec<String>,
}

impl Reading<'_> {
    fn find(&self, spelled: &str, path: &str) -> Result<Parameter, ExportError> {
        let found = match self.surface {
            Surface::V1 => v1_names::parameter(spelled, self.event),
            Surface::V2 => return v2_names::parameter(spelled, self.event, path),
            Surface::Native => {
                let name = journey::canonical_parameter(&self.event.name, spelled);
                self.event.parameters.get(name).map(|field| Parameter::Own {
                    name: name.to_owned(),
                    column: name.to_owned(),
                    column_type: ColumnType::of_field(field),
                })
            }
        };
        found.ok_or_else(|| {
            Refusal::new(path, format!("`{}` has no parameter `{spelled}`", self.event.name))
                .nearest(self.event.parameters.nearest(spelled))
                .into()
        })
    }

    /// Refuses to ask by what the policy does not show as it is.
    fn check_asked(&self, parameter: &Parameter, path: &str) -> Result<(), ExportError> {
        let (Some(policy), event) = (self.policy, &self.event.name) else { return Ok(()) };
        match parameter {
            Parameter::EventTime { .. } => policy.check_time(path, event)?,
            Parameter::Own { name, .. } => policy.check_parameter(path, event, name)?,
            Parameter::Unseen { .. } => {}
        }
        Ok(())
    }

    fn source(&mut self, parameter: &Parameter) -> CellSource {
        match parameter {
            Parameter::EventTime { .. } => CellSource::Stream(1),
            Parameter::Own { name, .. } => CellSource::Stream(self.read(name)),
            Parameter::Unseen { .. } => CellSource::Missing,
        }
    }

    /// The column of the batches that holds a parameter.
    fn read(&mut self, name: &str) -> usize {
        let place = self.parameters.iter().position(|known| known == name).unwrap_or_else(|| {
            self.parameters.push(name.to_owned());
            self.parameters.len() - 1
        });
        EVENT_BASE + place
    }
}

fn add(union: &mut Vec<UnionColumn>, event: (usize, &str), parameter: &Parameter, source: CellSource) {
    let (index, event) = event;
    let column = parameter.column();
    let place = union.iter().position(|known| known.column.name == column.name).unwrap_or_else(|| {
        union.push(UnionColumn { column: column.clone(), cells: Vec::new() });
        union.len() - 1
    });
    let known = &mut union[place];
    known.column.column_type = known.column.column_type.union(column.column_type);
    if let Parameter::Own { name, .. } = parameter {
        let this = EventParameter { event: event.into(), parameter: name.clone() };
        match &mut known.column.origin {
            Origin::Parameter { of } => of.push(this),
            origin => *origin = Origin::Parameter { of: vec![this] },
        }
    }
    known.cells.resize(index + 1, None);
    known.cells[index] = Some(source);
}

/// What says which occurrences are in; its parameters are read first, so that counting reads no others.
fn conditions(
    wanted: &Wanted,
    path: &str,
    reading: &mut Reading<'_>,
    dry_runs: bool,
) -> Result<PlannedEvent, ExportError> {
    let mut filters = Vec::with_capacity(wanted.filters.len());
    let mut names_dry_runs = false;
    for (index, filter) in wanted.filters.iter().enumerate() {
        let path = format!("{path}.filters[{index}]");
        let parameter = reading.find(&filter.key, &format!("{path}.key"))?;
        reading.check_asked(&parameter, &format!("{path}.key"))?;
        names_dry_runs |= matches!(&parameter, Parameter::Own { name, .. } if name == IS_DRY_RUN);
        let CellSource::Stream(column) = reading.source(&parameter) else {
            let message = format!("no event `{}` has a parameter `{}`", reading.event.name, filter.key);
            return Err(ExportError::refused(format!("{path}.key"), message));
        };
        filters.push(Filter::compile(filter, &path, column, parameter.column().column_type)?);
    }
    let has_dry_runs = reading.event.parameters.get(IS_DRY_RUN).is_some();
    let dry_run = (has_dry_runs && !dry_runs && !names_dry_runs).then(|| reading.read(IS_DRY_RUN));
    Ok(PlannedEvent {
        event: reading.event.name.to_string(),
        parameters: Vec::new(),
        deciding: reading.parameters.len(),
        filters,
        dry_run,
        source_user_id: false,
        cells: Vec::new(),
    })
}

/// Puts the columns in the order of the surface, and the cells of each event behind them.
fn assemble(
    surface: Surface,
    asked: &EventsRequest,
    union: Vec<UnionColumn>,
    mut events: Vec<PlannedEvent>,
    attributes: Vec<PlannedAttribute>,
    range: Option<Range>,
) -> Plan {
    let own = |name: &str, column_type, place| (Column::new(name, column_type), CellSource::Stream(place));
    let mut read = Vec::with_capacity(attributes.len());
    let attributes: Vec<_> = attributes
        .into_iter()
        .map(|attribute| match attribute.attribute {
            None => (attribute.column, CellSource::Missing),
            Some(name) => {
                read.push(name);
                (attribute.column, CellSource::Attribute(read.len() - 1))
            }
        })
        .collect();
    let event_name = match surface {
        Surface::Native => "event",
        Surface::V1 | Surface::V2 => "event_name",
    };
    let mut columns = Vec::new();
    for (index, event) in events.iter_mut().enumerate() {
        let spelled = match surface {
            Surface::Native => event.event.clone(),
            Surface::V1 | Surface::V2 => asked.wanted[index].event_name.clone(),
        };
        let name =
            Column::new(event_name, ColumnType::Identifier).with_origin(Origin::Own { name: "event".into() });
        let name = (name, CellSource::Constant(spelled));
        let parameters = union.iter().map(|parameter| {
            let cell = parameter.cells.get(index).cloned().flatten();
            (parameter.column.clone(), cell.unwrap_or(CellSource::Missing))
        });
        let attributes = attributes.iter().cloned();
        let row: Vec<_> = match surface {
            Surface::Native => [
                own("event_id", ColumnType::Identifier, 0),
                name,
                own("timestamp", ColumnType::Datetime, 1),
                own("profile_id", ColumnType::Identifier, 2),
                own("position", ColumnType::Integer, 3),
            ]
            .into_iter()
            .chain(event.source_user_id.then(|| {
                let place = EVENT_BASE + event.parameters.len();
                own("source_user_id", ColumnType::Identifier, place)
            }))
            .chain(parameters)
            .chain(attributes)
            .collect(),
            // Attributes lie in files of their own.
            Surface::V2 => [
                own("event_id", ColumnType::Identifier, 0),
                name,
                own("timestamp", ColumnType::Datetime, 1),
                own("insider_id", ColumnType::Identifier, 2),
            ]
            .into_iter()
            .chain(parameters)
            .collect(),
            Surface::V1 => attributes
                .chain([name])
                .chain(parameters)
                .chain([own("iid", ColumnType::Identifier, 2)])
                .collect(),
        };
        (columns, event.cells) = row.into_iter().unzip();
    }
    Plan::new(columns, PlannedRows::Events { events, attributes: read, range })
}
