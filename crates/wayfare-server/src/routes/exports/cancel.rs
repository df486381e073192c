//! `POST /api/v1/exports/{id}/cancel`

use crate::extract::Path;
use crate::guard::Exporter;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::job::ExportJob;
use axum::Json;
use axum::extract::State;

/// Stops a job that waits or runs; one that has ended stays as it is.
#[utoipa::path(
    post, path = "/api/v1/exports/{id}/cancel", tag = "exports", operation_id = "cancel_export",
    params(("id" = String, Path, description = "The job's id")),
    responses((status = OK, description = "The job as it stands now", body = ExportJob))
)]
pub(crate) async fn cancel(
    exporter: Exporter,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<ExportJob>, Problem> {
    exporter.check(&state, &id).await?;
    Ok(Json(state.exports.cancel(&id, exporter.name()).await?.into()))
}
