//! Opens a file at its place, its header read and checked.

use crate::checkpoint::Place;
use crate::error::{ImportError, archive_fault};
use crate::file::{Compression, Format, InputFile};
use crate::header::Header;
use crate::parquet_file::{ParquetFile, TableRows};
use crate::read::Rows;
use crate::stored::{self, Unpacked};
use crate::text::{Framer, Framing};
use std::error::Error;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_util::sync::CancellationToken;

/// A file that gives its rows chunk by chunk.
pub(crate) struct OpenFile {
    /// The columns, where the format has them.
    pub header: Option<Arc<Header>>,
    rows: Source,
}

enum Source {
    Text { framer: Framer<Box<dyn Read + Send>>, format: Format, stored: Arc<AtomicU64> },
    Table { rows: TableRows, stored_a_row: f64 },
}

/// Refuses a file whose header or schema cannot be taken. Of a packed Parquet file that shows only when its turn
/// has come, since all of it must be unpacked first.
pub(crate) fn check(file: &InputFile, stop: &CancellationToken) -> Result<(), ImportError> {
    match (file.format, file.compression) {
        (Format::Ndjson, _) => Ok(()),
        (Format::Csv, _) => csv_header(file, stop).map(drop),
        (Format::Parquet, Compression::None) => ParquetFile::open(file, stop).map(drop),
        (Format::Parquet, _) => Ok(()),
    }
}

impl OpenFile {
    /// Opens a file at a place that [`place`](Self::place) gave before, or at its start.
    pub fn open(
        file: &InputFile,
        place: Place,
        most_rows: usize,
        stop: &CancellationToken,
    ) -> Result<Self, ImportError> {
        if file.format == Format::Parquet {
            let parquet = ParquetFile::open(file, stop)?;
            let header = Some(parquet.header.clone());
            let stored_a_row = file.size as f64 / parquet.rows().max(1) as f64;
            let rows = parquet
                .rows_from(place.offset, most_rows)
                .map_err(|source| ImportError::Read { path: file.path.clone(), source })?;
            return Ok(Self { header, rows: Source::Table { rows, stored_a_row } });
        }
        let (header, framing, place) = match file.format {
            Format::Csv => {
                let (header, body) = csv_header(file, stop)?;
                let framing = Framing::Csv { cells: header.columns.len() };
                let place = if place == Place::default() { body } else { place };
                (Some(Arc::new(header)), framing, place)
            }
            _ => (None, Framing::Lines, place),
        };
        let Unpacked { reader, stored } =
            stored::open(file, place.offset, stop).map_err(|source| fault(file, place.line, source))?;
        let framer = Framer::new(reader, framing, place, most_rows);
        Ok(Self { header, rows: Source::Text { framer, format: file.format, stored } })
    }

    /// The next rows; `None` at the end.
    pub fn next_chunk(&mut self, file: &InputFile) -> Result<Option<Rows>, ImportError> {
        match &mut self.rows {
            Source::Text { framer, format, .. } => {
                let chunk = framer.next_chunk().map_err(|source| fault(file, framer.place().line, source))?;
                Ok(chunk.map(|chunk| match format {
                    Format::Csv => Rows::Csv(chunk),
                    _ => Rows::Ndjson(chunk),
                }))
            }
            Source::Table { rows, .. } => {
                let chunk = rows.next_chunk().map_err(|source| read_fault(&file.path, source))?;
                Ok(chunk.map(Rows::Table))
            }
        }
    }

    /// The place behind the last chunk.
    pub fn place(&self) -> Place {
        match &self.rows {
            Source::Text { framer, .. } => framer.place(),
            Source::Table { rows, .. } => Place { offset: rows.row(), line: rows.row() },
        }
    }

    /// Stored bytes read so far.
    pub fn stored(&self) -> u64 {
        match &self.rows {
            Source::Text { stored, .. } => stored.load(Ordering::Relaxed),
            Source::Table { rows, stored_a_row } => (rows.row() as f64 * stored_a_row) as u64,
        }
    }
}

/// The header of a CSV file, and the place behind it.
fn csv_header(file: &InputFile, stop: &CancellationToken) -> Result<(Header, Place), ImportError> {
    let refuse = |message: String| ImportError::Header { path: file.path.clone(), message, nearest: None };
    let fault = |source| fault(file, 0, source);
    let Unpacked { reader, .. } = stored::open(file, 0, stop).map_err(fault)?;
    let mut framer = Framer::new(reader, Framing::Csv { cells: 0 }, Place::default(), 1);
    let Some((bytes, wrong)) = framer.header().map_err(fault)? else {
        return Err(refuse("is empty; a CSV file starts with a header".into()));
    };
    if let Some(wrong) = wrong {
        return Err(refuse(format!("the header {wrong}")));
    }
    let text = String::from_utf8(bytes).map_err(|_| refuse("the header is not UTF-8".into()))?;
    let cells = crate::csv::cells(&text);
    let names: Vec<&str> = cells.iter().map(|cell| &**cell).collect();
    Ok((Header::read(&file.path, file.records, &names)?, framer.place()))
}

fn fault(file: &InputFile, line: u64, source: io::Error) -> ImportError {
    let path = file.path.clone();
    match file.compression {
        Compression::None => read_fault(&path, source.into()),
        Compression::Gzip | Compression::Zstd => {
            ImportError::Archive { path, what: archive_fault(&source), line, source }
        }
    }
}

fn read_fault(path: &Path, source: Box<dyn Error + Send + Sync>) -> ImportError {
    ImportError::Read { path: path.to_owned(), source }
}
