//! `GET /api/v1/schedules`

use crate::cursor;
use crate::extract::Query;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::schedule::{Schedule, Schedules, SchedulesQuery};
use axum::Json;
use axum::extract::State;
use wayfare_export::ExportError;

/// Schedules, newest first, each with its next due time and its last run.
#[utoipa::path(
    get, path = "/api/v1/schedules", tag = "schedules", operation_id = "list_schedules", params(SchedulesQuery),
    responses((status = OK, body = Schedules))
)]
pub(crate) async fn list(
    _: Caller,
    State(state): State<AppState>,
    Query(query): Query<SchedulesQuery>,
) -> Result<Json<Schedules>, Problem> {
    let limit = cursor::limit(query.limit, 50, 200)?;
    let after: Option<String> = cursor::read(query.cursor.as_deref())?;
    let (listed, next) =
        state.exports.schedules(limit, after.as_deref()).await.map_err(|error| match error {
            ExportError::NoSuch { .. } => Problem::invalid(
                "cursor",
                "leads on from a schedule that is not there any more; leave it out to start over",
            ),
            other => other.into(),
        })?;
    let next_cursor = next.map(|id| cursor::write(&id)).transpose()?;
    let schedules = listed.into_iter().map(Schedule::try_from).collect::<Result<_, _>>()?;
    Ok(Json(Schedules { schedules, next_cursor }))
}
