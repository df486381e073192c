//! `POST /api/v1/exports/preview`

use super::create::asked;
use crate::extract::Json;
use crate::guard::Exporter;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::export::CreateExport;
use crate::wire::preview::PreviewAnswer;
use axum::extract::State;

/// What an export would hold if it were asked for now: its exact number of rows, its columns, the first rows, and what
/// should be known before. Nothing is written.
#[utoipa::path(
    post, path = "/api/v1/exports/preview", tag = "exports", operation_id = "preview_export", request_body = CreateExport,
    responses(
        (status = OK, body = PreviewAnswer),
        (status = INSUFFICIENT_STORAGE, description = "The disk is full", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn preview(
    exporter: Exporter,
    State(state): State<AppState>,
    Json(request): Json<CreateExport>,
) -> Result<axum::Json<PreviewAnswer>, Problem> {
    let request = asked(&state, &exporter, request).await?;
    let look = async { Ok(state.exports.preview(&request, exporter.name()).await?) };
    Ok(axum::Json(state.evaluations.in_time(look).await?.into()))
}
