//! The operational database: one SQLite file, a module a table.

pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod destinations;
pub(crate) mod dictionary;
pub(crate) mod export_jobs;
pub(crate) mod identities;
pub(crate) mod import_checkpoints;
pub(crate) mod inbox;
pub(crate) mod lists;
pub(crate) mod meta;
pub(crate) mod profiles;
pub(crate) mod saved_segments;
pub(crate) mod schedule_runs;
pub(crate) mod schedules;
pub(crate) mod secrets;
pub(crate) mod webhook_endpoints;
pub(crate) mod webhook_messages;
pub(crate) mod webhook_watches;

use crate::error::StoreError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, SqliteConnection};
use std::path::Path;
use std::time::Duration;

/// Everything the operational database holds. Text keys compare byte by byte.
const SCHEMA: &str = "
create table if not exists meta (name text primary key, value blob not null) without rowid;
create table if not exists inbox (
    first integer primary key, behind integer not null, payload blob not null
);
create table if not exists identities (
    identifier blob primary key, ordinal integer not null
) without rowid;
create table if not exists profiles (
    ordinal integer primary key, position integer not null, created_at integer not null, state blob not null
);
create table if not exists profile_firsts (first_ordinal integer primary key, positions blob not null);
create table if not exists dictionary_events (
    id integer primary key, name text not null, lake_table text not null, count integer not null
);
create table if not exists dictionary_fields (
    event integer not null, id integer not null, name text not null, lake_column text not null,
    declared text, counts blob not null, primary key (event, id)
) without rowid;
create table if not exists import_checkpoints (session text primary key, state text not null) without rowid;
create table if not exists export_jobs (
    id text primary key, created_at integer not null, status text not null, job text not null
) without rowid;
create index if not exists export_jobs_by_time on export_jobs (created_at, id);
create table if not exists audit (
    number integer primary key, at integer not null, who text not null, deed text not null, subject text not null,
    detail text not null
);
create index if not exists audit_by_subject on audit (subject, number);
create table if not exists saved_segments (
    id text not null, version integer not null, name text not null, definition text not null,
    changed_at integer not null, changed_by text not null, deleted integer not null,
    primary key (id, version)
) without rowid;
create table if not exists lists (
    id text primary key, name text not null, made_at integer not null, made_by text not null, made_from text not null,
    size integer not null, members blob not null
);
create table if not exists schedules (
    id text primary key, revision integer not null, created_at integer not null, decided_until integer not null,
    schedule text not null
) without rowid;
create table if not exists schedule_runs (
    id text primary key, schedule text not null, due_at integer not null, status text not null, finished_at integer,
    is_open integer not null, run text not null
) without rowid;
create index if not exists schedule_runs_by_time on schedule_runs (schedule, due_at, id);
create index if not exists schedule_runs_open on schedule_runs (schedule, due_at, id) where is_open = 1;
create index if not exists schedule_runs_complete on schedule_runs (schedule, finished_at) where status = 'complete';
create table if not exists destinations (
    id text primary key, revision integer not null, name text not null, disabled integer not null,
    settings text not null, secrets text not null, changed_at integer not null, changed_by text not null
) without rowid;
create table if not exists api_keys (
    id text primary key, revision integer not null, name text not null, hint text not null, secret blob not null unique,
    disabled integer not null, policy text, hash_key text, created_at integer not null, created_by text not null,
    last_used_at integer
) without rowid;
create table if not exists secrets (name text primary key, value blob not null) without rowid;
create table if not exists webhook_endpoints (
    id text primary key, endpoint text not null, breaker text not null
) without rowid;
create table if not exists webhook_messages (
    sequence integer primary key autoincrement, id text not null unique, endpoint text not null, type text not null,
    created_at integer not null, body text not null, state text not null, attempts integer not null,
    attempts_before integer not null, since integer not null, next_attempt_at integer, delivered_at integer,
    last_error text, last_status integer
);
create index if not exists webhook_messages_by_endpoint on webhook_messages (endpoint, sequence);
create index if not exists webhook_messages_by_state on webhook_messages (state, endpoint, sequence);
create index if not exists webhook_messages_delivered on webhook_messages (delivered_at) where state = 'delivered';
create table if not exists webhook_watches (id text primary key, watch text not null) without rowid;
";

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // Acknowledged means synced: every commit reaches the disk before it is answered.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(64)
        .pragma("cache_size", "-32768")
}

/// The one connection that writes; makes the database where it is missing.
pub(crate) async fn open_writer(path: &Path) -> Result<SqliteConnection, StoreError> {
    let options = options(path).create_if_missing(true).page_size(8192);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await?;
    dictionary::begin(&mut connection).await?;
    Ok(connection)
}

/// Connections that only read.
pub(crate) async fn open_readers(path: &Path) -> Result<SqlitePool, StoreError> {
    // Read-only in SQL, not in the file system: a reader of a WAL database must be able to make its index file.
    let options = options(path).pragma("query_only", "1");
    Ok(SqlitePoolOptions::new().max_connections(4).connect_with(options).await?)
}
