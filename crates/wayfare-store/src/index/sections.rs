//! Files of numbers that are mapped and read in place.
//!
//! A file is its sections one after the other, each at a multiple of 64 bytes, then a description of them as JSON, the
//! description's length, a hash of all that, and a mark. Numbers stand in this machine's order: the
//! index is derived and never leaves it. A file is written under another name, made durable and then renamed, so that what
//! has the name is whole. To open one reads its description alone; what a disk changed since, [`is_whole`] finds.

use crate::error::StoreError;
use blake3::Hasher;
use bytemuck::Pod;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use wayfare_segment::columns::Codes;
use wayfare_segment::columns::buffer::Buffer;
use wayfare_segment::columns::texts::Texts;

/// Sections begin at multiples of this: enough for any number, and a line of the cache.
const ALIGNMENT: u64 = 64;

/// Where a section lies.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Section {
    start: u64,
    length: u64,
}

/// Where codes lie.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum CodesForm {
    U8(Section),
    U16(Section),
    U32(Section),
}

/// Where texts lie.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TextsForm {
    ends: Section,
    bytes: Section,
    /// Two numbers for each text; absent where there are none.
    #[serde(default)]
    prints: Option<Section>,
}

/// Writes a file: `sections` adds what it holds and describes it.
pub(super) fn write<D: Serialize>(
    path: &Path,
    mark: &[u8; 8],
    sections: impl FnOnce(&mut Writer) -> std::io::Result<D>,
) -> Result<(), StoreError> {
    let partial = path.with_extension("part");
    let written = (|| {
        let mut writer = Writer {
            file: BufWriter::with_capacity(1 << 20, File::create(&partial)?),
            hasher: Hasher::new(),
            at: 0,
        };
        let text = serde_json::to_vec(&sections(&mut writer)?)?;
        writer.put(&text)?;
        writer.put(&(text.len() as u64).to_le_bytes())?;
        let hash = writer.hasher.finalize();
        writer.file.write_all(hash.as_bytes())?;
        writer.file.write_all(mark)?;
        let file = writer.file.into_inner().map_err(|error| error.into_error())?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    })();
    written.map_err(|error: std::io::Error| {
        // What is left of it is of no use; that it cannot be removed either says nothing new.
        let _ = std::fs::remove_file(&partial);
        StoreError::file(path)(error)
    })
}

/// Adds sections to a file.
pub(super) struct Writer {
    file: BufWriter<File>,
    hasher: Hasher,
    at: u64,
}

impl Writer {
    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hasher.update(bytes);
        self.file.write_all(bytes)
    }

    pub fn add<T: Pod>(&mut self, numbers: &[T]) -> std::io::Result<Section> {
        let bytes: &[u8] = bytemuck::cast_slice(numbers);
        let start = self.at.next_multiple_of(ALIGNMENT);
        self.put(&[0; ALIGNMENT as usize][..(start - self.at) as usize])?;
        self.put(bytes)?;
        self.at = start + bytes.len() as u64;
        Ok(Section { start, length: bytes.len() as u64 })
    }

    pub fn add_codes(&mut self, codes: &Codes) -> std::io::Result<CodesForm> {
        Ok(match codes {
            Codes::U8(codes) => CodesForm::U8(self.add(codes)?),
            Codes::U16(codes) => CodesForm::U16(self.add(codes)?),
            Codes::U32(codes) => CodesForm::U32(self.add(codes)?),
        })
    }

    pub fn add_texts(&mut self, texts: &Texts) -> std::io::Result<TextsForm> {
        let (ends, bytes) = texts.parts();
        let prints = match texts.prints() {
            [] => None,
            prints => Some(self.add(prints)?),
        };
        Ok(TextsForm { ends: self.add(ends)?, bytes: self.add(bytes)?, prints })
    }
}

/// The sections of a file.
pub(super) struct Sections(Bytes);

/// Opens a file: its sections, and what describes them.
pub(super) fn read<D: DeserializeOwned>(path: &Path, mark: &[u8; 8]) -> Result<(Sections, D), StoreError> {
    let bytes = map(path)?;
    opened(&bytes, mark).ok_or_else(|| not_whole(path))
}

fn opened<D: DeserializeOwned>(bytes: &Bytes, mark: &[u8; 8]) -> Option<(Sections, D)> {
    let rest = bytes.strip_suffix(mark)?;
    let (rest, _) = rest.split_last_chunk::<32>()?;
    let (rest, length) = rest.split_last_chunk::<8>()?;
    let start = rest.len().checked_sub(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    Some((Sections(bytes.slice(..start)), serde_json::from_slice(&rest[start..]).ok()?))
}

/// Whether a file is what was written, to its last byte. Reads it from the start to the end, beside the mapping: what is
/// only checked need not be in this process's memory.
pub(super) fn is_whole(path: &Path, mark: &[u8; 8]) -> Result<bool, StoreError> {
    let checked = || {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let Some(hashed) = length.checked_sub(32 + mark.len() as u64) else { return Ok(false) };
        let mut hasher = Hasher::new();
        std::io::copy(&mut (&mut file).take(hashed), &mut hasher)?;
        let mut rest = Vec::new();
        file.read_to_end(&mut rest)?;
        Ok(rest
            .split_last_chunk::<8>()
            .is_some_and(|(hash, end)| end == mark && hash == hasher.finalize().as_bytes()))
    };
    checked().map_err(StoreError::file(path))
}

/// The error of a file that is not what was written.
pub(super) fn not_whole(path: &Path) -> StoreError {
    let why = "it is not a whole file of this version; stop wayfare and remove the folder `index`";
    StoreError::corrupt(path.display().to_string(), why)
}

impl Sections {
    fn bytes(&self, section: Section) -> Option<Bytes> {
        let end = section.start.checked_add(section.length).filter(|end| *end <= self.0.len() as u64)?;
        Some(self.0.slice(section.start as usize..end as usize))
    }

    pub fn get<T: Pod>(&self, section: Section) -> Option<Buffer<T>> {
        Buffer::of_bytes(self.bytes(section)?)
    }

    pub fn codes(&self, form: &CodesForm) -> Option<Codes> {
        Some(match form {
            CodesForm::U8(section) => Codes::U8(self.get(*section)?),
            CodesForm::U16(section) => Codes::U16(self.get(*section)?),
            CodesForm::U32(section) => Codes::U32(self.get(*section)?),
        })
    }

    pub fn texts(&self, form: &TextsForm) -> Option<Texts> {
        let prints = match form.prints {
            Some(section) => self.get(section)?,
            None => Buffer::default(),
        };
        Texts::of_parts(self.get(form.ends)?, self.bytes(form.bytes)?, prints)
    }
}

/// The bytes of a file, read as they are asked for.
#[allow(unsafe_code)]
fn map(path: &Path) -> Result<Bytes, StoreError> {
    let file = File::open(path).map_err(StoreError::file(path))?;
    // SAFETY: a mapped file must not change. Files of the index get their name when they are whole and are never
    // written again, only removed or replaced, which leaves the mapping as it is; they lie in the data directory, which
    // the lock and the documentation keep for wayfare alone.
    let mapped = unsafe { memmap2::Mmap::map(&file) }.map_err(StoreError::file(path))?;
    Ok(Bytes::from_owner(mapped))
}
