//! `POST /api/v1/keys/{id}/rotate-secret`

use crate::extract::Path;
use crate::guard::Administrator;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::key::KeyWithSecret;
use axum::Json;
use axum::extract::State;

/// Gives an API key a new secret, told this once; the old one ends at once. Hashes stay the same.
#[utoipa::path(
    post, path = "/api/v1/keys/{id}/rotate-secret", tag = "keys", operation_id = "rotate_key_secret",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = OK, description = "The key with its new secret", body = KeyWithSecret))
)]
pub(crate) async fn rotate_secret(
    administrator: Administrator,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<KeyWithSecret>, Problem> {
    let (key, secret) = state.exports.rotate_api_key_secret(&id, administrator.name()).await?;
    Ok(Json(KeyWithSecret { key: key.try_into()?, secret }))
}
