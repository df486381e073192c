//! `POST /api/v1/webhooks/endpoints/{id}/rotate-secret`

use crate::extract::{self, Path};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::routes::webhooks::instant;
use crate::state::AppState;
use crate::wire::webhook::{EndpointWithSecret, RotateSecret};
use axum::Json;
use axum::extract::State;

/// Makes a new secret, which is in this answer and in no later one. Messages are signed with the old one too, until
/// `old_until` or the next call; without a body, until the next call.
#[utoipa::path(
    post, path = "/api/v1/webhooks/endpoints/{id}/rotate-secret", tag = "webhooks", operation_id = "rotate_webhook_secret",
    params(("id" = String, Path, description = "The endpoint's id")), request_body = Option<RotateSecret>,
    responses((status = OK, body = EndpointWithSecret))
)]
pub(crate) async fn rotate_secret(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    extract::JsonIfAny(request): extract::JsonIfAny<RotateSecret>,
) -> Result<Json<EndpointWithSecret>, Problem> {
    let until = instant(request.old_until.as_deref(), "old_until")?;
    let (rotated, secret) = state.exports.webhooks().rotate_secret(&id, until).await?;
    Ok(Json(EndpointWithSecret { endpoint: rotated.into(), secret: secret.told() }))
}
