//! `POST /api/v1/schedules/due`

use crate::evaluation;
use crate::extract;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::wire::schedule::{DueRequest, DueTime, DueTimes};
use axum::Json;
use wayfare_export::schedule::asked::due_times;
use wayfare_model::time::Instant;

/// The times at which runs under a rule are due, before there is a schedule.
#[utoipa::path(
    post, path = "/api/v1/schedules/due", tag = "schedules", operation_id = "list_due_times", request_body = DueRequest,
    responses((status = OK, body = DueTimes))
)]
pub(crate) async fn due(
    _: Caller,
    extract::Json(asked): extract::Json<DueRequest>,
) -> Result<Json<DueTimes>, Problem> {
    let after = match asked.after.as_deref() {
        None => evaluation::now(),
        Some(text) => {
            Instant::parse(text).map_err(|why| Problem::invalid("after", format!("{text:?} {why}")))?
        }
    };
    let limit = crate::cursor::limit(asked.limit, 5, 100)?;
    let time_zone = asked.time_zone.as_deref().unwrap_or("UTC");
    let due = due_times(&asked.rule.into_form(), time_zone, after, limit)?;
    Ok(Json(DueTimes { due: due.into_iter().map(DueTime::from).collect() }))
}
