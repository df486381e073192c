//! `POST /api/v1/exports/{id}/link`

use crate::extract::Path;
use crate::guard::Exporter;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::job::Link;
use axum::Json;
use axum::extract::State;

/// A new signed link to the file of a complete export, or to the list of its files. Whoever has it may download.
#[utoipa::path(
    post, path = "/api/v1/exports/{id}/link", tag = "exports", operation_id = "link_export",
    params(("id" = String, Path, description = "The job's id")),
    responses(
        (status = OK, body = Link),
        (status = CONFLICT, description = "There are no files to link to", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn link(
    exporter: Exporter,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Link>, Problem> {
    exporter.check(&state, &id).await?;
    Ok(Json(state.exports.link(&id, exporter.name()).await?.into()))
}
