//! `GET /api/v1/segments`

use super::saved;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::saved_segment::SavedSegments;
use axum::Json;
use axum::extract::State;

/// The saved segments, by name.
#[utoipa::path(
    get, path = "/api/v1/segments", tag = "segments", operation_id = "list_segments",
    responses((status = OK, body = SavedSegments))
)]
pub(crate) async fn list(_: Caller, State(state): State<AppState>) -> Result<Json<SavedSegments>, Problem> {
    let rows = saved::all(&state.store).await?;
    let shown = rows.iter().map(|row| saved::shown(row, saved::used_by(&rows, &row.id)));
    let mut segments = shown.collect::<Result<Vec<_>, _>>()?;
    segments.sort_by(|a, b| (a.name.to_lowercase(), &a.id).cmp(&(b.name.to_lowercase(), &b.id)));
    Ok(Json(SavedSegments { segments }))
}
