//! `POST /api/v1/exports/{id}/verify`

use crate::extract::Path;
use crate::guard::Exporter;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::verify::VerifyAnswer;
use axum::Json;
use axum::extract::State;

/// Reads the files of a complete export again, every row, and holds them against its manifest.
#[utoipa::path(
    post, path = "/api/v1/exports/{id}/verify", tag = "exports", operation_id = "verify_export",
    params(("id" = String, Path, description = "The job's id")),
    responses(
        (status = OK, description = "What was read, and whether it holds", body = VerifyAnswer),
        (status = CONFLICT, description = "There are no files to check", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn verify(
    exporter: Exporter,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<VerifyAnswer>, Problem> {
    exporter.check(&state, &id).await?;
    Ok(Json(state.exports.verify(&id).await?.into()))
}
