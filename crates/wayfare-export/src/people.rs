//! Of whom an export has rows: marked while rows are made, kept beside the store, so that it can be told later which
//! files hold a person.

use crate::error::ExportError;
use crate::part_file::sync_directory;
use crate::ranked_ids::{Rank, RankedIds};
use roaring::RoaringTreemap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wayfare_model::id::ProfileId;

/// The extension of the files.
const EXTENSION: &str = "people";

/// Marks the people of an export. Several threads may mark; whoever is marked early has a row that is written later.
pub struct People {
    ids: Arc<RankedIds>,
    marks: Vec<AtomicU64>,
    path: PathBuf,
}

/// Where the people of an export are kept.
pub fn path(data: &Path, id: &str) -> PathBuf {
    data.join("lineage").join(format!("{id}.{EXTENSION}"))
}

impl People {
    /// Nobody of `ids` is marked but those that an earlier run kept at `path`.
    pub fn begin(ids: Arc<RankedIds>, path: PathBuf, goes_on: bool) -> Result<Self, ExportError> {
        let words = ids.len().div_ceil(64);
        let people =
            Self { ids, marks: std::iter::repeat_with(AtomicU64::default).take(words).collect(), path };
        if goes_on && people.path.exists() {
            for position in read(&people.path)? {
                let rank = people.ids.rank(ProfileId::from_first_position(position));
                people.mark(rank.map(|rank| rank as u32));
            }
        }
        Ok(people)
    }

    /// Marks a person, by the rank among the ids.
    #[inline]
    pub fn mark(&self, rank: Rank) {
        let Some(rank) = rank else { return };
        let (word, bit) = (rank as usize / 64, 1u64 << (rank % 64));
        // Most are marked already, and to look costs other threads nothing.
        if self.marks[word].load(Ordering::Relaxed) & bit == 0 {
            self.marks[word].fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Keeps who is marked: whole or not at all.
    pub fn save(&self) -> Result<(), ExportError> {
        let is_marked = |rank: usize| self.marks[rank / 64].load(Ordering::Relaxed) >> (rank % 64) & 1 == 1;
        let marked = self.ids.iter().enumerate().filter(|(rank, _)| is_marked(*rank));
        let positions: RoaringTreemap = marked.map(|(_, id)| id.first_position()).collect();
        let folder = self.path.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder).map_err(ExportError::file(folder))?;
        let temporary = self.path.with_extension("tmp");
        let written = (|| {
            let mut file = BufWriter::new(File::create(&temporary)?);
            positions.serialize_into(&mut file)?;
            file.flush()?;
            file.get_ref().sync_all()?;
            std::fs::rename(&temporary, &self.path)
        })();
        written.map_err(ExportError::file(&self.path))?;
        sync_directory(folder)
    }
}

fn read(path: &Path) -> Result<RoaringTreemap, ExportError> {
    let file = File::open(path).map_err(ExportError::file(path))?;
    RoaringTreemap::deserialize_from(BufReader::new(file)).map_err(ExportError::file(path))
}

/// The ids of exports that have rows of a person, in no order.
pub fn exports_with(data: &Path, person: ProfileId) -> Result<Vec<String>, ExportError> {
    let folder = data.join("lineage");
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ExportError::file(&folder)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(ExportError::file(&folder))?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION)
            && let Some(id) = path.file_stem().and_then(|id| id.to_str())
            && read(&path)?.contains(person.first_position())
        {
            found.push(id.to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_marked_is_found_also_after_a_restart() {
        let data = tempfile::tempdir().unwrap();
        let person = |number: u64| ProfileId::from_first_position(number * 3);
        let mut ids = RankedIds::default();
        assert!((0..10_000).all(|number| ids.push(person(number))));
        let ids = Arc::new(ids);
        let begin = |goes_on| People::begin(ids.clone(), path(data.path(), "exp_1"), goes_on).unwrap();
        let people = begin(true);
        (0..10_000)
            .step_by(2)
            .for_each(|number| people.mark(ids.rank(person(number)).map(|rank| rank as u32)));
        people.mark(None);
        people.save().unwrap();
        let people = begin(true);
        people.mark(Some(7));
        people.save().unwrap();
        let with = |number| exports_with(data.path(), person(number)).unwrap();
        assert_eq!(
            (with(0), with(7), with(9), with(9_998)),
            (vec!["exp_1".into()], vec!["exp_1".into()], vec![], vec!["exp_1".into()])
        );
        // Begun anew, nothing of before counts.
        begin(false).save().unwrap();
        assert_eq!(with(0), Vec::<String>::new());
    }
}
