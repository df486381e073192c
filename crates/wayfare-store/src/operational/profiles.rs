//! The current state of each profile, by ordinal, and the first position of each.

use crate::error::StoreError;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::HashMap;

const ROWS: usize = 2_000;

/// One profile's row.
#[derive(Debug, Clone)]
pub(crate) struct ProfileRow {
    pub ordinal: u32,
    /// Of the state.
    pub position: u64,
    /// When the first record arrived, in microseconds.
    pub created_at: i64,
    /// Encoded by [`crate::profiles`].
    pub state: Vec<u8>,
}

pub(crate) async fn put(connection: &mut SqliteConnection, rows: &[ProfileRow]) -> Result<(), StoreError> {
    for part in rows.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("insert into profiles ");
        query.push_values(part, |mut row, profile| {
            row.push_bind(i64::from(profile.ordinal))
                .push_bind(profile.position as i64)
                .push_bind(profile.created_at)
                .push_bind(profile.state.as_slice());
        });
        query.push(
            " on conflict (ordinal) do update set position = excluded.position, state = excluded.state",
        );
        query.build().persistent(part.len() == ROWS).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The rows of those of `ordinals` that exist.
pub(crate) async fn get(
    connection: &mut SqliteConnection,
    ordinals: &[u32],
) -> Result<HashMap<u32, ProfileRow>, StoreError> {
    let mut found = HashMap::with_capacity(ordinals.len());
    for part in ordinals.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "select ordinal, position, created_at, state from profiles where ordinal in (",
        );
        let mut list = query.separated(",");
        for ordinal in part {
            list.push_bind(i64::from(*ordinal));
        }
        query.push(")");
        let rows: Vec<(i64, i64, i64, Vec<u8>)> =
            query.build_query_as().persistent(part.len() == ROWS).fetch_all(&mut *connection).await?;
        for (ordinal, position, created_at, state) in rows {
            let ordinal = ordinal as u32;
            found.insert(ordinal, ProfileRow { ordinal, position: position as u64, created_at, state });
        }
    }
    Ok(found)
}

/// Records the first positions of profiles with ordinals from `first_ordinal` on.
pub(crate) async fn add_firsts(
    connection: &mut SqliteConnection,
    first_ordinal: u32,
    positions: &[u64],
) -> Result<(), StoreError> {
    if positions.is_empty() {
        return Ok(());
    }
    let bytes: Vec<u8> = positions.iter().flat_map(|position| position.to_le_bytes()).collect();
    sqlx::query("insert into profile_firsts values (?, ?)")
        .bind(i64::from(first_ordinal))
        .bind(bytes)
        .execute(connection)
        .await?;
    Ok(())
}

/// The first position of every profile, by ordinal.
pub(crate) async fn firsts(connection: &mut SqliteConnection) -> Result<Vec<u64>, StoreError> {
    let blocks: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select first_ordinal, positions from profile_firsts order by first_ordinal")
            .fetch_all(connection)
            .await?;
    let mut firsts = Vec::with_capacity(blocks.iter().map(|(_, bytes)| bytes.len() / 8).sum());
    for (first_ordinal, bytes) in blocks {
        if first_ordinal as usize != firsts.len() || bytes.len() % 8 != 0 {
            return Err(StoreError::corrupt("the list of profiles", "its blocks do not join"));
        }
        let (positions, _) = bytes.as_chunks::<8>();
        firsts.extend(positions.iter().map(|bytes| u64::from_le_bytes(*bytes)));
    }
    Ok(firsts)
}
