//! `DELETE /api/v1/schedules/{id}`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;

/// Takes a schedule away with its history. Exports that it made stay, and one that is under way goes on.
#[utoipa::path(
    delete, path = "/api/v1/schedules/{id}", tag = "schedules", operation_id = "remove_schedule",
    params(("id" = String, Path, description = "The schedule's id")),
    responses((status = NO_CONTENT, description = "It is gone"))
)]
pub(crate) async fn remove(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    state.exports.remove_schedule(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
