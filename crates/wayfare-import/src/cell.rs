//! The cells of one row of a flat table, put together to a record.

use crate::file::Records;
use crate::header::{Column, Header};
use wayfare_model::record::{
    EventParts, Identity, Incoming, Read, Rejection, SetAside, check_identifier, finish_event, finish_profile,
};
use wayfare_model::value::{Source, SourceValue};

/// A cell: `None` is missing, an error says why its value cannot be kept.
pub(crate) type Cell = Option<Result<SourceValue, &'static str>>;

/// Checks a row whose cells stand as the header says.
pub(crate) fn record(
    header: &Header,
    cells: impl Iterator<Item = Cell>,
    derived_id: impl FnOnce() -> Option<Box<str>>,
) -> Result<Read<Incoming>, Rejection> {
    let mut parts = EventParts::default();
    let mut attributes = Vec::new();
    for (column, cell) in header.columns.iter().zip(cells) {
        let Some(value) = cell else { continue };
        match (column, value) {
            (Column::Field(field), Err(reason)) => {
                parts.set_aside.push(SetAside::new(header.path(field), reason));
            }
            (Column::Field(field), Ok(value)) => match header.records {
                Records::Profiles => attributes.push((field.clone(), Some(value))),
                Records::Events => parts.params.push((field.clone(), value)),
            },
            (Column::Event, value) => parts.event = Some(text("event", value)?),
            (Column::Timestamp, value) => parts.timestamp = Some(text("timestamp", value)?),
            (Column::EventId, value) => parts.event_id = Some(identifier("event_id", value)?),
            (identifier, value) => identify(&mut parts.identity, identifier, value)?,
        }
    }
    match header.records {
        Records::Events => finish_event(parts, derived_id)
            .map(|Read { record, set_aside }| Read { record: Incoming::Event(record), set_aside }),
        Records::Profiles => finish_profile(parts.identity, attributes, parts.set_aside)
            .map(|Read { record, set_aside }| Read { record: Incoming::Profile(record), set_aside }),
    }
}

fn identify(
    identity: &mut Identity,
    column: &Column,
    value: Result<SourceValue, &'static str>,
) -> Result<(), Rejection> {
    match column {
        Column::UserId => identity.user_id = Some(identifier("user_id", value)?),
        Column::Email => identity.email = Some(identifier("identifiers.email", value)?),
        Column::PhoneNumber => identity.phone_number = Some(identifier("identifiers.phone_number", value)?),
        Column::Custom(kind) => {
            let value = identifier(&format!("identifiers.custom.{kind}"), value)?;
            identity.custom.push((kind.clone(), value));
        }
        Column::EventId | Column::Event | Column::Timestamp | Column::Field(_) => {}
    }
    Ok(())
}

fn text(path: &str, value: Result<SourceValue, &'static str>) -> Result<Box<str>, Rejection> {
    match value {
        Ok(SourceValue { source: Source::String | Source::Text, text }) => Ok(text),
        Ok(_) => Err(Rejection(format!("`{path}` must be a string"))),
        Err(reason) => Err(Rejection(format!("`{path}` {reason}"))),
    }
}

fn identifier(path: &str, value: Result<SourceValue, &'static str>) -> Result<Box<str>, Rejection> {
    let text = match value {
        // Numeric ids are common at the source; their text is the id.
        Ok(SourceValue { source: Source::Number, text }) => text,
        other => text(path, other)?,
    };
    check_identifier(path, &text)?;
    Ok(text)
}
