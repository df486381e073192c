//! Single values: how far positions and flushes have come.

use crate::error::StoreError;
use sqlx::SqliteConnection;

/// One past the last position given.
pub(crate) const NEXT_POSITION: &str = "next_position";
/// One past the last position that is in the lake and no longer in the inbox.
pub(crate) const FLUSHED: &str = "flushed";

/// A number, 0 where it was never set.
pub(crate) async fn number(connection: &mut SqliteConnection, name: &str) -> Result<u64, StoreError> {
    let value: Option<i64> = sqlx::query_scalar("select value from meta where name = ?")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(value.unwrap_or(0) as u64)
}

pub(crate) async fn set_number(
    connection: &mut SqliteConnection,
    name: &str,
    value: u64,
) -> Result<(), StoreError> {
    sqlx::query("insert into meta values (?, ?) on conflict (name) do update set value = excluded.value")
        .bind(name)
        .bind(value as i64)
        .execute(connection)
        .await?;
    Ok(())
}
