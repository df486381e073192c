//! `GET /api/v1/segments/{id}/versions`

use super::saved;
use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::saved_segment::SegmentVersions;
use axum::Json;
use axum::extract::State;

/// What a saved segment was over time, newest first; one that was taken away still has its history.
#[utoipa::path(
    get, path = "/api/v1/segments/{id}/versions", tag = "segments", operation_id = "list_segment_versions",
    params(("id" = String, Path, description = "The segment's id")),
    responses((status = OK, body = SegmentVersions))
)]
pub(crate) async fn versions(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<SegmentVersions>, Problem> {
    let rows = state.store.segment_versions(&id).await?;
    if rows.is_empty() {
        return Err(Problem::not_found(format_args!("segment {id:?}")));
    }
    let versions = rows.iter().map(|row| saved::shown(row, Vec::new())).collect::<Result<_, _>>()?;
    Ok(Json(SegmentVersions { versions }))
}
