//! `POST /api/v1/exports/{id}/retry`

use crate::extract::Path;
use crate::guard::Exporter;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::job::ExportJob;
use axum::Json;
use axum::extract::State;

/// Tries a job again that failed or was cancelled: the same job, over the same rows, behind the parts that were finished.
#[utoipa::path(
    post, path = "/api/v1/exports/{id}/retry", tag = "exports", operation_id = "retry_export",
    params(("id" = String, Path, description = "The job's id")),
    responses(
        (status = OK, description = "The job, which waits for its turn", body = ExportJob),
        (status = CONFLICT, description = "The job has not failed, nor was it cancelled", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn retry(
    exporter: Exporter,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<ExportJob>, Problem> {
    exporter.check(&state, &id).await?;
    Ok(Json(state.exports.retry(&id).await?.into()))
}
