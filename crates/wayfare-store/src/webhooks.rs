//! Webhook endpoints, their messages and watches. What is told is kept in the transaction that keeps what happened,
//! so that nothing happens untold and nothing is told that did not.

use crate::error::StoreError;
use crate::operational::audit::{self, AuditRow};
use crate::operational::export_jobs::{self, ExportRow};
use crate::operational::webhook_endpoints::{self, WebhookEndpointRow};
use crate::operational::webhook_messages::{
    self, WebhookMessageRow, WebhookMessagesAsked, WebhookStateCount,
};
use crate::operational::webhook_watches::{self, WebhookWatchRow};
use crate::store::Store;
use sqlx::{Connection, SqliteConnection};
use wayfare_model::time::Instant;

/// The sequences that messages got; `None` for those that were there already.
type Sequences = Vec<Option<u64>>;

async fn add_all(
    connection: &mut SqliteConnection,
    messages: &[WebhookMessageRow],
) -> Result<Sequences, StoreError> {
    let mut sequences = Vec::with_capacity(messages.len());
    for message in messages {
        sequences.push(webhook_messages::add(connection, message).await?);
    }
    Ok(sequences)
}

impl Store {
    /// The webhook endpoints, by id.
    pub async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpointRow>, StoreError> {
        webhook_endpoints::all(&mut *self.0.readers.acquire().await?).await
    }

    /// Keeps an endpoint; the breaker of one that is there stays as it is.
    pub async fn put_webhook_endpoint(&self, row: &WebhookEndpointRow) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let kept = webhook_endpoints::put(&mut writer.connection, row).await;
        kept.map_err(|error| error.told(self.data_dir()))
    }

    /// Keeps an endpoint that takes messages again: all that wait for it are due now, their time counted anew.
    pub async fn put_enabled_webhook_endpoint(
        &self,
        row: &WebhookEndpointRow,
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let kept = async {
            let mut transaction = writer.connection.begin().await?;
            webhook_endpoints::put(&mut transaction, row).await?;
            webhook_messages::make_due(&mut transaction, &row.id, now, true).await?;
            Ok(transaction.commit().await?)
        };
        kept.await.map_err(|error: StoreError| error.told(self.data_dir()))
    }

    /// Takes an endpoint away with its messages; `false` where there was none.
    pub async fn remove_webhook_endpoint(&self, id: &str) -> Result<bool, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let mut transaction = writer.connection.begin().await?;
        webhook_messages::remove_of(&mut transaction, id).await?;
        let removed = webhook_endpoints::remove(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(removed)
    }

    /// Keeps messages; gives the sequence of each that is new.
    pub async fn add_webhook_messages(
        &self,
        messages: &[WebhookMessageRow],
    ) -> Result<Sequences, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let added = async {
            let mut transaction = writer.connection.begin().await?;
            let sequences = add_all(&mut transaction, messages).await?;
            transaction.commit().await?;
            Ok(sequences)
        };
        added.await.map_err(|error: StoreError| error.told(self.data_dir()))
    }

    /// Keeps an export job, what the audit says of its end and what is told of it, all or nothing.
    pub async fn put_ended_export(
        &self,
        row: &ExportRow,
        audited: &AuditRow,
        messages: &[WebhookMessageRow],
    ) -> Result<Sequences, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let kept = async {
            let mut transaction = writer.connection.begin().await?;
            export_jobs::put(&mut transaction, row).await?;
            audit::add(&mut transaction, audited).await?;
            let sequences = add_all(&mut transaction, messages).await?;
            transaction.commit().await?;
            Ok(sequences)
        };
        kept.await.map_err(|error: StoreError| error.told(self.data_dir()))
    }

    /// A message by its sequence.
    pub async fn webhook_message_at(&self, sequence: u64) -> Result<Option<WebhookMessageRow>, StoreError> {
        webhook_messages::at(&mut *self.0.readers.acquire().await?, sequence).await
    }

    /// A message by its id.
    pub async fn webhook_message(&self, id: &str) -> Result<Option<WebhookMessageRow>, StoreError> {
        webhook_messages::get(&mut *self.0.readers.acquire().await?, id).await
    }

    /// Messages, newest first, at most `limit`.
    pub async fn webhook_messages(
        &self,
        asked: &WebhookMessagesAsked,
        limit: usize,
    ) -> Result<Vec<WebhookMessageRow>, StoreError> {
        webhook_messages::list(&mut *self.0.readers.acquire().await?, asked, limit).await
    }

    /// Endpoint, sequence and due time of every message that waits.
    pub async fn waiting_webhook_messages(&self) -> Result<Vec<(String, u64, Instant)>, StoreError> {
        webhook_messages::waiting(&mut *self.0.readers.acquire().await?).await
    }

    /// How many messages wait or were given up, by endpoint and state.
    pub async fn webhook_message_counts(&self) -> Result<Vec<WebhookStateCount>, StoreError> {
        webhook_messages::counts(&mut *self.0.readers.acquire().await?).await
    }

    /// Keeps what came of attempts, the breakers of their endpoints, and that all which waits for the endpoints in
    /// `recovered` is due now: all of it or nothing.
    pub async fn put_webhook_attempts(
        &self,
        messages: &[WebhookMessageRow],
        breakers: &[(String, String)],
        recovered: &[String],
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let kept = async {
            let mut transaction = writer.connection.begin().await?;
            for message in messages {
                webhook_messages::put_state(&mut transaction, message).await?;
            }
            for (endpoint, breaker) in breakers {
                webhook_endpoints::put_breaker(&mut transaction, endpoint, breaker).await?;
            }
            for endpoint in recovered {
                webhook_messages::make_due(&mut transaction, endpoint, now, false).await?;
            }
            transaction.commit().await?;
            Ok(())
        };
        kept.await.map_err(|error: StoreError| error.told(self.data_dir()))
    }

    /// Makes messages of an endpoint due once more, which do not wait already: those that were written in
    /// `[from, to)`, or all dead ones where no times are given. Gives their sequences.
    pub async fn replay_webhook_messages(
        &self,
        endpoint: &str,
        times: Option<(Instant, Instant)>,
        now: Instant,
    ) -> Result<Vec<u64>, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let replayed = webhook_messages::replay(&mut writer.connection, endpoint, times, now).await;
        replayed.map_err(|error| error.told(self.data_dir()))
    }

    /// Removes messages that were delivered before a time; gives how many.
    pub async fn forget_delivered_webhook_messages(&self, before: Instant) -> Result<u64, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        webhook_messages::forget_delivered(&mut writer.connection, before).await
    }

    /// The watches of segments, by id.
    pub async fn webhook_watches(&self) -> Result<Vec<WebhookWatchRow>, StoreError> {
        webhook_watches::all(&mut *self.0.readers.acquire().await?).await
    }

    /// Keeps a new watch.
    pub async fn add_webhook_watch(&self, row: &WebhookWatchRow) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let added = webhook_watches::add(&mut writer.connection, row).await;
        added.map_err(|error| error.told(self.data_dir()))
    }

    /// Keeps a watch and what is told of it, both or neither; `None` where somebody took the watch away.
    pub async fn put_webhook_watch(
        &self,
        row: &WebhookWatchRow,
        messages: &[WebhookMessageRow],
    ) -> Result<Option<Sequences>, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let kept = async {
            let mut transaction = writer.connection.begin().await?;
            if !webhook_watches::put(&mut transaction, row).await? {
                return Ok(None);
            }
            let sequences = add_all(&mut transaction, messages).await?;
            transaction.commit().await?;
            Ok(Some(sequences))
        };
        kept.await.map_err(|error: StoreError| error.told(self.data_dir()))
    }

    /// Takes a watch away; `false` where there was none.
    pub async fn remove_webhook_watch(&self, id: &str) -> Result<bool, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        webhook_watches::remove(&mut writer.connection, id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operational::webhook_messages::WebhookMessageState;
    use crate::store::OpenOptions;

    fn at(second: i64) -> Instant {
        Instant::from_micros(second * 1_000_000).unwrap()
    }

    fn message(id: &str, endpoint: &str, second: i64) -> WebhookMessageRow {
        WebhookMessageRow {
            sequence: 0,
            id: id.into(),
            endpoint: endpoint.into(),
            kind: "export.failed".into(),
            created_at: at(second),
            body: "{}".into(),
            state: WebhookMessageState::Waiting,
            attempts: 0,
            attempts_before: 0,
            since: at(second),
            next_attempt_at: Some(at(second)),
            delivered_at: None,
            last_error: None,
            last_status: None,
        }
    }

    async fn ids(store: &Store, asked: WebhookMessagesAsked) -> Vec<String> {
        let rows = store.webhook_messages(&asked, 10).await.unwrap();
        rows.into_iter().map(|row| row.id).collect()
    }

    #[tokio::test]
    async fn messages_of_an_endpoint() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path(), OpenOptions::default()).await.unwrap();
        let endpoint =
            |id: &str| WebhookEndpointRow { id: id.into(), endpoint: "{}".into(), breaker: "1".into() };
        for id in ["ep_1", "ep_2"] {
            store.put_webhook_endpoint(&endpoint(id)).await.unwrap();
        }
        let messages = [
            message("a", "ep_1", 1),
            message("b", "ep_2", 2),
            message("c", "ep_3", 3),
            message("d", "ep_1", 4),
        ];
        let sequences = store.add_webhook_messages(&messages).await.unwrap();
        assert!(sequences[0] < sequences[1] && sequences[2].is_none() && sequences[1] < sequences[3]);
        let job =
            ExportRow { id: "exp_1".into(), created_at: at(0), status: "failed".into(), job: "{}".into() };
        let audited = AuditRow {
            number: 0,
            at: at(1),
            who: "ada".into(),
            deed: "export.failed".into(),
            subject: "exp_1".into(),
            detail: "{}".into(),
        };
        let again = store.put_ended_export(&job, &audited, &messages).await.unwrap();
        assert_eq!(again, [None; 4], "one message is kept once");
        assert_eq!(store.export("exp_1").await.unwrap(), Some(job));
        assert_eq!(store.waiting_webhook_messages().await.unwrap().len(), 3);

        let mut first = store.webhook_message("a").await.unwrap().unwrap();
        first.state = WebhookMessageState::Delivered;
        first.delivered_at = Some(at(9));
        first.attempts = 3;
        first.next_attempt_at = None;
        let mut last = store.webhook_message("d").await.unwrap().unwrap();
        last.state = WebhookMessageState::Dead;
        last.last_error = Some("the answer was 500".into());
        last.last_status = Some(500);
        let breakers = [("ep_1".to_owned(), "2".to_owned())];
        store
            .put_webhook_attempts(&[first.clone(), last.clone()], &breakers, &["ep_2".into()], at(7))
            .await
            .unwrap();
        store.put_webhook_endpoint(&endpoint("ep_1")).await.unwrap();
        assert_eq!(store.webhook_endpoints().await.unwrap()[0].breaker, "2", "a change leaves it");
        assert_eq!(store.webhook_message("a").await.unwrap(), Some(first.clone()));
        assert_eq!(store.webhook_message_at(last.sequence).await.unwrap(), Some(last));
        assert_eq!(store.webhook_message("b").await.unwrap().unwrap().next_attempt_at, Some(at(7)));

        let asked = WebhookMessagesAsked::default;
        assert_eq!(ids(&store, asked()).await, ["d", "b", "a"]);
        let one = WebhookMessagesAsked { endpoint: Some("ep_1".into()), ..asked() };
        assert_eq!(ids(&store, one.clone()).await, ["d", "a"]);
        let dead = Some(WebhookMessageState::Dead);
        assert_eq!(ids(&store, WebhookMessagesAsked { state: dead, ..one }).await, ["d"]);
        assert_eq!(ids(&store, WebhookMessagesAsked { state: dead, ..asked() }).await, ["d"]);
        assert_eq!(ids(&store, WebhookMessagesAsked { before: sequences[1], ..asked() }).await, ["a"]);
        assert!(ids(&store, WebhookMessagesAsked { kind: Some("x".into()), ..asked() }).await.is_empty());
        assert_eq!(store.webhook_message_counts().await.unwrap().len(), 2);

        let times = Some((at(0), at(4)));
        assert_eq!(store.replay_webhook_messages("ep_1", None, at(20)).await.unwrap().len(), 1);
        assert_eq!(store.replay_webhook_messages("ep_1", times, at(20)).await.unwrap(), [first.sequence]);
        assert!(store.replay_webhook_messages("ep_2", times, at(20)).await.unwrap().is_empty(), "it waits");
        let again = store.webhook_message("a").await.unwrap().unwrap();
        assert_eq!((again.attempts, again.attempts_before, again.since), (0, 3, at(20)));
        store.put_enabled_webhook_endpoint(&endpoint("ep_2"), at(30)).await.unwrap();
        assert_eq!(store.webhook_message("b").await.unwrap().unwrap().since, at(30));

        store.put_webhook_attempts(&[first], &[], &[], at(30)).await.unwrap();
        assert_eq!(store.forget_delivered_webhook_messages(at(9)).await.unwrap(), 0);
        assert_eq!(store.forget_delivered_webhook_messages(at(10)).await.unwrap(), 1);
        assert!(store.remove_webhook_endpoint("ep_1").await.unwrap());
        assert!(!store.remove_webhook_endpoint("ep_1").await.unwrap());
        assert_eq!(ids(&store, asked()).await, ["b"]);
    }

    #[tokio::test]
    async fn a_watch_that_is_gone_tells_nothing() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path(), OpenOptions::default()).await.unwrap();
        let endpoint = WebhookEndpointRow { id: "ep_1".into(), endpoint: "{}".into(), breaker: "{}".into() };
        store.put_webhook_endpoint(&endpoint).await.unwrap();
        let watch = WebhookWatchRow { id: "wat_1".into(), watch: "{}".into() };
        let messages = [message("a", "ep_1", 1)];
        assert_eq!(store.put_webhook_watch(&watch, &messages).await.unwrap(), None);
        assert!(ids(&store, WebhookMessagesAsked::default()).await.is_empty());
        store.add_webhook_watch(&watch).await.unwrap();
        assert!(store.put_webhook_watch(&watch, &messages).await.unwrap().is_some());
        assert_eq!(store.webhook_watches().await.unwrap(), [watch]);
        assert!(store.remove_webhook_watch("wat_1").await.unwrap());
        assert!(!store.remove_webhook_watch("wat_1").await.unwrap());
    }
}
