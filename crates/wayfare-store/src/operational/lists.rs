//! Lists: people written down once, whatever happens to them later.

use crate::error::StoreError;
use sqlx::SqliteConnection;
use wayfare_model::id::ProfileId;
use wayfare_model::time::Instant;

/// A list without its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// `lst_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub made_at: Instant,
    /// Who made it.
    pub made_by: String,
    /// From what, in words.
    pub made_from: String,
    /// How many members it has.
    pub size: u64,
}

impl ListRow {
    /// An id that no other list has.
    pub fn new_id() -> String {
        format!("lst_{}", uuid::Uuid::now_v7().simple())
    }
}

type Columns = (String, String, i64, String, String, i64);

fn row((id, name, made_at, made_by, made_from, size): Columns) -> Result<ListRow, StoreError> {
    let made_at = Instant::from_micros(made_at)
        .ok_or_else(|| StoreError::corrupt(format!("list {id}"), "its time lies outside the calendar"))?;
    Ok(ListRow { id, name, made_at, made_by, made_from, size: size as u64 })
}

/// Adds a list; members ascend.
pub(crate) async fn add(
    connection: &mut SqliteConnection,
    row: &ListRow,
    members: &[ProfileId],
) -> Result<(), StoreError> {
    let bytes: Vec<u8> = members.iter().flat_map(|id| id.first_position().to_le_bytes()).collect();
    let packed = zstd::bulk::compress(&bytes, 3).map_err(|error| StoreError::corrupt("a list", error))?;
    sqlx::query("insert into lists values (?, ?, ?, ?, ?, ?, ?)")
        .bind(&row.id)
        .bind(&row.name)
        .bind(row.made_at.micros())
        .bind(&row.made_by)
        .bind(&row.made_from)
        .bind(members.len() as i64)
        .bind(packed)
        .execute(connection)
        .await?;
    Ok(())
}

/// All of them, by id.
pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<ListRow>, StoreError> {
    let rows: Vec<Columns> =
        sqlx::query_as("select id, name, made_at, made_by, made_from, size from lists order by id")
            .fetch_all(connection)
            .await?;
    rows.into_iter().map(row).collect()
}

/// The members of one, ascending; `None` where there is no such list.
pub(crate) async fn members(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<Vec<ProfileId>>, StoreError> {
    let found: Option<(Vec<u8>,)> =
        sqlx::query_as("select members from lists where id = ?").bind(id).fetch_optional(connection).await?;
    let Some((packed,)) = found else { return Ok(None) };
    let corrupt = |why: &dyn std::fmt::Display| StoreError::corrupt(format!("list {id}"), why);
    let bytes = zstd::stream::decode_all(&*packed).map_err(|error| corrupt(&error))?;
    let (positions, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(corrupt(&"it has part of a member"));
    }
    let ids = positions.iter().map(|bytes| ProfileId::from_first_position(u64::from_le_bytes(*bytes)));
    Ok(Some(ids.collect()))
}

/// Takes a list away; `false` where there was none.
pub(crate) async fn remove(connection: &mut SqliteConnection, id: &str) -> Result<bool, StoreError> {
    let removed = sqlx::query("delete from lists where id = ?").bind(id).execute(connection).await?;
    Ok(removed.rows_affected() == 1)
}
