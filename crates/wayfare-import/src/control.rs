//! What the caller sees of a running import, and how it stops one.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How far an import is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Stored (that is, compressed) bytes of all files that are loaded, those of earlier runs included.
    pub bytes: u64,
    /// Stored bytes of all files.
    pub total_bytes: u64,
    /// Of `bytes`, those that earlier runs loaded: the rate of this run leaves them out.
    pub resumed_bytes: u64,
    /// Rows that were read, those of earlier runs included.
    pub rows: u64,
    /// Of `rows`, those of earlier runs.
    pub resumed_rows: u64,
    /// Rows rejected and values set aside, earlier runs included.
    pub faults: u64,
}

/// Stops an import and watches it.
#[derive(Debug, Clone)]
pub struct Control {
    pub(crate) stop: CancellationToken,
    pub(crate) progress: watch::Sender<Progress>,
}

impl Default for Control {
    fn default() -> Self {
        Self { stop: CancellationToken::new(), progress: watch::Sender::new(Progress::default()) }
    }
}

impl Control {
    /// Stops the import: the batch in flight is finished, what was loaded is kept, and a second run goes on there.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Sees the progress, after every batch.
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }
}
