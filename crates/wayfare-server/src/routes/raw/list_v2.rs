//! `GET /api/raw/v2/exports`

use crate::cursor;
use crate::extract::Query;
use crate::guard::Partner;
use crate::problem::Problem;
use crate::raw_error::RawError;
use crate::state::AppState;
use crate::wire::job::ExportsQuery;
use crate::wire::raw::{RawExportV2Status, RawExportsV2};
use axum::Json;
use axum::extract::State;
use wayfare_export::request::Surface;
use wayfare_export::{ExportError, Job};

/// Raw exports of version 2, newest first.
#[utoipa::path(
    get, path = "/api/raw/v2/exports", tag = "raw exports", operation_id = "list_raw_exports_v2", params(ExportsQuery),
    security(("partner" = [], "token" = [])), responses((status = OK, body = RawExportsV2))
)]
pub(crate) async fn list_v2(
    partner: Partner,
    State(state): State<AppState>,
    query: Result<Query<ExportsQuery>, Problem>,
) -> Result<Json<RawExportsV2>, RawError> {
    let query = query?.0;
    let limit = cursor::limit(query.limit, 50, 500)?;
    let after: Option<String> = cursor::read(query.cursor.as_deref())?;
    let is_v2 = |job: &Job| job.surface == Surface::V2;
    let listed = partner.jobs(&state, limit, after.as_deref(), is_v2).await;
    let (jobs, next) = listed.map_err(|error| match error {
        ExportError::Unknown { .. } => {
            RawError::bad_request("cursor: leads on from an export that is not there")
        }
        other => other.into(),
    })?;
    let next_cursor = next.map(|id| cursor::write(&id)).transpose()?;
    let exports = jobs.into_iter().map(|job| RawExportV2Status::of(job, &state.exports)).collect();
    Ok(Json(RawExportsV2 { exports, next_cursor }))
}
