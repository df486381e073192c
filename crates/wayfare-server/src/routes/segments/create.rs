//! `POST /api/v1/segments`

use super::saved;
use crate::evaluation;
use crate::extract;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::saved_segment::{NewSegment, SavedSegment};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use wayfare_store::SegmentRow;

/// Saves a segment.
#[utoipa::path(
    post, path = "/api/v1/segments", tag = "segments", operation_id = "create_segment", request_body = NewSegment,
    responses((status = CREATED, description = "The segment", body = SavedSegment))
)]
pub(crate) async fn create(
    caller: Caller,
    State(state): State<AppState>,
    extract::Json(request): extract::Json<NewSegment>,
) -> Result<(StatusCode, Json<SavedSegment>), Problem> {
    let definition = evaluation::definition(&request.definition)?;
    let row = SegmentRow {
        id: SegmentRow::new_id(),
        version: 1,
        name: saved::name(&request.name)?,
        definition: definition.to_json().to_string(),
        changed_at: evaluation::now(),
        changed_by: caller.name().to_owned(),
        deleted: false,
    };
    saved::check(&state.store, &definition, &row.id).await?;
    state.store.add_segment_version(&row).await?;
    state.changes.segments_changed();
    Ok((StatusCode::CREATED, Json(saved::shown(&row, Vec::new())?)))
}
