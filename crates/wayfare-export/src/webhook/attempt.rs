//! What becomes of a message with each attempt: the rule of hooks, told of a message.

use crate::hook::{HookState, HookStatus};
use std::time::Duration;
use wayfare_model::time::Instant;
use wayfare_store::{WebhookMessageRow, WebhookMessageState};

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// Why it failed; `None` where the endpoint took the message.
    pub failure: Option<String>,
}

impl Outcome {
    /// Whether the endpoint took the message.
    pub fn succeeded(&self) -> bool {
        self.failure.is_none()
    }
}

/// The message after an attempt that ended at `now`: the wait starts at `first`, doubles with each failure up to six
/// hours, and after three days the message is dead.
pub fn after(row: WebhookMessageRow, outcome: &Outcome, now: Instant, first: Duration) -> WebhookMessageRow {
    let before = HookState {
        status: HookStatus::Waiting,
        attempts: row.attempts,
        since: row.since,
        next_attempt_at: row.next_attempt_at,
        delivered_at: None,
        last_error: None,
    };
    let result = outcome.failure.clone().map_or(Ok(()), Err);
    let HookState { status, attempts, since, next_attempt_at, delivered_at, last_error } =
        before.after(result, now, first);
    let state = match status {
        HookStatus::Waiting => WebhookMessageState::Waiting,
        HookStatus::Delivered => WebhookMessageState::Delivered,
        HookStatus::Failed => WebhookMessageState::Dead,
    };
    let last_status = outcome.status;
    WebhookMessageRow {
        state,
        attempts,
        since,
        next_attempt_at,
        delivered_at,
        last_error,
        last_status,
        ..row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::message::{Event, EventType};

    #[test]
    fn a_message_lives_for_three_days() {
        let start = Instant::parse("2026-09-02T07:00:00Z").unwrap();
        let event = Event::new(EventType::ExportFailed, "exp_1/1", start, serde_json::json!({}));
        let mut row = event.row("ep_1", start);
        let refused = Outcome { status: Some(503), failure: Some("the answer was 503".into()) };
        let mut now = start;
        while let Some(next) = row.next_attempt_at {
            now = next;
            row = after(row, &refused, now, Duration::from_secs(10));
        }
        let days = (now.micros() - start.micros()) as f64 / 86_400e6;
        assert!(days > 2.7 && days <= 3.0, "{days}");
        assert_eq!((row.state, row.last_status), (WebhookMessageState::Dead, Some(503)));
        let taken = after(
            event.row("ep_1", start),
            &Outcome { status: Some(204), failure: None },
            now,
            Duration::from_secs(10),
        );
        assert_eq!((taken.state, taken.delivered_at), (WebhookMessageState::Delivered, Some(now)));
        assert_eq!((taken.last_error, taken.next_attempt_at, taken.id), (None, None, row.id));
    }
}
