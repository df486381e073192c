//! `POST /api/v1/segments/plan`

use crate::evaluation::{self, Question, Words};
use crate::extract::Json;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::plan::{PlanAnswer, PlanRequest};
use axum::extract::State;

/// How a definition is evaluated: how many each of its nodes means by itself, rows looked at, and time.
#[utoipa::path(
    post, path = "/api/v1/segments/plan", tag = "segments", operation_id = "plan_segment", request_body = PlanRequest,
    responses((status = OK, body = PlanAnswer))
)]
pub(crate) async fn plan(
    _: Caller,
    State(state): State<AppState>,
    Json(request): Json<PlanRequest>,
) -> Result<axum::Json<PlanAnswer>, Problem> {
    let definition = evaluation::definition(&request.definition)?;
    let when = evaluation::when(request.as_of.as_deref(), request.timezone.as_deref())?;
    let words = Words::of(&definition);
    let question = Question::new(definition, when).traced(true);
    let evaluation = state.evaluations.ask(&state.store, question).await?;
    Ok(axum::Json(PlanAnswer {
        plan: evaluation::plan(evaluation.traced()?, &words),
        count: evaluation.count(),
        population: evaluation.population(),
        position: evaluation.snapshot.position(),
        as_of: evaluation.as_of().to_string(),
        read_from_lake: evaluation.columns.read_from_lake().iter().cloned().collect(),
        took_ms: evaluation.took_ms(),
    }))
}
