//! `POST /api/v1/webhooks/endpoints/{id}/test`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::WebhookTest;
use axum::Json;
use axum::extract::State;

/// Sends a message of the type `webhook.test` now, past the queue, and tells step by step what came of it. It may take
/// half a minute where the endpoint does not answer.
#[utoipa::path(
    post, path = "/api/v1/webhooks/endpoints/{id}/test", tag = "webhooks", operation_id = "test_webhook_endpoint",
    params(("id" = String, Path, description = "The endpoint's id")),
    responses((status = OK, body = WebhookTest))
)]
pub(crate) async fn test(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<WebhookTest>, Problem> {
    Ok(Json(state.exports.webhooks().test_endpoint(&id).await?.into()))
}
