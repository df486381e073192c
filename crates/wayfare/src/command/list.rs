//! `wayfare list`: people written down once.

use super::definition::{now, read_definition};
use super::{Common, WRITTEN_BY, must_exist, write};
use crate::configuration::Configuration;
use crate::failure::{Failure, with_causes};
use crate::output::{End, write_json, write_line};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use wayfare_model::problem::{Refusal, nearest_name};
use wayfare_segment::definition::Definition;
use wayfare_segment::evaluate::evaluate;
use wayfare_segment::moment::Moment;
use wayfare_segment::{library, words};
use wayfare_store::{Access, ListRow, Store};

#[derive(Debug, Subcommand)]
pub(crate) enum Lists {
    /// Makes a list: of whoever a definition means now, or of user ids.
    Create(Create),
    /// The lists.
    List(Show),
    /// Takes a list away, unless segments refer to it.
    Remove(Remove),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    common: Common,
    /// What people call it.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    of: Of,
    /// The column of the file that holds user ids.
    #[arg(long, value_name = "NAME", default_value = "user_id", conflicts_with = "definition")]
    column: String,
}

/// Of whom a list is made.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Of {
    /// A CSV file with user ids.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// A file with a definition: whoever it means now. `-` reads it from stdin.
    #[arg(long, value_name = "FILE_OR_-")]
    definition: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    #[command(flatten)]
    common: Common,
    /// The list's id.
    id: String,
}

impl Lists {
    pub fn common(&self) -> &Common {
        match self {
            Self::Create(command) => &command.common,
            Self::List(command) => &command.common,
            Self::Remove(command) => &command.common,
        }
    }

    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        match self {
            Self::Create(command) => command.run(configuration).await,
            Self::List(command) => command.run(configuration).await,
            Self::Remove(command) => command.run(configuration).await,
        }
    }
}

impl Create {
    async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let name = library::name(&self.name).map_err(|why| Failure::refused(format!("--name {why}")))?;
        // What was given is read before the store is taken.
        let (definition, user_ids) = match (&self.of.definition, &self.of.csv) {
            (Some(file), _) => (Some((file, read_definition(file)?)), BTreeSet::new()),
            (None, Some(file)) => (None, user_ids(file, &self.column)?),
            (None, None) => return Err(Failure::refused("give --csv or --definition")),
        };
        must_exist(configuration.data())?;
        let store = write(&configuration, "make it with POST /api/v1/lists").await?;
        let snapshot = store.snapshot().await?;
        let (members, made_from, unknown) = match definition {
            Some((file, definition)) => {
                let library = snapshot.library(&definition).await?;
                let checked = definition
                    .check(snapshot.dictionary(), &library)
                    .map_err(|refusal| Failure::from(refusal).in_file(file))?;
                let columns = snapshot.columns(checked.needs()).await?;
                let members = evaluate(&checked, &columns, &Moment::utc(now()?))
                    .map_err(|error| Failure::failed(with_causes(&error)))?;
                (columns.profile_ids(&members), words::describe(&definition), None)
            }
            None => {
                let user_ids: Vec<String> = user_ids.into_iter().collect();
                let mut found = snapshot.profiles_of_users(&user_ids).await?;
                let unknown = user_ids.len() - found.len();
                found.sort_unstable();
                found.dedup();
                (found, format!("{} user ids", user_ids.len()), Some(unknown))
            }
        };
        let row = ListRow {
            id: ListRow::new_id(),
            name,
            made_at: now()?,
            made_by: WRITTEN_BY.to_owned(),
            made_from,
            size: members.len() as u64,
        };
        store.add_list(&row, &members).await?;
        match self.common.json {
            true => {
                let mut list = told(&row);
                if let Some(unknown) = unknown {
                    list["unknown"] = json!(unknown);
                }
                write_json(&list)
            }
            false => {
                let unknown = unknown.filter(|unknown| *unknown > 0);
                let unknown =
                    unknown.map_or_else(String::new, |unknown| format!("; {unknown} ids belong to nobody"));
                write_line(&format!("{}{unknown}", said(&row)))
            }
        }?;
        Ok(End::Done)
    }
}

impl Show {
    async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let store = Store::open(configuration.data(), configuration.store(Access::Read, false)).await?;
        let mut rows = store.lists().await?;
        rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.id.clone()));
        if self.common.json {
            write_json(&json!({ "lists": rows.iter().map(told).collect::<Vec<_>>() }))?;
            return Ok(End::Done);
        }
        for row in &rows {
            write_line(&said(row))?;
        }
        if rows.is_empty() {
            eprintln!("there is no list; make one with `wayfare list create`");
        }
        Ok(End::Done)
    }
}

impl Remove {
    async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        must_exist(configuration.data())?;
        let how = format!("remove it with DELETE /api/v1/lists/{}", self.id);
        let store = write(&configuration, &how).await?;
        let refers = |definition: &str| {
            Definition::parse(definition).is_ok_and(|of| of.references().lists.contains(&self.id))
        };
        let segments = store.segments().await?;
        let used_by = segments.iter().filter(|row| !row.deleted && refers(&row.definition));
        let used_by: Vec<&str> = used_by.map(|row| row.id.as_str()).collect();
        if !used_by.is_empty() {
            return Err(Failure::refused(format!(
                "the list is used by {}; change or remove these first",
                used_by.join(", ")
            )));
        }
        if !store.remove_list(&self.id).await? {
            let lists = store.lists().await?;
            let nearest = nearest_name(&self.id, lists.iter().map(|row| row.id.as_str()));
            return Err(Refusal::new("", format!("there is no list `{}`", self.id)).nearest(nearest).into());
        }
        match self.common.json {
            true => write_json(&json!({ "removed": self.id })),
            false => write_line(&format!("{} is gone", self.id)),
        }?;
        Ok(End::Done)
    }
}

/// The distinct user ids of a column; empty cells are none.
fn user_ids(file: &Path, column: &str) -> Result<BTreeSet<String>, Failure> {
    let refuse = |why: String| Failure::refused(format!("{}: {why}", file.display()));
    if file.is_dir() {
        return Err(refuse("is a directory; name a CSV file".to_owned()));
    }
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(file)
        .map_err(|error| refuse(error.to_string()))?;
    let header = reader.headers().map_err(|error| refuse(error.to_string()))?.clone();
    // Some editors put a byte order mark before the first name.
    let names: Vec<&str> = header.iter().map(|name| name.trim_start_matches('\u{feff}').trim()).collect();
    if names.iter().filter(|name| **name == column).count() > 1 {
        return Err(refuse(format!(
            "the first line has the column `{column}` more than once; name each but once"
        )));
    }
    let index = names.iter().position(|name| *name == column).ok_or_else(|| {
        let nearest = nearest_name(column, names.iter().copied());
        let said = nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        refuse(format!(
            "the first line has no column `{column}`, name the one with user ids with --column{said}"
        ))
    })?;
    let mut ids = BTreeSet::new();
    for row in reader.records() {
        let row = row.map_err(|error| refuse(error.to_string()))?;
        if let Some(id) = row.get(index).filter(|id| id.contains(['\n', '\r'])) {
            let line = row.position().map_or(0, |position| position.line());
            let start: String = id.chars().take(40).collect();
            return Err(refuse(format!(
                "line {line}: the cell that starts {start:?} goes on over the end of its line; close its quote"
            )));
        }
        ids.extend(row.get(index).filter(|id| !id.is_empty()).map(str::to_owned));
    }
    Ok(ids)
}

fn said(row: &ListRow) -> String {
    format!("{}  {}: {} members, from {}, {}", row.id, row.name, row.size, row.made_from, row.made_at)
}

/// As the API tells it.
fn told(row: &ListRow) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "size": row.size,
        "made_from": row.made_from,
        "made_at": row.made_at,
        "made_by": row.made_by,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids_of_a_file() {
        let file = std::env::temp_dir().join(format!("wayfare-list-{}.csv", std::process::id()));
        std::fs::write(&file, "\u{feff}user_id,name\nu1,Ann\n\"u,2\",Bob\nu1\n,Nobody\n").unwrap();
        let ids = user_ids(&file, "user_id").unwrap();
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), ["u,2", "u1"]);
        let failure = user_ids(&file, "nam").expect_err("no such column").to_string();
        assert!(failure.contains("did you mean `name`?"), "{failure}");
        std::fs::remove_file(&file).unwrap();
        assert!(user_ids(&file, "user_id").is_err(), "no such file");
        assert!(user_ids(&std::env::temp_dir(), "user_id").is_err(), "a directory");
    }
}
