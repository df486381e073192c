//! `GET /api/v1/journeys`

use crate::guard::Caller;
use crate::problem::Problem;
use crate::revision;
use crate::state::AppState;
use crate::wire::journey::{Journey, Journeys};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

/// All journeys that events tell of, with entries, exits, messages and campaigns.
#[utoipa::path(
    get, path = "/api/v1/journeys", tag = "journeys", operation_id = "list_journeys", params(revision::IfNoneMatch),
    responses(
        (status = OK, body = Journeys, headers(("ETag" = String))),
        (status = NOT_MODIFIED, description = "Nothing was accepted since"),
    )
)]
pub(crate) async fn list(
    _: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = state.store.snapshot().await?;
    let position = snapshot.position();
    revision::answer(state.version, position, &headers, async || {
        let journeys = snapshot.journeys().await?.into_iter().map(Journey::from).collect();
        Ok(Journeys { journeys, position })
    })
    .await
}
