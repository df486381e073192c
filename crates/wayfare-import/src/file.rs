//! What a named file is: which records, which format, which compression, seen from its name and its metadata.

use crate::error::ImportError;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Which records a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// One profile a row.
    Profiles,
    /// One event a row.
    Events,
}

impl Records {
    /// `profiles` or `events`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Profiles => "profiles",
            Self::Events => "events",
        }
    }
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// RFC 4180, with a header.
    Csv,
    /// Apache Parquet with flat columns.
    Parquet,
}

/// How the file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, also of several members.
    Gzip,
    /// Zstandard, also of several frames.
    Zstd,
}

/// A file to load, as it was when the import was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Which records it holds.
    pub records: Records,
    /// As it was named.
    pub path: PathBuf,
    /// Where it is.
    pub canonical: PathBuf,
    /// How rows are written.
    pub format: Format,
    /// How it is packed.
    pub compression: Compression,
    /// Its length in bytes.
    pub size: u64,
    /// When it was last changed, in nanoseconds.
    pub modified: u128,
}

impl InputFile {
    /// Looks at a named file, without reading it.
    pub fn inspect(records: Records, path: &Path) -> Result<Self, ImportError> {
        let open = |source: io::Error| ImportError::Open { path: path.to_owned(), source };
        let metadata = fs::metadata(path).map_err(open)?;
        if !metadata.is_file() {
            let what = if metadata.is_dir() { "a directory" } else { "not a regular file" };
            return Err(ImportError::NotAFile { path: path.to_owned(), what });
        }
        let (format, compression) =
            format_of(path).ok_or_else(|| ImportError::UnknownFormat { path: path.to_owned() })?;
        fs::File::open(path).map_err(open)?;
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Ok(Self {
            records,
            path: path.to_owned(),
            canonical: path.canonicalize().map_err(open)?,
            format,
            compression,
            size: metadata.len(),
            modified: modified.map_or(0, |since| since.as_nanos()),
        })
    }
}

/// Format and compression by the file's name; `None` where the name says nothing.
fn format_of(path: &Path) -> Option<(Format, Compression)> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let (stem, compression) = match name.rsplit_once('.') {
        Some((stem, "gz")) => (stem, Compression::Gzip),
        Some((stem, "zst")) => (stem, Compression::Zstd),
        _ => (&*name, Compression::None),
    };
    let format = match stem.rsplit_once('.')?.1 {
        "ndjson" | "jsonl" | "json" => Format::Ndjson,
        "csv" => Format::Csv,
        "parquet" => Format::Parquet,
        _ => return None,
    };
    Some((format, compression))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_by_name() {
        let check = |name: &str, expected| assert_eq!(format_of(Path::new(name)), expected, "{name}");
        check("a.ndjson", Some((Format::Ndjson, Compression::None)));
        check("b/a.JSON.GZ", Some((Format::Ndjson, Compression::Gzip)));
        check("a.jsonl.zst", Some((Format::Ndjson, Compression::Zstd)));
        check("2026-09-01.csv", Some((Format::Csv, Compression::None)));
        check("a.parquet.gz", Some((Format::Parquet, Compression::Gzip)));
        check("a.gz", None);
        check("a.txt", None);
        check("a", None);
        check("a.csv.bz2", None);
    }
}
