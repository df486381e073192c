//! The runs of schedules, as their room writes them.

use crate::error::StoreError;
use sqlx::SqliteConnection;
use wayfare_model::time::Instant;

/// One run: what the store needs to find it, and the whole of it as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRunRow {
    /// `run_…`
    pub id: String,
    /// The schedule.
    pub schedule: String,
    /// When it was due.
    pub due_at: Instant,
    /// `waiting`, `running`, `complete`, `failed`, `cancelled`, `skipped`.
    pub status: String,
    /// When it ended. A complete run is kept with a later time than each that was complete before, whatever the clock said.
    pub finished_at: Option<Instant>,
    /// Whether something is still to come of it.
    pub is_open: bool,
    /// The whole run.
    pub run: String,
}

type Columns = (String, String, i64, String, Option<i64>, bool, String);

fn row(
    (id, schedule, due_at, status, finished_at, is_open, run): Columns,
) -> Result<ScheduleRunRow, StoreError> {
    let time = |micros| {
        Instant::from_micros(micros).ok_or_else(|| {
            StoreError::corrupt(format!("run {id}"), "one of its times lies outside the calendar")
        })
    };
    let (due_at, finished_at) = (time(due_at)?, finished_at.map(time).transpose()?);
    Ok(ScheduleRunRow { id, schedule, due_at, status, finished_at, is_open, run })
}

/// Keeps a run, new or changed. What had an export that ended stays as it ended: where the clock was set back, its due time
/// comes once more.
///
/// Runs of a schedule are under way one at a time, so that the order in which they are complete is that of the positions up to
/// which they export. Their times are kept in that order, too: by them the next link of a chain finds the one before.
pub(crate) async fn put(connection: &mut SqliteConnection, row: &ScheduleRunRow) -> Result<(), StoreError> {
    sqlx::query(
        "insert into schedule_runs values (?1, ?2, ?3, ?4,
             case when ?4 = 'complete' then max(?5, coalesce((
                 select finished_at + 1 from schedule_runs where schedule = ?2 and status = 'complete'
                 order by finished_at desc limit 1), ?5)) else ?5 end, ?6, ?7)
         on conflict (id) do update set status = excluded.status, is_open = excluded.is_open, run = excluded.run,
             finished_at = case when schedule_runs.status = excluded.status then schedule_runs.finished_at
                 else excluded.finished_at end
         where schedule_runs.status = excluded.status
             or schedule_runs.status not in ('complete', 'failed', 'cancelled')",
    )
    .bind(&row.id)
    .bind(&row.schedule)
    .bind(row.due_at.micros())
    .bind(&row.status)
    .bind(row.finished_at.map(Instant::micros))
    .bind(row.is_open)
    .bind(&row.run)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<ScheduleRunRow>, StoreError> {
    let found: Option<Columns> = sqlx::query_as(
        "select id, schedule, due_at, status, finished_at, is_open, run from schedule_runs
         where id = ?",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    found.map(row).transpose()
}

/// Those of which something is still to come, by due time.
pub(crate) async fn open(
    connection: &mut SqliteConnection,
    schedule: &str,
) -> Result<Vec<ScheduleRunRow>, StoreError> {
    let rows: Vec<Columns> = sqlx::query_as(
        "select id, schedule, due_at, status, finished_at, is_open, run from schedule_runs
         where schedule = ? and is_open = 1
         order by due_at, id",
    )
    .bind(schedule)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(row).collect()
}

/// The one that was complete last, which is the one that exported furthest.
pub(crate) async fn last_complete(
    connection: &mut SqliteConnection,
    schedule: &str,
) -> Result<Option<ScheduleRunRow>, StoreError> {
    let found: Option<Columns> = sqlx::query_as(
        "select id, schedule, due_at, status, finished_at, is_open, run from schedule_runs
         where schedule = ? and status = 'complete'
         order by finished_at desc, due_at desc, id desc limit 1",
    )
    .bind(schedule)
    .fetch_optional(connection)
    .await?;
    found.map(row).transpose()
}

/// Latest due time first; only those due before `before`, where it is given.
pub(crate) async fn list(
    connection: &mut SqliteConnection,
    schedule: &str,
    limit: usize,
    before: Option<(Instant, String)>,
) -> Result<Vec<ScheduleRunRow>, StoreError> {
    let (time, id) = before.map_or((i64::MAX, String::new()), |(time, id)| (time.micros(), id));
    let rows: Vec<Columns> = sqlx::query_as(
        "select id, schedule, due_at, status, finished_at, is_open, run from schedule_runs
         where schedule = ? and (due_at, id) < (?, ?)
         order by due_at desc, id desc limit ?",
    )
    .bind(schedule)
    .bind(time)
    .bind(id)
    .bind(limit as i64)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(row).collect()
}

/// Takes away the runs of a schedule.
pub(crate) async fn remove(connection: &mut SqliteConnection, schedule: &str) -> Result<(), StoreError> {
    sqlx::query("delete from schedule_runs where schedule = ?").bind(schedule).execute(connection).await?;
    Ok(())
}
