//! `POST /api/v1/destinations/{id}/test`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::destination::DestinationTest;
use axum::Json;
use axum::extract::State;

/// Tests a destination: something small is written, read back and taken away. The answer says exactly what failed.
#[utoipa::path(
    post, path = "/api/v1/destinations/{id}/test", tag = "destinations", operation_id = "test_destination",
    params(("id" = String, Path, description = "The destination's id")),
    responses((status = OK, description = "What the test came to", body = DestinationTest))
)]
pub(crate) async fn test(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<DestinationTest>, Problem> {
    Ok(Json(state.exports.test_destination(&id).await?.into()))
}
