//! `POST /api/v1/segments/count`

use crate::evaluation::{self, Question};
use crate::extract::Json;
use crate::guard::Exporter;
use crate::problem::{Code, Problem};
use crate::state::AppState;
use crate::wire::segment::{CountAnswer, CountRequest};
use axum::extract::State;

/// How many profiles a definition means: exact. Equal counts that are asked at the same time share one evaluation;
/// when all who asked have closed their connections, it is cancelled. An API key with a policy counts by what that shows as
/// it is, and no groups smaller than it lets out.
#[utoipa::path(
    post, path = "/api/v1/segments/count", tag = "segments", operation_id = "count_segment", request_body = CountRequest,
    responses((status = OK, body = CountAnswer))
)]
pub(crate) async fn count(
    exporter: Exporter,
    State(state): State<AppState>,
    Json(request): Json<CountRequest>,
) -> Result<axum::Json<CountAnswer>, Problem> {
    let definition = evaluation::definition(&request.definition)?;
    let when = evaluation::when(request.as_of.as_deref(), request.timezone.as_deref())?;
    let policy = exporter.policy();
    if let (Some(policy), Some(as_of)) = (policy, when.as_of) {
        policy.check_as_of(as_of).map_err(|refusal| Problem::refused(Code::InvalidRequest, refusal))?;
    }
    let question = Question::new(definition, when).traced(request.conditions).within(policy);
    let evaluation = state.evaluations.ask(&state.store, question).await?;
    if let Some(least) = policy.and_then(|policy| policy.minimum_group) {
        let nodes = evaluation.root.as_ref().map(evaluation::conditions).unwrap_or_default();
        let (population, least_people) = (evaluation.population(), least as u64);
        // With how many there are in all, a count tells how many are not meant, too.
        let is_too_few = |count: u64| {
            let rest = population.saturating_sub(count);
            count < least_people || (rest > 0 && rest < least_people)
        };
        if nodes.iter().map(|node| node.count).chain([evaluation.count()]).any(is_too_few) {
            return Err(wayfare_export::policy::too_few(least).into());
        }
    }
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
