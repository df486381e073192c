//! Messages that were written: listed, and sent once more.

use super::Webhooks;
use super::message::EventType;
use crate::error::ExportError;
use wayfare_model::time::Instant;
use wayfare_store::{WebhookMessageRow, WebhookMessageState, WebhookMessagesAsked};

/// Which messages of an endpoint are sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// All that were given up.
    Dead,
    /// All that were written in `[from, to)`, whatever became of them.
    Written {
        /// The first instant that is in.
        from: Instant,
        /// The first instant that is out again.
        to: Instant,
    },
}

impl Webhooks {
    /// Messages, newest first, at most `limit`; and the sequence that the next page starts before. An endpoint that there
    /// is not and a type that no message has are refused: whoever asks for them means others.
    pub async fn messages(
        &self,
        asked: &WebhookMessagesAsked,
        limit: usize,
    ) -> Result<(Vec<WebhookMessageRow>, Option<u64>), ExportError> {
        if let Some(kind) = asked.kind.as_deref().filter(|kind| EventType::of(kind).is_none()) {
            let known = EventType::ALL.map(EventType::name).join(", ");
            return Err(ExportError::refused("type", format!("{kind:?} is none of {known}")));
        }
        if let Some(id) = asked.endpoint.as_deref().filter(|id| self.endpoint(id).is_err()) {
            return Err(ExportError::refused("endpoint", format!("there is no webhook endpoint `{id}`")));
        }
        let mut rows = self.0.store.webhook_messages(asked, limit.saturating_add(1)).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| row.sequence);
        Ok((rows, next))
    }

    /// One message.
    pub async fn message(&self, id: &str) -> Result<WebhookMessageRow, ExportError> {
        let found = self.0.store.webhook_message(id).await?;
        found.ok_or_else(|| ExportError::NoSuch { what: "webhook message", id: id.into() })
    }

    /// Sends a message once more, under the id that it has. One that waits already is due now.
    pub async fn replay_message(&self, id: &str) -> Result<WebhookMessageRow, ExportError> {
        let row = self.message(id).await?;
        let now = (self.0.now)();
        match row.state {
            // All that waits for the endpoint keeps its order, and comes with it.
            WebhookMessageState::Waiting => {
                self.0.store.put_webhook_attempts(&[], &[], std::slice::from_ref(&row.endpoint), now).await?;
                self.queues().make_due(&row.endpoint, now);
            }
            WebhookMessageState::Delivered | WebhookMessageState::Dead => {
                let again = WebhookMessageRow {
                    state: WebhookMessageState::Waiting,
                    attempts: 0,
                    attempts_before: row.attempts_before.saturating_add(row.attempts),
                    since: now,
                    next_attempt_at: Some(now),
                    delivered_at: None,
                    ..row.clone()
                };
                self.0.store.put_webhook_attempts(&[again], &[], &[], now).await?;
                self.add_replayed(&row.endpoint, &[row.sequence], now);
            }
        }
        self.0.changed.notify_one();
        self.message(id).await
    }

    /// Sends messages of an endpoint once more, under the ids that they have; gives how many. Those that wait are left as
    /// they are.
    pub async fn replay(&self, endpoint: &str, which: Replayed) -> Result<u64, ExportError> {
        self.endpoint(endpoint)?;
        let times = match which {
            Replayed::Dead => None,
            Replayed::Written { from, to } if from < to => Some((from, to)),
            Replayed::Written { .. } => return Err(ExportError::refused("to", "must lie after `from`")),
        };
        let now = (self.0.now)();
        let sequences = self.0.store.replay_webhook_messages(endpoint, times, now).await?;
        self.add_replayed(endpoint, &sequences, now);
        self.0.changed.notify_one();
        Ok(sequences.len() as u64)
    }

    /// Whoever has messages sent once more says that the endpoint is back: the next probe is due now.
    fn add_replayed(&self, endpoint: &str, sequences: &[u64], now: Instant) {
        let mut queues = self.queues();
        for sequence in sequences {
            queues.add(endpoint, *sequence, now);
        }
        queues.probe_now(endpoint, now);
    }
}
