//! `POST /api/v1/segments/count`

use crate::evaluation::{self, Question};
use crate::extract::Json;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::segment::{CountAnswer, CountRequest};
use axum::extract::State;

/// How many profiles a definition means: exact. Equal counts that are asked at the same time share one evaluation;
/// when all who asked have closed their connections, it is cancelled.
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
    let when = evaluation::when(request.as_of.as_deref(), request.timezone.as_deref())?;
    let question = Question::new(definition, when).traced(request.conditions);
    let evaluation = state.evaluations.ask(&state.store, question).await?;
    Ok(axum::Json(CountAnswer {
        count: evaluation.count(),
        population: evaluation.population(),
        position: evaluation.snapshot.position(),
        as_of: evaluation.as_of().to_string(),
        took_ms: evaluation.took_ms(),
        filters: evaluation.filters,
        words: evaluation.words.clone(),
        conditions: evaluation.root.as_ref().map(evaluation::conditions),
    }))
}
