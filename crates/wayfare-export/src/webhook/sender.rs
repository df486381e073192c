//! The sender: makes the attempts whose turn it is, and keeps what came of them.
//!
//! Attempts that end together are kept in one transaction. An endpoint has its next turn only when what came of the last
//! one is kept, so that a restart repeats one attempt for each endpoint at the most.

use super::attempt::{Outcome, after};
use super::breaker::{Breaker, later};
use super::queue::Turn;
use super::{Webhooks, signature};
use crate::error::ExportError;
use crate::outbound::OutboundError;
use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;
use tokio::task::{Id, JoinSet};
use wayfare_model::time::Instant;
use wayfare_store::{WebhookMessageRow, WebhookMessageState};

/// The clock is looked at again after so long, should somebody have set it.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// How long the store is left alone when it could not read or keep a record.
const PAUSE: Duration = Duration::from_secs(5);
/// An attempt that takes longer gives its slot back.
const SLOW: Duration = Duration::from_secs(1);
/// How often messages are looked for that are kept no longer.
const SWEEP: Duration = Duration::from_secs(3_600);
/// How long messages are kept after they were delivered. Dead ones stay.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);

/// An attempt that is over.
struct Ended {
    turn: Turn,
    at: Instant,
    result: Attempted,
}

/// What came of a turn.
enum Attempted {
    /// The message as it was, and what the endpoint said.
    Made(Box<WebhookMessageRow>, Outcome),
    /// There was nothing to send any more.
    Void,
    /// The store could not say what to send.
    Unread,
}

/// Sends until it is stopped; attempts that are on their way then are made again after the next start.
pub(crate) async fn send(webhooks: Webhooks) {
    let mut attempts = JoinSet::new();
    let mut turns: HashMap<Id, Turn> = HashMap::new();
    loop {
        let wait = loop {
            let now = (webhooks.0.now)();
            let mut queues = webhooks.queues();
            let Some(turn) = queues.next(now) else { break queues.wait(now, LONGEST_SLEEP) };
            drop(queues);
            let (webhooks, of) = (webhooks.clone(), turn.clone());
            let handle = attempts.spawn(async move {
                let result = webhooks.attempt_in_a_slot(&of).await;
                (result, (webhooks.0.now)())
            });
            turns.insert(handle.id(), turn);
        };
        let mut ended = Vec::new();
        let mut take = |joined: Result<(Id, (Attempted, Instant)), tokio::task::JoinError>| {
            let (id, result, at) = match joined {
                Ok((id, (result, at))) => (id, result, at),
                Err(error) => {
                    tracing::error!(%error, "an attempt at a webhook endpoint broke off");
                    (error.id(), Attempted::Unread, (webhooks.0.now)())
                }
            };
            ended.extend(turns.remove(&id).map(|turn| Ended { turn, at, result }));
        };
        tokio::select! {
            () = webhooks.0.stop.cancelled() => return,
            Some(joined) = attempts.join_next_with_id() => {
                take(joined);
                while let Some(joined) = attempts.try_join_next_with_id() {
                    take(joined);
                }
            }
            () = webhooks.0.changed.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
        if !ended.is_empty() {
            webhooks.keep_ended(ended).await;
        }
    }
}

/// Removes messages that are kept no longer, until it is stopped.
pub(crate) async fn tend(webhooks: Webhooks) {
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            () = webhooks.0.stop.cancelled() => return,
            _ = sweep.tick() => {
                let before = (webhooks.0.now)().micros().saturating_sub(KEPT.as_micros() as i64);
                let Some(before) = Instant::from_micros(before) else { continue };
                if let Err(error) = webhooks.0.store.forget_delivered_webhook_messages(before).await {
                    tracing::warn!(%error, "webhook messages kept no longer could not be removed");
                }
            }
        }
    }
}

impl Webhooks {
    /// Makes one attempt, which gives its slot back where it takes long.
    async fn attempt_in_a_slot(&self, turn: &Turn) -> Attempted {
        let mut attempt = pin!(self.attempt(turn));
        if let Ok(result) = tokio::time::timeout(SLOW, &mut attempt).await {
            return result;
        }
        self.queues().slow_down(turn);
        self.0.changed.notify_one();
        attempt.await
    }

    /// Makes one attempt.
    async fn attempt(&self, turn: &Turn) -> Attempted {
        let row = match self.0.store.webhook_message_at(turn.sequence).await {
            Ok(Some(row)) if row.state == WebhookMessageState::Waiting => row,
            Ok(_) => return Attempted::Void,
            Err(error) => {
                tracing::error!(sequence = turn.sequence, %error, "a webhook message could not be read; trying again");
                return Attempted::Unread;
            }
        };
        let sent = match self.endpoint(&turn.endpoint) {
            Ok(kept) => self.sent(&kept, &row.id, &row.body).await,
            Err(_) => return Attempted::Void,
        };
        Attempted::Made(Box::new(row), sent.unwrap_or_else(|error| outcome_of(&error)))
    }

    /// Signs a message and sends it.
    pub(super) async fn sent(
        &self,
        kept: &super::endpoint::KeptEndpoint,
        id: &str,
        body: &str,
    ) -> Result<Outcome, ExportError> {
        let now = (self.0.now)();
        let secrets = kept.secrets(now, &self.0.vault)?;
        let url = self.0.outbound.target(&kept.endpoint.url);
        // What is allowed may have changed since the endpoint was made.
        let url = url.map_err(|error| ExportError::refused("url", error.to_string()))?;
        let headers = signature::headers(id, now, body, &secrets);
        let status = self.0.outbound.post(&url, &headers, body.to_owned().into()).await?;
        Ok(Outcome { status: Some(status.as_u16()), failure: None })
    }

    /// Keeps what came of attempts; tried again until it is kept.
    async fn keep_ended(&self, ended: Vec<Ended>) {
        let first = self.0.first_wait;
        let (mut rows, mut breakers, mut recovered) = (Vec::new(), Vec::new(), Vec::new());
        let mut done = Vec::new();
        for Ended { turn, at, result } in ended {
            match result {
                Attempted::Made(row, outcome) => {
                    let before = self.queues().breaker(&turn.endpoint).unwrap_or_default();
                    let breaker = before.after(outcome.succeeded(), at, first);
                    if before.is_open() && !breaker.is_open() {
                        recovered.push(turn.endpoint.clone());
                    }
                    if before != breaker {
                        breakers.push((turn.endpoint.clone(), breaker.clone()));
                    }
                    let row = after(*row, &outcome, at, first);
                    tell(&row, &breaker);
                    done.push((turn, Some(breaker), row.next_attempt_at));
                    rows.push(row);
                }
                Attempted::Void => done.push((turn, None, None)),
                Attempted::Unread => done.push((turn, None, Some(later(at, PAUSE)))),
            }
        }
        let breakers: Vec<(String, String)> = breakers
            .into_iter()
            .filter_map(|(endpoint, breaker)| Some((endpoint, serde_json::to_string(&breaker).ok()?)))
            .collect();
        let now = (self.0.now)();
        while let Err(error) = self.0.store.put_webhook_attempts(&rows, &breakers, &recovered, now).await {
            tracing::error!(%error, "what came of webhook messages could not be kept; trying again");
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
        let mut queues = self.queues();
        for (turn, breaker, again) in done {
            queues.done(&turn, breaker, again);
        }
        for endpoint in recovered {
            queues.make_due(&endpoint, now);
        }
    }
}

/// What an error says of an attempt.
pub(super) fn outcome_of(error: &ExportError) -> Outcome {
    let status = match error {
        ExportError::Outbound(OutboundError::Status(status)) => Some(status.as_u16()),
        _ => None,
    };
    let failure = match error {
        // That requests of others cannot be made is no news of this attempt.
        ExportError::Outbound(error) => error.to_string(),
        other => other.to_string(),
    };
    Outcome { status, failure: Some(failure) }
}

/// The address itself may hold a secret, and stays out of the log.
fn tell(row: &WebhookMessageRow, breaker: &Breaker) {
    let WebhookMessageRow { id, endpoint, attempts, last_error, .. } = row;
    let why = last_error.as_deref().unwrap_or_default();
    match row.state {
        WebhookMessageState::Delivered => tracing::info!(id, endpoint, "a webhook message was delivered"),
        WebhookMessageState::Waiting => {
            tracing::warn!(
                id,
                endpoint,
                attempts,
                failures = breaker.failures,
                why,
                "a webhook message was not taken"
            );
        }
        WebhookMessageState::Dead => {
            tracing::warn!(id, endpoint, attempts, why, "a webhook message was given up")
        }
    }
}
