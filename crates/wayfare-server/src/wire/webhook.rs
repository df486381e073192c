//! Webhook endpoints, messages and watches, as they are asked for and told of.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use wayfare_export::webhook::{self, EventType, Side};

/// An endpoint to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEndpoint {
    /// Where messages go: http or https, never to a private address unless `allow_private_hooks` is set.
    #[schema(max_length = 2048)]
    pub url: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub description: String,
    /// What it wants to be told of: `export.completed`, `export.failed`, `schedule.missed`,
    /// `segment.threshold_crossed`. Everything where this is missing or empty.
    #[serde(default)]
    pub events: Vec<String>,
    /// Whether messages wait for the time being.
    #[serde(default)]
    pub disabled: bool,
    /// The secret to sign with: `whsec_` and the base64 of 24 to 64 bytes. One is made where this is missing.
    #[serde(default)]
    #[schema(nullable = false)]
    pub secret: Option<String>,
}

/// A change of an endpoint: what it is from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointChange {
    /// Where messages go.
    #[schema(max_length = 2048)]
    pub url: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub description: String,
    /// What it wants to be told of; everything where this is missing or empty.
    #[serde(default)]
    pub events: Vec<String>,
    /// Whether messages wait for the time being.
    #[serde(default)]
    pub disabled: bool,
    /// The revision that the change was made from: another one meanwhile is a conflict.
    #[schema(minimum = 1)]
    pub revision: u64,
}

/// A webhook endpoint, and the state of its queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookEndpoint {
    /// `ep_…`
    pub id: String,
    /// Where messages go.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// What it wants to be told of; everything where this is empty.
    pub events: Vec<String>,
    /// Whether messages wait for the time being.
    pub disabled: bool,
    /// Counts its changes, from 1.
    #[schema(minimum = 1)]
    pub revision: u64,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who made it.
    pub created_by: String,
    /// How many of its secrets are live: two while one is replaced.
    #[schema(minimum = 1, maximum = 2)]
    pub live_secrets: usize,
    /// Until when the older of two is live; until the next change of secrets where this is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub old_secret_until: Option<String>,
    /// Its queue.
    pub queue: EndpointQueue,
}

/// What waits for an endpoint, and whether it takes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndpointQueue {
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that were given up.
    pub dead: u64,
    /// `closed`: messages flow. `open`: after several failures in a row one is tried at a time, with growing pauses.
    pub breaker: BreakerState,
    /// Attempts in a row that failed.
    pub failures: u32,
    /// Since when attempts fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub failing_since: Option<String>,
    /// When the next attempt may be made, where anything waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub next_attempt_at: Option<String>,
}

/// Whether messages flow.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// They flow.
    Closed,
    /// They wait; one is tried at a time.
    Open,
}

/// Endpoints.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookEndpoints {
    /// In the order in which they were made.
    pub endpoints: Vec<WebhookEndpoint>,
}

/// An endpoint with its newest secret, which is told this once.
#[derive(Serialize, ToSchema)]
pub struct EndpointWithSecret {
    /// The endpoint.
    pub endpoint: WebhookEndpoint,
    /// `whsec_…`: keep it where the receiver can read it; it is not told again.
    pub secret: String,
}

/// A new secret that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateSecret {
    /// Until when the old secret stays live, a time to come; until the next change of secrets where this is missing.
    #[serde(default)]
    #[schema(nullable = false, format = DateTime)]
    pub old_until: Option<String>,
}

/// What came of a test.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookTest {
    /// Whether the endpoint took it.
    pub delivered: bool,
    /// The id of the message that was sent.
    pub message_id: String,
    /// The status of the answer, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// The steps on the way, up to the first that failed.
    pub steps: Vec<TestStep>,
}

/// One step on the way to an endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestStep {
    /// `name`, `address`, `connection`, `tls` or `answer`.
    pub step: String,
    /// Whether it was done.
    pub ok: bool,
    /// What came of it.
    pub words: String,
}

/// Which messages are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MessagesQuery {
    /// Only those of this endpoint.
    pub endpoint: Option<String>,
    /// Only those in this state: `waiting`, `delivered` or `dead`.
    pub state: Option<String>,
    /// Only those of this type: `export.completed`, `export.failed`, `schedule.missed` or `segment.threshold_crossed`.
    pub r#type: Option<String>,
    /// Where to go on, from `next_cursor`.
    pub cursor: Option<String>,
    /// How many at most, 50 unless given.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// A message, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookMessage {
    /// `msg_…`: the `webhook-id` of every attempt.
    pub id: String,
    /// The endpoint that is told.
    pub endpoint: String,
    /// What happened.
    pub r#type: String,
    /// When it was written.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// `waiting`, `delivered` or `dead`.
    pub state: String,
    /// Attempts that ended, those before a replay included.
    pub attempts: u32,
    /// When the next attempt is due, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub next_attempt_at: Option<String>,
    /// When the endpoint took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub delivered_at: Option<String>,
    /// Why the newest attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_error: Option<String>,
    /// The status of the newest answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_status: Option<u16>,
    /// What is sent.
    #[schema(value_type = Object)]
    pub body: Box<RawValue>,
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookMessages {
    /// Newest first.
    pub messages: Vec<WebhookMessage>,
    /// Leads to the next page, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

/// Which messages of an endpoint are sent once more: all dead ones, or those that were written in a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// All that were given up.
    #[serde(default)]
    pub dead: bool,
    /// Those that were written from here on, whatever became of them.
    #[serde(default)]
    #[schema(nullable = false, format = DateTime)]
    pub from: Option<String>,
    /// The first instant that is out again.
    #[serde(default)]
    #[schema(nullable = false, format = DateTime)]
    pub to: Option<String>,
}

/// How many messages are sent once more.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replayed {
    /// How many.
    pub replayed: u64,
}

/// A watch to make, or what a watch is from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWatch {
    /// The saved segment.
    pub segment: String,
    /// Tells when it comes to mean more people than this. Either this or `below`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub above: Option<u64>,
    /// Tells when it comes to mean fewer people than this.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1)]
    pub below: Option<u64>,
    /// How often is looked, in minutes.
    #[schema(minimum = 5, maximum = 10080)]
    pub every_minutes: u32,
}

/// A watch, and what it saw last.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentWatch {
    /// `wat_…`
    pub id: String,
    /// The saved segment.
    pub segment: String,
    /// Tells when it comes to mean more people than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub above: Option<u64>,
    /// Tells when it comes to mean fewer people than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub below: Option<u64>,
    /// How often is looked, in minutes.
    pub every_minutes: u32,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who made it.
    pub created_by: String,
    /// How often it told of a crossing.
    pub crossings: u64,
    /// The newest count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_count: Option<u64>,
    /// When was looked last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub looked_at: Option<String>,
    /// Why the newest look came to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_error: Option<String>,
}

/// Watches.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentWatches {
    /// In the order in which they were made.
    pub watches: Vec<SegmentWatch>,
}

impl From<webhook::EndpointState> for WebhookEndpoint {
    fn from(state: webhook::EndpointState) -> Self {
        let webhook::EndpointState { endpoint, breaker, .. } = state;
        Self {
            id: endpoint.id,
            url: endpoint.url,
            description: endpoint.description,
            events: endpoint.events.into_iter().map(|kind: EventType| kind.name().to_owned()).collect(),
            disabled: endpoint.disabled,
            revision: endpoint.revision,
            created_at: endpoint.created_at.to_string(),
            created_by: endpoint.created_by,
            live_secrets: state.live_secrets,
            old_secret_until: state.old_secret_until.map(|until| until.to_string()),
            queue: EndpointQueue {
                waiting: state.waiting,
                dead: state.dead,
                breaker: if breaker.is_open() { BreakerState::Open } else { BreakerState::Closed },
                failures: breaker.failures,
                failing_since: breaker.failing_since.map(|since| since.to_string()),
                next_attempt_at: state.next_attempt_at.map(|at| at.to_string()),
            },
        }
    }
}

impl From<webhook::Trial> for WebhookTest {
    fn from(trial: webhook::Trial) -> Self {
        let steps = trial.steps.into_iter();
        Self {
            delivered: trial.delivered,
            message_id: trial.message_id,
            status: trial.status,
            took_ms: trial.took_ms,
            steps: steps
                .map(|step| TestStep { step: step.step.to_owned(), ok: step.ok, words: step.words })
                .collect(),
        }
    }
}

impl From<webhook::Watch> for SegmentWatch {
    fn from(watch: webhook::Watch) -> Self {
        let webhook::WatchForm { segment, side, threshold, every_minutes } = watch.form;
        Self {
            id: watch.id,
            segment,
            above: (side == Side::Above).then_some(threshold),
            below: (side == Side::Below).then_some(threshold),
            every_minutes,
            created_at: watch.created_at.to_string(),
            created_by: watch.created_by,
            crossings: watch.crossings,
            last_count: watch.last_count,
            looked_at: watch.looked_at.map(|at| at.to_string()),
            last_error: watch.last_error,
        }
    }
}
