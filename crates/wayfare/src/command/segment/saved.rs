//! `wayfare segment list / show / save / versions / remove`.

use super::{Asked, read};
use crate::command::definition::{now, read_definition};
use crate::command::{Common, WRITTEN_BY, must_exist, write};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use wayfare_model::problem::{Refusal, nearest_name};
use wayfare_segment::definition::Definition;
use wayfare_segment::{library, words};
use wayfare_store::{SegmentRow, Store};

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub common: Common,
    /// The segment's id.
    id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Save {
    #[command(flatten)]
    pub common: Common,
    /// What people call it.
    #[arg(long)]
    name: String,
    /// A file with the definition; `-` reads it from stdin.
    #[arg(long, value_name = "FILE_OR_-")]
    definition: PathBuf,
    /// The segment that is changed; a new one where it is not given.
    #[arg(long, value_name = "ID", requires = "version")]
    id: Option<String>,
    /// The version that the change was made from; another one meanwhile is refused.
    #[arg(long, value_name = "N", requires = "id")]
    version: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Versions {
    #[command(flatten)]
    pub common: Common,
    /// The segment's id.
    id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    #[command(flatten)]
    pub common: Common,
    /// The segment's id.
    id: String,
}

impl List {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let mut rows = present(&read(&configuration).await?).await?;
        rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.id.clone()));
        if self.common.json {
            let segments: Result<Vec<Value>, Failure> =
                rows.iter().map(|row| told(row, &used_by(&rows, &row.id))).collect();
            write_json(&json!({ "segments": segments? }))?;
            return Ok(End::Done);
        }
        for row in &rows {
            write_line(&format!("{}  v{}  {}: {}", row.id, row.version, row.name, said(row)))?;
        }
        if rows.is_empty() {
            eprintln!("no segment is saved; save one with `wayfare segment save`");
        }
        Ok(End::Done)
    }
}

impl Show {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let rows = present(&read(&configuration).await?).await?;
        let row = find(&rows, &self.id)?;
        let used_by = used_by(&rows, &self.id);
        if self.common.json {
            write_json(&told(row, &used_by)?)?;
            return Ok(End::Done);
        }
        let SegmentRow { id, version, name, definition, changed_at, changed_by, .. } = row;
        write_line(&format!("{name}\n{id}, version {version}, changed at {changed_at} by {changed_by}"))?;
        if !used_by.is_empty() {
            write_line(&format!("used by {}", used_by.join(", ")))?;
        }
        write_line(&format!("{}\n{definition}", said(row)))?;
        Ok(End::Done)
    }
}

impl Versions {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let store = read(&configuration).await?;
        let rows = store.segment_versions(&self.id).await?;
        if rows.is_empty() {
            return Err(unknown(&present(&store).await?, &self.id));
        }
        if self.common.json {
            let versions: Result<Vec<Value>, Failure> = rows.iter().map(|row| told(row, &[])).collect();
            write_json(&json!({ "versions": versions? }))?;
            return Ok(End::Done);
        }
        for row in &rows {
            let what =
                if row.deleted { "taken away".to_owned() } else { format!("{}: {}", row.name, said(row)) };
            write_line(&format!("v{}  {}  {}  {what}", row.version, row.changed_at, row.changed_by))?;
        }
        Ok(End::Done)
    }
}

impl Save {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let name = library::name(&self.name).map_err(|why| Failure::refused(format!("--name {why}")))?;
        let definition = read_definition(&self.definition)?;
        must_exist(configuration.data())?;
        let how = match &self.id {
            Some(id) => format!("change it with PUT /api/v1/segments/{id}"),
            None => "save it with POST /api/v1/segments".to_owned(),
        };
        let store = write(&configuration, &how).await?;
        let rows = present(&store).await?;
        let (id, version) = match (self.id, self.version) {
            (Some(id), Some(version)) => {
                let known = find(&rows, &id)?.version;
                if known != version {
                    return Err(changed_meanwhile(&id, known));
                }
                (id, version + 1)
            }
            _ => (SegmentRow::new_id(), 1),
        };
        let asked = Asked::new(definition, &store.snapshot().await?).await;
        let asked = asked.map_err(|failure| failure.in_file(&self.definition))?;
        asked.library.refuse_cycle(&asked.definition, &id)?;
        let row = SegmentRow {
            id,
            version,
            name,
            definition: asked.definition.to_json().to_string(),
            changed_at: now()?,
            changed_by: WRITTEN_BY.to_owned(),
            deleted: false,
        };
        if !store.add_segment_version(&row).await? {
            return Err(changed_meanwhile(&row.id, row.version));
        }
        match self.common.json {
            true => write_json(&told(&row, &used_by(&rows, &row.id))?),
            false => write_line(&format!("{}  v{}  {}: {}", row.id, row.version, row.name, said(&row))),
        }?;
        Ok(End::Done)
    }
}

impl Remove {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        must_exist(configuration.data())?;
        let how = format!("remove it with DELETE /api/v1/segments/{}", self.id);
        let store = write(&configuration, &how).await?;
        let rows = present(&store).await?;
        let known = find(&rows, &self.id)?;
        let used_by = used_by(&rows, &self.id);
        if !used_by.is_empty() {
            return Err(Failure::refused(format!(
                "the segment is used by {}; change or remove these first",
                used_by.join(", ")
            )));
        }
        let row = SegmentRow {
            version: known.version + 1,
            changed_at: now()?,
            changed_by: WRITTEN_BY.to_owned(),
            deleted: true,
            ..known.clone()
        };
        if !store.add_segment_version(&row).await? {
            return Err(changed_meanwhile(&row.id, row.version));
        }
        match self.common.json {
            true => write_json(&json!({ "removed": row.id })),
            false => write_line(&format!("{} is gone; its versions stay", row.id)),
        }?;
        Ok(End::Done)
    }
}

/// The newest versions, without those taken away.
pub(super) async fn present(store: &Store) -> Result<Vec<SegmentRow>, Failure> {
    let mut rows = store.segments().await?;
    rows.retain(|row| !row.deleted);
    Ok(rows)
}

fn find<'r>(rows: &'r [SegmentRow], id: &str) -> Result<&'r SegmentRow, Failure> {
    rows.iter().find(|row| row.id == id).ok_or_else(|| unknown(rows, id))
}

fn unknown(rows: &[SegmentRow], id: &str) -> Failure {
    let nearest = nearest_name(id, rows.iter().map(|row| row.id.as_str()));
    Refusal::new("", format!("there is no segment `{id}`")).nearest(nearest).into()
}

fn changed_meanwhile(id: &str, version: u64) -> Failure {
    Failure::refused(format!("{id} is at version {version} by now; look at it, then change that"))
}

/// Ids of the segments that refer to one.
fn used_by(rows: &[SegmentRow], id: &str) -> Vec<String> {
    let refers = |row: &&SegmentRow| {
        Definition::parse(&row.definition).is_ok_and(|of| of.references().segments.contains(id))
    };
    rows.iter().filter(refers).map(|row| row.id.clone()).collect()
}

/// The definition in words; one that cannot be read any more has none.
fn said(row: &SegmentRow) -> String {
    Definition::parse(&row.definition).map_or_else(|_| String::new(), |of| words::describe(&of))
}

/// As the API tells it.
fn told(row: &SegmentRow, used_by: &[String]) -> Result<Value, Failure> {
    let definition: Value = serde_json::from_str(&row.definition).map_err(Failure::failed)?;
    Ok(json!({
        "id": row.id,
        "name": row.name,
        "version": row.version,
        "definition": definition,
        "words": said(row),
        "changed_at": row.changed_at,
        "changed_by": row.changed_by,
        "used_by": used_by,
    }))
}
