//! `POST /api/v1/exports/{id}/revoke-links`

use crate::extract::Path;
use crate::guard::Exporter;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::job::ExportJob;
use axum::Json;
use axum::extract::State;

/// Takes back every signed link to the files of an export, whoever has it: those given out by e-mail and hook, too. New
/// ones may be made.
#[utoipa::path(
    post, path = "/api/v1/exports/{id}/revoke-links", tag = "exports", operation_id = "revoke_export_links",
    params(("id" = String, Path, description = "The job's id")),
    responses((status = OK, description = "The job as it stands now", body = ExportJob))
)]
pub(crate) async fn revoke_links(
    exporter: Exporter,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<ExportJob>, Problem> {
    exporter.check(&state, &id).await?;
    Ok(Json(state.exports.revoke_links(&id, exporter.name()).await?.into()))
}
