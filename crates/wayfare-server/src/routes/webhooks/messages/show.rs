//! `GET /api/v1/webhooks/messages/{id}`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::WebhookMessage;
use axum::Json;
use axum::extract::State;

/// A message and what came of it.
#[utoipa::path(
    get, path = "/api/v1/webhooks/messages/{id}", tag = "webhooks", operation_id = "show_webhook_message",
    params(("id" = String, Path, description = "The message's id")),
    responses((status = OK, body = WebhookMessage))
)]
pub(crate) async fn show(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<WebhookMessage>, Problem> {
    super::shown(state.exports.webhooks().message(&id).await?).map(Json)
}
