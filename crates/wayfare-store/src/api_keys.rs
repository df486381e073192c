//! Named API keys, as they are kept: with each change what the audit says of it, both or neither.

use crate::error::StoreError;
use crate::operational::api_keys;
use crate::operational::audit::{self, AuditRow};
use crate::store::Store;
use sqlx::Connection;
use wayfare_model::time::Instant;

pub use crate::operational::api_keys::ApiKeyRow;

impl Store {
    /// Writes a revision of an API key; `false`, and nothing is written, where the one before it is not what is there.
    pub async fn put_api_key(&self, row: &ApiKeyRow, audited: &AuditRow) -> Result<bool, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let written = async {
            let mut transaction = writer.connection.begin().await?;
            let is_written = api_keys::put(&mut transaction, row).await?;
            if is_written {
                audit::add(&mut transaction, audited).await?;
            }
            transaction.commit().await?;
            Ok(is_written)
        };
        written.await.map_err(|error: StoreError| error.told(self.data_dir()))
    }

    /// Takes an API key away; `false` where there was none.
    pub async fn remove_api_key(&self, id: &str, audited: &AuditRow) -> Result<bool, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let removed = async {
            let mut transaction = writer.connection.begin().await?;
            let is_removed = api_keys::remove(&mut transaction, id).await?;
            if is_removed {
                audit::add(&mut transaction, audited).await?;
            }
            transaction.commit().await?;
            Ok(is_removed)
        };
        removed.await.map_err(|error: StoreError| error.told(self.data_dir()))
    }

    /// Writes the key of an API key's hashes, sealed anew.
    pub async fn put_api_key_hash_key(&self, id: &str, hash_key: &str) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let written = api_keys::put_hash_key(&mut writer.connection, id, hash_key).await;
        written.map_err(|error| error.told(self.data_dir()))
    }

    /// Writes when API keys were used last.
    pub async fn put_api_keys_used(&self, used: &[(String, Instant)]) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let written = async {
            let mut transaction = writer.connection.begin().await?;
            for (id, at) in used {
                api_keys::put_last_used(&mut transaction, id, *at).await?;
            }
            Ok(transaction.commit().await?)
        };
        written.await.map_err(|error: StoreError| error.told(self.data_dir()))
    }

    /// The API keys, by id.
    pub async fn api_keys(&self) -> Result<Vec<ApiKeyRow>, StoreError> {
        api_keys::all(&mut *self.0.readers.acquire().await?).await
    }

    /// One API key.
    pub async fn api_key(&self, id: &str) -> Result<Option<ApiKeyRow>, StoreError> {
        api_keys::get(&mut *self.0.readers.acquire().await?, id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OpenOptions;

    fn row(id: &str, revision: u64, secret: u8) -> ApiKeyRow {
        let at = Instant::parse("2026-09-01T00:00:00Z").unwrap();
        ApiKeyRow {
            id: id.into(),
            revision,
            name: "Partner".into(),
            hint: "wfk_ab12…".into(),
            secret: [secret; 32],
            disabled: false,
            policy: Some("{}".into()),
            hash_key: None,
            created_at: at,
            created_by: "test".into(),
            last_used_at: None,
        }
    }

    #[tokio::test]
    async fn each_change_is_the_next_and_is_audited() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path(), OpenOptions::default()).await.unwrap();
        let audited = AuditRow {
            number: 0,
            at: Instant::parse("2026-09-01T00:00:00Z").unwrap(),
            who: "test".into(),
            deed: "key.created".into(),
            subject: "key_1".into(),
            detail: "{}".into(),
        };
        assert!(store.put_api_key(&row("key_1", 1, 1), &audited).await.unwrap());
        assert!(!store.put_api_key(&row("key_1", 1, 2), &audited).await.unwrap());
        assert!(!store.put_api_key(&row("key_1", 3, 2), &audited).await.unwrap());
        assert!(store.put_api_key(&row("key_1", 2, 2), &audited).await.unwrap());
        // A secret opens one key, never two.
        assert!(!store.put_api_key(&row("key_2", 1, 2), &audited).await.unwrap());
        let used = Instant::parse("2026-09-02T00:00:00Z").unwrap();
        store.put_api_keys_used(&[("key_1".into(), used), ("key_9".into(), used)]).await.unwrap();
        store.put_api_key_hash_key("key_1", "sealed").await.unwrap();
        let expected = ApiKeyRow {
            hash_key: Some("sealed".into()),
            last_used_at: Some(used),
            ..row("key_1", 2, 2)
        };
        assert_eq!(store.api_keys().await.unwrap(), [expected.clone()]);
        assert_eq!(store.api_key("key_1").await.unwrap(), Some(expected));
        assert!(store.remove_api_key("key_1", &audited).await.unwrap());
        assert!(!store.remove_api_key("key_1", &audited).await.unwrap());
        let told = store.audit(&Default::default(), 10, None).await.unwrap();
        assert_eq!(told.len(), 3, "what was not done is not told");
    }
}
