//! `GET /api/v1/exports/{id}/dictionary`

use crate::extract::Path;
use crate::guard::Exporter;
use crate::problem::Problem;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;

/// What each column of a complete export is, as its `dictionary.json` says it.
#[utoipa::path(
    get, path = "/api/v1/exports/{id}/dictionary", tag = "exports", operation_id = "show_export_dictionary",
    params(("id" = String, Path, description = "The job's id")),
    responses(
        (status = OK, description = "The data dictionary, in the form of the file", body = serde_json::Value),
        (status = CONFLICT, description = "The export is not complete, or its files are gone", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn dictionary(
    exporter: Exporter,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<serde_json::Value>, Problem> {
    exporter.check(&state, &id).await?;
    let dictionary = state.exports.data_dictionary(&id).await?;
    Ok(Json(serde_json::to_value(dictionary).map_err(|error| Problem::internal(&error))?))
}
