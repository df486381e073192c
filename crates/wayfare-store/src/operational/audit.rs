//! What was done with data, by whom: added to, never changed.

use crate::error::StoreError;
use sqlx::SqliteConnection;
use wayfare_model::time::Instant;

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number, ascending; 0 before it is kept.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// By whom.
    pub who: String,
    /// What: `export.requested`, `file.downloaded`, ….
    pub deed: String,
    /// With what: the id of an export.
    pub subject: String,
    /// More of it, as a JSON object.
    pub detail: String,
}

/// Which of them are asked for: those that have all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By whom.
    pub who: Option<String>,
    /// What.
    pub deed: Option<String>,
    /// With what.
    pub subject: Option<String>,
}

type Columns = (i64, i64, String, String, String, String);

fn row((number, at, who, deed, subject, detail): Columns) -> Result<AuditRow, StoreError> {
    let at = Instant::from_micros(at).ok_or_else(|| {
        StoreError::corrupt(format!("audit {number}"), "its time lies outside the calendar")
    })?;
    Ok(AuditRow { number: number as u64, at, who, deed, subject, detail })
}

pub(crate) async fn add(connection: &mut SqliteConnection, row: &AuditRow) -> Result<(), StoreError> {
    sqlx::query("insert into audit (at, who, deed, subject, detail) values (?, ?, ?, ?, ?)")
        .bind(row.at.micros())
        .bind(&row.who)
        .bind(&row.deed)
        .bind(&row.subject)
        .bind(&row.detail)
        .execute(connection)
        .await?;
    Ok(())
}

/// Newest first; only those before the number `before`, where it is given.
pub(crate) async fn list(
    connection: &mut SqliteConnection,
    filter: &AuditFilter,
    limit: usize,
    before: Option<u64>,
) -> Result<Vec<AuditRow>, StoreError> {
    let rows: Vec<Columns> = sqlx::query_as(
        "select number, at, who, deed, subject, detail from audit
         where number < ?1 and (?2 is null or who = ?2) and (?3 is null or deed = ?3) and (?4 is null or subject = ?4)
         order by number desc limit ?5",
    )
    .bind(before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX)))
    .bind(&filter.who)
    .bind(&filter.deed)
    .bind(&filter.subject)
    .bind(limit as i64)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(row).collect()
}
