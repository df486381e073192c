//! The columns of a flat table (CSV, Parquet): which member of a record each is.

use crate::error::ImportError;
use crate::file::Records;
use std::path::Path;
use wayfare_model::name;
use wayfare_model::problem::nearest_name;

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Column {
    /// `event_id`
    EventId,
    /// `event`
    Event,
    /// `timestamp`
    Timestamp,
    /// `user_id`
    UserId,
    /// `identifiers.email`
    Email,
    /// `identifiers.phone_number`
    PhoneNumber,
    /// `identifiers.custom.x`
    Custom(Box<str>),
    /// `params.x` or `attributes.x`
    Field(Box<str>),
}

impl Column {
    fn identifies(&self) -> bool {
        matches!(self, Self::UserId | Self::Email | Self::PhoneNumber | Self::Custom(_))
    }
}

/// The columns of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// Which records the rows are.
    pub records: Records,
    /// The columns, as they stand.
    pub columns: Vec<Column>,
}

impl Header {
    /// Reads column names, or says what is wrong with them.
    pub fn read(path: &Path, records: Records, names: &[&str]) -> Result<Self, ImportError> {
        let refuse = |message: String, nearest: Option<String>| ImportError::Header {
            path: path.to_owned(),
            message,
            nearest,
        };
        if let [one] = names
            && one.contains([';', '\t', '|'])
        {
            return Err(refuse("the header is one column; cells are separated by commas".into(), None));
        }
        let mut columns: Vec<Column> = Vec::with_capacity(names.len());
        for name in names {
            let column = column(records, name).map_err(|(message, nearest)| refuse(message, nearest))?;
            if let Some(first) = columns.iter().position(|known| *known == column) {
                let message = match names[first] == *name {
                    true => format!("column `{name}` is there twice"),
                    false => format!("columns `{}` and `{name}` are the same", names[first]),
                };
                return Err(refuse(message, None));
            }
            columns.push(column);
        }
        for (needed, name) in [(Column::Event, "event"), (Column::Timestamp, "timestamp")] {
            if records == Records::Events && !columns.contains(&needed) {
                return Err(refuse(format!("has no column `{name}`"), None));
            }
        }
        if !columns.iter().any(Column::identifies) {
            return Err(refuse("has no column that identifies a user, such as `user_id`".into(), None));
        }
        Ok(Self { records, columns })
    }

    /// The name under which a field stands in messages: `params.x`.
    pub fn path(&self, field: &str) -> String {
        match self.records {
            Records::Profiles => format!("attributes.{field}"),
            Records::Events => format!("params.{field}"),
        }
    }
}

fn column(records: Records, name: &str) -> Result<Column, (String, Option<String>)> {
    let (known, prefix, other): (&[&str], _, _) = match records {
        Records::Profiles => {
            (&["user_id", "identifiers.email", "identifiers.phone_number"], "attributes.", "params.")
        }
        Records::Events => (
            &["event_id", "user_id", "event", "timestamp", "identifiers.email", "identifiers.phone_number"],
            "params.",
            "attributes.",
        ),
    };
    let named = |rest: &str| match name::fault(rest) {
        Some(fault) => Err((format!("column `{name}`: the name {fault}"), None)),
        None => Ok(rest.into()),
    };
    match name {
        "user_id" => Ok(Column::UserId),
        "email" | "identifiers.email" => Ok(Column::Email),
        "phone_number" | "identifiers.phone_number" => Ok(Column::PhoneNumber),
        "event_id" if records == Records::Events => Ok(Column::EventId),
        "event" if records == Records::Events => Ok(Column::Event),
        "timestamp" if records == Records::Events => Ok(Column::Timestamp),
        _ => {
            if let Some(kind) = name.strip_prefix("identifiers.custom.") {
                return named(kind).map(Column::Custom);
            }
            if let Some(field) = name.strip_prefix(prefix) {
                return named(field).map(Column::Field);
            }
            let nearest = match name.strip_prefix(other) {
                Some(field) => Some(format!("{prefix}{field}")),
                None => nearest_name(name, known.iter().copied()),
            };
            let what = records.name();
            Err((
                format!("column `{}` is unknown in a file of {what}", wayfare_model::record::clip(name)),
                nearest,
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(records: Records, names: &[&str]) -> String {
        Header::read(Path::new("a.csv"), records, names).expect_err("refused").to_string()
    }

    #[test]
    fn headers() {
        let header = Header::read(
            Path::new("a.csv"),
            Records::Events,
            &["event_id", "email", "event", "timestamp", "params.a.b", "identifiers.custom.card"],
        )
        .expect("a header");
        assert_eq!(header.columns[1], Column::Email);
        assert_eq!(header.columns[4], Column::Field("a.b".into()));
        assert_eq!(header.columns[5], Column::Custom("card".into()));
    }

    #[test]
    fn what_is_no_header() {
        use Records::{Events, Profiles};
        for (records, names, said) in [
            (Profiles, &["user_id", "user_id"][..], "a.csv: column `user_id` is there twice"),
            (
                Profiles,
                &["email", "identifiers.email"],
                "a.csv: columns `email` and `identifiers.email` are the same",
            ),
            (
                Profiles,
                &["user_id", "usr_id"],
                "a.csv: column `usr_id` is unknown in a file of profiles; did you mean `user_id`?",
            ),
            (
                Profiles,
                &["user_id", "params.x"],
                "a.csv: column `params.x` is unknown in a file of profiles; did you mean `attributes.x`?",
            ),
            (Profiles, &["user_id;age"], "a.csv: the header is one column; cells are separated by commas"),
            (Profiles, &["attributes.age"], "has no column that identifies a user"),
            (Profiles, &["user_id", "attributes."], "column `attributes.`: the name is empty"),
            (Events, &["user_id", "event"], "a.csv: has no column `timestamp`"),
        ] {
            let message = refused(records, names);
            assert!(message.contains(said), "{message}");
        }
    }
}
