//! A folder of this machine, below the one that the operator set apart for exports.

use super::kinds::Folder;
use super::place::Found;
use super::source::{Source, changed, sha256};
use super::trouble::{Fault, Trouble};
use crate::part_file::hex;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The bytes that are copied at once.
const BUFFER: usize = 1 << 18;

/// The temporary files that are being written.
static BEING_WRITTEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A temporary file that nobody else writes: an attempt that was given up may go on when its disk answers again, while
/// another is under way.
struct Temporary(PathBuf);

impl Temporary {
    /// The usual one for a name, so that one that a restart left is written over, or the next that is free.
    fn of(folder: &Path, name: &str) -> Self {
        let name = sha256(name.as_bytes());
        let mut being_written = BEING_WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut path = folder.join(format!(".{name}.tmp"));
        let mut others = 0;
        while !being_written.insert(path.clone()) {
            others += 1;
            path = folder.join(format!(".{name}.{others}.tmp"));
        }
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        BEING_WRITTEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// A folder that may be written to.
#[derive(Debug, Clone)]
pub struct LocalFolder {
    path: PathBuf,
}

impl LocalFolder {
    /// The folder of the settings, held against `root` and the data directory with its links followed.
    pub fn open(folder: &Folder, root: Option<&Path>, data: &Path) -> Result<Self, Trouble> {
        let refuse = |said: String| Err(Trouble::new(Fault::Settings, said));
        let Some(root) = root else {
            return refuse(
                "folders of this machine are written to only where the setting `destination_folder_root` names one"
                    .into(),
            );
        };
        let real = |path: &Path| resolved(path).map_err(|error| Trouble::file(path, &error));
        let (path, root, data) = (real(&folder.path)?, real(root)?, real(data)?);
        if !path.starts_with(&root) {
            return refuse(format!(
                "{} does not lie below {}, which `destination_folder_root` names",
                folder.path.display(),
                root.display()
            ));
        }
        if path.starts_with(&data) || data.starts_with(&path) {
            return refuse(format!("{} and the data directory lie in each other", folder.path.display()));
        }
        Ok(Self { path })
    }

    /// Where it is, with its links followed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes bytes under a name.
    pub fn put_bytes(&self, name: &str, bytes: &[u8]) -> Result<(), Trouble> {
        self.write(name, |file| file.write_all(bytes))
    }

    /// Copies a file under a name, and holds what was copied against what was recorded; `copied` counts the bytes.
    pub fn put_file(&self, name: &str, source: &Source, copied: &AtomicU64) -> Result<(), Trouble> {
        let mut from = File::open(&source.path).map_err(|error| Trouble::file(&source.path, &error))?;
        let mut digest = Sha256::new();
        let mut bytes = 0;
        let written = self.write(name, |file| {
            let mut buffer = vec![0; BUFFER];
            loop {
                let read = from.read(&mut buffer)?;
                if read == 0 {
                    let is_whole = bytes == source.bytes && hex(&digest.finalize()) == source.sha256;
                    // Before it has its name, so that nobody sees what is wrong.
                    return if is_whole { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) };
                }
                digest.update(&buffer[..read]);
                bytes += read as u64;
                file.write_all(&buffer[..read])?;
                copied.store(bytes, Ordering::Relaxed);
            }
        });
        written.map_err(|trouble| match trouble.fault {
            Fault::Files => changed(&source.path),
            _ => trouble,
        })
    }

    /// What lies under a name.
    pub fn look(&self, name: &str) -> Result<Option<Found>, Trouble> {
        let path = self.path.join(name);
        match std::fs::metadata(&path) {
            Ok(file) => Ok(Some(Found { bytes: file.len(), sha256: None })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(in_words(&path, &error)),
        }
    }

    /// The bytes of something small.
    pub fn read(&self, name: &str) -> Result<Bytes, Trouble> {
        let path = self.path.join(name);
        std::fs::read(&path).map(Bytes::from).map_err(|error| in_words(&path, &error))
    }

    /// Takes something away, and the folders that it leaves empty.
    pub fn delete(&self, name: &str) -> Result<(), Trouble> {
        let path = self.path.join(name);
        std::fs::remove_file(&path).map_err(|error| in_words(&path, &error))?;
        for folder in Path::new(name).ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
            // One that is not empty stays.
            if std::fs::remove_dir(self.path.join(folder)).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Under a temporary name first, synced, so that whoever watches sees a file whole or not at all.
    fn write(&self, name: &str, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Trouble> {
        let path = self.path.join(name);
        let folder = path.parent().unwrap_or(&self.path);
        let temporary = Temporary::of(folder, name);
        let written = (|| {
            std::fs::create_dir_all(folder)?;
            let mut file = File::create(&temporary.0)?;
            fill(&mut file)?;
            file.sync_all()?;
            std::fs::rename(&temporary.0, &path)?;
            File::open(folder)?.sync_all()
        })();
        written.map_err(|error| {
            // What is left of it says nothing.
            let _ = std::fs::remove_file(&temporary.0);
            in_words(&path, &error)
        })
    }
}

fn in_words(path: &Path, error: &io::Error) -> Trouble {
    let (fault, words) = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            (Fault::Rights, "this service may not write there")
        }
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => (Fault::Bucket, "there is no such folder"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (Fault::Quota, "the disk is full, or the quota is used up")
        }
        io::ErrorKind::InvalidData => (Fault::Files, "what was read for it is not what was recorded"),
        _ => return Trouble::new(Fault::Unavailable, format!("{}: {error}", path.display())),
    };
    Trouble::new(fault, format!("{}: {words} ({error})", path.display()))
}

/// The path with its links followed as far as it exists; what does not exist yet is taken as written.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let mut place = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        match part {
            Component::ParentDir => {
                place.pop();
            }
            part => place.push(part),
        }
        if let Ok(real) = place.canonicalize() {
            place = real;
        }
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: PathBuf, root: Option<&Path>, data: &Path) -> Result<LocalFolder, Trouble> {
        LocalFolder::open(&Folder { path, prefix: "{id}".into() }, root, data)
    }

    #[test]
    fn only_below_the_root_and_apart_from_the_data() {
        let place = tempfile::tempdir().unwrap();
        let (root, data) = (place.path().join("out"), place.path().join("out/data"));
        std::fs::create_dir_all(&data).unwrap();
        let check = |path: PathBuf, words: &str| {
            let said = open(path, Some(&root), &data).map_or_else(|trouble| trouble.said, |_| "taken".into());
            assert!(said.contains(words), "{said}");
        };
        check(root.join("a"), "taken");
        check(root.join("b/c"), "taken");
        check(place.path().join("elsewhere"), "does not lie below");
        check(root.join("../elsewhere"), "does not lie below");
        check(data.join("exports"), "data directory");
        check(root.clone(), "data directory");
        std::os::unix::fs::symlink(&data, root.join("link")).unwrap();
        check(root.join("link"), "data directory");
        assert!(open(root.join("a"), None, &data).unwrap_err().said.contains("destination_folder_root"));
    }

    #[test]
    fn files_are_written_whole() {
        let place = tempfile::tempdir().unwrap();
        let (root, data) = (place.path().join("out"), place.path().join("data"));
        let folder = open(root.join("a"), Some(&root), &data).unwrap();
        assert_eq!(folder.look("x/y.csv").unwrap(), None);
        let path = place.path().join("part");
        std::fs::write(&path, "rows").unwrap();
        let mut source = Source { path, bytes: 4, sha256: sha256(b"rows") };
        let copied = AtomicU64::new(0);
        folder.put_file("x/y.csv", &source, &copied).unwrap();
        assert_eq!(copied.load(Ordering::Relaxed), 4);
        assert_eq!(folder.look("x/y.csv").unwrap().unwrap().bytes, 4);
        assert_eq!(folder.read("x/y.csv").unwrap(), "rows");
        source.sha256 = sha256(b"other");
        assert_eq!(folder.put_file("x/y.csv", &source, &copied).unwrap_err().fault, Fault::Files);
        assert_eq!(folder.read("x/y.csv").unwrap(), "rows", "what is wrong replaces nothing");
        assert_eq!(folder.put_file("x/w.csv", &source, &copied).unwrap_err().fault, Fault::Files);
        assert_eq!(folder.look("x/w.csv").unwrap(), None, "what is wrong does not stay");
        folder.put_bytes("x/z", b"").unwrap();
        folder.delete("x/z").unwrap();
        folder.delete("x/y.csv").unwrap();
        assert!(!root.join("a/x").exists(), "folders that were left empty go too");
    }

    #[test]
    fn two_that_write_the_same_file_do_not_meet() {
        let place = tempfile::tempdir().unwrap();
        let (root, data) = (place.path().join("out"), place.path().join("data"));
        let folder = open(root.join("a"), Some(&root), &data).unwrap();
        let first = folder.write("y.csv", |file| {
            file.write_all(b"ro")?;
            // Another attempt begins, and ends, while this one hangs.
            folder.put_bytes("y.csv", b"rows").map_err(io::Error::other)?;
            file.write_all(b"ws")
        });
        first.unwrap();
        assert_eq!(folder.read("y.csv").unwrap(), "rows");
        assert_eq!(std::fs::read_dir(root.join("a")).unwrap().count(), 1, "nothing else is left");
    }
}
