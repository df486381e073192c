//! `POST /api/v1/destinations/test`

use crate::extract;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::destination::{DestinationTest, SettingsToTest};
use axum::Json;
use axum::extract::State;

/// Tests settings before they are kept. A webhook without a secret to sign with is tested with one that is made for the test.
#[utoipa::path(
    post, path = "/api/v1/destinations/test", tag = "destinations", operation_id = "test_destination_settings",
    request_body = SettingsToTest,
    responses((status = OK, description = "What the test came to", body = DestinationTest))
)]
pub(crate) async fn test_settings(
    _: Caller,
    State(state): State<AppState>,
    extract::Json(request): extract::Json<SettingsToTest>,
) -> Result<Json<DestinationTest>, Problem> {
    let SettingsToTest { settings, id } = request;
    Ok(Json(state.exports.test_settings(settings, id.as_deref()).await?.into()))
}
