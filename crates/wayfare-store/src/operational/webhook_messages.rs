//! Webhook messages: what is to be told to which endpoint, and what came of it so far.
//!
//! A message belongs to one endpoint. Its sequence is the order of arrival.

use crate::error::StoreError;
use sqlx::SqliteConnection;
use wayfare_model::time::Instant;

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookMessageState {
    /// It is sent when its time comes.
    Waiting,
    /// The endpoint took it.
    Delivered,
    /// It was given up, and stays listed.
    Dead,
}

impl WebhookMessageState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Dead];

    /// The name used in the table and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    fn of(name: &str) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| StoreError::corrupt("a webhook message", format!("it is {name:?}")))
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookMessageRow {
    /// The order of arrival; 0 before it is kept.
    pub sequence: u64,
    /// `msg_…`, the same in every attempt.
    pub id: String,
    /// The endpoint that is told.
    pub endpoint: String,
    /// What happened: `export.completed`.
    pub kind: String,
    /// When it was written.
    pub created_at: Instant,
    /// What is sent, as JSON.
    pub body: String,
    /// Where it stands.
    pub state: WebhookMessageState,
    /// Attempts that ended since it was last made due by hand.
    pub attempts: u32,
    /// Attempts before that.
    pub attempts_before: u32,
    /// Since when it is tried.
    pub since: Instant,
    /// When the next attempt is due, while it waits.
    pub next_attempt_at: Option<Instant>,
    /// When the endpoint took it.
    pub delivered_at: Option<Instant>,
    /// Why the newest attempt failed.
    pub last_error: Option<String>,
    /// The status of the newest answer.
    pub last_status: Option<u16>,
}

/// Which messages are listed.
#[derive(Debug, Clone, Default)]
pub struct WebhookMessagesAsked {
    /// Only those of this endpoint.
    pub endpoint: Option<String>,
    /// Only those in this state.
    pub state: Option<WebhookMessageState>,
    /// Only those of this type.
    pub kind: Option<String>,
    /// Only those that arrived before this one.
    pub before: Option<u64>,
}

/// How many messages of an endpoint are in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookStateCount {
    /// The endpoint.
    pub endpoint: String,
    /// The state.
    pub state: WebhookMessageState,
    /// How many.
    pub messages: u64,
}

type Columns = (
    i64,
    String,
    String,
    String,
    i64,
    String,
    String,
    i64,
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<i64>,
);

fn row(columns: Columns) -> Result<WebhookMessageRow, StoreError> {
    let (
        sequence,
        id,
        endpoint,
        kind,
        created_at,
        body,
        state,
        attempts,
        before,
        since,
        next,
        delivered,
        error,
        status,
    ) = columns;
    let at = |micros: i64| {
        Instant::from_micros(micros)
            .ok_or_else(|| StoreError::corrupt(format!("message {id}"), "its time lies outside the calendar"))
    };
    Ok(WebhookMessageRow {
        sequence: sequence as u64,
        endpoint,
        kind,
        created_at: at(created_at)?,
        body,
        state: WebhookMessageState::of(&state)?,
        attempts: attempts as u32,
        attempts_before: before as u32,
        since: at(since)?,
        next_attempt_at: next.map(at).transpose()?,
        delivered_at: delivered.map(at).transpose()?,
        last_error: error,
        last_status: status.map(|status| status as u16),
        id,
    })
}

/// Adds a message to an endpoint that is there; gives its sequence, or `None` where the message is there already or
/// the endpoint is not.
pub(crate) async fn add(
    connection: &mut SqliteConnection,
    row: &WebhookMessageRow,
) -> Result<Option<u64>, StoreError> {
    let added: Option<(i64,)> = sqlx::query_as(
        "insert into webhook_messages (id, endpoint, type, created_at, body, state, attempts, attempts_before, since, next_attempt_at)
         select ?, ?, ?, ?, ?, ?, ?, ?, ?, ? where exists (select 1 from webhook_endpoints where id = ?)
         on conflict (id) do nothing returning sequence",
    )
    .bind(&row.id)
    .bind(&row.endpoint)
    .bind(&row.kind)
    .bind(row.created_at.micros())
    .bind(&row.body)
    .bind(row.state.name())
    .bind(row.attempts)
    .bind(row.attempts_before)
    .bind(row.since.micros())
    .bind(row.next_attempt_at.map(Instant::micros))
    .bind(&row.endpoint)
    .fetch_optional(connection)
    .await?;
    Ok(added.map(|(sequence,)| sequence as u64))
}

/// Keeps what came of a message.
pub(crate) async fn put_state(
    connection: &mut SqliteConnection,
    row: &WebhookMessageRow,
) -> Result<(), StoreError> {
    sqlx::query(
        "update webhook_messages set state = ?, attempts = ?, attempts_before = ?, since = ?, next_attempt_at = ?,
         delivered_at = ?, last_error = ?, last_status = ? where sequence = ?",
    )
    .bind(row.state.name())
    .bind(row.attempts)
    .bind(row.attempts_before)
    .bind(row.since.micros())
    .bind(row.next_attempt_at.map(Instant::micros))
    .bind(row.delivered_at.map(Instant::micros))
    .bind(&row.last_error)
    .bind(row.last_status)
    .bind(row.sequence as i64)
    .execute(connection)
    .await?;
    Ok(())
}

/// One message by its sequence.
pub(crate) async fn at(
    connection: &mut SqliteConnection,
    sequence: u64,
) -> Result<Option<WebhookMessageRow>, StoreError> {
    let found: Option<Columns> = sqlx::query_as("select * from webhook_messages where sequence = ?")
        .bind(sequence as i64)
        .fetch_optional(connection)
        .await?;
    found.map(row).transpose()
}

/// One message by its id.
pub(crate) async fn get(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<WebhookMessageRow>, StoreError> {
    let found: Option<Columns> = sqlx::query_as("select * from webhook_messages where id = ?")
        .bind(id)
        .fetch_optional(connection)
        .await?;
    found.map(row).transpose()
}

/// The statement that lists messages where a condition holds: one for each index that serves it.
macro_rules! listing {
    ($condition:literal) => {
        concat!(
            "select * from webhook_messages where ",
            $condition,
            " and (?3 is null or type = ?3) and sequence < ?4 order by sequence desc limit ?5"
        )
    };
}

/// Messages, newest first.
pub(crate) async fn list(
    connection: &mut SqliteConnection,
    asked: &WebhookMessagesAsked,
    limit: usize,
) -> Result<Vec<WebhookMessageRow>, StoreError> {
    let statement = match (&asked.endpoint, asked.state) {
        (Some(_), Some(_)) => listing!("endpoint = ?1 and state = ?2"),
        (Some(_), None) => listing!("endpoint = ?1"),
        (None, Some(_)) => listing!("state = ?2"),
        (None, None) => listing!("true"),
    };
    let rows: Vec<Columns> = sqlx::query_as(statement)
        .bind(&asked.endpoint)
        .bind(asked.state.map(WebhookMessageState::name))
        .bind(&asked.kind)
        .bind(asked.before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX))
        .bind(limit as i64)
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(row).collect()
}

/// Endpoint, sequence and due time of every message that waits.
pub(crate) async fn waiting(
    connection: &mut SqliteConnection,
) -> Result<Vec<(String, u64, Instant)>, StoreError> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "select endpoint, sequence, coalesce(next_attempt_at, since) from webhook_messages where state = 'waiting'",
    )
    .fetch_all(connection)
    .await?;
    let read = |(endpoint, sequence, due): (String, i64, i64)| {
        let due = Instant::from_micros(due)
            .ok_or_else(|| StoreError::corrupt("a webhook message", "its time lies outside the calendar"))?;
        Ok((endpoint, sequence as u64, due))
    };
    rows.into_iter().map(read).collect()
}

/// How many messages wait or were given up, by endpoint and state.
pub(crate) async fn counts(connection: &mut SqliteConnection) -> Result<Vec<WebhookStateCount>, StoreError> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "select endpoint, state, count(*) from webhook_messages where state in ('waiting', 'dead')
         group by endpoint, state",
    )
    .fetch_all(connection)
    .await?;
    let read = |(endpoint, state, messages): (String, String, i64)| {
        Ok(WebhookStateCount { endpoint, state: WebhookMessageState::of(&state)?, messages: messages as u64 })
    };
    rows.into_iter().map(read).collect()
}

/// Makes messages of an endpoint due once more, which do not wait already: those that were written in `[from, to)`, or
/// all dead ones where no times are given. Gives their sequences.
pub(crate) async fn replay(
    connection: &mut SqliteConnection,
    endpoint: &str,
    times: Option<(Instant, Instant)>,
    now: Instant,
) -> Result<Vec<u64>, StoreError> {
    let (from, to) = times.map_or((i64::MIN, i64::MAX), |(from, to)| (from.micros(), to.micros()));
    let rows: Vec<(i64,)> = sqlx::query_as(
        "update webhook_messages set state = 'waiting', attempts_before = attempts_before + attempts, attempts = 0,
         since = ?1, next_attempt_at = ?1, delivered_at = null
         where endpoint = ?2 and created_at >= ?3 and created_at < ?4
         and (state = 'dead' or (?5 and state = 'delivered')) returning sequence",
    )
    .bind(now.micros())
    .bind(endpoint)
    .bind(from)
    .bind(to)
    .bind(times.is_some())
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(sequence,)| sequence as u64).collect())
}

/// Makes every message of an endpoint that waits due now; with `anew` its time is counted from now on too.
pub(crate) async fn make_due(
    connection: &mut SqliteConnection,
    endpoint: &str,
    now: Instant,
    anew: bool,
) -> Result<(), StoreError> {
    sqlx::query(
        "update webhook_messages set next_attempt_at = ?1, since = case when ?2 then ?1 else since end
         where endpoint = ?3 and state = 'waiting'",
    )
    .bind(now.micros())
    .bind(anew)
    .bind(endpoint)
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes the messages of an endpoint.
pub(crate) async fn remove_of(connection: &mut SqliteConnection, endpoint: &str) -> Result<(), StoreError> {
    sqlx::query("delete from webhook_messages where endpoint = ?").bind(endpoint).execute(connection).await?;
    Ok(())
}

/// Removes messages that were delivered before a time; gives how many.
pub(crate) async fn forget_delivered(
    connection: &mut SqliteConnection,
    before: Instant,
) -> Result<u64, StoreError> {
    let removed = sqlx::query("delete from webhook_messages where state = 'delivered' and delivered_at < ?")
        .bind(before.micros())
        .execute(connection)
        .await?;
    Ok(removed.rows_affected())
}
