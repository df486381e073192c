//! `POST /api/v1/webhooks/watches`

use crate::extract;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::{NewWatch, SegmentWatch};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

/// Watches how many people a saved segment means, and tells endpoints of `segment.threshold_crossed` when the count
/// crosses a threshold; once for each crossing.
#[utoipa::path(
    post, path = "/api/v1/webhooks/watches", tag = "webhooks", operation_id = "create_watch", request_body = NewWatch,
    responses((status = CREATED, description = "The watch", body = SegmentWatch))
)]
pub(crate) async fn create(
    caller: Caller,
    State(state): State<AppState>,
    extract::Json(request): extract::Json<NewWatch>,
) -> Result<(StatusCode, Json<SegmentWatch>), Problem> {
    let form = super::checked(&state, request).await?;
    let watch = state.exports.webhooks().create_watch(form, caller.name()).await?;
    Ok((StatusCode::CREATED, Json(watch.into())))
}
