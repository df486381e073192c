//! Named API keys: of their secrets only the hash, and the keys of their hashed columns sealed by their room.

use crate::error::StoreError;
use sqlx::SqliteConnection;
use wayfare_model::time::Instant;

/// One API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// `key_…`
    pub id: String,
    /// From 1; each change makes the next.
    pub revision: u64,
    /// What people call it.
    pub name: String,
    /// How its secret begins.
    pub hint: String,
    /// The SHA-256 of its secret.
    pub secret: [u8; 32],
    /// Whether nobody is let in by it for now.
    pub disabled: bool,
    /// What its exports may show, as JSON; everything where it is missing.
    pub policy: Option<String>,
    /// Under what its hashed columns are hashed, sealed, as JSON.
    pub hash_key: Option<String>,
    /// When it was made.
    pub created_at: Instant,
    /// Who made it.
    pub created_by: String,
    /// When it was used last, as far as that is kept.
    pub last_used_at: Option<Instant>,
}

impl ApiKeyRow {
    /// An id that no other key has.
    pub fn new_id() -> String {
        format!("key_{}", uuid::Uuid::now_v7().simple())
    }
}

type Columns = (
    String,
    i64,
    String,
    String,
    Vec<u8>,
    bool,
    Option<String>,
    Option<String>,
    i64,
    String,
    Option<i64>,
);

fn row(columns: Columns) -> Result<ApiKeyRow, StoreError> {
    let (id, revision, name, hint, secret, disabled, policy, hash_key, created_at, created_by, used) = columns;
    let corrupt = |why: &str| StoreError::corrupt(format!("API key {id}"), why);
    let instant =
        |micros| Instant::from_micros(micros).ok_or_else(|| corrupt("a time of it lies outside the calendar"));
    let secret = secret.try_into().map_err(|_| corrupt("the hash of its secret is cut off"))?;
    let (created_at, last_used_at) = (instant(created_at)?, used.map(instant).transpose()?);
    Ok(ApiKeyRow {
        id,
        revision: revision as u64,
        name,
        hint,
        secret,
        disabled,
        policy,
        hash_key,
        created_at,
        created_by,
        last_used_at,
    })
}

/// Writes a revision; `false` where the one before it is not what is there. Revision 1 is a new key.
pub(crate) async fn put(connection: &mut SqliteConnection, row: &ApiKeyRow) -> Result<bool, StoreError> {
    let statement = match row.revision {
        1 => {
            "insert or ignore into api_keys
             (revision, name, hint, secret, disabled, policy, hash_key, created_at, created_by, id)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        }
        _ => {
            "update api_keys set revision = ?1, name = ?2, hint = ?3, secret = ?4, disabled = ?5, policy = ?6,
             hash_key = ?7, created_at = ?8, created_by = ?9 where id = ?10 and revision = ?1 - 1"
        }
    };
    let written = sqlx::query(statement)
        .bind(row.revision as i64)
        .bind(&row.name)
        .bind(&row.hint)
        .bind(&row.secret[..])
        .bind(row.disabled)
        .bind(&row.policy)
        .bind(&row.hash_key)
        .bind(row.created_at.micros())
        .bind(&row.created_by)
        .bind(&row.id)
        .execute(connection)
        .await?;
    Ok(written.rows_affected() == 1)
}

/// Writes the same key of hashes sealed anew; the API key stays what it was.
pub(crate) async fn put_hash_key(
    connection: &mut SqliteConnection,
    id: &str,
    hash_key: &str,
) -> Result<(), StoreError> {
    sqlx::query("update api_keys set hash_key = ? where id = ?")
        .bind(hash_key)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes when a key was used last.
pub(crate) async fn put_last_used(
    connection: &mut SqliteConnection,
    id: &str,
    at: Instant,
) -> Result<(), StoreError> {
    sqlx::query("update api_keys set last_used_at = ? where id = ?")
        .bind(at.micros())
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// All of them, by id.
pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<ApiKeyRow>, StoreError> {
    let rows: Vec<Columns> = sqlx::query_as(
        "select id, revision, name, hint, secret, disabled, policy, hash_key, created_at, created_by, last_used_at
         from api_keys order by id",
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(row).collect()
}

/// One of them.
pub(crate) async fn get(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<ApiKeyRow>, StoreError> {
    let found: Option<Columns> = sqlx::query_as(
        "select id, revision, name, hint, secret, disabled, policy, hash_key, created_at, created_by, last_used_at
         from api_keys where id = ?",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    found.map(row).transpose()
}

/// Takes a key away; `false` where there was none.
pub(crate) async fn remove(connection: &mut SqliteConnection, id: &str) -> Result<bool, StoreError> {
    let removed = sqlx::query("delete from api_keys where id = ?").bind(id).execute(connection).await?;
    Ok(removed.rows_affected() == 1)
}
