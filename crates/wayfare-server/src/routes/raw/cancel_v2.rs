//! `POST /api/raw/v2/export/{id}/cancel`

use super::job;
use crate::extract::Path;
use crate::guard::Partner;
use crate::problem::Problem;
use crate::raw_error::RawError;
use crate::state::AppState;
use crate::wire::raw::RawExportV2Status;
use axum::Json;
use axum::extract::State;

/// Stops a raw export of version 2 that waits or runs; one that is over stays as it is.
#[utoipa::path(
    post, path = "/api/raw/v2/export/{id}/cancel", tag = "raw exports", operation_id = "cancel_raw_export_v2",
    params(("id" = String, Path, description = "The export's id")), security(("partner" = [], "token" = [])),
    responses((status = OK, description = "The export as it stands now", body = RawExportV2Status))
)]
pub(crate) async fn cancel_v2(
    partner: Partner,
    State(state): State<AppState>,
    id: Result<Path<String>, Problem>,
) -> Result<Json<RawExportV2Status>, RawError> {
    let job = job(&state, &partner, &id?.0).await?;
    let job = state.exports.cancel(&job.id, partner.name()).await?;
    Ok(Json(RawExportV2Status::of(job, &state.exports)))
}
