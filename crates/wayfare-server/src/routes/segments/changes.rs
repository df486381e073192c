//! `GET /api/v1/segments/changes`

use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::changes::SegmentCounts;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use std::convert::Infallible;

/// Server-sent events as long as the connection is open. `counts`: how many each saved segment means, over one
/// snapshot, at once and whenever that may have changed, at most about once a second and at least once a minute.
/// `segments`: one was added, changed or taken away.
#[utoipa::path(
    get, path = "/api/v1/segments/changes", tag = "segments", operation_id = "watch_segments",
    responses((status = OK, description = "The data of an event `counts`", body = SegmentCounts, content_type = "text/event-stream"))
)]
pub(crate) async fn changes(_: Caller, State(state): State<AppState>) -> Result<Response, Problem> {
    let events = state.changes.subscribe(&state).map(|change| {
        let event = Event::default().event(change.name()).data(change.data());
        Ok::<_, Infallible>(event)
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}
