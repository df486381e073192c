//! `DELETE /api/v1/keys/{id}`

use crate::extract::Path;
use crate::guard::Administrator;
use crate::problem::Problem;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;

/// Takes an API key away, with the key of its hashes. Finished exports stay; those that wait and hash columns fail.
#[utoipa::path(
    delete, path = "/api/v1/keys/{id}", tag = "keys", operation_id = "remove_key",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
pub(crate) async fn remove(
    administrator: Administrator,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    state.exports.remove_api_key(&id, administrator.name()).await?;
    Ok(StatusCode::NO_CONTENT)
}
