//! `GET /api/v1/destinations`

use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::destination::Destinations;
use axum::Json;
use axum::extract::State;

/// The destinations, by name.
#[utoipa::path(
    get, path = "/api/v1/destinations", tag = "destinations", operation_id = "list_destinations",
    responses((status = OK, body = Destinations))
)]
pub(crate) async fn list(_: Caller, State(state): State<AppState>) -> Result<Json<Destinations>, Problem> {
    let destinations = state.exports.destinations().await?;
    Ok(Json(Destinations { destinations: destinations.into_iter().map(Into::into).collect() }))
}
