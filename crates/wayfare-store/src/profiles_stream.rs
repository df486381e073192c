//! Profiles as the lake has them: the newest state of each, ascending by id, in bounded memory.
//!
//! Each flush wrote its states sorted by profile. As long as no profile has a second state, the lake as a whole is
//! in order, and a look at the ids alone tells; otherwise the rows are sorted, on disk where memory does not hold
//! them, and of each profile's states the last one stands.

use crate::error::StoreError;
use crate::lake::layout::{self, MAIN, PROFILES};
use crate::snapshot::{RecordStream, Snapshot};
use arrow::array::{ArrayRef, AsArray, RecordBatch, StringViewBuilder, UInt32Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::prelude::{Expr, ident, lit};
use futures::{StreamExt, TryStreamExt};
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;
use wayfare_model::dictionary::IDENTIFIERS;

/// Where a column of the result comes from.
#[derive(Debug, Clone)]
enum From {
    /// A column of the scan.
    Column(usize),
    /// One of the identifiers in the scan's `identifiers` column.
    Identifier(usize, String),
    /// Nowhere: the lake does not have it yet.
    Nowhere,
}

pub(crate) async fn stream(
    snapshot: &Snapshot,
    attributes: &[String],
    positions: Option<(u64, u64)>,
) -> Result<RecordStream, StoreError> {
    let lake = &snapshot.store.lake;
    let id = snapshot.view.lake.id;
    let known = lake.columns_of(id, MAIN, PROFILES).await?;
    let mut asked = vec!["profile_id".to_owned(), "position".to_owned()];
    let mut place = |column: &str| match asked.iter().position(|known| known == column) {
        Some(place) => place,
        None => {
            asked.push(column.to_owned());
            asked.len() - 1
        }
    };
    let mut fields = vec![Field::new("profile_id", DataType::Utf8, false)];
    let mut sources = vec![From::Column(0)];
    for name in attributes {
        let field = snapshot.dictionary().attributes.get(name);
        let (data_type, source) = match field {
            _ if name == "profile_id" => (DataType::Utf8, From::Column(0)),
            None if IDENTIFIERS.contains(&name.as_str()) => {
                (DataType::Utf8, From::Identifier(place("identifiers"), name.clone()))
            }
            Some(field) if known.contains(&*field.column) => {
                (layout::column_type(field.declared), From::Column(place(&field.column)))
            }
            Some(field) => (layout::column_type(field.declared), From::Nowhere),
            None => (DataType::Utf8, From::Nowhere),
        };
        fields.push(Field::new(name, data_type, true));
        sources.push(source);
    }
    fields.push(Field::new("position", DataType::Int64, false));
    sources.push(From::Column(1));
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let filters = within(positions);
    let in_order = is_in_order(snapshot, filters.clone()).await?;
    let rows = match in_order {
        true => lake.scan(id, MAIN, PROFILES, &asked, filters).await?,
        false => lake.scan_sorted(id, MAIN, PROFILES, &asked, filters, &["profile_id", "position"]).await?,
    };
    let Some(rows) = rows else { return Ok(futures::stream::empty().boxed()) };
    let rows = rows.map_err(StoreError::from);
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let held = snapshot.clone();
    if in_order {
        return Ok(rows.map(move |batch| arrange(&held, &batch?, &schema, &sources)).boxed());
    }
    // A batch's last row may be followed by a newer state of the same profile: it waits for the next batch.
    let waiting: Option<RecordBatch> = None;
    let newest =
        futures::stream::unfold((rows.boxed(), waiting, false), |(mut rows, waiting, done)| async move {
            if done {
                return None;
            }
            match rows.next().await {
                None => waiting.map(|last| (Ok(last), (rows, None, true))),
                Some(Err(error)) => Some((Err(error), (rows, None, true))),
                Some(Ok(batch)) => match newest_states(waiting, &batch) {
                    Ok((ready, last)) => Some((Ok(ready), (rows, last, false))),
                    Err(error) => Some((Err(error), (rows, None, true))),
                },
            }
        });
    Ok(newest.map(move |batch| arrange(&held, &batch?, &schema, &sources)).boxed())
}

/// What states in a half-open range of positions pass.
fn within(positions: Option<(u64, u64)>) -> Vec<Expr> {
    let Some((from, to)) = positions else { return Vec::new() };
    let position = |position: u64| lit(i64::try_from(position).unwrap_or(i64::MAX));
    vec![ident("position").gt_eq(position(from)), ident("position").lt(position(to))]
}

/// Whether the lake's rows that pass ascend by profile, no profile twice.
async fn is_in_order(snapshot: &Snapshot, filters: Vec<Expr>) -> Result<bool, StoreError> {
    let id = snapshot.view.lake.id;
    let Some(mut rows) = snapshot.store.lake.scan(id, MAIN, PROFILES, &["profile_id"], filters).await? else {
        return Ok(true);
    };
    let mut last = String::new();
    while let Some(batch) = rows.try_next().await? {
        let ids = cast(batch.column(0), &DataType::Utf8)?;
        for id in ids.as_string::<i32>().iter().flatten() {
            if id <= last.as_str() && !last.is_empty() {
                return Ok(false);
            }
            last.clear();
            last.push_str(id);
        }
    }
    Ok(true)
}

/// Of rows sorted by profile and position, the last of each profile, but for the last profile, which may go on.
fn newest_states(
    waiting: Option<RecordBatch>,
    batch: &RecordBatch,
) -> Result<(RecordBatch, Option<RecordBatch>), StoreError> {
    let joined = match waiting {
        Some(waiting) => arrow::compute::concat_batches(&batch.schema(), [&waiting, batch])?,
        None => batch.clone(),
    };
    let ids = cast(joined.column(0), &DataType::Utf8)?;
    let ids = ids.as_string::<i32>();
    let rows = joined.num_rows();
    let kept: Vec<u32> = (0..rows.saturating_sub(1))
        .filter(|row| ids.value(*row) != ids.value(row + 1))
        .map(|row| row as u32)
        .collect();
    let kept = UInt32Array::from(kept);
    let columns =
        joined.columns().iter().map(|column| take(column, &kept, None)).collect::<Result<Vec<_>, _>>()?;
    let ready = RecordBatch::try_new(joined.schema(), columns)?;
    Ok((ready, (rows > 0).then(|| joined.slice(rows - 1, 1))))
}

fn arrange(
    _held: &Snapshot,
    batch: &RecordBatch,
    schema: &SchemaRef,
    sources: &[From],
) -> Result<RecordBatch, StoreError> {
    let place = sources.iter().find_map(|source| match source {
        From::Identifier(place, _) => Some(*place),
        _ => None,
    });
    let json = place.map(|place| cast(batch.column(place), &DataType::Utf8)).transpose()?;
    let identifiers =
        json.as_ref().map(|json| Identifiers::read(json.as_string::<i32>().iter())).transpose()?;
    let mut columns = Vec::with_capacity(sources.len());
    for (field, source) in schema.fields().iter().zip(sources) {
        columns.push(match (source, &identifiers) {
            (From::Column(place), _) => cast(batch.column(*place), field.data_type())?,
            (From::Identifier(_, name), Some(identifiers)) => {
                cast(&identifiers.column(name), field.data_type())?
            }
            (From::Identifier(..) | From::Nowhere, _) => {
                arrow::array::new_null_array(field.data_type(), batch.num_rows())
            }
        });
    }
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

/// Whether profiles have an identifier of that name in every row.
pub(crate) fn is_identifier(name: &str) -> bool {
    IDENTIFIERS.contains(&name)
}

/// The identifiers of some profiles, read from the lake's text once for all that are asked for.
pub(crate) struct Identifiers<'a>(Vec<Known<'a>>);

/// What of them a column may be made of.
#[derive(Default, Deserialize)]
struct Known<'a> {
    #[serde(borrow, default)]
    user_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    email: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    phone_number: Option<Cow<'a, str>>,
}

impl<'a> Identifiers<'a> {
    /// Reads them from their JSON.
    pub fn read(json: impl Iterator<Item = Option<&'a str>>) -> Result<Self, StoreError> {
        let read = |json: Option<&'a str>| match json {
            None => Ok(Known::default()),
            Some(json) => serde_json::from_str(json)
                .map_err(|error| StoreError::corrupt("a profile's identifiers", error)),
        };
        json.map(read).collect::<Result<_, _>>().map(Self)
    }

    /// One of them, a row a profile.
    pub fn column(&self, name: &str) -> ArrayRef {
        let mut builder = StringViewBuilder::with_capacity(self.0.len());
        for known in &self.0 {
            builder.append_option(match name {
                "user_id" => known.user_id.as_deref(),
                "email" => known.email.as_deref(),
                "phone_number" => known.phone_number.as_deref(),
                _ => None,
            });
        }
        Arc::new(builder.finish())
    }
}
