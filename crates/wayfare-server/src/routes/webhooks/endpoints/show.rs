//! `GET /api/v1/webhooks/endpoints/{id}`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::WebhookEndpoint;
use axum::Json;
use axum::extract::State;

/// An endpoint, with the state of its queue.
#[utoipa::path(
    get, path = "/api/v1/webhooks/endpoints/{id}", tag = "webhooks", operation_id = "show_webhook_endpoint",
    params(("id" = String, Path, description = "The endpoint's id")),
    responses((status = OK, body = WebhookEndpoint))
)]
pub(crate) async fn show(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<WebhookEndpoint>, Problem> {
    Ok(Json(state.exports.webhooks().endpoint_state(&id).await?.into()))
}
