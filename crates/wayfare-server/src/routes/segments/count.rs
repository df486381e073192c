//! `POST /api/v1/segments/count`

use crate::evaluation;
use crate::extract::Json;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::segment::{CountAnswer, CountRequest};
use axum::extract::State;

/// How many profiles a definition means: exact. Closing the connection cancels the evaluation.
#[utoipa::path(
    post, path = "/api/v1/segments/count", tag = "segments", operation_id = "count_segment", request_body = CountRequest,
    responses((status = OK, body = CountAnswer))
)]
pub(crate) async fn count(
    _: Caller,
    State(state): State<AppState>,
    Json(request): Json<CountRequest>,
) -> Result<axum::Json<CountAnswer>, Problem> {
    let definition = evaluation::definition(&request.definition)?;
    let moment = evaluation::moment(request.as_of.as_deref(), request.timezone.as_deref())?;
    let as_of = moment.as_of;
    let evaluation = evaluation::run(&state.store, &definition, moment, &[]).await?;
    Ok(axum::Json(CountAnswer {
        count: evaluation.count(),
        population: evaluation.population(),
        position: evaluation.snapshot.position(),
        as_of: as_of.to_string(),
        took_ms: evaluation.took.as_micros() as f64 / 1_000.0,
        filters: evaluation.filters,
        words: evaluation.words,
    }))
}
