//! A file to send, read part by part: it must be what was recorded of it.

use super::trouble::{Fault, Trouble};
use crate::part_file::hex;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// The bytes of a part: files of no more go in one request.
pub const PART_BYTES: u64 = 8 << 20;
/// The most parts of a file; stores allow a few more.
const MOST_PARTS: u64 = 9_000;

/// A file to send, as it was recorded when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it lies.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A file read part by part, in order; it must be what was recorded of it.
pub struct Parts<'a> {
    source: &'a Source,
    file: File,
    left: u64,
    part: u64,
    digest: Sha256,
}

impl<'a> Parts<'a> {
    /// Begins to read.
    pub async fn of(source: &'a Source) -> Result<Self, Trouble> {
        // What no file hashes to is refused before it is told to anybody.
        if source.sha256.len() != 64 || !source.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(changed(&source.path));
        }
        let file = File::open(&source.path).await.map_err(|error| Trouble::file(&source.path, &error))?;
        let part = PART_BYTES.max(source.bytes.div_ceil(MOST_PARTS));
        Ok(Self { source, file, left: source.bytes, part, digest: Sha256::new() })
    }

    /// The next part; `None` behind the last, where the whole was what was recorded.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Trouble> {
        if self.left == 0 {
            return match hex(&self.digest.clone().finalize()) == self.source.sha256 {
                true => Ok(None),
                false => Err(changed(&self.source.path)),
            };
        }
        let mut part = vec![0; usize::try_from(self.part.min(self.left)).unwrap_or(usize::MAX)];
        let read = self.file.read_exact(&mut part).await;
        read.map_err(|error| Trouble::file(&self.source.path, &error))?;
        self.digest.update(&part);
        self.left -= part.len() as u64;
        Ok(Some(part.into()))
    }

    /// The file, whole.
    pub async fn whole(source: &'a Source) -> Result<Bytes, Trouble> {
        let mut parts = Self { part: source.bytes, ..Parts::of(source).await? };
        let whole = parts.next().await?.unwrap_or_default();
        parts.next().await?;
        Ok(whole)
    }
}

/// A file is not what was recorded of it.
pub fn changed(path: &Path) -> Trouble {
    Trouble::new(
        Fault::Files,
        format!("{} is not what the export wrote: it was changed; run the export again", path.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_must_be_what_was_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        let content = vec![7; PART_BYTES as usize + 5];
        std::fs::write(&path, &content).unwrap();
        let mut source = Source { path, bytes: content.len() as u64, sha256: sha256(&content) };
        let mut parts = Parts::of(&source).await.unwrap();
        assert_eq!(parts.next().await.unwrap().unwrap().len() as u64, PART_BYTES);
        assert_eq!(parts.next().await.unwrap().unwrap().len(), 5);
        assert_eq!(parts.next().await.unwrap(), None);
        assert_eq!(Parts::whole(&source).await.unwrap(), content);
        source.sha256 = sha256(b"other");
        assert_eq!(Parts::whole(&source).await.unwrap_err().fault, Fault::Files);
        source.bytes += 1;
        assert_eq!(Parts::whole(&source).await.unwrap_err().fault, Fault::Files);
        source.sha256 = "no\nhash".into();
        assert_eq!(Parts::of(&source).await.err().unwrap().fault, Fault::Files);
    }
}
