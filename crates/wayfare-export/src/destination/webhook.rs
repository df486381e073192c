//! The kind `webhook`: one message of the Standard Webhooks, `export.completed`, with a link; under one id in every attempt.

use super::kinds::{SIGNING_SECRET, Webhook};
use super::sealed::Secrets;
use super::test::{Step, TestReport};
use super::trouble::{Fault, Trouble};
use crate::error::ExportError;
use crate::job::KeptJob;
use crate::jobs::Inner;
use crate::outbound::{self, Outbound};
use crate::webhook::message::body;
use crate::webhook::trial::TEST;
use crate::webhook::{Secret, export_ends, signature};
use serde_json::json;
use wayfare_model::time::Instant;

/// Tells the end of an export; what is answered is the delivery's fault or success.
pub(super) async fn deliver(
    inner: &Inner,
    kept: &KeptJob,
    destination: &str,
    webhook: &Webhook,
    secrets: &Secrets,
) -> Result<(), Trouble> {
    let now = (inner.settings.now)();
    let Some(event) = export_ends::event(kept, now, |kept| inner.link_to(&kept.job)) else {
        return Err(Trouble::new(Fault::Settings, "the export has no end that could be told"));
    };
    let message = event.row(destination, now);
    post(&inner.outbound, webhook, secrets, &message.id, &message.body, now).await
}

/// Sends a test message.
pub(super) async fn test(
    outbound: &Outbound,
    webhook: &Webhook,
    secrets: &Secrets,
    name: &str,
    now: Instant,
) -> TestReport {
    let id = format!("msg_{}", uuid::Uuid::now_v7().simple());
    let message = body(TEST, now, &json!({ "destination": name }));
    let worked = "The receiver took a test message.".to_owned();
    match post(outbound, webhook, secrets, &id, &message, now).await {
        Ok(()) => TestReport { done: vec![Step::Connect, Step::Send], failed: None, worked },
        Err(trouble) => {
            let is_reached = !matches!(
                trouble.fault,
                Fault::Name | Fault::PrivateAddress | Fault::Port | Fault::Certificate | Fault::Settings
            );
            let (done, step) = match is_reached {
                true => (vec![Step::Connect], Step::Send),
                false => (Vec::new(), Step::Connect),
            };
            TestReport { done, failed: Some((step, trouble)), worked }
        }
    }
}

async fn post(
    outbound: &Outbound,
    webhook: &Webhook,
    secrets: &Secrets,
    id: &str,
    body: &str,
    now: Instant,
) -> Result<(), Trouble> {
    let wrong = |name: &str, why: &dyn std::fmt::Display| {
        Trouble::new(Fault::Settings, format!("settings.{name} {why}"))
    };
    let Some(secret) = secrets.get(SIGNING_SECRET) else {
        return Err(wrong(SIGNING_SECRET, &"is not set: change the destination and give one"));
    };
    let secret = Secret::read(secret, SIGNING_SECRET)
        .map_err(|error: ExportError| Trouble::new(Fault::Settings, format!("settings.{error}")))?;
    // What is allowed may have changed since the destination was made.
    let url = outbound.target(&webhook.url).map_err(|error| match error {
        outbound::target::TargetError::Private => {
            Trouble::new(Fault::PrivateAddress, format!("settings.url {error}"))
        }
        other => wrong("url", &other),
    })?;
    let trusting = match webhook.ca_certificate.as_deref() {
        None => outbound.clone(),
        Some(issuer) => outbound.trusting(issuer).map_err(|error| wrong("ca_certificate", &error))?,
    };
    let headers = signature::headers(id, now, body, &[secret]);
    // The rest of the address may hold a secret.
    let place = outbound::host(&url);
    let sent = trusting.post(&url, &headers, body.to_owned().into()).await;
    sent.map(drop).map_err(|error| Trouble::of_connection(&place, &error))
}
