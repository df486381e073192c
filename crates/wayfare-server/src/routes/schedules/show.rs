//! `GET /api/v1/schedules/{id}`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::schedule::Schedule;
use axum::Json;
use axum::extract::State;

/// One schedule, with its next due time and its last run.
#[utoipa::path(
    get, path = "/api/v1/schedules/{id}", tag = "schedules", operation_id = "show_schedule",
    params(("id" = String, Path, description = "The schedule's id")),
    responses((status = OK, body = Schedule))
)]
pub(crate) async fn show(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Schedule>, Problem> {
    Ok(Json(state.exports.schedule(&id).await?.try_into()?))
}
