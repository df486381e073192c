//! `GET /api/v1/exports/{id}/manifest`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;

/// What a complete export holds, as its `manifest.json` says it: rows, parts with SHA-256, positions, columns, filter.
#[utoipa::path(
    get, path = "/api/v1/exports/{id}/manifest", tag = "exports", operation_id = "show_export_manifest",
    params(("id" = String, Path, description = "The job's id")),
    responses(
        (status = OK, description = "The manifest, in the form of the file", body = serde_json::Value),
        (status = CONFLICT, description = "The export is not complete, or its files are gone", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn manifest(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<serde_json::Value>, Problem> {
    // The manifest is a published file of its own; what is sent is that file's content.
    let manifest = state.exports.manifest(&id).await?;
    Ok(Json(serde_json::to_value(manifest).map_err(|error| Problem::internal(&error))?))
}
