//! `POST /api/v1/exports/{id}/deliver`

use crate::extract::{self, Path};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::destination::DeliverExport;
use crate::wire::job::ExportJob;
use axum::Json;
use axum::extract::State;

/// Sends a complete export to destinations, or once more to those where it was given up; files that are there already
/// are not sent again.
#[utoipa::path(
    post, path = "/api/v1/exports/{id}/deliver", tag = "exports", operation_id = "deliver_export",
    params(("id" = String, Path, description = "The job's id")), request_body = DeliverExport,
    responses(
        (status = OK, description = "The job, with its deliveries", body = ExportJob),
        (status = CONFLICT, description = "It has no files to send", body = crate::problem::Wire<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn deliver(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    extract::Json(request): extract::Json<DeliverExport>,
) -> Result<Json<ExportJob>, Problem> {
    Ok(Json(state.exports.deliver(&id, &request.destinations).await?.into()))
}
