//! `POST /api/v1/schedules`

use super::draft::draft;
use crate::extract;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::schedule::{NewSchedule, Schedule};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

/// Makes a schedule: an export that is made whenever its rule says so, for the first time after now.
#[utoipa::path(
    post, path = "/api/v1/schedules", tag = "schedules", operation_id = "create_schedule", request_body = NewSchedule,
    responses((status = CREATED, description = "The schedule", body = Schedule))
)]
pub(crate) async fn create(
    caller: Caller,
    State(state): State<AppState>,
    extract::Json(said): extract::Json<NewSchedule>,
) -> Result<(StatusCode, Json<Schedule>), Problem> {
    let draft = draft(&state, said).await?;
    let schedule = state.exports.add_schedule(draft, caller.name()).await?;
    Ok((StatusCode::CREATED, Json(schedule.try_into()?)))
}
