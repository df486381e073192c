//! `POST /api/v1/webhooks/messages/{id}/replay`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::WebhookMessage;
use axum::Json;
use axum::extract::State;

/// Sends a message once more, under the id that it has. One that waits is due now, with all that waits for its endpoint.
#[utoipa::path(
    post, path = "/api/v1/webhooks/messages/{id}/replay", tag = "webhooks", operation_id = "replay_webhook_message",
    params(("id" = String, Path, description = "The message's id")),
    responses((status = OK, description = "The message, which waits", body = WebhookMessage))
)]
pub(crate) async fn replay(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<WebhookMessage>, Problem> {
    super::shown(state.exports.webhooks().replay_message(&id).await?).map(Json)
}
