//! `GET /api/v1/exports/{id}`

use crate::extract::Path;
use crate::guard::Exporter;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::job::ExportJob;
use axum::Json;
use axum::extract::State;

/// An export job, with its progress.
#[utoipa::path(
    get, path = "/api/v1/exports/{id}", tag = "exports", operation_id = "show_export",
    params(("id" = String, Path, description = "The job's id")),
    responses((status = OK, body = ExportJob))
)]
pub(crate) async fn show(
    exporter: Exporter,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<ExportJob>, Problem> {
    exporter.check(&state, &id).await?;
    Ok(Json(state.exports.get(&id).await?.into()))
}
