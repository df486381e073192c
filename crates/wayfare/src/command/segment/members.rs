//! `wayfare segment members`.

use super::{Answer, Asked, read};
use crate::command::Common;
use crate::command::definition::DefinitionFlags;
use crate::command::place::within;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, written};
use clap::Args;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use serde_json::json;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use wayfare_model::dictionary::IDENTIFIERS;
use wayfare_model::problem::nearest_name;
use wayfare_segment::columns::{Codes, Column, Columns, Values};

#[derive(Debug, Args)]
pub(crate) struct Members {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    flags: DefinitionFlags,
    /// Which identifier: `profile_id`, `user_id`, `email` or `phone_number`.
    #[arg(long, default_value = "profile_id")]
    id: String,
    /// A file that the ids are written to, instead of stdout; it is there once it is complete.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Writes over a file that is there.
    #[arg(long, requires = "output")]
    force: bool,
}

impl Members {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        if !IDENTIFIERS.contains(&self.id.as_str()) {
            let nearest = nearest_name(&self.id, IDENTIFIERS);
            let said = nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            return Err(Failure::refused(format!(
                "--id {:?}: choose profile_id, user_id, email or phone_number{said}",
                self.id
            )));
        }
        if let Some(file) = &self.output {
            check_output(configuration.data(), file, self.force)?;
        }
        let definition = self.flags.read()?;
        let moment = self.flags.moment.moment()?;
        let snapshot = read(&configuration).await?.snapshot().await?;
        let asked = Asked::new(definition, &snapshot).await;
        let asked = asked.map_err(|failure| failure.in_file(&self.flags.definition))?;
        let and = (self.id != "profile_id").then_some(&*self.id);
        let answer = asked.answer(&snapshot, moment, and).await?;
        let ids = ids(&answer, &self.id);
        match &self.output {
            Some(file) => write_file(file, &ids, self.force)?,
            None => {
                let mut out = BufWriter::new(std::io::stdout().lock());
                written(ids.iter().try_for_each(|id| writeln!(out, "{id}")).and_then(|()| out.flush()))?;
            }
        }
        let (count, position) = (answer.members.len(), snapshot.position());
        let without_id = count - ids.len() as u64;
        let as_of = answer.moment.as_of;
        let summary = json!({"count": count, "without_id": without_id, "position": position, "as_of": as_of});
        match (self.common.json, &self.output) {
            (true, Some(_)) => write_json(&summary)?,
            (true, None) => eprintln!("{summary}"),
            (false, output) => {
                if let Some(file) = output {
                    eprintln!("{} ids in {}", HumanCount(ids.len() as u64), file.display());
                }
                if without_id > 0 {
                    eprintln!("{without_id} more profiles have no {}", self.id);
                }
            }
        }
        Ok(End::Done)
    }
}

/// Refuses a file that is there already, and one among the store's own.
fn check_output(data: &Path, file: &Path, force: bool) -> Result<(), Failure> {
    let refuse = |why: &str| Err(Failure::refused(format!("--output {}: {why}", file.display())));
    if file.is_dir() {
        return refuse("is a directory; name a file");
    }
    if within(data, file)?.is_some() {
        return refuse("lies in the data directory; name a file elsewhere");
    }
    match file.exists() && !force {
        true => refuse("is there already; name another, or write over it with --force"),
        false => Ok(()),
    }
}

/// The ids in byte order.
fn ids(answer: &Answer, id: &str) -> Vec<String> {
    let mut ids: Vec<String> = match (id, answer.columns.attribute(id)) {
        ("profile_id", _) => {
            answer.columns.profile_ids(&answer.members).iter().map(ToString::to_string).collect()
        }
        (_, Some(column)) => answer.members.iter().filter_map(|ordinal| text_of(column, ordinal)).collect(),
        (_, None) => Vec::new(),
    };
    ids.sort_unstable();
    ids
}

/// Writes the ids beside the file, then gives it its name: whoever finds the file finds all of them.
fn write_file(file: &Path, ids: &[String], force: bool) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", file.display()));
    let mut name = file.file_name().map(OsString::from).unwrap_or_default();
    name.push(".unfinished");
    let unfinished = file.with_file_name(name);
    let bar = ProgressBar::new(ids.len() as u64).with_style(
        ProgressStyle::with_template("{bar:30} {percent:>3} %  {human_pos} of {human_len} ids")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let write = || {
        let mut out = BufWriter::new(File::create(&unfinished)?);
        for (index, id) in ids.iter().enumerate() {
            writeln!(out, "{id}")?;
            if index % 8_192 == 0 {
                bar.set_position(index as u64);
            }
        }
        out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        match force {
            true => std::fs::rename(&unfinished, file),
            // Fails where someone else has made the file meanwhile.
            false => {
                std::fs::hard_link(&unfinished, file)?;
                std::fs::remove_file(&unfinished)
            }
        }
    };
    let result = write();
    bar.finish_and_clear();
    result.map_err(|error| {
        let _ = std::fs::remove_file(&unfinished);
        failed(error)
    })
}

/// The text that a profile has in a column of an identifier.
fn text_of(column: &Column, ordinal: u32) -> Option<String> {
    let Column { codes, values: Values::String(values) } = column else { return None };
    let code = Codes::get(codes, ordinal as usize).checked_sub(1)?;
    values.get(code as usize).map(|text| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("wayfare-members-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (data, file) = (folder.join("data"), folder.join("ids.txt"));
        assert!(check_output(&data, &file, false).is_ok());
        write_file(&file, &["a".to_owned(), "b".to_owned()], false).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "a\nb\n");
        assert!(check_output(&data, &file, false).is_err() && check_output(&data, &file, true).is_ok());
        assert!(write_file(&file, &[], false).is_err(), "someone else was first");
        write_file(&file, &["c".to_owned()], true).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "c\n");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing else is left");
        assert!(check_output(&data, &data.join("ids.txt"), true).is_err());
        assert!(check_output(&data, &folder, true).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
