//! `GET /api/raw/v2/export/{id}`

use super::job;
use crate::extract::Path;
use crate::guard::Partner;
use crate::problem::Problem;
use crate::raw_error::RawError;
use crate::state::AppState;
use crate::wire::raw::RawExportV2Status;
use axum::Json;
use axum::extract::State;

/// How far a raw export of version 2 is; once it is complete, its files with a fresh link to each.
#[utoipa::path(
    get, path = "/api/raw/v2/export/{id}", tag = "raw exports", operation_id = "show_raw_export_v2",
    params(("id" = String, Path, description = "The export's id")), security(("partner" = [], "token" = [])),
    responses((status = OK, body = RawExportV2Status))
)]
pub(crate) async fn show_v2(
    partner: Partner,
    State(state): State<AppState>,
    id: Result<Path<String>, Problem>,
) -> Result<Json<RawExportV2Status>, RawError> {
    let job = job(&state, &partner, &id?.0).await?;
    Ok(Json(RawExportV2Status::of(job, &state.exports)))
}
