//! A run: the sorted hashes of the event ids of one range of positions, in a file that never changes.
//!
//! Layout: hashes, 16 bytes each, big-endian, ascending; then the BLAKE3 of those bytes, 32 bytes. The range stands
//! in the file's name.

use super::IdHash;
use super::bloom::Bloom;
use crate::error::StoreError;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const HASH: usize = 16;
/// Bytes that are read at once when a run is opened: whole hashes.
const READ_AT_ONCE: usize = 8 << 20;
/// Hashes between two fences: what one question reads from the disk.
const PAGE: usize = 256;

/// An open run; clones share the file and what is kept of it in memory.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    first: u64,
    behind: u64,
    len: u64,
    path: Arc<Path>,
    file: Arc<File>,
    /// Every [`PAGE`]th hash.
    fences: Arc<[IdHash]>,
    filter: Option<Arc<Bloom>>,
}

/// The file name of a range.
pub(super) fn name_of(first: u64, behind: u64) -> String {
    format!("{first:020}-{behind:020}.ids")
}

/// The range in a file's name.
pub(super) fn range_of(path: &Path) -> Option<(u64, u64)> {
    let name = path.file_name()?.to_str()?.strip_suffix(".ids")?;
    let (first, behind) = name.split_once('-')?;
    Some((first.parse().ok()?, behind.parse().ok()?))
}

impl Run {
    /// Opens and checks a run, with a filter where that takes no more than `filter_bytes`; `None` where it is damaged.
    pub fn open(path: &Path, filter_bytes: usize) -> Result<Option<Self>, StoreError> {
        let Some((first, behind)) = range_of(path) else { return Ok(None) };
        let file = File::open(path).map_err(StoreError::file(path))?;
        let bytes = file.metadata().map_err(StoreError::file(path))?.len();
        let Some(body) = bytes.checked_sub(32).filter(|body| body % HASH as u64 == 0) else {
            return Ok(None);
        };
        let len = body / HASH as u64;
        let (mut parts, mut sum) = (Parts::sized(len, filter_bytes), blake3::Hasher::new());
        let mut block = vec![0; READ_AT_ONCE.min(body as usize)];
        let mut at = 0;
        while at < body {
            let block = &mut block[..READ_AT_ONCE.min((body - at) as usize)];
            file.read_exact_at(block, at).map_err(StoreError::file(path))?;
            at += block.len() as u64;
            // A start waits for this: the sum and the rest are made side by side.
            std::thread::scope(|scope| {
                scope.spawn(|| sum.update(block));
                let (hashes, _) = block.as_chunks::<HASH>();
                hashes.iter().for_each(|hash| parts.add(IdHash::from_be_bytes(*hash)));
            });
        }
        let mut expected = [0; 32];
        file.read_exact_at(&mut expected, body).map_err(StoreError::file(path))?;
        Ok((*sum.finalize().as_bytes() == expected).then(|| parts.run(first, behind, path, file)))
    }

    /// `first <= position < behind`.
    pub fn range(&self) -> (u64, u64) {
        (self.first, self.behind)
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the hash is in the run.
    pub fn contains(&self, hash: IdHash) -> Result<bool, StoreError> {
        if self.filter.as_ref().is_some_and(|filter| !filter.may_contain(hash)) {
            return Ok(false);
        }
        let page = self.fences.partition_point(|fence| *fence <= hash);
        let Some(page) = page.checked_sub(1) else { return Ok(false) };
        let start = page * PAGE;
        let count = PAGE.min(self.len as usize - start);
        let mut bytes = [0; PAGE * HASH];
        let bytes = &mut bytes[..count * HASH];
        self.file.read_exact_at(bytes, (start * HASH) as u64).map_err(StoreError::file(&*self.path))?;
        let (hashes, _) = bytes.as_chunks::<HASH>();
        Ok(hashes.binary_search_by(|found| IdHash::from_be_bytes(*found).cmp(&hash)).is_ok())
    }

    /// Keeps the filter if it fits into `bytes`, drops it if not; gives what it takes.
    pub fn keep_filter_within(&mut self, bytes: usize) -> usize {
        let needed = Bloom::bytes(self.len);
        match &self.filter {
            Some(_) if needed <= bytes => needed,
            _ => {
                self.filter = None;
                0
            }
        }
    }

    #[cfg(test)]
    pub fn has_filter(&self) -> bool {
        self.filter.is_some()
    }

    /// Removes the file. Clones that are open go on reading it.
    pub fn remove(self) -> Result<(), StoreError> {
        std::fs::remove_file(&*self.path).map_err(StoreError::file(&*self.path))
    }
}

/// What is kept of a run in memory, made while its hashes pass by.
struct Parts {
    len: u64,
    fences: Vec<IdHash>,
    filter: Option<Bloom>,
}

impl Parts {
    fn sized(len: u64, filter_bytes: usize) -> Self {
        Self {
            len: 0,
            fences: Vec::with_capacity(len as usize / PAGE + 1),
            filter: (Bloom::bytes(len) <= filter_bytes).then(|| Bloom::sized(len)),
        }
    }

    fn add(&mut self, hash: IdHash) {
        if self.len.is_multiple_of(PAGE as u64) {
            self.fences.push(hash);
        }
        if let Some(filter) = &mut self.filter {
            filter.add(hash);
        }
        self.len += 1;
    }

    fn run(self, first: u64, behind: u64, path: &Path, file: File) -> Run {
        Run {
            first,
            behind,
            len: self.len,
            path: path.into(),
            file: Arc::new(file),
            fences: self.fences.into(),
            filter: self.filter.map(Arc::new),
        }
    }
}

/// Writes a run of hashes in any order.
pub(super) fn write_sorted(
    folder: &Path,
    first: u64,
    behind: u64,
    mut hashes: Vec<IdHash>,
) -> Result<Run, StoreError> {
    hashes.sort_unstable();
    let parts = Parts::sized(hashes.len() as u64, usize::MAX);
    write(folder, first, behind, parts, hashes.into_iter().map(Ok))
}

/// Merges runs that lie one behind the other; the merged one has a filter where that takes no more than `filter_bytes`.
pub(super) fn merge(folder: &Path, runs: &[Run], filter_bytes: usize) -> Result<Run, StoreError> {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
        return Err(StoreError::corrupt("a merge of event ids", "there is nothing to merge"));
    };
    let mut sources = Vec::with_capacity(runs.len());
    for run in runs {
        let file = File::open(&*run.path).map_err(StoreError::file(&*run.path))?;
        sources.push(Source {
            reader: BufReader::with_capacity(1 << 16, file),
            left: run.len,
            path: run.path.clone(),
        });
    }
    let mut heads = std::collections::BinaryHeap::new();
    for (index, source) in sources.iter_mut().enumerate() {
        if let Some(hash) = source.next()? {
            heads.push(std::cmp::Reverse((hash, index)));
        }
    }
    let merged = std::iter::from_fn(|| {
        let std::cmp::Reverse((hash, index)) = heads.pop()?;
        match sources[index].next() {
            Ok(Some(next)) => heads.push(std::cmp::Reverse((next, index))),
            Ok(None) => {}
            Err(error) => return Some(Err(error)),
        }
        Some(Ok(hash))
    });
    let parts = Parts::sized(runs.iter().map(Run::len).sum(), filter_bytes);
    write(folder, first.first, last.behind, parts, merged)
}

struct Source {
    reader: BufReader<File>,
    left: u64,
    path: Arc<Path>,
}

impl Source {
    fn next(&mut self) -> Result<Option<IdHash>, StoreError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let mut hash = [0; HASH];
        self.reader.read_exact(&mut hash).map_err(StoreError::file(&*self.path))?;
        Ok(Some(IdHash::from_be_bytes(hash)))
    }
}

fn write(
    folder: &Path,
    first: u64,
    behind: u64,
    mut parts: Parts,
    hashes: impl Iterator<Item = Result<IdHash, StoreError>>,
) -> Result<Run, StoreError> {
    let path: PathBuf = folder.join(name_of(first, behind));
    let unfinished = path.with_extension("unfinished");
    let result = (|| {
        // The index may be deleted at any time.
        std::fs::create_dir_all(folder).map_err(StoreError::file(folder))?;
        let mut file = File::create(&unfinished).map_err(StoreError::file(&unfinished))?;
        let (mut sum, mut block) = (blake3::Hasher::new(), Vec::with_capacity(1 << 20));
        let mut put = |block: &mut Vec<u8>| {
            sum.update(block);
            let written = file.write_all(block).map_err(StoreError::file(&unfinished));
            block.clear();
            written
        };
        for hash in hashes {
            let hash = hash?;
            parts.add(hash);
            block.extend_from_slice(&hash.to_be_bytes());
            if block.len() >= 1 << 20 {
                put(&mut block)?;
            }
        }
        put(&mut block)?;
        file.write_all(sum.finalize().as_bytes()).map_err(StoreError::file(&unfinished))?;
        file.sync_all().map_err(StoreError::file(&unfinished))?;
        std::fs::rename(&unfinished, &path).map_err(StoreError::file(&path))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::file(folder))
    })();
    if let Err(error) = result {
        // Best effort: what stays behind is swept at the next start.
        let _ = std::fs::remove_file(&unfinished);
        return Err(error);
    }
    let file = File::open(&path).map_err(StoreError::file(&path))?;
    Ok(parts.run(first, behind, &path, file))
}
