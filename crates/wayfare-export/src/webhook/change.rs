//! Endpoints are made, changed, given new secrets and taken away.

use super::Webhooks;
use super::breaker::Breaker;
use super::endpoint::{Endpoint, EndpointForm, EndpointState, KeptEndpoint};
use super::secret::Secret;
use crate::error::ExportError;
use std::collections::BTreeMap;
use std::sync::PoisonError;
use wayfare_model::time::Instant;
use wayfare_store::WebhookMessageState;

/// The most endpoints there may be.
const MOST_ENDPOINTS: usize = 10_000;

impl Webhooks {
    /// Makes an endpoint; gives it with its secret, which is told this once. The secret is `given` or made.
    pub async fn create_endpoint(
        &self,
        form: EndpointForm,
        given: Option<&str>,
        created_by: &str,
    ) -> Result<(EndpointState, Secret), ExportError> {
        let form = self.checked(form)?;
        let secret = given.map_or_else(Secret::make, |text| Secret::read(text, "secret"))?;
        let _one_at_a_time = self.0.changing.lock().await;
        if self.0.endpoints.read().unwrap_or_else(PoisonError::into_inner).len() >= MOST_ENDPOINTS {
            let message = format!("there may be {MOST_ENDPOINTS} endpoints; take some away first");
            return Err(ExportError::refused("", message));
        }
        let endpoint = Endpoint::new(form, created_by, (self.0.now)());
        let (id, stopped) = (endpoint.id.clone(), endpoint.disabled);
        self.keep(KeptEndpoint::new(endpoint, &secret, &self.0.vault)?, None).await?;
        self.queues().open(&id, Breaker::default(), stopped);
        Ok((self.endpoint_state(&id).await?, secret))
    }

    /// The endpoints, in the order in which they were made.
    pub async fn endpoint_states(&self) -> Result<Vec<EndpointState>, ExportError> {
        let mut counts = BTreeMap::new();
        for count in self.0.store.webhook_message_counts().await? {
            counts.insert((count.endpoint, count.state.name()), count.messages);
        }
        let all: Vec<KeptEndpoint> = {
            let endpoints = self.0.endpoints.read().unwrap_or_else(PoisonError::into_inner);
            endpoints.values().cloned().collect()
        };
        let now = (self.0.now)();
        let queues = self.queues();
        let states = all.into_iter().map(|kept| {
            let (live_secrets, old_secret_until) = kept.live_secrets(now);
            let id = kept.endpoint.id.clone();
            let mut count =
                |state: WebhookMessageState| counts.remove(&(id.clone(), state.name())).unwrap_or_default();
            EndpointState {
                live_secrets,
                old_secret_until,
                waiting: count(WebhookMessageState::Waiting),
                dead: count(WebhookMessageState::Dead),
                breaker: queues.breaker(&id).unwrap_or_default(),
                next_attempt_at: queues.ready_at(&id),
                endpoint: kept.endpoint,
            }
        });
        Ok(states.collect())
    }

    /// One of them.
    pub async fn endpoint_state(&self, id: &str) -> Result<EndpointState, ExportError> {
        let states = self.endpoint_states().await?;
        let found = states.into_iter().find(|state| state.endpoint.id == id);
        found.ok_or_else(|| ExportError::NoSuch { what: "webhook endpoint", id: id.into() })
    }

    /// Changes an endpoint that is still at `revision`. One that was disabled has everything due at once that waited.
    pub async fn change_endpoint(
        &self,
        id: &str,
        form: EndpointForm,
        revision: u64,
    ) -> Result<EndpointState, ExportError> {
        let form = self.checked(form)?;
        let _one_at_a_time = self.0.changing.lock().await;
        let mut kept = self.endpoint(id)?;
        if kept.endpoint.revision != revision {
            let revision = kept.endpoint.revision;
            return Err(ExportError::Outdated { what: "webhook endpoint", revision });
        }
        let was_disabled = kept.endpoint.disabled;
        kept.endpoint = kept.endpoint.changed(form);
        let is_disabled = kept.endpoint.disabled;
        // The time that messages are tried for starts now: nobody could take them before.
        let enabled = (was_disabled && !is_disabled).then(self.0.now);
        self.keep(kept, enabled).await?;
        if let Some(now) = enabled {
            self.queues().make_due(id, now);
        }
        self.queues().stop(id, is_disabled);
        self.0.changed.notify_one();
        self.endpoint_state(id).await
    }

    /// Gives an endpoint a new secret, which is told this once. The one before stays live until `old_until`, or until
    /// the next call; a time that is over is refused, since it may well be a typing error.
    pub async fn rotate_secret(
        &self,
        id: &str,
        old_until: Option<Instant>,
    ) -> Result<(EndpointState, Secret), ExportError> {
        if old_until.is_some_and(|until| until <= (self.0.now)()) {
            let why = "is over: give a time to come, or leave it out; two calls without it end the old secret at once";
            return Err(ExportError::refused("old_until", why));
        }
        let secret = Secret::make()?;
        let _one_at_a_time = self.0.changing.lock().await;
        let kept = self.endpoint(id)?.rotated(&secret, old_until, &self.0.vault)?;
        self.keep(kept, None).await?;
        Ok((self.endpoint_state(id).await?, secret))
    }

    /// Takes an endpoint away, with its messages.
    pub async fn remove_endpoint(&self, id: &str) -> Result<(), ExportError> {
        let _one_at_a_time = self.0.changing.lock().await;
        self.endpoint(id)?;
        self.0.store.remove_webhook_endpoint(id).await?;
        self.0.endpoints.write().unwrap_or_else(PoisonError::into_inner).remove(id);
        self.queues().remove(id);
        Ok(())
    }

    fn checked(&self, form: EndpointForm) -> Result<EndpointForm, ExportError> {
        form.check(|url| self.0.outbound.target(url).map(drop).map_err(|error| error.to_string()))
    }
}
