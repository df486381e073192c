//! Schedules, as their room writes them.

use crate::error::StoreError;
use sqlx::SqliteConnection;
use wayfare_model::time::Instant;

/// One schedule: what the store needs to list and change it, and the whole of it as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRow {
    /// `sch_…`
    pub id: String,
    /// From 1; each change makes the next.
    pub revision: u64,
    /// When it was made.
    pub created_at: Instant,
    /// Every due time up to here has become a run.
    pub decided_until: Instant,
    /// The whole schedule.
    pub schedule: String,
}

type Columns = (String, i64, i64, i64, String);

fn row((id, revision, created_at, decided_until, schedule): Columns) -> Result<ScheduleRow, StoreError> {
    let time = |micros| {
        Instant::from_micros(micros).ok_or_else(|| {
            StoreError::corrupt(format!("schedule {id}"), "one of its times lies outside the calendar")
        })
    };
    let (created_at, decided_until) = (time(created_at)?, time(decided_until)?);
    Ok(ScheduleRow { id, revision: revision as u64, created_at, decided_until, schedule })
}

pub(crate) async fn add(connection: &mut SqliteConnection, row: &ScheduleRow) -> Result<(), StoreError> {
    sqlx::query("insert into schedules values (?, ?, ?, ?, ?)")
        .bind(&row.id)
        .bind(row.revision as i64)
        .bind(row.created_at.micros())
        .bind(row.decided_until.micros())
        .bind(&row.schedule)
        .execute(connection)
        .await?;
    Ok(())
}

/// Changes the schedule of that id where it is at the revision before; `false` where it is not.
pub(crate) async fn change(connection: &mut SqliteConnection, row: &ScheduleRow) -> Result<bool, StoreError> {
    let changed = sqlx::query(
        "update schedules set revision = ?, decided_until = ?, schedule = ? where id = ? and revision = ?",
    )
    .bind(row.revision as i64)
    .bind(row.decided_until.micros())
    .bind(&row.schedule)
    .bind(&row.id)
    .bind(row.revision as i64 - 1)
    .execute(connection)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Notes up to when due times have become runs; `false` where there is no such schedule any more.
pub(crate) async fn decide(
    connection: &mut SqliteConnection,
    id: &str,
    decided_until: Instant,
) -> Result<bool, StoreError> {
    let changed = sqlx::query("update schedules set decided_until = ? where id = ?")
        .bind(decided_until.micros())
        .bind(id)
        .execute(connection)
        .await?;
    Ok(changed.rows_affected() == 1)
}

pub(crate) async fn get(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<ScheduleRow>, StoreError> {
    let found: Option<Columns> = sqlx::query_as(
        "select id, revision, created_at, decided_until, schedule from schedules
         where id = ?",
    )
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
) -> Result<Vec<ScheduleRow>, StoreError> {
    let (time, id) = before.map_or((i64::MAX, String::new()), |(time, id)| (time.micros(), id));
    let rows: Vec<Columns> = sqlx::query_as(
        "select id, revision, created_at, decided_until, schedule from schedules
         where (created_at, id) < (?, ?)
         order by created_at desc, id desc limit ?",
    )
    .bind(time)
    .bind(id)
    .bind(limit as i64)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(row).collect()
}

/// Takes a schedule away; `false` where there was none.
pub(crate) async fn remove(connection: &mut SqliteConnection, id: &str) -> Result<bool, StoreError> {
    let removed = sqlx::query("delete from schedules where id = ?").bind(id).execute(connection).await?;
    Ok(removed.rows_affected() == 1)
}
