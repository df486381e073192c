//! `POST /api/v1/exports/preview`

use super::create::checked;
use crate::extract::Json;
use crate::guard::Caller;
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
    caller: Caller,
    State(state): State<AppState>,
    Json(request): Json<CreateExport>,
) -> Result<axum::Json<PreviewAnswer>, Problem> {
    let request = checked(&state, request).await?;
    let look = async { Ok(state.exports.preview(&request, caller.name()).await?) };
    Ok(axum::Json(state.evaluations.in_time(look).await?.into()))
}
