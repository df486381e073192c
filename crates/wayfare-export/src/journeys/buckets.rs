//! Records in a temporary file without a name, in buckets that are read back whole.

use crate::error::ExportError;
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What a bucket holds in memory before it goes to the file.
const BUFFER: usize = 8 * 1024;

/// A run of bytes in the file.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    start: u64,
    length: usize,
}

#[derive(Debug, Default)]
struct Bucket {
    buffer: Vec<u8>,
    chunks: Vec<Chunk>,
    bytes: u64,
}

/// Fills buckets.
#[derive(Debug)]
pub struct BucketsBuilder {
    file: File,
    directory: PathBuf,
    buckets: Vec<Bucket>,
    end: u64,
}

/// Filled buckets.
#[derive(Debug)]
pub struct Buckets {
    file: File,
    directory: PathBuf,
    chunks: Vec<Vec<Chunk>>,
    /// Buckets that are read together.
    groups: Vec<Range<usize>>,
}

impl BucketsBuilder {
    /// So many empty buckets; their file lies in `directory` and has no name there.
    pub fn new(directory: &Path, buckets: usize) -> Result<Self, ExportError> {
        let file = tempfile::tempfile_in(directory).map_err(ExportError::file(directory))?;
        let buckets = std::iter::repeat_with(Bucket::default).take(buckets).collect();
        Ok(Self { file, directory: directory.into(), buckets, end: 0 })
    }

    /// Appends a record to a bucket.
    pub fn push(&mut self, bucket: usize, record: &[u8]) -> Result<(), ExportError> {
        let bucket = &mut self.buckets[bucket];
        if bucket.buffer.len() + record.len() > BUFFER && !bucket.buffer.is_empty() {
            write(&mut self.file, &mut self.end, bucket).map_err(ExportError::file(&self.directory))?;
        }
        bucket.buffer.extend_from_slice(record);
        Ok(())
    }

    /// The buckets, to be read in groups of neighbours that together have `group` bytes or little more.
    pub fn finish(mut self, group: u64) -> Result<Buckets, ExportError> {
        for bucket in self.buckets.iter_mut().filter(|bucket| !bucket.buffer.is_empty()) {
            write(&mut self.file, &mut self.end, bucket).map_err(ExportError::file(&self.directory))?;
        }
        let mut groups: Vec<Range<usize>> = Vec::new();
        let mut taken = 0;
        for (place, bucket) in self.buckets.iter().enumerate().filter(|(_, bucket)| bucket.bytes > 0) {
            match groups.last_mut() {
                Some(last) if taken + bucket.bytes <= group => last.end = place + 1,
                _ => {
                    groups.push(place..place + 1);
                    taken = 0;
                }
            }
            taken += bucket.bytes;
        }
        let chunks = self.buckets.into_iter().map(|bucket| bucket.chunks).collect();
        Ok(Buckets { file: self.file, directory: self.directory, chunks, groups })
    }
}

fn write(file: &mut File, end: &mut u64, bucket: &mut Bucket) -> std::io::Result<()> {
    file.write_all(&bucket.buffer)?;
    bucket.chunks.push(Chunk { start: *end, length: bucket.buffer.len() });
    *end += bucket.buffer.len() as u64;
    bucket.bytes += bucket.buffer.len() as u64;
    // A record longer than the buffer must not hold its room for good.
    bucket.buffer.clear();
    bucket.buffer.shrink_to(BUFFER);
    Ok(())
}

impl Buckets {
    /// How many groups there are.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// The records of a group, bucket by bucket.
    pub fn read(&self, group: usize) -> Result<Vec<u8>, ExportError> {
        let chunks: Vec<Chunk> = self.chunks[self.groups[group].clone()].iter().flatten().copied().collect();
        let mut bytes = vec![0; chunks.iter().map(|chunk| chunk.length).sum()];
        let mut rest = bytes.as_mut_slice();
        for chunk in chunks {
            let (to, after) = rest.split_at_mut(chunk.length);
            self.file.read_exact_at(to, chunk.start).map_err(ExportError::file(&self.directory))?;
            rest = after;
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_in_comes_out_in_groups_of_neighbours() {
        let directory = tempfile::tempdir().unwrap();
        let mut builder = BucketsBuilder::new(directory.path(), 5).unwrap();
        let mut expected = vec![Vec::new(); 5];
        for number in 0..40_000usize {
            // The second stays empty; one record is longer than a buffer.
            let bucket = [0, 2, 3, 3, 4][number % 5];
            let length = if number == 7 { 3 * BUFFER } else { number % 11 };
            let record = vec![number as u8; length];
            expected[bucket].extend_from_slice(&record);
            builder.push(bucket, &record).unwrap();
        }
        let sizes: Vec<_> = expected.iter().map(|bucket| bucket.len() as u64).collect();
        let buckets = builder.finish(sizes[0] + sizes[2]).unwrap();
        let read: Vec<_> = (0..buckets.groups()).map(|group| buckets.read(group).unwrap()).collect();
        let [a, _, c, d, e] = expected.try_into().unwrap();
        assert_eq!(read, [[a, c].concat(), d, e]);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
