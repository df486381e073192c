//! `POST /api/v1/segments/explain`

use crate::evaluation;
use crate::extract::Json;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::segment::{ExplainAnswer, ExplainRequest};
use axum::extract::State;
use wayfare_segment::reference;

/// Why one profile is, or is not, among those that a definition means: node by node, with the values and events that
/// decided.
#[utoipa::path(
    post, path = "/api/v1/segments/explain", tag = "segments", operation_id = "explain_segment",
    request_body = ExplainRequest,
    responses(
        (status = OK, body = ExplainAnswer),
        (status = NOT_FOUND, description = "There is no such profile", body = crate::problem::Wire<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn explain(
    _: Caller,
    State(state): State<AppState>,
    Json(request): Json<ExplainRequest>,
) -> Result<axum::Json<ExplainAnswer>, Problem> {
    let definition = evaluation::definition(&request.definition)?;
    let moment = evaluation::when(request.as_of.as_deref(), request.timezone.as_deref())?.moment();
    let unknown = || Problem::not_found(format_args!("profile {:?}", request.profile_id));
    let id = request.profile_id.parse().map_err(|_| unknown())?;
    let snapshot = state.store.snapshot().await?;
    let library = snapshot.library(&definition).await?;
    definition.check(snapshot.dictionary(), &library).map_err(Problem::definition)?;
    let profile = snapshot.reference_profile(id).await?.ok_or_else(unknown)?;
    let (as_of, position) = (moment.as_of, snapshot.position());
    let explained = tokio::task::spawn_blocking(move || {
        reference::explain(&definition, snapshot.dictionary(), &library, &profile, &moment)
    });
    let explained = state.evaluations.in_time(async { Ok(explained.await?) }).await?;
    let explanation = explained.map_err(Problem::definition)?;
    let explanation = serde_json::to_value(&explanation).map_err(|error| Problem::internal(&error))?;
    Ok(axum::Json(ExplainAnswer { explanation, position, as_of: as_of.to_string() }))
}
