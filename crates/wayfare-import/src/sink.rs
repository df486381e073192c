//! What an import needs of the store.

use std::error::Error;
use std::future::Future;
use std::time::{SystemTime, UNIX_EPOCH};
use wayfare_model::record::Incoming;
use wayfare_model::time::Instant;
use wayfare_store::{AcceptBatch, Checkpoint, Outcome, Store, StoreError};

/// Takes records in order, each batch together with the place in the files that it reaches.
pub trait Sink: Send + Sync {
    /// Why records were not taken.
    type Error: Error + Send + Sync + 'static;

    /// Takes a batch, also an empty one, and keeps the checkpoint in the same transaction; resolves when durable,
    /// with one outcome a record.
    fn accept(
        &self,
        records: Vec<Incoming>,
        checkpoint: Checkpoint,
    ) -> impl Future<Output = Result<Vec<Outcome>, Self::Error>> + Send;

    /// The last checkpoint of a session.
    fn checkpoint(&self, session: &str) -> impl Future<Output = Result<Option<String>, Self::Error>> + Send;

    /// Does what must come before an import is complete, such as a flush.
    fn settle(&self) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Forgets a session: its import is complete, and told.
    fn clear(&self, session: &str) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

impl Sink for Store {
    type Error = StoreError;

    async fn accept(
        &self,
        records: Vec<Incoming>,
        checkpoint: Checkpoint,
    ) -> Result<Vec<Outcome>, StoreError> {
        let batch = AcceptBatch { records, checkpoint: Some(checkpoint), received_at: now() };
        Ok(Store::accept(self, batch).await?.outcomes)
    }

    async fn checkpoint(&self, session: &str) -> Result<Option<String>, StoreError> {
        self.import_checkpoint(session).await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        // Into the lake: an import that is killed while it flushes is not complete, and goes on.
        self.flush().await.map(|_| ())
    }

    async fn clear(&self, session: &str) -> Result<(), StoreError> {
        self.clear_import_checkpoint(session).await
    }
}

fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = (since.as_micros() as i64).clamp(*Instant::RANGE.start(), *Instant::RANGE.end());
    Instant::from_micros(micros).expect("clamped to the range")
}
