//! What the DuckLake 1.0 layout has beyond what the crate's SQLite writer makes, so that DuckDB attaches the
//! catalog: columns, empty tables, and three rows of metadata. All of it is added once and harms nobody.

use crate::error::StoreError;
use sqlx::sqlite::SqlitePool;

/// Ids that DuckDB would give start far above any that the crate gives, so they never meet.
const FAR: &str = "integer not null default 1000000000000";

/// Table, column, definition.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("ducklake_snapshot", "next_catalog_id", FAR),
    ("ducklake_snapshot", "next_file_id", FAR),
    ("ducklake_schema", "schema_uuid", "varchar"),
    ("ducklake_table", "table_uuid", "varchar"),
    ("ducklake_data_file", "file_order", "bigint"),
    ("ducklake_data_file", "file_format", "varchar default 'parquet'"),
    ("ducklake_delete_file", "format", "varchar default 'parquet'"),
];

const TABLES: &str = "
create table if not exists ducklake_column_mapping (mapping_id bigint, table_id bigint, type varchar);
create table if not exists ducklake_name_mapping (
    mapping_id bigint, column_id bigint, source_name varchar, target_field_id bigint, parent_column bigint,
    is_partition boolean
);
create table if not exists ducklake_file_variant_stats (
    data_file_id bigint, table_id bigint, column_id bigint, variant_path varchar, shredded_type varchar,
    column_size_bytes bigint, value_count bigint, null_count bigint, min_value varchar, max_value varchar,
    contains_nan boolean, extra_stats varchar
);
create table if not exists ducklake_macro (
    schema_id bigint, macro_id bigint, macro_name varchar, begin_snapshot bigint, end_snapshot bigint
);
create table if not exists ducklake_macro_impl (
    macro_id bigint, impl_id bigint, dialect varchar, sql varchar, type varchar
);
create table if not exists ducklake_macro_parameters (
    macro_id bigint, impl_id bigint, column_id bigint, parameter_name varchar, parameter_type varchar,
    default_value varchar, default_value_type varchar
);
";

/// A random UUID (version 4) in SQLite's own words, so that rows of later tables get one too.
const UUID: &str = "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)
    || '-' || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))";

/// Adds what is missing.
pub(super) async fn add(catalog: &SqlitePool) -> Result<(), StoreError> {
    let mut connection = catalog.acquire().await?;
    let mut sql = String::from("begin immediate;");
    for (table, column, definition) in COLUMNS {
        let there: i64 = sqlx::query_scalar("select count(*) from pragma_table_info(?) where name = ?")
            .bind(table)
            .bind(column)
            .fetch_one(&mut *connection)
            .await?;
        if there == 0 {
            sql.push_str(&format!("alter table {table} add column {column} {definition};"));
        }
    }
    sql.push_str(TABLES);
    for (table, column, id) in
        [("ducklake_schema", "schema_uuid", "schema_id"), ("ducklake_table", "table_uuid", "table_id")]
    {
        sql.push_str(&format!(
            "update {table} set {column} = {UUID} where {column} is null;
             create trigger if not exists wayfare_{column} after insert on {table} when new.{column} is null
             begin update {table} set {column} = {UUID} where {id} = new.{id}; end;"
        ));
    }
    for (key, value) in [("version", "1.0"), ("created_by", "wayfare"), ("encrypted", "false")] {
        sql.push_str(&format!(
            "insert into ducklake_metadata (key, value)
             select '{key}', '{value}' where not exists (select 1 from ducklake_metadata where key = '{key}');"
        ));
    }
    sql.push_str("commit;");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *connection).await?;
    Ok(())
}
