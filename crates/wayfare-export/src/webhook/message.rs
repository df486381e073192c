//! What happened, and the message that tells it to an endpoint.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wayfare_model::time::Instant;
use wayfare_store::{WebhookMessageRow, WebhookMessageState};

/// What endpoints are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EventType {
    /// The files of an export are complete.
    #[serde(rename = "export.completed")]
    ExportCompleted,
    /// An export failed.
    #[serde(rename = "export.failed")]
    ExportFailed,
    /// A schedule did not run when it was due.
    #[serde(rename = "schedule.missed")]
    ScheduleMissed,
    /// A watched segment crossed its threshold.
    #[serde(rename = "segment.threshold_crossed")]
    SegmentThresholdCrossed,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::ExportCompleted, Self::ExportFailed, Self::ScheduleMissed, Self::SegmentThresholdCrossed];

    /// The name used in messages and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExportCompleted => "export.completed",
            Self::ExportFailed => "export.failed",
            Self::ScheduleMissed => "schedule.missed",
            Self::SegmentThresholdCrossed => "segment.threshold_crossed",
        }
    }

    /// The type of that name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Something that happened, once.
#[derive(Debug, Clone)]
pub struct Event {
    /// What kind of thing.
    pub kind: EventType,
    /// What tells it from all others of its kind: the export and its attempt, the schedule and the time it was due.
    pub key: String,
    /// When it happened.
    pub at: Instant,
    /// What there is to say of it.
    pub data: Value,
}

impl Event {
    /// An event; equal kinds and keys are one event, however often it is emitted.
    pub fn new(kind: EventType, key: impl Into<String>, at: Instant, data: Value) -> Self {
        Self { kind, key: key.into(), at, data }
    }

    /// The message that tells an endpoint of it, due at `now`. The same event comes to the same message.
    pub fn row(&self, endpoint: &str, now: Instant) -> WebhookMessageRow {
        WebhookMessageRow {
            sequence: 0,
            id: self.message_id(endpoint),
            endpoint: endpoint.to_owned(),
            kind: self.kind.name().to_owned(),
            created_at: now,
            body: body(self.kind.name(), self.at, &self.data),
            state: WebhookMessageState::Waiting,
            attempts: 0,
            attempts_before: 0,
            since: now,
            next_attempt_at: Some(now),
            delivered_at: None,
            last_error: None,
            last_status: None,
        }
    }

    fn message_id(&self, endpoint: &str) -> String {
        let digest = Sha256::digest(format!("{endpoint}\n{}\n{}", self.kind.name(), self.key));
        format!("msg_{}", crate::part_file::hex(&digest[..16]))
    }
}

/// What is sent: `{"type", "timestamp", "data"}`.
pub fn body(kind: &str, at: Instant, data: &Value) -> String {
    json!({ "type": kind, "timestamp": at.to_string(), "data": data }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_is_one_message_for_each_endpoint() {
        let now = Instant::parse("2026-09-02T07:00:00Z").unwrap();
        let event = |kind, key: &str| Event::new(kind, key, now, json!({"id": "exp_1"}));
        let first = event(EventType::ExportFailed, "exp_1/1").row("ep_1", now);
        insta::assert_snapshot!(format!("{}\n{}", first.id, first.body));
        assert_eq!(event(EventType::ExportFailed, "exp_1/1").row("ep_1", now), first);
        for other in [
            event(EventType::ExportFailed, "exp_1/2").row("ep_1", now),
            event(EventType::ExportCompleted, "exp_1/1").row("ep_1", now),
            event(EventType::ExportFailed, "exp_1/1").row("ep_2", now),
        ] {
            assert_ne!(other.id, first.id);
        }
    }

    #[test]
    fn names() {
        for kind in EventType::ALL {
            assert_eq!(EventType::of(kind.name()), Some(kind));
        }
        assert_eq!(EventType::of("export.begun"), None);
    }
}
