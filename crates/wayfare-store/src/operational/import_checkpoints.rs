//! How far an import has come, written with the records it counts.

use crate::error::StoreError;
use sqlx::SqliteConnection;

pub(crate) async fn get(
    connection: &mut SqliteConnection,
    session: &str,
) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar("select state from import_checkpoints where session = ?")
        .bind(session)
        .fetch_optional(connection)
        .await?)
}

pub(crate) async fn put(
    connection: &mut SqliteConnection,
    session: &str,
    state: &str,
) -> Result<(), StoreError> {
    sqlx::query("insert into import_checkpoints values (?, ?) on conflict (session) do update set state = excluded.state")
        .bind(session)
        .bind(state)
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn clear(connection: &mut SqliteConnection, session: &str) -> Result<(), StoreError> {
    sqlx::query("delete from import_checkpoints where session = ?").bind(session).execute(connection).await?;
    Ok(())
}
