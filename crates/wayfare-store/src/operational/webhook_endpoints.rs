//! Webhook endpoints, as their room writes them.

use crate::error::StoreError;
use sqlx::SqliteConnection;

/// One endpoint: its own form as JSON, and beside it the state of its breaker, which changes far more often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEndpointRow {
    /// `ep_…`
    pub id: String,
    /// The whole endpoint, its secrets sealed.
    pub endpoint: String,
    /// The state of its breaker.
    pub breaker: String,
}

/// Keeps an endpoint; the breaker of one that is there stays as it is.
pub(crate) async fn put(
    connection: &mut SqliteConnection,
    row: &WebhookEndpointRow,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into webhook_endpoints values (?, ?, ?)
         on conflict (id) do update set endpoint = excluded.endpoint",
    )
    .bind(&row.id)
    .bind(&row.endpoint)
    .bind(&row.breaker)
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps the state of a breaker.
pub(crate) async fn put_breaker(
    connection: &mut SqliteConnection,
    id: &str,
    breaker: &str,
) -> Result<(), StoreError> {
    sqlx::query("update webhook_endpoints set breaker = ? where id = ?")
        .bind(breaker)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// All endpoints, by id.
pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<WebhookEndpointRow>, StoreError> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("select id, endpoint, breaker from webhook_endpoints order by id")
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(id, endpoint, breaker)| WebhookEndpointRow { id, endpoint, breaker }).collect())
}

/// Takes an endpoint away; `false` where there was none.
pub(crate) async fn remove(connection: &mut SqliteConnection, id: &str) -> Result<bool, StoreError> {
    let removed =
        sqlx::query("delete from webhook_endpoints where id = ?").bind(id).execute(connection).await?;
    Ok(removed.rows_affected() == 1)
}
