//! `DELETE /api/v1/destinations/{id}`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;

/// Deletes a destination with its secrets, unless schedules send there; what is on its way there is given up. Files that
/// arrived stay there.
#[utoipa::path(
    delete, path = "/api/v1/destinations/{id}", tag = "destinations", operation_id = "remove_destination",
    params(("id" = String, Path, description = "The destination's id")),
    responses(
        (status = NO_CONTENT, description = "It is gone"),
        (status = CONFLICT, description = "Schedules send there", body = crate::problem::Wire<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    state.exports.remove_destination(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
