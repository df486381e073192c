//! Webhooks by the Standard Webhooks: endpoints that are told of what happens, each with a queue of its own.
//!
//! What happens becomes a [`message`] for every [`endpoint`] that wants its kind, in the transaction that keeps what
//! happened. The [`sender`] takes messages from the [`queue`] of their endpoint, signs ([`signature`]) and sends them,
//! and keeps what came of it by the rules of [`attempt`] and [`breaker`]. A message has one id for ever: an attempt that a
//! restart cuts off is made again under it, so a receiver may see it twice, and knows it by its id.

mod attempt;
mod breaker;
mod change;
pub mod endpoint;
pub(crate) mod export_ends;
mod history;
pub mod message;
mod queue;
mod secret;
mod sender;
pub(crate) mod signature;
pub mod trial;
pub mod watch;
mod watching;

pub use breaker::Breaker;
pub use endpoint::{Endpoint, EndpointForm, EndpointState};
pub use history::Replayed;
pub use message::{Event, EventType};
pub use secret::Secret;
pub(crate) use sender::{send, tend};
pub use trial::{Step, Trial};
pub use watch::{Side, WatchForm};

use crate::error::ExportError;
use crate::jobs::Settings;
use crate::outbound::Outbound;
use crate::vault::Vault;
use endpoint::KeptEndpoint;
use queue::{Queues, Slots};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
pub use watch::Watch;
use wayfare_model::time::Instant;
use wayfare_store::{Store, WebhookEndpointRow, WebhookMessageRow};

/// The attempts that are under way at the same time; an endpoint has one of them at the most.
const SLOTS: Slots = Slots { steady: 64, suspect: 32, slow: 256 };

/// The webhooks of a store. Clones share the queues.
#[derive(Clone)]
pub struct Webhooks(Arc<Inner>);

struct Inner {
    store: Store,
    vault: Vault,
    outbound: Outbound,
    now: fn() -> Instant,
    /// How long is waited after the first failed attempt.
    first_wait: Duration,
    stop: CancellationToken,
    endpoints: RwLock<BTreeMap<String, KeptEndpoint>>,
    watches: RwLock<BTreeMap<String, Watch>>,
    queues: Mutex<Queues>,
    /// Rung when a queue changes.
    changed: Notify,
    /// One changes endpoints or watches at a time.
    changing: tokio::sync::Mutex<()>,
}

impl Webhooks {
    /// Reads what is kept: what waited when a process before ended waits again.
    pub(crate) async fn open(
        store: Store,
        outbound: Outbound,
        settings: &Settings,
        stop: CancellationToken,
    ) -> Result<Self, ExportError> {
        let mut queues = Queues::new(SLOTS);
        let mut endpoints = BTreeMap::new();
        for row in store.webhook_endpoints().await? {
            let kept = KeptEndpoint::read(&row)?;
            queues.open(&row.id, serde_json::from_str(&row.breaker)?, kept.endpoint.disabled);
            endpoints.insert(row.id, kept);
        }
        for (endpoint, sequence, due) in store.waiting_webhook_messages().await? {
            queues.add(&endpoint, sequence, due);
        }
        let mut watches = BTreeMap::new();
        for row in store.webhook_watches().await? {
            watches.insert(row.id, serde_json::from_str(&row.watch)?);
        }
        let webhooks = Self(Arc::new(Inner {
            store,
            vault: settings.vault.clone(),
            outbound,
            now: settings.now,
            first_wait: settings.hook_retry,
            stop,
            endpoints: RwLock::new(endpoints),
            watches: RwLock::new(watches),
            queues: Mutex::new(queues),
            changed: Notify::new(),
            changing: tokio::sync::Mutex::default(),
        }));
        webhooks.reseal().await?;
        Ok(webhooks)
    }

    /// Tells the endpoints of an event; once, however often it is emitted.
    pub async fn emit(&self, event: &Event) -> Result<(), ExportError> {
        let messages = self.messages_of(event);
        if messages.is_empty() {
            return Ok(());
        }
        let sequences = self.0.store.add_webhook_messages(&messages).await?;
        self.queue(&messages, &sequences);
        Ok(())
    }

    /// The messages that tell an event to those that want to know.
    fn messages_of(&self, event: &Event) -> Vec<WebhookMessageRow> {
        let now = (self.0.now)();
        let endpoints = self.0.endpoints.read().unwrap_or_else(PoisonError::into_inner);
        let wanting = endpoints.values().filter(|kept| kept.endpoint.wants(event.kind));
        wanting.map(|kept| event.row(&kept.endpoint.id, now)).collect()
    }

    /// Queues messages that were kept under these sequences.
    fn queue(&self, messages: &[WebhookMessageRow], sequences: &[Option<u64>]) {
        let mut queues = self.queues();
        for (message, sequence) in messages.iter().zip(sequences) {
            if let Some(sequence) = sequence {
                queues.add(&message.endpoint, *sequence, message.since);
            }
        }
        drop(queues);
        self.0.changed.notify_one();
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.0.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn endpoint(&self, id: &str) -> Result<KeptEndpoint, ExportError> {
        let endpoints = self.0.endpoints.read().unwrap_or_else(PoisonError::into_inner);
        let found = endpoints.get(id).cloned();
        found.ok_or_else(|| ExportError::NoSuch { what: "webhook endpoint", id: id.into() })
    }

    /// Keeps an endpoint in the store, then here; with what waits for it due, where it is `enabled` just now.
    async fn keep(&self, kept: KeptEndpoint, enabled: Option<Instant>) -> Result<(), ExportError> {
        let row = WebhookEndpointRow {
            id: kept.endpoint.id.clone(),
            endpoint: serde_json::to_string(&kept)?,
            breaker: serde_json::to_string(&Breaker::default())?,
        };
        match enabled {
            None => self.0.store.put_webhook_endpoint(&row).await?,
            Some(now) => self.0.store.put_enabled_webhook_endpoint(&row, now).await?,
        }
        self.0.endpoints.write().unwrap_or_else(PoisonError::into_inner).insert(row.id, kept);
        Ok(())
    }

    /// Seals the secrets under the newest key, so that old keys can be taken away.
    async fn reseal(&self) -> Result<(), ExportError> {
        let all: Vec<_> = {
            let endpoints = self.0.endpoints.read().unwrap_or_else(PoisonError::into_inner);
            endpoints.values().cloned().collect()
        };
        for mut kept in all {
            match kept.reseal(&self.0.vault) {
                Ok(true) => self.keep(kept, None).await?,
                Ok(false) => {}
                // Everything else works; attempts at this endpoint say what is wrong.
                Err(error) => {
                    tracing::error!(endpoint = kept.endpoint.id, %error, "the secrets of a webhook endpoint cannot be opened");
                }
            }
        }
        Ok(())
    }
}
