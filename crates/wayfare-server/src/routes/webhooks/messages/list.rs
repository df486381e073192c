//! `GET /api/v1/webhooks/messages`

use crate::cursor;
use crate::extract::Query;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::{MessagesQuery, WebhookMessages};
use axum::Json;
use axum::extract::State;
use wayfare_store::{WebhookMessageState, WebhookMessagesAsked};

/// Messages and what came of them, newest first.
#[utoipa::path(
    get, path = "/api/v1/webhooks/messages", tag = "webhooks", operation_id = "list_webhook_messages",
    params(MessagesQuery), responses((status = OK, body = WebhookMessages))
)]
pub(crate) async fn list(
    _: Caller,
    State(state): State<AppState>,
    Query(query): Query<MessagesQuery>,
) -> Result<Json<WebhookMessages>, Problem> {
    let limit = cursor::limit(query.limit, 50, 500)?;
    let before: Option<u64> = cursor::read(query.cursor.as_deref())?;
    let state_asked = query.state.as_deref().map(message_state).transpose()?;
    let asked =
        WebhookMessagesAsked { endpoint: query.endpoint, state: state_asked, kind: query.r#type, before };
    let (rows, next) = state.exports.webhooks().messages(&asked, limit).await?;
    let next_cursor = next.map(|sequence| cursor::write(&sequence)).transpose()?;
    let messages = rows.into_iter().map(super::shown).collect::<Result<_, _>>()?;
    Ok(Json(WebhookMessages { messages, next_cursor }))
}

fn message_state(name: &str) -> Result<WebhookMessageState, Problem> {
    let found = WebhookMessageState::ALL.into_iter().find(|state| state.name() == name);
    found.ok_or_else(|| Problem::invalid("state", "must be `waiting`, `delivered` or `dead`"))
}
