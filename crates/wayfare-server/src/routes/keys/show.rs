//! `GET /api/v1/keys/{id}`

use crate::extract::Path;
use crate::guard::Administrator;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::key::Key;
use axum::Json;
use axum::extract::State;

/// One API key.
#[utoipa::path(
    get, path = "/api/v1/keys/{id}", tag = "keys", operation_id = "show_key",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = OK, body = Key))
)]
pub(crate) async fn show(
    _: Administrator,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Key>, Problem> {
    Ok(Json(state.exports.api_key(&id)?.try_into()?))
}
