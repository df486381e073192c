//! Random secrets that this store made for itself.

use crate::error::StoreError;
use sqlx::SqliteConnection;

/// The secret of that name, if it was made before.
pub(crate) async fn get(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Option<[u8; 32]>, StoreError> {
    let value: Option<Vec<u8>> = sqlx::query_scalar("select value from secrets where name = ?")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    value
        .map(|bytes| {
            bytes.try_into().map_err(|_| StoreError::corrupt(format!("secret {name}"), "it is not 32 bytes"))
        })
        .transpose()
}

/// The secret of that name, made now if need be.
pub(crate) async fn get_or_make(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<[u8; 32], StoreError> {
    let mut fresh = [0u8; 32];
    getrandom::fill(&mut fresh).map_err(|error| StoreError::corrupt("the system's randomness", error))?;
    sqlx::query("insert into secrets values (?, ?) on conflict (name) do nothing")
        .bind(name)
        .bind(fresh.as_slice())
        .execute(&mut *connection)
        .await?;
    get(connection, name)
        .await?
        .ok_or_else(|| StoreError::corrupt(format!("secret {name}"), "it was not kept"))
}
