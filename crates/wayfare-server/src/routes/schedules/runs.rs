//! `GET /api/v1/schedules/{id}/runs`

use crate::cursor;
use crate::extract::{Path, Query};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::schedule::{ScheduleRun, ScheduleRuns, SchedulesQuery};
use axum::Json;
use axum::extract::State;
use wayfare_model::time::Instant;

/// The runs of a schedule, the latest due time first: when each was due, what became of it, and why.
#[utoipa::path(
    get, path = "/api/v1/schedules/{id}/runs", tag = "schedules", operation_id = "list_schedule_runs",
    params(("id" = String, Path, description = "The schedule's id"), SchedulesQuery),
    responses((status = OK, body = ScheduleRuns))
)]
pub(crate) async fn runs(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(query): Query<SchedulesQuery>,
) -> Result<Json<ScheduleRuns>, Problem> {
    let limit = cursor::limit(query.limit, 50, 200)?;
    let after: Option<(Instant, String)> = cursor::read(query.cursor.as_deref())?;
    let (runs, next) = state.exports.schedule_runs(&id, limit, after).await?;
    let next_cursor = next.map(|place| cursor::write(&place)).transpose()?;
    Ok(Json(ScheduleRuns { runs: runs.into_iter().map(ScheduleRun::from).collect(), next_cursor }))
}
