//! What the actions on saved segments share: how one is shown, found and checked.

use crate::problem::Problem;
use crate::wire::saved_segment::SavedSegment;
use serde_json::value::RawValue;
use wayfare_segment::definition::Definition;
use wayfare_segment::{library, words};
use wayfare_store::{SegmentRow, Store};

/// A name that people can read.
pub(super) fn name(name: &str) -> Result<String, Problem> {
    library::name(name).map_err(|why| Problem::invalid("name", why))
}

/// The newest versions, without those taken away.
pub(super) async fn all(store: &Store) -> Result<Vec<SegmentRow>, Problem> {
    let mut rows = store.segments().await?;
    rows.retain(|row| !row.deleted);
    Ok(rows)
}

/// One of them.
pub(super) fn find<'r>(rows: &'r [SegmentRow], id: &str) -> Result<&'r SegmentRow, Problem> {
    rows.iter().find(|row| row.id == id).ok_or_else(|| Problem::not_found(format_args!("segment {id:?}")))
}

/// Ids of the segments that refer to one.
pub(super) fn used_by(rows: &[SegmentRow], id: &str) -> Vec<String> {
    let refers = |row: &&SegmentRow| {
        Definition::parse(&row.definition)
            .is_ok_and(|definition| definition.references().segments.contains(id))
    };
    rows.iter().filter(refers).map(|row| row.id.clone()).collect()
}

/// A version as it goes out.
pub(super) fn shown(row: &SegmentRow, used_by: Vec<String>) -> Result<SavedSegment, Problem> {
    let words = Definition::parse(&row.definition).map_or_else(|_| String::new(), |of| words::describe(&of));
    let definition =
        RawValue::from_string(row.definition.clone()).map_err(|error| Problem::internal(&error))?;
    Ok(SavedSegment {
        number: wayfare_export::raw_request::segment_number(&row.id),
        id: row.id.clone(),
        name: row.name.clone(),
        version: row.version,
        definition,
        words,
        changed_at: row.changed_at.to_string(),
        changed_by: row.changed_by.clone(),
        used_by,
    })
}

/// Refuses a definition that cannot be evaluated, or that leads back to the segment `id` it is to be kept under.
pub(super) async fn check(store: &Store, definition: &Definition, id: &str) -> Result<(), Problem> {
    let snapshot = store.snapshot().await?;
    let library = snapshot.library(definition).await?;
    definition.check(snapshot.dictionary(), &library).map_err(Problem::definition)?;
    library.refuse_cycle(definition, id).map_err(Problem::definition)
}
