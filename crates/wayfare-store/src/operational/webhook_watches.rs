//! Watches of segments, as their room writes them.

use crate::error::StoreError;
use sqlx::SqliteConnection;

/// One watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookWatchRow {
    /// `wat_…`
    pub id: String,
    /// The whole watch as JSON.
    pub watch: String,
}

/// Keeps a new watch.
pub(crate) async fn add(connection: &mut SqliteConnection, row: &WebhookWatchRow) -> Result<(), StoreError> {
    sqlx::query("insert into webhook_watches values (?, ?)")
        .bind(&row.id)
        .bind(&row.watch)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps a watch that is there; `false` where somebody took it away.
pub(crate) async fn put(
    connection: &mut SqliteConnection,
    row: &WebhookWatchRow,
) -> Result<bool, StoreError> {
    let kept = sqlx::query("update webhook_watches set watch = ? where id = ?")
        .bind(&row.watch)
        .bind(&row.id)
        .execute(connection)
        .await?;
    Ok(kept.rows_affected() == 1)
}

/// All watches, by id.
pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<WebhookWatchRow>, StoreError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("select id, watch from webhook_watches order by id").fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(id, watch)| WebhookWatchRow { id, watch }).collect())
}

/// Takes a watch away; `false` where there was none.
pub(crate) async fn remove(connection: &mut SqliteConnection, id: &str) -> Result<bool, StoreError> {
    let removed =
        sqlx::query("delete from webhook_watches where id = ?").bind(id).execute(connection).await?;
    Ok(removed.rows_affected() == 1)
}
