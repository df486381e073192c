//! `DELETE /api/v1/webhooks/endpoints/{id}`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;

/// Takes an endpoint away, with its messages.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/endpoints/{id}", tag = "webhooks", operation_id = "remove_webhook_endpoint",
    params(("id" = String, Path, description = "The endpoint's id")),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
pub(crate) async fn remove(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    state.exports.webhooks().remove_endpoint(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
