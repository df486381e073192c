//! `DELETE /api/v1/segments/{id}`

use super::saved;
use crate::evaluation;
use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::{Code, Problem};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use wayfare_store::SegmentRow;

/// Takes a saved segment away, unless others refer to it. Its history stays.
#[utoipa::path(
    delete, path = "/api/v1/segments/{id}", tag = "segments", operation_id = "remove_segment",
    params(("id" = String, Path, description = "The segment's id")),
    responses(
        (status = NO_CONTENT, description = "It is gone"),
        (status = CONFLICT, description = "Others refer to it", body = crate::problem::Wire<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    caller: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let rows = saved::all(&state.store).await?;
    let known = saved::find(&rows, &id)?;
    let used_by = saved::used_by(&rows, &id);
    if !used_by.is_empty() {
        let detail = format!("The segment is used by {}; change or remove these first.", used_by.join(", "));
        return Err(Problem::new(Code::Conflict, detail));
    }
    let row = SegmentRow {
        version: known.version + 1,
        changed_at: evaluation::now(),
        changed_by: caller.name().to_owned(),
        deleted: true,
        ..known.clone()
    };
    match state.store.add_segment_version(&row).await? {
        true => {
            state.changes.segments_changed();
            Ok(StatusCode::NO_CONTENT)
        }
        false => Err(Problem::new(Code::Conflict, "The segment was changed meanwhile; look at it again.")),
    }
}
