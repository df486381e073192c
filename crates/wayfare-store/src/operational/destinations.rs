//! Destinations of exports: their settings as their room writes them, and their secrets, sealed by it.

use crate::error::StoreError;
use sqlx::SqliteConnection;
use wayfare_model::time::Instant;

/// One destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationRow {
    /// `dst_…`
    pub id: String,
    /// From 1; each change makes the next.
    pub revision: u64,
    /// What people call it.
    pub name: String,
    /// Whether nothing is sent there for now.
    pub disabled: bool,
    /// What may be shown, as JSON.
    pub settings: String,
    /// What is sealed, as JSON.
    pub secrets: String,
    /// When it was changed so.
    pub changed_at: Instant,
    /// Who changed it.
    pub changed_by: String,
}

impl DestinationRow {
    /// An id that no other destination has.
    pub fn new_id() -> String {
        format!("dst_{}", uuid::Uuid::now_v7().simple())
    }
}

type Columns = (String, i64, String, bool, String, String, i64, String);

fn row(
    (id, revision, name, disabled, settings, secrets, changed_at, changed_by): Columns,
) -> Result<DestinationRow, StoreError> {
    let changed_at = Instant::from_micros(changed_at).ok_or_else(|| {
        StoreError::corrupt(format!("destination {id}"), "its time lies outside the calendar")
    })?;
    let revision = revision as u64;
    Ok(DestinationRow { id, revision, name, disabled, settings, secrets, changed_at, changed_by })
}

/// Writes a revision; `false` where the one before it is not what is there. Revision 1 is a new destination.
pub(crate) async fn put(connection: &mut SqliteConnection, row: &DestinationRow) -> Result<bool, StoreError> {
    let statement = match row.revision {
        1 => {
            "insert or ignore into destinations (revision, name, disabled, settings, secrets, changed_at, changed_by, id)
             values (?, ?, ?, ?, ?, ?, ?, ?)"
        }
        _ => {
            "update destinations set revision = ?1, name = ?2, disabled = ?3, settings = ?4, secrets = ?5,
             changed_at = ?6, changed_by = ?7 where id = ?8 and revision = ?1 - 1"
        }
    };
    let written = sqlx::query(statement)
        .bind(row.revision as i64)
        .bind(&row.name)
        .bind(row.disabled)
        .bind(&row.settings)
        .bind(&row.secrets)
        .bind(row.changed_at.micros())
        .bind(&row.changed_by)
        .bind(&row.id)
        .execute(connection)
        .await?;
    Ok(written.rows_affected() == 1)
}

/// Writes the same secrets sealed anew; the destination stays what it was.
pub(crate) async fn put_secrets(
    connection: &mut SqliteConnection,
    id: &str,
    secrets: &str,
) -> Result<(), StoreError> {
    sqlx::query("update destinations set secrets = ? where id = ?")
        .bind(secrets)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// All of them, by id.
pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<DestinationRow>, StoreError> {
    let rows: Vec<Columns> = sqlx::query_as(
        "select id, revision, name, disabled, settings, secrets, changed_at, changed_by
         from destinations order by id",
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(row).collect()
}

/// One of them.
pub(crate) async fn get(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<DestinationRow>, StoreError> {
    let found: Option<Columns> = sqlx::query_as(
        "select id, revision, name, disabled, settings, secrets, changed_at, changed_by
         from destinations where id = ?",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    found.map(row).transpose()
}

/// Takes a destination away; `false` where there was none.
pub(crate) async fn remove(connection: &mut SqliteConnection, id: &str) -> Result<bool, StoreError> {
    let removed = sqlx::query("delete from destinations where id = ?").bind(id).execute(connection).await?;
    Ok(removed.rows_affected() == 1)
}
