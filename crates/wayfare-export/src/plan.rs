//! A request held against the dictionary: which columns the files have and where each cell comes from.

use crate::chosen_columns;
use crate::column::{Column, ColumnType, Origin};
use crate::computed;
use crate::error::ExportError;
use crate::filter::Filter;
use crate::journeys;
use crate::plan_events;
use crate::plan_journeys;
use crate::policy::apply::{self, Treatments};
use crate::positions::{POSITION, Window};
use crate::request::{ExportRequest, Kind, Surface};
use crate::source::Range;
use crate::v1_names;
use crate::v2_names;
use std::collections::HashSet;
use wayfare_model::dictionary::{Dictionary, IDENTIFIERS};
use wayfare_model::problem::Refusal;
use wayfare_store::EventsAsked;

/// Where the cells of a column come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellSource {
    /// A column of the store's batches.
    Stream(usize),
    /// The same text in every row.
    Constant(String),
    /// An attribute of the row's profile, by its place among the attributes of the [`PlannedRows`].
    Attribute(usize),
    /// A computed column of the row's profile, by its place in the request.
    Computed(usize),
    /// Nothing: the event has no such parameter.
    Missing,
}

/// What is read and written.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The columns of the files.
    pub columns: Vec<Column>,
    /// Where the rows come from.
    pub rows: PlannedRows,
    /// What is done to cells for the sake of a policy.
    pub treatments: Treatments,
    /// What the reader of the files should know.
    pub warnings: Vec<String>,
}

impl Plan {
    /// A plan to which nothing is done, and of which there is nothing to know.
    pub fn new(columns: Vec<Column>, rows: PlannedRows) -> Self {
        Self { columns, rows, treatments: Treatments::default(), warnings: Vec::new() }
    }

    /// All attributes that are read, by their own names.
    pub fn read_attributes(&self) -> &[String] {
        match &self.rows {
            PlannedRows::Profiles { attributes, .. }
            | PlannedRows::Events { attributes, .. }
            | PlannedRows::Journeys { attributes, .. } => attributes,
        }
    }

    /// Attributes that stand on rows of something else than profiles, by their own names.
    pub fn attributes(&self) -> &[String] {
        match &self.rows {
            PlannedRows::Profiles { .. } => &[],
            PlannedRows::Events { attributes, .. } | PlannedRows::Journeys { attributes, .. } => attributes,
        }
    }
}

/// Where rows come from.
#[derive(Debug, Clone)]
pub enum PlannedRows {
    /// From profiles.
    Profiles {
        /// Attributes and identifiers to read, by their own names.
        attributes: Vec<String>,
        /// The columns of a row.
        cells: Vec<CellSource>,
    },
    /// From occurrences of events.
    Events {
        /// The events, in the order wanted.
        events: Vec<PlannedEvent>,
        /// Attributes and identifiers that stand on each row, by their own names.
        attributes: Vec<String>,
        /// The range of event times.
        range: Option<Range>,
    },
    /// From journey events, put together.
    Journeys {
        /// Which passes or messages.
        wanted: journeys::Wanted,
        /// Attributes and identifiers that stand on each row, by their own names.
        attributes: Vec<String>,
        /// The columns of a row.
        cells: Vec<CellSource>,
    },
}

impl PlannedRows {
    /// The columns of each kind of row, in one order.
    pub(crate) fn layouts_mut(&mut self) -> Vec<&mut Vec<CellSource>> {
        match self {
            Self::Profiles { cells, .. } | Self::Journeys { cells, .. } => vec![cells],
            Self::Events { events, .. } => events.iter_mut().map(|event| &mut event.cells).collect(),
        }
    }
}

/// One wanted event.
#[derive(Debug, Clone)]
pub struct PlannedEvent {
    /// Its own name.
    pub event: String,
    /// Parameters to read, by their own names.
    pub parameters: Vec<String>,
    /// How many of these, from the first, it takes to say which rows are in.
    pub deciding: usize,
    /// Conditions; their columns are those of the batches.
    pub filters: Vec<Filter>,
    /// The column of the batches that marks dry runs, where these are to be left out.
    pub dry_run: Option<usize>,
    /// Whether what the source called its user is read, behind the parameters.
    pub source_user_id: bool,
    /// The columns of a row.
    pub cells: Vec<CellSource>,
}

impl PlannedEvent {
    /// What is asked of the lake to read some of its parameters.
    pub fn asked<'a>(
        &'a self,
        parameters: &'a [String],
        times: Option<Range>,
        positions: Option<Window>,
    ) -> EventsAsked<'a> {
        let source_user_id = self.source_user_id && parameters.len() == self.parameters.len();
        let window = wayfare_store::Window { times, positions };
        EventsAsked { event: &self.event, parameters, source_user_id, window }
    }
}

/// An attribute or identifier as a column.
#[derive(Debug, Clone)]
pub struct PlannedAttribute {
    /// Its own name; `None` where no profile has it.
    pub attribute: Option<String>,
    /// The column.
    pub column: Column,
}

/// Holds a request against the dictionary. What a policy drops is suggested to nobody who asks under it.
pub fn plan(request: &ExportRequest, dictionary: &Dictionary) -> Result<Plan, ExportError> {
    planned(request, dictionary).map_err(|error| match (&request.policy, request.surface) {
        (None, _) => error,
        (Some(applied), Surface::Native) => error.within_policy(Some(&applied.policy)),
        // Names of these surfaces are not those of policies.
        (Some(_), Surface::V1 | Surface::V2) => error.without_suggestion(),
    })
}

fn planned(request: &ExportRequest, dictionary: &Dictionary) -> Result<Plan, ExportError> {
    request.check()?;
    if let Some(applied) = &request.policy {
        applied.policy.check_request(request)?;
    }
    let attributes = match request.surface {
        Surface::Native => native_attributes(&request.attributes, dictionary)?,
        Surface::V1 => v1_names::attributes(&request.attributes, dictionary)?,
        Surface::V2 => v2_names::attributes(&request.attributes, dictionary)?,
    };
    let unseen: Vec<_> = attributes.iter().filter(|attribute| attribute.attribute.is_none()).collect();
    let unseen = unseen.iter().map(|attribute| {
        format!("no profile has the attribute of column `{}`: it is empty", attribute.column.name)
    });
    let warnings: Vec<_> = unseen.collect();
    let mut plan = match request.kind {
        Kind::Profiles => profiles(request, attributes),
        Kind::Events => plan_events::events(request, dictionary, attributes)?,
        Kind::Passes => plan_journeys::plan(request, journeys::Rows::Passes, attributes),
        Kind::Messages => plan_journeys::plan(request, journeys::Rows::Messages, attributes),
    };
    plan.warnings.extend(warnings);
    make_unique(&mut plan);
    computed::append(&mut plan, &computed::read(request)?, dictionary)?;
    if let Some(chosen) = &request.columns {
        chosen_columns::choose(&mut plan, chosen)?;
    }
    if let Some(applied) = &request.policy {
        apply::apply(&mut plan, request, applied)?;
    }
    chosen_columns::check_format(&plan, request)?;
    Ok(plan)
}

fn profiles(request: &ExportRequest, attributes: Vec<PlannedAttribute>) -> Plan {
    let mut columns = Vec::with_capacity(attributes.len() + 1);
    let mut cells = Vec::with_capacity(attributes.len() + 1);
    let mut read = Vec::with_capacity(attributes.len());
    let id = |name: &str| (Column::new(name, ColumnType::Identifier), CellSource::Stream(0));
    let first = match request.surface {
        Surface::Native => Some("profile_id"),
        Surface::V1 => None,
        Surface::V2 => Some("insider_id"),
    };
    if let Some(name) = first {
        let (column, cell) = id(name);
        columns.push(column);
        cells.push(cell);
    }
    if request.positions.is_some() {
        // Batches have it behind the attributes that are read.
        let before = attributes.iter().filter(|attribute| attribute.attribute.is_some()).count();
        columns.push(Column::new(POSITION, ColumnType::Integer));
        cells.push(CellSource::Stream(before + 1));
    }
    for attribute in attributes {
        columns.push(attribute.column);
        cells.push(match attribute.attribute {
            None => CellSource::Missing,
            Some(name) => {
                read.push(name);
                CellSource::Stream(read.len())
            }
        });
    }
    if request.surface == Surface::V1 {
        let (column, cell) = id("iid");
        columns.push(column);
        cells.push(cell);
    }
    Plan::new(columns, PlannedRows::Profiles { attributes: read, cells })
}

/// The type of an attribute or identifier; `None` where there is none of that name.
pub(crate) fn attribute_type(name: &str, dictionary: &Dictionary) -> Option<ColumnType> {
    if IDENTIFIERS.contains(&name) {
        return Some(ColumnType::Identifier);
    }
    dictionary.attributes.get(name).map(ColumnType::of_field)
}

fn native_attributes(
    asked: &[String],
    dictionary: &Dictionary,
) -> Result<Vec<PlannedAttribute>, ExportError> {
    let planned = |attribute: &str, column_type| PlannedAttribute {
        attribute: Some(attribute.to_owned()),
        column: Column::new(attribute, column_type).with_origin(Origin::of_profile(attribute)),
    };
    if is_all(asked) {
        let identifiers = IDENTIFIERS.iter().skip(1).map(|name| planned(name, ColumnType::Identifier));
        let attributes = dictionary
            .attributes
            .list()
            .iter()
            .map(|field| planned(&field.name, ColumnType::of_field(field)));
        return Ok(identifiers.chain(attributes).collect());
    }
    let mut seen = HashSet::new();
    let mut attributes = Vec::with_capacity(asked.len());
    for (index, name) in asked.iter().enumerate() {
        let path = format!("attributes[{index}]");
        if !seen.insert(name) {
            return Err(ExportError::refused(path, format!("`{name}` is asked for twice")));
        }
        let column_type =
            attribute_type(name, dictionary).ok_or_else(|| unknown_attribute(path, name, dictionary))?;
        // It stands in every row anyway.
        if name != "profile_id" {
            attributes.push(planned(name, column_type));
        }
    }
    Ok(attributes)
}

pub(crate) fn is_all(asked: &[String]) -> bool {
    matches!(asked, [all] if all == "*")
}

pub(crate) fn unknown_attribute(path: String, name: &str, dictionary: &Dictionary) -> ExportError {
    Refusal::new(path, format!("no attribute is called `{name}`"))
        .nearest(dictionary.nearest_attribute(name))
        .into()
}

/// Gives `_2`, `_3`, … to a name that is there already, so that every format can hold the columns.
fn make_unique(plan: &mut Plan) {
    let mut taken: HashSet<String> = HashSet::new();
    for column in &mut plan.columns {
        let asked = column.name.clone();
        let mut count = 2;
        while !taken.insert(column.name.clone()) {
            column.name = format!("{asked}_{count}");
            count += 1;
        }
        if column.name != asked {
            plan.warnings.push(format!("a second column `{asked}` is called `{}`", column.name));
        }
    }
}
