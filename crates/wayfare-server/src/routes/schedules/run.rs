//! `POST /api/v1/schedules/{id}/run`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::routes::exports::create::{IdempotencyKey, key};
use crate::state::AppState;
use crate::wire::schedule::ScheduleRun;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

/// Asks for a run now, also of a schedule that is paused. It begins when the run that is under way is over.
#[utoipa::path(
    post, path = "/api/v1/schedules/{id}/run", tag = "schedules", operation_id = "run_schedule",
    params(("id" = String, Path, description = "The schedule's id"), IdempotencyKey),
    responses((status = ACCEPTED, description = "The run", body = ScheduleRun))
)]
pub(crate) async fn run(
    caller: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<ScheduleRun>), Problem> {
    let run = state.exports.run_schedule(&id, caller.name(), key(&headers)?).await?;
    Ok((StatusCode::ACCEPTED, Json(run.into())))
}
