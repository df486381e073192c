//! The dictionary, as rows.

use crate::error::StoreError;
use sqlx::{Connection, QueryBuilder, Sqlite, SqliteConnection};
use wayfare_model::dictionary::{Dictionary, EVENT_COLUMNS, Event, Field, Fields};
use wayfare_model::journey::Declared;

/// The `event` of a row that describes an attribute.
const ATTRIBUTE: i64 = -1;
const ROWS: usize = 500;

/// Event, name, lake column, declared type, counts.
type FieldRow = (i64, String, String, Option<String>, Vec<u8>);

/// Writes the dictionary that knows the journey events, where the database is new.
pub(crate) async fn begin(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let events: i64 =
        sqlx::query_scalar("select count(*) from dictionary_events").fetch_one(&mut *connection).await?;
    if events > 0 {
        return Ok(());
    }
    let dictionary = Dictionary::default();
    let all = (0..dictionary.events().len() as u32).map(Some).collect();
    let mut transaction = connection.begin().await?;
    save(&mut transaction, &dictionary, &all).await?;
    Ok(transaction.commit().await?)
}

/// Reads the dictionary.
pub(crate) async fn load(connection: &mut SqliteConnection) -> Result<Dictionary, StoreError> {
    let events: Vec<(i64, String, String, i64)> =
        sqlx::query_as("select id, name, lake_table, count from dictionary_events order by id")
            .fetch_all(&mut *connection)
            .await?;
    let fields: Vec<FieldRow> = sqlx::query_as(
        "select event, name, lake_column, declared, counts from dictionary_fields order by event, id",
    )
    .fetch_all(connection)
    .await?;
    let mut dictionary = Dictionary::empty();
    for (_, name, table, count) in events {
        dictionary.restore(Event {
            name: name.into(),
            table: table.into(),
            parameters: Fields::reserving(&EVENT_COLUMNS),
            count: count as u64,
        });
    }
    for (event, name, column, declared, counts) in fields {
        let field = Field {
            declared: declared.as_deref().and_then(Declared::from_name),
            counts: postcard::from_bytes(&counts).map_err(|error| {
                StoreError::corrupt(format!("the dictionary's entry for {name:?}"), error)
            })?,
            name: name.into(),
            column: column.into(),
        };
        match event {
            ATTRIBUTE => dictionary.attributes.restore(field),
            event => match dictionary.event_mut(event as u32) {
                Some(event) => event.parameters.restore(field),
                None => {
                    return Err(StoreError::corrupt("the dictionary", format!("event {event} is missing")));
                }
            },
        };
    }
    Ok(dictionary)
}

/// Writes the events and fields of `dictionary` that `touched` names: `None` is the attributes.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    dictionary: &Dictionary,
    touched: &std::collections::BTreeSet<Option<u32>>,
) -> Result<(), StoreError> {
    for event in touched {
        let (owner, fields) = match event {
            None => (ATTRIBUTE, &dictionary.attributes),
            Some(id) => {
                let event = &dictionary.events()[*id as usize];
                sqlx::query(
                    "insert into dictionary_events values (?, ?, ?, ?)
                     on conflict (id) do update set count = excluded.count",
                )
                .bind(i64::from(*id))
                .bind(&*event.name)
                .bind(&*event.table)
                .bind(event.count as i64)
                .execute(&mut *connection)
                .await?;
                (i64::from(*id), &event.parameters)
            }
        };
        let mut rows = Vec::with_capacity(fields.list().len());
        for (id, field) in fields.list().iter().enumerate() {
            let counts = postcard::to_stdvec(&field.counts)
                .map_err(|error| StoreError::corrupt("a dictionary entry", error))?;
            rows.push((id as i64, field, counts));
        }
        for part in rows.chunks(ROWS) {
            let mut query = QueryBuilder::<Sqlite>::new("insert into dictionary_fields ");
            query.push_values(part, |mut row, (id, field, counts)| {
                row.push_bind(owner)
                    .push_bind(*id)
                    .push_bind(&*field.name)
                    .push_bind(&*field.column)
                    .push_bind(field.declared.map(Declared::name))
                    .push_bind(counts.as_slice());
            });
            query.push(
                " on conflict (event, id) do update set declared = excluded.declared, counts = excluded.counts",
            );
            query.build().persistent(false).execute(&mut *connection).await?;
        }
    }
    Ok(())
}
