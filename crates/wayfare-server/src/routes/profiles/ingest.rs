//! `POST /api/v1/profiles`

use crate::extract::Body;
use crate::guard::Caller;
use crate::ingest;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::ingest::IngestAnswer;
use axum::Json;
use axum::extract::State;
use wayfare_model::record::{Incoming, profile_from_json};

/// Takes profiles: an object, an array or NDJSON, told apart by the first bytes.
///
/// A record: `{"user_id", "identifiers": {"email", "phone_number", "custom": {…}}, "attributes": {…}}`. What cannot
/// be kept is rejected by itself; the answer says so for each record, and is sent when the others are durable.
#[utoipa::path(
    post, path = "/api/v1/profiles", tag = "records", operation_id = "ingest_profiles",
    request_body(content((ingest::Records = "application/json"), (String = "application/x-ndjson"))),
    responses(
        (status = OK, body = IngestAnswer),
        (status = PAYLOAD_TOO_LARGE, description = "More than 5 MB, or more than 50,000 records", body = crate::problem::Wire, content_type = "application/problem+json"),
        (status = INSUFFICIENT_STORAGE, description = "The disk is full; nothing acknowledged is at risk", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ingest(
    _: Caller,
    State(state): State<AppState>,
    Body(body): Body,
) -> Result<Json<IngestAnswer>, Problem> {
    let read =
        |json: &str| profile_from_json(json).map(|read| (Incoming::Profile(read.record), read.set_aside));
    ingest::ingest(&state.store, "profile", &body, read).await.map(Json)
}
