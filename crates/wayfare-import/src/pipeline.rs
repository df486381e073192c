//! Reading ahead: one thread cuts the files into chunks, others read them, and what they read arrives in file order.
//!
//! The channel holds at most [`AHEAD`] chunks, so memory does not depend on how long the files are or how slow the
//! store is.

use crate::checkpoint::State;
use crate::content::ContentHash;
use crate::error::ImportError;
use crate::file::InputFile;
use crate::ledger::Delivery;
use crate::prepare::OpenFile;
use crate::read;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::CancellationToken;

/// Chunks that wait behind the one in the store.
const AHEAD: usize = 2;

/// What was read, in file order.
pub(crate) struct Arrivals {
    receiver: mpsc::Receiver<JoinHandle<Result<Delivery, ImportError>>>,
    /// The thread that cuts; taken when it has ended.
    cutting: Option<JoinHandle<()>>,
}

impl Arrivals {
    /// Starts reading where `from` says, at most `most_rows` at a time.
    pub fn start(files: Arc<[InputFile]>, from: &State, most_rows: usize, stop: &CancellationToken) -> Self {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let (from, stop) = (from.clone(), stop.clone());
        let cutting = spawn_blocking(move || {
            if let Err(failure) = cut(&files, &from, most_rows, &stop, &sender) {
                // Where nobody listens any more, nobody asks.
                let _ = sender.blocking_send(spawn_blocking(|| Err(failure)));
            }
        });
        Self { receiver, cutting: Some(cutting) }
    }

    /// The next rows; `None` when all were given. After an error there is nothing more.
    pub async fn next(&mut self) -> Option<Result<Delivery, ImportError>> {
        match (self.receiver.recv().await, &mut self.cutting) {
            (Some(read), _) => Some(read.await.unwrap_or(Err(ImportError::Worker))),
            // That there is nothing more is true only of a thread that came to its end.
            (None, cutting) => match cutting.take()?.await {
                Ok(()) => None,
                Err(_) => Some(Err(ImportError::Worker)),
            },
        }
    }
}

fn cut(
    files: &[InputFile],
    from: &State,
    most_rows: usize,
    stop: &CancellationToken,
    sender: &mpsc::Sender<JoinHandle<Result<Delivery, ImportError>>>,
) -> Result<(), ImportError> {
    let mut earlier: u64 = files.iter().take(from.file).map(|file| file.size).sum();
    for (index, file) in files.iter().enumerate().skip(from.file) {
        let (place, known) = match index == from.file {
            true => (from.place, from.content.clone()),
            false => Default::default(),
        };
        let content = Arc::new(ContentHash::new(file, known, stop));
        let name: Arc<str> = file.path.to_string_lossy().into();
        let mut open = OpenFile::open(file, place, most_rows, stop)?;
        while let Some(rows) = open.next_chunk(file)? {
            let (records, header, content) = (file.records, open.header.clone(), content.clone());
            let (name, place) = (name.clone(), open.place());
            let bytes = earlier + open.stored().min(file.size);
            let read = spawn_blocking(move || {
                let batch = read::read(records, header.as_deref(), rows, &content)?;
                let content = content.known();
                Ok(Delivery { file: index, name: name.to_string(), records, batch, place, bytes, content })
            });
            if sender.blocking_send(read).is_err() {
                return Ok(());
            }
        }
        earlier += file.size;
    }
    Ok(())
}
