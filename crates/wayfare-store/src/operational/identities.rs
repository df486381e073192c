//! Which profile an identifier leads to.

use crate::error::StoreError;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::HashMap;
use wayfare_model::record::Identity;

/// Rows a statement, well under SQLite's limit of bound values.
const ROWS: usize = 2_000;

/// The key of a user id.
pub(crate) fn user_id_key(user_id: &str) -> Vec<u8> {
    [b"u", user_id.as_bytes()].concat()
}

/// The key of an e-mail address: without regard to case and outer space.
pub(crate) fn email_key(email: &str) -> Vec<u8> {
    [b"e", Identity::email_key(email).as_bytes()].concat()
}

/// The key of a phone number: without regard to outer space.
pub(crate) fn phone_key(phone: &str) -> Vec<u8> {
    [b"p", phone.trim().as_bytes()].concat()
}

/// The key of a custom identifier.
pub(crate) fn custom_key(kind: &str, value: &str) -> Vec<u8> {
    [b"c", kind.as_bytes(), b"\0", value.as_bytes()].concat()
}

/// The profile's ordinal for each key that is known.
pub(crate) async fn find(
    connection: &mut SqliteConnection,
    keys: &[&[u8]],
) -> Result<HashMap<Vec<u8>, u32>, StoreError> {
    let mut found = HashMap::with_capacity(keys.len());
    for part in keys.chunks(ROWS) {
        let mut query =
            QueryBuilder::<Sqlite>::new("select identifier, ordinal from identities where identifier in (");
        let mut list = query.separated(",");
        for key in part {
            list.push_bind(*key);
        }
        query.push(")");
        // A full statement is prepared once; the odd last one is not worth keeping.
        let rows: Vec<(Vec<u8>, i64)> =
            query.build_query_as().persistent(part.len() == ROWS).fetch_all(&mut *connection).await?;
        found.extend(rows.into_iter().map(|(key, ordinal)| (key, ordinal as u32)));
    }
    Ok(found)
}

/// Adds keys that are new.
pub(crate) async fn add(
    connection: &mut SqliteConnection,
    rows: &[(Vec<u8>, u32)],
) -> Result<(), StoreError> {
    for part in rows.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("insert into identities ");
        query.push_values(part, |mut row, (key, ordinal)| {
            row.push_bind(key.as_slice()).push_bind(i64::from(*ordinal));
        });
        query.build().persistent(part.len() == ROWS).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Up to `limit` ordinals whose identifier starts with `prefix`, by identifier.
pub(crate) async fn starting_with(
    connection: &mut SqliteConnection,
    prefix: &[u8],
    limit: u32,
) -> Result<Vec<u32>, StoreError> {
    let mut behind = prefix.to_vec();
    behind.push(0xff);
    let rows: Vec<(i64,)> = sqlx::query_as(
        "select ordinal from identities where identifier >= ? and identifier < ? order by identifier limit ?",
    )
    .bind(prefix)
    .bind(behind)
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(ordinal,)| ordinal as u32).collect())
}
