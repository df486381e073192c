//! Export jobs, as their room writes them.

use crate::error::StoreError;
use sqlx::SqliteConnection;
use wayfare_model::time::Instant;

/// One export job: what the store needs to list it, and the whole of it as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRow {
    /// `exp_…`
    pub id: String,
    /// When it was asked for.
    pub created_at: Instant,
    /// `queued`, `running`, `complete`, `failed`, `cancelled`.
    pub status: String,
    /// The whole job.
    pub job: String,
}

type Columns = (String, i64, String, String);

fn row((id, created_at, status, job): Columns) -> Result<ExportRow, StoreError> {
    let created_at = Instant::from_micros(created_at)
        .ok_or_else(|| StoreError::corrupt(format!("export {id}"), "its time lies outside the calendar"))?;
    Ok(ExportRow { id, created_at, status, job })
}

pub(crate) async fn put(connection: &mut SqliteConnection, row: &ExportRow) -> Result<(), StoreError> {
    sqlx::query(
        "insert into export_jobs values (?, ?, ?, ?)
         on conflict (id) do update set status = excluded.status, job = excluded.job",
    )
    .bind(&row.id)
    .bind(row.created_at.micros())
    .bind(&row.status)
    .bind(&row.job)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<ExportRow>, StoreError> {
    let found: Option<Columns> =
        sqlx::query_as("select id, created_at, status, job from export_jobs where id = ?")
            .bind(id)
            .fetch_optional(connection)
            .await?;
    found.map(row).transpose()
}

/// Newest first; only those older than `before`, where it is given.
pub(crate) async fn list(
    connection: &mut SqliteConnection,
    limit: usize,
    before: Option<(Instant, String)>,
) -> Result<Vec<ExportRow>, StoreError> {
    let (time, id) = before.map_or((i64::MAX, String::new()), |(time, id)| (time.micros(), id));
    let rows: Vec<Columns> = sqlx::query_as(
        "select id, created_at, status, job from export_jobs
         where (created_at, id) < (?, ?) order by created_at desc, id desc limit ?",
    )
    .bind(time)
    .bind(id)
    .bind(limit as i64)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(row).collect()
}
