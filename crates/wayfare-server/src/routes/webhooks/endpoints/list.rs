//! `GET /api/v1/webhooks/endpoints`

use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::{WebhookEndpoint, WebhookEndpoints};
use axum::Json;
use axum::extract::State;

/// The endpoints that are told of what happens, each with the state of its queue.
#[utoipa::path(
    get, path = "/api/v1/webhooks/endpoints", tag = "webhooks", operation_id = "list_webhook_endpoints",
    responses((status = OK, body = WebhookEndpoints))
)]
pub(crate) async fn list(
    _: Caller,
    State(state): State<AppState>,
) -> Result<Json<WebhookEndpoints>, Problem> {
    let states = state.exports.webhooks().endpoint_states().await?;
    Ok(Json(WebhookEndpoints { endpoints: states.into_iter().map(WebhookEndpoint::from).collect() }))
}
