//! Saved segments: every version is kept, the newest counts.

use crate::error::StoreError;
use sqlx::SqliteConnection;
use wayfare_model::time::Instant;

/// One version of a saved segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRow {
    /// `seg_…`
    pub id: String,
    /// From 1.
    pub version: u64,
    /// What people call it.
    pub name: String,
    /// The definition, as JSON.
    pub definition: String,
    /// When it was changed so.
    pub changed_at: Instant,
    /// Who changed it.
    pub changed_by: String,
    /// Whether it was taken away with this version.
    pub deleted: bool,
}

impl SegmentRow {
    /// An id that no other segment has.
    pub fn new_id() -> String {
        format!("seg_{}", uuid::Uuid::now_v7().simple())
    }
}

type Columns = (String, i64, String, String, i64, String, bool);

fn row(
    (id, version, name, definition, changed_at, changed_by, deleted): Columns,
) -> Result<SegmentRow, StoreError> {
    let changed_at = Instant::from_micros(changed_at)
        .ok_or_else(|| StoreError::corrupt(format!("segment {id}"), "its time lies outside the calendar"))?;
    Ok(SegmentRow { id, version: version as u64, name, definition, changed_at, changed_by, deleted })
}

/// Adds a version; `false` where that version is there already.
pub(crate) async fn add(connection: &mut SqliteConnection, row: &SegmentRow) -> Result<bool, StoreError> {
    let added = sqlx::query("insert or ignore into saved_segments values (?, ?, ?, ?, ?, ?, ?)")
        .bind(&row.id)
        .bind(row.version as i64)
        .bind(&row.name)
        .bind(&row.definition)
        .bind(row.changed_at.micros())
        .bind(&row.changed_by)
        .bind(row.deleted)
        .execute(connection)
        .await?;
    Ok(added.rows_affected() == 1)
}

/// The newest version of each, by id.
pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<SegmentRow>, StoreError> {
    let rows: Vec<Columns> = sqlx::query_as(
        "select id, max(version), name, definition, changed_at, changed_by, deleted
         from saved_segments group by id order by id",
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(row).collect()
}

/// The versions of one, newest first.
pub(crate) async fn versions(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Vec<SegmentRow>, StoreError> {
    let rows: Vec<Columns> =
        sqlx::query_as("select * from saved_segments where id = ? order by version desc")
            .bind(id)
            .fetch_all(connection)
            .await?;
    rows.into_iter().map(row).collect()
}
