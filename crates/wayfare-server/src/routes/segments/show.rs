//! `GET /api/v1/segments/{id}`

use super::saved;
use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::saved_segment::SavedSegment;
use axum::Json;
use axum::extract::State;

/// A saved segment in its newest version.
#[utoipa::path(
    get, path = "/api/v1/segments/{id}", tag = "segments", operation_id = "show_segment",
    params(("id" = String, Path, description = "The segment's id")),
    responses((status = OK, body = SavedSegment))
)]
pub(crate) async fn show(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<SavedSegment>, Problem> {
    let rows = saved::all(&state.store).await?;
    Ok(Json(saved::shown(saved::find(&rows, &id)?, saved::used_by(&rows, &id))?))
}
