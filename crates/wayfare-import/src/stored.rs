//! The bytes of a file, unpacked while they are read.

use crate::file::{Compression, InputFile};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_util::sync::CancellationToken;

/// Large enough that a read costs little beside unpacking.
const PIECE: usize = 256 * 1024;
/// 128 MiB: what `zstd --long` writes; larger windows are refused, to keep memory bounded.
const LARGEST_ZSTD_WINDOW_LOG: u32 = 27;

/// The unpacked bytes of a file, and how many stored bytes they took so far.
pub(crate) struct Unpacked {
    /// Gives the bytes; an error of kind `UnexpectedEof` means that the archive ends too early.
    pub reader: Box<dyn Read + Send>,
    /// Stored bytes read so far.
    pub stored: Arc<AtomicU64>,
}

/// Opens a file at an offset of its unpacked bytes: a plain file seeks, a packed one unpacks up to there.
pub(crate) fn open(file: &InputFile, offset: u64, stop: &CancellationToken) -> io::Result<Unpacked> {
    let mut plain = File::open(&file.path)?;
    let seek = matches!(file.compression, Compression::None);
    if seek {
        plain.seek(SeekFrom::Start(offset))?;
    }
    let stored = Arc::new(AtomicU64::new(if seek { offset } else { 0 }));
    let counted = Counted { inner: plain, stored: stored.clone(), stop: stop.clone() };
    let mut reader: Box<dyn Read + Send> = match file.compression {
        Compression::None => Box::new(counted),
        Compression::Gzip => {
            Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(PIECE, counted)))
        }
        Compression::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(BufReader::with_capacity(PIECE, counted))?;
            decoder.window_log_max(LARGEST_ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
    };
    if !seek && offset > 0 {
        let skipped = io::copy(&mut reader.by_ref().take(offset), &mut io::sink())?;
        if skipped < offset {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Unpacked { reader, stored })
}

/// Counts what is read, and gives up when the import is stopped, however long the read is.
struct Counted {
    inner: File,
    stored: Arc<AtomicU64>,
    stop: CancellationToken,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_cancelled() {
            return Err(io::Error::other("stopped"));
        }
        let count = self.inner.read(buffer)?;
        self.stored.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
