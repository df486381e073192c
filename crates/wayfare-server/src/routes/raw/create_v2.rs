//! `POST /api/raw/v2/export`

use super::text;
use crate::extract::Body;
use crate::guard::Partner;
use crate::problem::Problem;
use crate::raw_error::RawError;
use crate::state::AppState;
use crate::wire::raw::{RawExportV2, RawExportV2Accepted};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use wayfare_export::{ExportRequest, request_v2};

/// Asks for a raw export, version 2: attributes and events in files of their own, to be joined by `insider_id`.
#[utoipa::path(
    post, path = "/api/raw/v2/export", tag = "raw exports", operation_id = "create_raw_export_v2",
    request_body = RawExportV2, security(("partner" = [], "token" = [])),
    responses((status = ACCEPTED, description = "The export, which runs by itself", body = RawExportV2Accepted))
)]
pub(crate) async fn create_v2(
    partner: Partner,
    State(state): State<AppState>,
    body: Result<Body, Problem>,
) -> Result<(StatusCode, Json<RawExportV2Accepted>), RawError> {
    let raw = request_v2::read(&text(body)?)?;
    let request = state.exports.resolve(raw).await.map_err(|error| match partner.policy() {
        // It may name what the policy drops.
        Some(_) => error.without_suggestion(),
        None => error,
    })?;
    let request = ExportRequest { policy: partner.applied(), ..request };
    let job = state.exports.create(request, partner.name(), None).await?;
    let answer = RawExportV2Accepted { export_id: job.id, status: job.status.into() };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}
