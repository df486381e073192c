//! `PUT /api/v1/schedules/{id}`

use super::draft::draft;
use crate::extract::{self, Path};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::schedule::{NewSchedule, Schedule, ScheduleChange};
use axum::Json;
use axum::extract::State;

/// Changes a schedule. Under another rule or time zone its next run is due after now; where another export is made,
/// incremental runs begin anew.
#[utoipa::path(
    put, path = "/api/v1/schedules/{id}", tag = "schedules", operation_id = "change_schedule",
    params(("id" = String, Path, description = "The schedule's id")), request_body = ScheduleChange,
    responses(
        (status = OK, body = Schedule),
        (status = CONFLICT, description = "It was changed meanwhile", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    caller: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    extract::Json(said): extract::Json<ScheduleChange>,
) -> Result<Json<Schedule>, Problem> {
    let revision = said.revision;
    let said = NewSchedule {
        name: said.name,
        request: said.request,
        rule: said.rule,
        time_zone: said.time_zone,
        incremental: said.incremental,
        backfill: said.backfill,
        expected_within_seconds: said.expected_within_seconds,
        notify: said.notify,
    };
    let draft = draft(&state, said).await?;
    Ok(Json(state.exports.change_schedule(&id, draft, revision, caller.name()).await?.try_into()?))
}
