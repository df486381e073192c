//! Destinations of exports, as they are kept.

use crate::error::StoreError;
use crate::operational::destinations;
use crate::store::Store;

pub use crate::operational::destinations::DestinationRow;

impl Store {
    /// Writes a revision of a destination; `false` where the one before it is not what is there.
    pub async fn put_destination(&self, row: &DestinationRow) -> Result<bool, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let written = destinations::put(&mut writer.connection, row).await;
        written.map_err(|error| error.told(self.data_dir()))
    }

    /// Writes the secrets of a destination, sealed anew.
    pub async fn put_destination_secrets(&self, id: &str, secrets: &str) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let written = destinations::put_secrets(&mut writer.connection, id, secrets).await;
        written.map_err(|error| error.told(self.data_dir()))
    }

    /// The destinations, by id.
    pub async fn destinations(&self) -> Result<Vec<DestinationRow>, StoreError> {
        destinations::all(&mut *self.0.readers.acquire().await?).await
    }

    /// One destination.
    pub async fn destination(&self, id: &str) -> Result<Option<DestinationRow>, StoreError> {
        destinations::get(&mut *self.0.readers.acquire().await?, id).await
    }

    /// Takes a destination away; `false` where there was none.
    pub async fn remove_destination(&self, id: &str) -> Result<bool, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        destinations::remove(&mut writer.connection, id).await
    }
}
