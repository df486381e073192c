//! `POST /api/v1/schedules/{id}/resume`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::schedule::Schedule;
use axum::Json;
use axum::extract::State;

/// Lets a paused schedule go on.
#[utoipa::path(
    post, path = "/api/v1/schedules/{id}/resume", tag = "schedules", operation_id = "resume_schedule",
    params(("id" = String, Path, description = "The schedule's id")),
    responses(
        (status = OK, body = Schedule),
        (status = CONFLICT, description = "It was changed meanwhile", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn resume(
    caller: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Schedule>, Problem> {
    Ok(Json(state.exports.pause_schedule(&id, false, caller.name()).await?.try_into()?))
}
