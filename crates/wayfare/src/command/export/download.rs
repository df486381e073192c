//! The files of an export brought from a server: each goes on where it broke off, and is held against the manifest before
//! it gets its name. The manifest comes last, so that a directory without one holds no export.

use crate::failure::Failure;
use crate::server::{Server, Trouble};
use hyper::StatusCode;
use hyper::header::{IF_RANGE, RANGE};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;
use wayfare_export::manifest::{MANIFEST, ManifestFile, listed_files};
use wayfare_export::signing::SIGNATURE;

/// How often a file is asked for again without a byte more.
const ATTEMPTS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// What a file is called until all of it is there.
const UNFINISHED: &str = ".download";
/// The largest manifest that is read: 10,000 parts take a few megabytes.
const LARGEST_MANIFEST: usize = 256 << 20;

/// Makes the directory where it is missing, and refuses one that holds anything. Where a download may go on, files
/// without a manifest are no hindrance. Tells whether it was missing.
pub(super) fn prepare(directory: &Path, may_go_on: bool) -> Result<bool, Failure> {
    let refuse = |why: &dyn std::fmt::Display| Failure::refused(format!("{}: {why}", directory.display()));
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::fs::create_dir_all(directory).map_err(|error| refuse(&error))?;
            return Ok(true);
        }
        entries => entries.map_err(|error| refuse(&error))?,
    };
    if may_go_on {
        return match directory.join(MANIFEST).exists() {
            true => Err(refuse(&"holds an export already: it has a manifest")),
            false => Ok(false),
        };
    }
    match entries.count() {
        0 => Ok(false),
        _ => Err(refuse(&"is not empty: an export is written into a directory that is missing or empty")),
    }
}

/// Brings all files of an export, and gives its manifest. `tell` hears how many bytes of how many are there.
pub(super) async fn download(
    server: &Server,
    id: &str,
    directory: &Path,
    tell: &mut impl FnMut(u64, u64),
) -> Result<Vec<u8>, Failure> {
    let manifest = whole(server, &["exports", id, "files", MANIFEST]).await?;
    let listed = listed_files(&manifest).map_err(|error| Failure::failed(format!("{MANIFEST}: {error}")))?;
    let total = listed.iter().map(|file| file.bytes).sum();
    let mut there = 0;
    for file in &listed {
        let path = place(directory, &file.file)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
        }
        if !is_whole(&path, file)? {
            bring(server, id, file, &path, &mut |bytes| tell(there + bytes, total)).await?;
        }
        there += file.bytes;
        tell(there, total);
    }
    let signature = match server.open(&["exports", id, "manifest"], &[]).await?.has("manifest-signature") {
        true => Some(whole(server, &["exports", id, "files", SIGNATURE]).await?),
        false => None,
    };
    write_last(directory, &manifest, signature.as_deref())?;
    Ok(manifest)
}

/// Where a file goes; a name that would lead out of the directory is no name of an export's file.
fn place(directory: &Path, file: &str) -> Result<PathBuf, Failure> {
    let name = Path::new(file);
    let inside = name.components().all(|part| matches!(part, Component::Normal(_)));
    match inside && !file.is_empty() && ![MANIFEST, SIGNATURE].contains(&file) && !file.ends_with(UNFINISHED)
    {
        true => Ok(directory.join(name)),
        false => {
            Err(Failure::failed(format!("the manifest lists a file {file:?}, which is no name of a part")))
        }
    }
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(UNFINISHED);
    name.into()
}

/// A file that is held in memory.
async fn whole(server: &Server, path: &[&str]) -> Result<Vec<u8>, Failure> {
    let mut pause = PAUSE;
    for attempt in 1.. {
        let got = async {
            let mut answer = server.open(path, &[]).await?;
            answer.whole(LARGEST_MANIFEST).await.map_err(|why| server.unreached(&why))
        };
        match got.await {
            Err(Trouble::Passing(_)) if attempt < ATTEMPTS => wait(&mut pause).await,
            other => return Ok(other?),
        }
    }
    Err(Failure::failed(format!("the server gives no {}", path.join("/"))))
}

async fn wait(pause: &mut Duration) {
    tokio::time::sleep(*pause).await;
    *pause = (*pause * 2).min(LONGEST_PAUSE);
}

/// Whether a file is there as the manifest has it; one that differs is no part of this export.
fn is_whole(path: &Path, wanted: &ManifestFile) -> Result<bool, Failure> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        file => file.map_err(|error| unwritten(path, &error))?,
    };
    let (digest, bytes) = hashed(&mut file, path)?;
    match bytes == wanted.bytes && hex(digest) == wanted.sha256 {
        true => Ok(true),
        false => Err(Failure::refused(format!("{}: is there and is no file of this export", path.display()))),
    }
}

/// The hash of what a file has from here on, and how much that is.
fn hashed(file: &mut File, path: &Path) -> Result<(Sha256, u64), Failure> {
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer).map_err(|error| unwritten(path, &error))? {
            0 => return Ok((digest, bytes)),
            read => {
                digest.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
}

fn hex(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            let what = "the disk is full: free some space, and go on with `wayfare export download`";
            Failure::failed(format!("{}: {what}", path.display()))
        }
        _ => Failure::failed(format!("{}: {error}", path.display())),
    }
}

/// A file on its way.
struct Incoming {
    file: File,
    path: PathBuf,
    digest: Sha256,
    bytes: u64,
}

impl Incoming {
    /// What is there of it already counts.
    fn open(path: PathBuf) -> Result<Self, Failure> {
        let opened = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let mut file = opened.map_err(|error| unwritten(&path, &error))?;
        let (digest, bytes) = hashed(&mut file, &path)?;
        Ok(Self { file, path, digest, bytes })
    }

    fn begin_anew(&mut self) -> Result<(), Failure> {
        self.file.set_len(0).map_err(|error| unwritten(&self.path, &error))?;
        (self.digest, self.bytes) = (Sha256::new(), 0);
        Ok(())
    }

    fn take(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        self.file.write_all(chunk).map_err(|error| unwritten(&self.path, &error))?;
        self.digest.update(chunk);
        self.bytes += chunk.len() as u64;
        Ok(())
    }

    /// Gives the file its name, once it is on the disk.
    fn finish(self, path: &Path) -> Result<(), Failure> {
        let kept = self.file.sync_all().and_then(|()| std::fs::rename(&self.path, path));
        kept.map_err(|error| unwritten(path, &error))
    }
}

/// Brings one file, however often the connection breaks.
async fn bring(
    server: &Server,
    id: &str,
    wanted: &ManifestFile,
    path: &Path,
    tell: &mut impl FnMut(u64),
) -> Result<(), Failure> {
    let mut incoming = Incoming::open(unfinished(path))?;
    if incoming.bytes > wanted.bytes {
        incoming.begin_anew()?;
    }
    let (mut attempts, mut pause, mut was_wrong) = (0, PAUSE, false);
    loop {
        let before = incoming.bytes;
        let went = match incoming.bytes < wanted.bytes {
            true => rest(server, id, wanted, &mut incoming, tell).await,
            false => Ok(()),
        };
        match went {
            Err(Trouble::Lasting(failure)) => return Err(failure),
            Err(Trouble::Passing(why)) => {
                if incoming.bytes > before {
                    (attempts, pause) = (0, PAUSE);
                }
                attempts += 1;
                if attempts == ATTEMPTS {
                    let on = format!("go on with `wayfare export download {id}`");
                    return Err(Failure::failed(format!("{}: {why}; {on}", wanted.file)));
                }
                wait(&mut pause).await;
            }
            Ok(()) if hex(incoming.digest.clone()) == wanted.sha256 => return incoming.finish(path),
            // What an earlier run left may have been damaged; all of it is brought once more.
            Ok(()) if !was_wrong => {
                was_wrong = true;
                incoming.begin_anew()?;
            }
            Ok(()) => {
                let why = "what the server sends is not what its manifest says: the SHA-256 differs";
                return Err(Failure::failed(format!("{}: {why}", wanted.file)));
            }
        }
    }
}

/// Asks for what is missing of a file.
async fn rest(
    server: &Server,
    id: &str,
    wanted: &ManifestFile,
    incoming: &mut Incoming,
    tell: &mut impl FnMut(u64),
) -> Result<(), Trouble> {
    let mut headers = Vec::new();
    if incoming.bytes > 0 {
        headers.push((RANGE, format!("bytes={}-", incoming.bytes)));
        headers.push((IF_RANGE, format!("\"{}\"", wanted.sha256)));
    }
    let mut answer = server.open(&["exports", id, "files", &wanted.file], &headers).await?;
    if answer.status() != StatusCode::PARTIAL_CONTENT {
        incoming.begin_anew().map_err(Trouble::Lasting)?;
    }
    while let Some(chunk) = answer.chunk().await.map_err(|why| server.unreached(&why))? {
        if incoming.bytes + chunk.len() as u64 > wanted.bytes {
            let why = format!("{}: the server sends more than its manifest says", wanted.file);
            return Err(Trouble::Lasting(Failure::failed(why)));
        }
        incoming.take(&chunk).map_err(Trouble::Lasting)?;
        tell(incoming.bytes);
    }
    match incoming.bytes == wanted.bytes {
        true => Ok(()),
        false => Err(Trouble::Passing("the server ended before the file did".to_owned())),
    }
}

/// Writes the manifest after the names of all other files are on the disk.
fn write_last(directory: &Path, manifest: &[u8], signature: Option<&[u8]>) -> Result<(), Failure> {
    let sync = |directory: &Path| File::open(directory).and_then(|folder| folder.sync_all());
    let path = directory.join(MANIFEST);
    let temporary = unfinished(&path);
    let written = (|| {
        if let Some(signature) = signature {
            let mut file = File::create(directory.join(SIGNATURE))?;
            file.write_all(signature)?;
            file.sync_all()?;
        }
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                sync(&entry.path())?;
            }
        }
        sync(directory)?;
        let mut file = File::create(&temporary)?;
        file.write_all(manifest)?;
        file.sync_all()?;
        std::fs::rename(&temporary, &path)?;
        sync(directory)
    })();
    written.map_err(|error| unwritten(&path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_directory() {
        for good in ["part-00001.csv", "passes/part-00001.csv.gz", "dictionary.json"] {
            assert!(place(Path::new("out"), good).is_ok(), "{good}");
        }
        for bad in ["", "..", "../x", "/etc/passwd", "a/../../x", "manifest.json", "./x/..", "x.download"] {
            assert!(place(Path::new("out"), bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_there_decides_whether_a_download_may_begin() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("a/b");
        assert!(prepare(&out, false).is_ok() && prepare(&out, false).is_ok());
        std::fs::write(out.join("part-00001.csv.download"), "x").unwrap();
        assert!(prepare(&out, false).is_err());
        assert!(prepare(&out, true).is_ok());
        std::fs::write(out.join(MANIFEST), "{}").unwrap();
        assert!(prepare(&out, true).is_err());
        assert!(prepare(&out.join(MANIFEST), true).is_err());
    }

    #[test]
    fn a_file_that_differs_is_no_part() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("part-00001.csv");
        let sha256 = hex(Sha256::new_with_prefix("abc"));
        let wanted = ManifestFile { file: "part-00001.csv".into(), bytes: 3, sha256 };
        assert!(!is_whole(&path, &wanted).unwrap());
        std::fs::write(&path, "abc").unwrap();
        assert!(is_whole(&path, &wanted).unwrap());
        std::fs::write(&path, "abd").unwrap();
        assert!(is_whole(&path, &wanted).is_err());
    }
}
