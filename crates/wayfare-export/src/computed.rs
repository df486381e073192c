//! Computed columns: values that are worked out for each profile before rows are made, and looked up row by row.
//!
//! A column takes eight bytes a profile, a membership a bit.

use crate::cells::Cells;
use crate::column::{Column, ColumnType};
use crate::error::ExportError;
use crate::plan::{CellSource, Plan, PlannedRows};
use crate::policy::AppliedPolicy;
use crate::prepare::evaluating;
use crate::progress::Control;
use crate::ranked_ids::RankedIds;
use crate::request::{ExportRequest, Surface};
use crate::selection::profile_id;
use crate::source::Lake;
use arrow::array::{ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, TimestampMicrosecondBuilder};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::Arc;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::problem::Refusal;
use wayfare_segment::bits::Bits;
use wayfare_segment::check::CheckedColumn;
use wayfare_segment::definition::{Computed, ComputedColumn, Measure};
use wayfare_segment::evaluate::{ComputedValue, ComputedValues, evaluate_column};
use wayfare_segment::library::Library;
use wayfare_segment::moment::Moment;

/// The most computed columns of an export: each takes memory for every profile.
pub const MOST_COLUMNS: usize = 100;

/// The computed columns of a request, read and named apart.
pub fn read(request: &ExportRequest) -> Result<Vec<ComputedColumn>, ExportError> {
    if request.computed.is_empty() {
        return Ok(Vec::new());
    }
    if request.surface == Surface::V1 {
        let why = "goes with Wayfare's own names; the v1 surface has no computed columns";
        return Err(ExportError::refused("computed", why));
    }
    if request.computed.len() > MOST_COLUMNS {
        let why = format!("is one too many: an export has at most {MOST_COLUMNS} computed columns");
        return Err(ExportError::refused(format!("computed[{MOST_COLUMNS}]"), why));
    }
    let mut names = HashSet::new();
    let mut columns = Vec::with_capacity(request.computed.len());
    for (index, raw) in request.computed.iter().enumerate() {
        let column = ComputedColumn::parse(raw.get()).map_err(|refusal| at(index, refusal))?;
        if !names.insert(column.name.clone()) {
            let why = format!("another computed column is called `{}` too", column.name);
            return Err(ExportError::refused(format!("computed[{index}].name"), why));
        }
        columns.push(column);
    }
    Ok(columns)
}

/// A refusal of a column, as the request has it.
fn at(index: usize, refusal: Refusal) -> ExportError {
    let path = match refusal.path.as_str() {
        "" => format!("computed[{index}]"),
        inner => format!("computed[{index}].{inner}"),
    };
    Refusal { path, ..refusal }.into()
}

/// Puts the columns behind those that a plan has; a name that is there already is refused.
pub fn append(
    plan: &mut Plan,
    columns: &[ComputedColumn],
    dictionary: &Dictionary,
) -> Result<(), ExportError> {
    for (index, column) in columns.iter().enumerate() {
        if plan.columns.iter().any(|known| *known.name == *column.name) {
            let why = format!("the export has a column `{}` already; give it another name", column.name);
            return Err(ExportError::refused(format!("computed[{index}].name"), why));
        }
        if let Computed::Events { events, .. } = &column.computed
            && dictionary.event(events.event()).is_some_and(|event| event.count == 0)
        {
            let event = events.event();
            plan.warnings.push(format!("column `{}`: no event `{event}` was ever seen", column.name));
        }
    }
    for (index, column) in columns.iter().enumerate() {
        plan.columns.push(Column::new(&*column.name, column_type(&column.computed)).told(column.describe()));
        match &mut plan.rows {
            PlannedRows::Profiles { cells, .. } | PlannedRows::Journeys { cells, .. } => {
                cells.push(CellSource::Computed(index));
            }
            PlannedRows::Events { events, .. } => {
                events.iter_mut().for_each(|event| event.cells.push(CellSource::Computed(index)));
            }
        }
    }
    Ok(())
}

fn column_type(computed: &Computed) -> ColumnType {
    match computed {
        Computed::Member { .. } => ColumnType::Boolean,
        Computed::Events { measure: Measure::Count, .. } => ColumnType::Integer,
        Computed::Events { measure: Measure::Sum(_), .. } => ColumnType::Number,
        Computed::Events { measure: Measure::FirstTime | Measure::LastTime, .. } => ColumnType::Datetime,
    }
}

/// Holds the columns against one state of the data, and against the policy of whoever asks.
pub async fn check<L: Lake>(
    lake: &L,
    columns: &[ComputedColumn],
    policy: Option<&AppliedPolicy>,
) -> Result<Vec<CheckedColumn>, ExportError> {
    let mut checked = Vec::with_capacity(columns.len());
    for (index, column) in columns.iter().enumerate() {
        let library = match column.definition() {
            Some(definition) => lake.library(definition).await?,
            None => Library::default(),
        };
        if let Some(applied) = policy {
            applied.policy.check_computed(column, &library).map_err(|refusal| at(index, refusal))?;
        }
        let column = column
            .check(lake.dictionary(), &library)
            .map_err(|refusal| at(index, refusal).within_policy(policy.map(|applied| &applied.policy)));
        checked.push(column?);
    }
    Ok(checked)
}

/// The values of computed columns by profile.
pub struct ComputedTable {
    ids: Arc<RankedIds>,
    columns: Vec<ComputedValues>,
}

/// Works the columns out for some profiles, which are known by their ids and by their ordinals.
pub async fn compute<L: Lake>(
    lake: &L,
    (columns, policy): (&[ComputedColumn], Option<&AppliedPolicy>),
    (ids, ordinals): (Arc<RankedIds>, Arc<Bits>),
    moment: &Moment,
    control: &Control,
) -> Result<ComputedTable, ExportError> {
    let mut values = Vec::with_capacity(columns.len());
    // One after the other, so that no more than one needs its data at a time.
    for (checked, column) in check(lake, columns, policy).await?.into_iter().zip(columns) {
        let data = control.unless_stopped(lake.columns(checked.needs())).await?;
        let (ordinals, moment) = (ordinals.clone(), moment.clone());
        let of_column =
            evaluating(control, move |stop| evaluate_column(&checked, &data, &moment, &ordinals, stop))
                .await?;
        if let ComputedValues::Sums(sums) = &of_column
            && let Some(sum) = sums.iter().find(|sum| sum.is_infinite())
        {
            let (column, text) = (column.name.to_string(), format!("a sum that is {sum}"));
            return Err(ExportError::Value { column, text, expected: "number".into() });
        }
        values.push(of_column);
    }
    Ok(ComputedTable { ids, columns: values })
}

impl ComputedTable {
    /// The columns for rows of these profiles.
    pub fn columns(&self, ids: &ArrayRef) -> Result<Vec<ArrayRef>, ExportError> {
        let cells = Cells::of(ids)?;
        let ranks = (0..ids.len()).map(|row| {
            let id = profile_id(cells.get(row))?;
            let rank = self.ids.rank(id);
            rank.ok_or_else(|| ExportError::Worker(format!("{id} has a row and is no live profile")))
        });
        let ranks = ranks.collect::<Result<Vec<_>, _>>()?;
        Ok(self.columns.iter().map(|values| column(values, &ranks)).collect())
    }

    /// Adds the values to a digest: what saved segments mean may have changed since.
    pub fn digest_into(&self, digest: &mut Sha256) {
        for values in &self.columns {
            for rank in 0..self.ids.len() {
                match values.get(rank) {
                    None => {}
                    Some(ComputedValue::Count(count)) => digest.update(count.to_le_bytes()),
                    Some(ComputedValue::Sum(sum)) => digest.update(sum.unwrap_or(f64::NAN).to_le_bytes()),
                    Some(ComputedValue::Time(time)) => {
                        digest.update(time.unwrap_or(ComputedValues::NEVER).to_le_bytes());
                    }
                    Some(ComputedValue::Member(is_in)) => digest.update([u8::from(is_in)]),
                }
            }
        }
    }
}

/// The cells of the profiles of these ranks.
fn column(values: &ComputedValues, ranks: &[usize]) -> ArrayRef {
    macro_rules! cells {
        ($builder:expr, $kind:ident, $cell:expr) => {{
            let mut builder = $builder;
            for rank in ranks {
                builder.append_option(match values.get(*rank) {
                    Some(ComputedValue::$kind(value)) => $cell(value),
                    _ => None,
                });
            }
            Arc::new(builder.finish())
        }};
    }
    match values {
        ComputedValues::Counts(_) => {
            cells!(Int64Builder::new(), Count, |count| Some(i64::try_from(count).unwrap_or(i64::MAX)))
        }
        ComputedValues::Sums(_) => cells!(Float64Builder::new(), Sum, |sum| sum),
        ComputedValues::Times(_) => cells!(TimestampMicrosecondBuilder::new(), Time, |time| time),
        ComputedValues::Members(_) => cells!(BooleanBuilder::new(), Member, Some),
    }
}
