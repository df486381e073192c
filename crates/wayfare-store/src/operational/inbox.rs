//! Accepted batches that are not in the lake yet: each a compressed blob with its half-open range of positions.

use crate::error::StoreError;
use sqlx::SqliteConnection;

/// One batch: `(first, behind, payload)`, positions `first <= p < behind`.
pub(crate) type InboxRow = (u64, u64, Vec<u8>);

pub(crate) async fn append(
    connection: &mut SqliteConnection,
    first: u64,
    behind: u64,
    payload: &[u8],
) -> Result<(), StoreError> {
    sqlx::query("insert into inbox values (?, ?, ?)")
        .bind(first as i64)
        .bind(behind as i64)
        .bind(payload)
        .execute(connection)
        .await?;
    Ok(())
}

/// All batches, by position.
pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<InboxRow>, StoreError> {
    let rows: Vec<(i64, i64, Vec<u8>)> =
        sqlx::query_as("select first, behind, payload from inbox order by first")
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(first, behind, payload)| (first as u64, behind as u64, payload)).collect())
}

/// Drops batches that lie wholly before `position`.
pub(crate) async fn drop_before(connection: &mut SqliteConnection, position: u64) -> Result<(), StoreError> {
    sqlx::query("delete from inbox where behind <= ?").bind(position as i64).execute(connection).await?;
    Ok(())
}
