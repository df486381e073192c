//! The ZIP container, as far as XLSX needs it: entries of raw DEFLATE one after the other, sizes behind the data.
//!
//! Nothing of the moment goes in, so the same entries give the same bytes. Data is compressed chunk by chunk, each
//! without what came before, so that a chunk's bytes depend on nothing else.

use crate::error::ExportError;
use flate2::{Compress, Compression, Crc, FlushCompress};
use std::io::{self, Read, Seek, SeekFrom};

const LEVEL: u32 = 6;
/// 1980-01-01, the first day that the format knows.
const DAY: u16 = 0x21;
/// Sizes and checksum follow the data; names are UTF-8.
const FLAGS: u16 = 0x0808;
const DEFLATE: u16 = 8;
/// Version 2.0 of the format: DEFLATE.
const VERSION: u16 = 20;
/// An empty block that ends a stream of DEFLATE.
const LAST_BLOCK: [u8; 2] = [3, 0];
const LOCAL: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;

struct Entry {
    name: &'static str,
    offset: u64,
    crc: Crc,
    packed: u64,
    plain: u64,
}

/// Makes the bytes of a container; whoever calls writes them.
#[derive(Default)]
pub struct Zip {
    offset: u64,
    entries: Vec<Entry>,
}

impl Zip {
    /// Begins an entry.
    pub fn begin(&mut self, out: &mut Vec<u8>, name: &'static str) {
        let from = out.len();
        self.entries.push(Entry { name, offset: self.offset, crc: Crc::new(), packed: 0, plain: 0 });
        four(out, LOCAL);
        shared_fields(out, [0; 3], name);
        two(out, 0);
        out.extend_from_slice(name.as_bytes());
        self.offset += (out.len() - from) as u64;
    }

    /// Adds data to the entry that was begun last; gives its compressed length.
    pub fn data(&mut self, out: &mut Vec<u8>, plain: &[u8]) -> Result<usize, ExportError> {
        let from = out.len();
        pack(out, plain)?;
        let packed = out.len() - from;
        if let Some(entry) = self.entries.last_mut() {
            entry.crc.update(plain);
            entry.plain += plain.len() as u64;
            entry.packed += packed as u64;
        }
        self.offset += packed as u64;
        Ok(packed)
    }

    /// Ends the entry that was begun last.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        let from = out.len();
        out.extend_from_slice(&LAST_BLOCK);
        if let Some(entry) = self.entries.last_mut() {
            entry.packed += LAST_BLOCK.len() as u64;
            four(out, DESCRIPTOR);
            entry.sizes()?.into_iter().for_each(|size| four(out, size));
        }
        self.offset += (out.len() - from) as u64;
        Ok(())
    }

    /// An entry in one go.
    pub fn whole(&mut self, out: &mut Vec<u8>, name: &'static str, plain: &[u8]) -> Result<(), ExportError> {
        self.begin(out, name);
        self.data(out, plain)?;
        self.end(out)
    }

    /// The directory of all entries, which ends the container.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        let from = out.len();
        for entry in &self.entries {
            four(out, CENTRAL);
            two(out, VERSION);
            shared_fields(out, entry.sizes()?, entry.name);
            // No extra field, no comment, first disk, no attributes.
            out.extend_from_slice(&[0; 12]);
            four(out, small(entry.offset)?);
            out.extend_from_slice(entry.name.as_bytes());
        }
        let length = (out.len() - from) as u64;
        four(out, END);
        four(out, 0);
        let entries = self.entries.len() as u16;
        two(out, entries);
        two(out, entries);
        four(out, small(length)?);
        four(out, small(self.offset)?);
        two(out, 0);
        Ok(())
    }
}

impl Entry {
    fn sizes(&self) -> Result<[u32; 3], ExportError> {
        Ok([self.crc.sum(), small(self.packed)?, small(self.plain)?])
    }
}

fn small(size: u64) -> Result<u32, ExportError> {
    let told = || ExportError::Worker("a row is too large for a file of 4 GiB: choose another format".into());
    u32::try_from(size).map_err(|_| told())
}

fn two(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn four(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// What stands alike before the data and in the directory, from the version to the length of the name.
fn shared_fields(out: &mut Vec<u8>, sizes: [u32; 3], name: &str) {
    [VERSION, FLAGS, DEFLATE, 0, DAY].into_iter().for_each(|value| two(out, value));
    sizes.into_iter().for_each(|value| four(out, value));
    two(out, name.len() as u16);
}

/// Appends a chunk as blocks that refer to nothing before it, the last of which is not the stream's last.
fn pack(out: &mut Vec<u8>, plain: &[u8]) -> Result<(), ExportError> {
    let mut compress = Compress::new(Compression::new(LEVEL), false);
    loop {
        let done = compress.total_in() as usize;
        out.reserve((plain.len() - done) / 4 + 1_024);
        compress
            .compress_vec(&plain[done..], out, FlushCompress::Sync)
            .map_err(|error| ExportError::Worker(format!("compressing failed: {error}")))?;
        // Room that is left over means that nothing waits to be flushed.
        if compress.total_in() as usize == plain.len() && out.len() < out.capacity() {
            return Ok(());
        }
    }
}

/// Where an entry's data lies, and what the directory says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// CRC-32 of the data.
    pub crc: u32,
    /// Its length.
    pub plain: u64,
    offset: u64,
    packed: u64,
}

/// Finds an entry by its name.
pub fn find(file: &mut (impl Read + Seek), name: &str) -> io::Result<Found> {
    let wrong = |why: &str| io::Error::new(io::ErrorKind::InvalidData, format!("the ZIP container {why}"));
    let length = file.seek(SeekFrom::End(0))?;
    let start = length.checked_sub(22).ok_or_else(|| wrong("is cut off"))?;
    file.seek(SeekFrom::Start(start))?;
    let mut end = [0; 22];
    file.read_exact(&mut end)?;
    if u32_at(&end, 0) != END {
        return Err(wrong("has no end"));
    }
    let (size, offset) = (u32_at(&end, 12), u32_at(&end, 16));
    if u64::from(offset) + u64::from(size) != start {
        return Err(wrong("has no directory before its end"));
    }
    file.seek(SeekFrom::Start(offset.into()))?;
    for _ in 0..u16_at(&end, 8) {
        let mut fields = [0; 46];
        file.read_exact(&mut fields)?;
        if u32_at(&fields, 0) != CENTRAL || u16_at(&fields, 10) != DEFLATE {
            return Err(wrong("has a broken directory"));
        }
        let mut found = vec![0; u16_at(&fields, 28).into()];
        file.read_exact(&mut found)?;
        file.seek_relative(i64::from(u16_at(&fields, 30)) + i64::from(u16_at(&fields, 32)))?;
        if found != name.as_bytes() {
            continue;
        }
        let local = u64::from(u32_at(&fields, 42));
        let mut before = [0; 30];
        file.seek(SeekFrom::Start(local))?;
        file.read_exact(&mut before)?;
        if u32_at(&before, 0) != LOCAL {
            return Err(wrong("has no entry where its directory says"));
        }
        let names = u64::from(u16_at(&before, 26)) + u64::from(u16_at(&before, 28));
        return Ok(Found {
            crc: u32_at(&fields, 16),
            packed: u32_at(&fields, 20).into(),
            plain: u32_at(&fields, 24).into(),
            offset: local + 30 + names,
        });
    }
    Err(wrong(&format!("has no {name}")))
}

/// The data of an entry.
pub fn open<'a, R: Read + Seek>(file: &'a mut R, found: &Found) -> io::Result<impl Read + use<'a, R>> {
    file.seek(SeekFrom::Start(found.offset))?;
    Ok(flate2::read::DeflateDecoder::new(file.take(found.packed)))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn container(chunks: &[Vec<u8>]) -> Vec<u8> {
        let (mut zip, mut out) = (Zip::default(), Vec::new());
        zip.whole(&mut out, "first", b"one").unwrap();
        zip.begin(&mut out, "folder/second");
        for chunk in chunks {
            zip.data(&mut out, chunk).unwrap();
        }
        zip.end(&mut out).unwrap();
        zip.finish(&mut out).unwrap();
        out
    }

    proptest! {
        #[test]
        fn entries_read_back(chunks in prop::collection::vec(prop::collection::vec(0u8..9, 0..5_000), 0..5)) {
            let mut file = io::Cursor::new(container(&chunks));
            for (name, expected) in [("first", b"one".to_vec()), ("folder/second", chunks.concat())] {
                let found = find(&mut file, name).unwrap();
                let mut read = Vec::new();
                open(&mut file, &found).unwrap().read_to_end(&mut read).unwrap();
                let mut crc = Crc::new();
                crc.update(&read);
                prop_assert_eq!((found.crc, found.plain), (crc.sum(), read.len() as u64));
                prop_assert_eq!(read, expected);
            }
            prop_assert!(find(&mut file, "third").is_err());
        }

        #[test]
        fn a_broken_container_is_an_error(at in 0usize..400, to: u8) {
            let mut bytes = container(&[b"some text, some text".to_vec()]);
            let at = at % bytes.len();
            bytes[at] = to;
            for length in [bytes.len(), at] {
                let mut file = io::Cursor::new(&bytes[..length]);
                if let Ok(found) = find(&mut file, "folder/second") {
                    let _ = open(&mut file, &found).and_then(|mut data| data.read_to_end(&mut Vec::new()));
                }
            }
        }
    }
}
