//! `POST /api/v1/schedules/{id}/pause`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::schedule::Schedule;
use axum::Json;
use axum::extract::State;

/// Pauses a schedule: no run begins by itself. What comes due meanwhile is back-filled once it goes on where the
/// schedule says so, and else skipped.
#[utoipa::path(
    post, path = "/api/v1/schedules/{id}/pause", tag = "schedules", operation_id = "pause_schedule",
    params(("id" = String, Path, description = "The schedule's id")),
    responses(
        (status = OK, body = Schedule),
        (status = CONFLICT, description = "It was changed meanwhile", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn pause(
    caller: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Schedule>, Problem> {
    Ok(Json(state.exports.pause_schedule(&id, true, caller.name()).await?.try_into()?))
}
