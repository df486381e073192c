//! `GET /api/v1/dictionary`

use crate::guard::Caller;
use crate::problem::Problem;
use crate::revision;
use crate::state::AppState;
use crate::wire::dictionary::Dictionary;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

/// Everything that has a name: events, parameters, attributes, channels, actions.
#[utoipa::path(
    get, path = "/api/v1/dictionary", tag = "dictionary", operation_id = "show_dictionary", params(revision::IfNoneMatch),
    responses(
        (status = OK, body = Dictionary, headers(("ETag" = String))),
        (status = NOT_MODIFIED, description = "Nothing was accepted since"),
    )
)]
pub(crate) async fn show(
    _: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = state.store.snapshot().await?;
    let position = snapshot.position();
    revision::answer(state.version, position, &headers, async || {
        Ok(Dictionary::of(position, snapshot.dictionary()))
    })
    .await
}
