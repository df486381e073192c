//! `POST /api/v1/keys`

use crate::extract;
use crate::guard::Administrator;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::key::{KeyWithSecret, NewKey};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

/// Makes an API key. Its secret is in this answer and in no later one.
#[utoipa::path(
    post, path = "/api/v1/keys", tag = "keys", operation_id = "create_key", request_body = NewKey,
    responses(
        (status = CREATED, description = "The key with its secret", body = KeyWithSecret),
        (status = CONFLICT, description = "Columns are to be hashed, and the service has no file of keys to keep the key of hashes under", body = crate::problem::Wire<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    administrator: Administrator,
    State(state): State<AppState>,
    extract::Json(request): extract::Json<NewKey>,
) -> Result<(StatusCode, Json<KeyWithSecret>), Problem> {
    let (key, secret) = state.exports.create_api_key(request.into_form()?, administrator.name()).await?;
    Ok((StatusCode::CREATED, Json(KeyWithSecret { key: key.try_into()?, secret })))
}
