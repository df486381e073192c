//! Parquet files: their columns checked, their rows given in chunks.

use crate::error::{ImportError, archive_fault};
use crate::file::{Compression, InputFile};
use crate::header::Header;
use crate::stored;
use crate::table::TableChunk;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use std::error::Error;
use std::fs::File;
use std::io::{self, Seek};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A chunk holds about this many bytes, by the average row of the file.
const CHUNK_BYTES: u64 = 8 << 20;
/// … and at least so many rows.
const FEWEST_ROWS: u64 = 64;

/// A Parquet file whose columns are known.
pub(crate) struct ParquetFile {
    /// What the columns are.
    pub header: Arc<Header>,
    file: File,
    metadata: ArrowReaderMetadata,
    names: Arc<[String]>,
}

impl ParquetFile {
    /// Opens the file, unpacking it into a temporary file where it is packed.
    pub fn open(input: &InputFile, stop: &CancellationToken) -> Result<Self, ImportError> {
        let file = match input.compression {
            Compression::None => File::open(&input.path)
                .map_err(|source| ImportError::Open { path: input.path.clone(), source })?,
            Compression::Gzip | Compression::Zstd => {
                unpack(input, stop).map_err(|source| ImportError::ArchiveWhole {
                    path: input.path.clone(),
                    what: archive_fault(&source),
                    why: "no row of a Parquet file can be read before its end",
                    source,
                })?
            }
        };
        // Types as the Parquet schema has them: no dictionaries, no variants of one type.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = ArrowReaderMetadata::load(&file, options)
            .map_err(|source| ImportError::NotParquet { path: input.path.clone(), source: source.into() })?;
        let names: Arc<[String]> =
            metadata.schema().fields().iter().map(|field| field.name().clone()).collect();
        let header =
            Header::read(&input.path, input.records, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(Self { header: Arc::new(header), file, metadata, names })
    }

    /// How many rows the file has.
    pub fn rows(&self) -> u64 {
        self.metadata.metadata().file_metadata().num_rows().unsigned_abs()
    }

    /// Reads on behind the first rows, at most `most_rows` at a time; row groups before are not touched.
    pub fn rows_from(self, first: u64, most_rows: usize) -> Result<TableRows, Box<dyn Error + Send + Sync>> {
        let groups = self.metadata.metadata().row_groups();
        let unpacked: u64 = groups.iter().map(|group| group.total_byte_size().unsigned_abs()).sum();
        let average = unpacked / self.rows().max(1);
        let rows = (CHUNK_BYTES / average.max(1)).max(FEWEST_ROWS).min(most_rows as u64);
        let (mut skipped, mut group) = (0, 0);
        while group < groups.len() && skipped + groups[group].num_rows().unsigned_abs() <= first {
            skipped += groups[group].num_rows().unsigned_abs();
            group += 1;
        }
        let wanted = (group..groups.len()).collect();
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(self.file, self.metadata)
            .with_row_groups(wanted)
            .with_offset((first - skipped) as usize)
            .with_batch_size(rows as usize)
            .build()?;
        Ok(TableRows { reader, names: self.names, next: first })
    }
}

fn unpack(input: &InputFile, stop: &CancellationToken) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut stored::open(input, 0, stop)?.reader, &mut file)?;
    file.rewind()?;
    Ok(file)
}

/// The rows of a Parquet file, in chunks.
pub(crate) struct TableRows {
    reader: ParquetRecordBatchReader,
    names: Arc<[String]>,
    next: u64,
}

impl TableRows {
    /// How many rows lie before the next chunk.
    pub fn row(&self) -> u64 {
        self.next
    }

    /// The next rows; `None` at the end.
    pub fn next_chunk(&mut self) -> Result<Option<TableChunk>, Box<dyn Error + Send + Sync>> {
        let Some(batch) = self.reader.next().transpose()? else { return Ok(None) };
        let chunk = TableChunk::new(batch, self.names.clone(), self.next + 1);
        self.next += chunk.rows() as u64;
        Ok(Some(chunk))
    }
}
