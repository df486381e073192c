//! A look at an export before it is asked for: how many rows it would have, exactly, and the first of them.

use crate::attribute_table::AttributeForm;
use crate::cell_form::CellForm;
use crate::cells::Cells;
use crate::column::SchemaColumn;
use crate::error::ExportError;
use crate::jobs::Exports;
use crate::ndjson::NdjsonEncoder;
use crate::positions;
use crate::prepare::{Prepared, apart, prepare};
use crate::progress::Control;
use crate::ranked_ids::RankedIds;
use crate::read_rows::{self, profile_column, select};
use crate::request::ExportRequest;
use crate::rows::row_makers;
use crate::run::attribute_table;
use crate::selection::{profile_ids, ranks};
use crate::source::Lake;
use arrow::record_batch::RecordBatch;
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many rows are shown.
pub const SAMPLE: usize = 20;

/// What an export would hold.
#[derive(Debug)]
pub struct Preview {
    /// How many rows, exactly.
    pub rows: u64,
    /// One past the last commit position that is seen.
    pub position: u64,
    /// The columns.
    pub columns: Vec<SchemaColumn>,
    /// The first rows, a value a column.
    pub sample: Vec<Vec<Box<RawValue>>>,
    /// What somebody should know before asking for it.
    pub warnings: Vec<String>,
}

impl Exports {
    /// Looks at an export as it would be now. Writes no files; what is accepted and not in the lake yet is flushed first,
    /// as the export itself would do. Dropped, it stops.
    pub async fn preview(&self, request: &ExportRequest, by: &str) -> Result<Preview, ExportError> {
        request.check()?;
        let mut request = positions::behind(&self.0, request.clone()).await?;
        self.0.unlock(&mut request).await?;
        let request = &request;
        let control = Control::new();
        // Evaluations run on threads of their own, and end when they are told to.
        let _stop = control.cancel_token().clone().drop_guard();
        let store = self.0.store.clone();
        // A flush that was begun is finished, whoever waits for it.
        let flushed = tokio::spawn(async move { store.lake_snapshot().await }).await;
        let lake = flushed.map_err(|error| ExportError::Worker(error.to_string()))??;
        let as_of = request.as_of.unwrap_or_else(|| (self.0.settings.now)());
        let scratch = tempfile::tempdir().map_err(ExportError::file(&std::env::temp_dir()))?;
        let prepared = prepare(&lake, request, as_of, scratch.path(), &control).await?;
        let preview = look(&lake, request, prepared, &control).await?;
        self.looked(by, request.kind.name(), preview.rows).await?;
        Ok(preview)
    }
}

async fn look<L: Lake>(
    lake: &L,
    request: &ExportRequest,
    prepared: Prepared,
    control: &Control,
) -> Result<Preview, ExportError> {
    let prepared = Arc::new(prepared);
    let first = control.unless_stopped(first_rows(lake, &prepared, control)).await?;
    let sample = control.unless_stopped(written(lake, &prepared, first, control)).await?;
    debug_assert_eq!(sample.len() as u64, prepared.rows.min(SAMPLE as u64), "{:?}", request.kind);
    Ok(Preview {
        rows: prepared.rows,
        position: prepared.position,
        columns: prepared.plan.columns.iter().map(Into::into).collect(),
        sample,
        warnings: prepared.plan.warnings.clone(),
    })
}

/// The first rows as the store gives them, with the layout of each batch.
async fn first_rows<L: Lake>(
    lake: &L,
    prepared: &Arc<Prepared>,
    control: &Control,
) -> Result<Vec<(usize, RecordBatch)>, ExportError> {
    let rows = read_rows::open(lake, prepared).await?;
    let (prepared, control) = (prepared.clone(), control.clone());
    apart(move || {
        let (mut batches, mut left) = (Vec::new(), SAMPLE);
        rows.each(|layout, batch| {
            control.check()?;
            let selected = select(&prepared, layout, batch)?;
            let taken = left.min(selected.num_rows());
            left -= taken;
            batches.push((layout, selected.slice(0, taken)));
            Ok(left > 0)
        })?;
        Ok(batches)
    })
    .await
}

/// The rows as they would be written, as JSON.
async fn written<L: Lake>(
    lake: &L,
    prepared: &Prepared,
    batches: Vec<(usize, RecordBatch)>,
    control: &Control,
) -> Result<Vec<Vec<Box<RawValue>>>, ExportError> {
    let scratch = tempfile::tempdir().map_err(ExportError::file(&std::env::temp_dir()))?;
    let attributes = prepared.plan.attributes();
    let profile = profile_column(&prepared.plan.rows);
    let ids = shown_profiles(&batches, profile)?;
    let table = match attributes.is_empty() {
        true => None,
        false => {
            let ids = ids.clone();
            let form = AttributeForm::Cells(attributes.len());
            attribute_table(lake, attributes, ids, form, scratch.path(), control).await.map(Some)?
        }
    };
    let mut makers = row_makers(prepared);
    let mut encoder = NdjsonEncoder::new(prepared.plan.columns.clone(), CellForm::default());
    let mut rows = Vec::new();
    for (layout, batch) in &batches {
        let ranks = ranks(batch, profile, &ids)?;
        let columns = makers[*layout].columns(batch, &ranks, table.as_ref())?;
        let cells = columns.iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            let mut line = Vec::new();
            for (index, cells) in cells.iter().enumerate() {
                encoder.before(&mut line, index);
                encoder.cell(&mut line, index, cells.get(row))?;
            }
            encoder.end_row(&mut line);
            let Values(values) = serde_json::from_slice(&line)?;
            rows.push(values);
        }
    }
    Ok(rows)
}

/// Whose attributes are looked up: nobody's but those of the rows shown.
fn shown_profiles(batches: &[(usize, RecordBatch)], profile: usize) -> Result<Arc<RankedIds>, ExportError> {
    let mut profiles = BTreeSet::new();
    for (_, batch) in batches {
        profiles.extend(profile_ids(batch, profile)?);
    }
    let mut ranked = RankedIds::default();
    for id in profiles {
        ranked.push(id);
    }
    Ok(Arc::new(ranked))
}

/// The values of an object, in order.
struct Values(Vec<Box<RawValue>>);

impl<'de> serde::Deserialize<'de> for Values {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> serde::de::Visitor<'de> for Members {
            type Value = Values;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
                let mut values = Vec::new();
                while map.next_key::<serde::de::IgnoredAny>()?.is_some() {
                    values.push(map.next_value()?);
                }
                Ok(Values(values))
            }
        }
        deserializer.deserialize_map(Members)
    }
}
