//! `PUT /api/v1/webhooks/watches/{id}`

use crate::extract::{self, Path};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::{NewWatch, SegmentWatch};
use axum::Json;
use axum::extract::State;

/// Watches for something else from now on, and looks at once.
#[utoipa::path(
    put, path = "/api/v1/webhooks/watches/{id}", tag = "webhooks", operation_id = "change_watch",
    params(("id" = String, Path, description = "The watch's id")), request_body = NewWatch,
    responses((status = OK, body = SegmentWatch))
)]
pub(crate) async fn change(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    extract::Json(request): extract::Json<NewWatch>,
) -> Result<Json<SegmentWatch>, Problem> {
    let form = super::checked(&state, request).await?;
    Ok(Json(state.exports.webhooks().change_watch(&id, form).await?.into()))
}
