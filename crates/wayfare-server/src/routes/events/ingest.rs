//! `POST /api/v1/events`

use crate::extract::Body;
use crate::guard::Caller;
use crate::ingest;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::ingest::IngestAnswer;
use axum::Json;
use axum::extract::State;
use wayfare_model::record::{Incoming, event_from_json};

/// Takes events: an object, an array or NDJSON, told apart by the first bytes.
///
/// A record: `{"event_id", "user_id" or "identifiers", "event", "timestamp", "params": {…}}`. An event without
/// `event_id` is rejected; a repeated one counts once. The answer is sent when the records are durable.
#[utoipa::path(
    post, path = "/api/v1/events", tag = "records", operation_id = "ingest_events",
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
    let read = |json: &str| event_from_json(json).map(|read| (Incoming::Event(read.record), read.set_aside));
    ingest::ingest(&state.store, "event", &body, read).await.map(Json)
}
