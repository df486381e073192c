//! `GET /api/v1/webhooks/watches`

use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::{SegmentWatch, SegmentWatches};
use axum::Json;
use axum::extract::State;

/// The watches of segments, and what they saw last.
#[utoipa::path(
    get, path = "/api/v1/webhooks/watches", tag = "webhooks", operation_id = "list_watches",
    responses((status = OK, body = SegmentWatches))
)]
pub(crate) async fn list(_: Caller, State(state): State<AppState>) -> Result<Json<SegmentWatches>, Problem> {
    let watches = state.exports.webhooks().watches();
    Ok(Json(SegmentWatches { watches: watches.into_iter().map(SegmentWatch::from).collect() }))
}
