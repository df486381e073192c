//! `/api/v1/webhooks/messages`

pub(crate) mod list;
pub(crate) mod replay;
pub(crate) mod show;

use crate::problem::Problem;
use crate::wire::webhook::WebhookMessage;
use serde_json::value::RawValue;
use wayfare_store::WebhookMessageRow;

/// A message as it goes out.
fn shown(row: WebhookMessageRow) -> Result<WebhookMessage, Problem> {
    let body = RawValue::from_string(row.body).map_err(|error| Problem::internal(&error))?;
    Ok(WebhookMessage {
        id: row.id,
        endpoint: row.endpoint,
        r#type: row.kind,
        created_at: row.created_at.to_string(),
        state: row.state.name().to_owned(),
        attempts: row.attempts_before.saturating_add(row.attempts),
        next_attempt_at: row.next_attempt_at.map(|at| at.to_string()),
        delivered_at: row.delivered_at.map(|at| at.to_string()),
        last_error: row.last_error,
        last_status: row.last_status,
        body,
    })
}
