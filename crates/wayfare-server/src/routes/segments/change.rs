//! `PUT /api/v1/segments/{id}`

use super::saved;
use crate::evaluation;
use crate::extract::{self, Path};
use crate::guard::Caller;
use crate::problem::{Code, Problem};
use crate::state::AppState;
use crate::wire::saved_segment::{SavedSegment, SegmentChange};
use axum::Json;
use axum::extract::State;
use wayfare_store::SegmentRow;

/// Changes a saved segment: the change becomes its next version.
#[utoipa::path(
    put, path = "/api/v1/segments/{id}", tag = "segments", operation_id = "change_segment",
    params(("id" = String, Path, description = "The segment's id")), request_body = SegmentChange,
    responses(
        (status = OK, body = SavedSegment),
        (status = CONFLICT, description = "It was changed meanwhile", body = crate::problem::Wire<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    caller: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    extract::Json(request): extract::Json<SegmentChange>,
) -> Result<Json<SavedSegment>, Problem> {
    let rows = saved::all(&state.store).await?;
    let known = saved::find(&rows, &id)?;
    let changed_meanwhile = |version: u64| {
        Problem::new(
            Code::Conflict,
            format!("The segment is at version {version} by now; look at it, then change that."),
        )
    };
    if known.version != request.version {
        return Err(changed_meanwhile(known.version));
    }
    let definition = evaluation::definition(&request.definition)?;
    let row = SegmentRow {
        id: id.clone(),
        version: known.version + 1,
        name: saved::name(&request.name)?,
        definition: definition.to_json().to_string(),
        changed_at: evaluation::now(),
        changed_by: caller.name().to_owned(),
        deleted: false,
    };
    saved::check(&state.store, &definition, &id).await?;
    if !state.store.add_segment_version(&row).await? {
        return Err(changed_meanwhile(row.version));
    }
    state.changes.segments_changed();
    Ok(Json(saved::shown(&row, saved::used_by(&rows, &id))?))
}
