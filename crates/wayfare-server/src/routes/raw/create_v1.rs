//! `POST /api/raw/v1/export`

use super::text;
use crate::extract::Body;
use crate::guard::Partner;
use crate::problem::Problem;
use crate::raw_error::RawError;
use crate::state::AppState;
use crate::wire::raw::{RawExportV1, RawExportV1Accepted};
use axum::Json;
use axum::extract::State;
use wayfare_export::{ExportRequest, hook, request_v1};

/// Asks for a raw export, version 1: people, attributes and events in one file, told to a hook when it is there.
#[utoipa::path(
    post, path = "/api/raw/v1/export", tag = "raw exports", operation_id = "create_raw_export_v1",
    request_body = RawExportV1, security(("partner" = [], "token" = [])),
    responses((status = OK, description = "Taken: the file will be at the address, and the hook is told when it is", body = RawExportV1Accepted))
)]
pub(crate) async fn create_v1(
    partner: Partner,
    State(state): State<AppState>,
    body: Result<Body, Problem>,
) -> Result<Json<RawExportV1Accepted>, RawError> {
    let raw = request_v1::read(&text(body)?)?;
    if !raw.hook().is_some_and(hook::is_address) {
        return Err(RawError::bad_request("invalid hook"));
    }
    let request = state.exports.resolve(raw).await.map_err(|error| match partner.policy() {
        // It may name what the policy drops.
        Some(_) => error.without_suggestion(),
        None => error,
    })?;
    let request = ExportRequest { policy: partner.applied(), ..request };
    let job = state.exports.create(request, partner.name(), None).await?;
    let link = state.exports.v1_link(&job);
    Ok(Json(RawExportV1Accepted { id: job.id, status: job.status.name().to_owned(), url: link.url }))
}
