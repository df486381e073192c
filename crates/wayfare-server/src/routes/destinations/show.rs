//! `GET /api/v1/destinations/{id}`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::destination::Destination;
use axum::Json;
use axum::extract::State;

/// One destination.
#[utoipa::path(
    get, path = "/api/v1/destinations/{id}", tag = "destinations", operation_id = "show_destination",
    params(("id" = String, Path, description = "The destination's id")),
    responses((status = OK, body = Destination))
)]
pub(crate) async fn show(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Destination>, Problem> {
    Ok(Json(state.exports.destination(&id).await?.into()))
}
