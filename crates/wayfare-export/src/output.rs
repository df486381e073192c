//! The directory that an export is written into.

use crate::error::ExportError;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A directory that was missing or empty.
pub struct Output {
    path: PathBuf,
    was_missing: bool,
}

impl Output {
    /// Makes the directory where it is missing, and sees that it is empty and can be written to.
    pub fn prepare(path: &Path) -> Result<Self, ExportError> {
        let was_missing = match std::fs::read_dir(path) {
            Ok(mut entries) => match entries.next() {
                None => false,
                Some(_) if is_unfinished(path) => {
                    return Err(ExportError::OutputUnfinished { path: path.into() });
                }
                Some(_) => return Err(ExportError::OutputNotEmpty { path: path.into() }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {
                std::fs::create_dir_all(path).map_err(ExportError::file(path))?;
                true
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(ExportError::OutputNotADirectory { path: path.into() });
            }
            Err(error) => return Err(ExportError::file(path)(error)),
        };
        // Found out now rather than after a long evaluation.
        tempfile::tempfile_in(path).map_err(ExportError::file(path))?;
        Ok(Self { path: path.into(), was_missing })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes what an export left, and the directory where it was made for it.
    pub fn discard(&self) {
        remove_files(&self.path);
        if self.was_missing {
            // A directory that is not empty holds what is not ours.
            let _ = std::fs::remove_dir(&self.path);
        }
    }
}

/// Removes the parts, data dictionary, manifest and unfinished files of an export; what cannot be removed stays for the next look.
pub(crate) fn remove_files(directory: &Path) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if is_folder(&name) {
            remove_files(&entry.path());
            // A folder that is not empty holds what is not ours.
            let _ = std::fs::remove_dir(entry.path());
        } else if is_ours(&name) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Whether a directory holds nothing but files of an export that never got its manifest.
fn is_unfinished(directory: &Path) -> bool {
    let Ok(mut entries) = std::fs::read_dir(directory) else { return false };
    let is_left = |name: &str, path: &Path| match is_folder(name) {
        true => is_unfinished(path),
        false => is_ours(name) && name != crate::manifest::MANIFEST,
    };
    entries.all(|entry| entry.is_ok_and(|entry| is_left(&entry.file_name().to_string_lossy(), &entry.path())))
}

/// Whether an export of several tables gives folders such names.
fn is_folder(name: &str) -> bool {
    crate::tables::FOLDERS.contains(&name)
}

/// Whether an export gives files such names.
fn is_ours(name: &str) -> bool {
    let name = name.strip_prefix('.').unwrap_or(name);
    let beside = [crate::manifest::MANIFEST, crate::data_dictionary::DICTIONARY];
    name.starts_with("part-") || beside.iter().any(|file| name.starts_with(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind as Kind;

    #[test]
    fn missing_empty_used_and_no_directory() {
        let parent = tempfile::tempdir().unwrap();
        let missing = parent.path().join("a/b");
        let output = Output::prepare(&missing).unwrap();
        std::fs::write(missing.join("part-00001.csv"), "x").unwrap();
        output.discard();
        assert!(!missing.exists());

        let used = parent.path().join("used");
        std::fs::create_dir(&used).unwrap();
        let output = Output::prepare(&used).unwrap();
        std::fs::write(used.join("mine.txt"), "x").unwrap();
        output.discard();
        assert!(used.join("mine.txt").exists());
        let error = Output::prepare(&used).err().unwrap();
        assert_eq!(error.kind(), Kind::Refused);
        assert!(error.to_string().contains("is not empty"));

        let killed = parent.path().join("killed");
        std::fs::create_dir(&killed).unwrap();
        for name in [".part-00002.csv.tmp", "part-00001.csv"] {
            std::fs::write(killed.join(name), "x").unwrap();
            let error = Output::prepare(&killed).err().unwrap();
            assert_eq!(error.kind(), Kind::Refused);
            assert!(error.to_string().contains("holds an unfinished export: remove it"), "{error}");
        }
        for name in ["manifest.json", "mine.txt"] {
            std::fs::write(killed.join(name), "x").unwrap();
            assert!(Output::prepare(&killed).err().unwrap().to_string().contains("is not empty"), "{name}");
            std::fs::remove_file(killed.join(name)).unwrap();
        }

        let tables = parent.path().join("tables");
        std::fs::create_dir_all(tables.join("events")).unwrap();
        std::fs::write(tables.join("events/part-00001.csv"), "x").unwrap();
        assert!(Output::prepare(&tables).err().unwrap().to_string().contains("unfinished"));
        remove_files(&tables);
        assert!(Output::prepare(&tables).is_ok(), "folders go with their parts");
        std::fs::create_dir(tables.join("events")).unwrap();
        std::fs::write(tables.join("events/mine.txt"), "x").unwrap();
        remove_files(&tables);
        assert!(tables.join("events/mine.txt").exists());

        let file = used.join("mine.txt");
        assert_eq!(Output::prepare(&file).err().unwrap().kind(), Kind::Refused);
        let under = Output::prepare(Path::new("/proc/none/here")).err().unwrap();
        assert_eq!(under.kind(), Kind::Failed);
    }
}
