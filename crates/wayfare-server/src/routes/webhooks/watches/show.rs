//! `GET /api/v1/webhooks/watches/{id}`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::SegmentWatch;
use axum::Json;
use axum::extract::State;

/// A watch, and what it saw last.
#[utoipa::path(
    get, path = "/api/v1/webhooks/watches/{id}", tag = "webhooks", operation_id = "show_watch",
    params(("id" = String, Path, description = "The watch's id")),
    responses((status = OK, body = SegmentWatch))
)]
pub(crate) async fn show(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<SegmentWatch>, Problem> {
    Ok(Json(state.exports.webhooks().watch(&id)?.into()))
}
