//! `GET /api/v1/journeys`

use crate::guard::Exporter;
use crate::problem::Problem;
use crate::revision;
use crate::state::AppState;
use crate::wire::journey::{Journey, JourneyName, JourneyNames, Journeys, JourneysAnswer};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

/// All journeys that events tell of, with entries, exits, messages and campaigns; to an API key with a policy their names
/// alone.
#[utoipa::path(
    get, path = "/api/v1/journeys", tag = "journeys", operation_id = "list_journeys", params(revision::IfNoneMatch),
    responses(
        (status = OK, body = JourneysAnswer, headers(("ETag" = String))),
        (status = NOT_MODIFIED, description = "Nothing was accepted since"),
    )
)]
pub(crate) async fn list(
    exporter: Exporter,
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = state.store.snapshot().await?;
    let position = snapshot.position();
    let version = format!("{}{}", state.version, exporter.view());
    revision::answer(&version, position, &headers, async || {
        let journeys = snapshot.journeys().await?.into_iter();
        Ok(match exporter.policy() {
            None => JourneysAnswer::Figures(Journeys { journeys: journeys.map(Journey::from).collect(), position }),
            Some(_) => {
                let journeys = journeys.map(JourneyName::from).collect();
                JourneysAnswer::Names(JourneyNames { journeys, position })
            }
        })
    })
    .await
}
