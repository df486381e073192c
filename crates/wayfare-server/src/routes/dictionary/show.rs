//! `GET /api/v1/dictionary`

use crate::guard::Exporter;
use crate::problem::Problem;
use crate::revision;
use crate::state::AppState;
use crate::wire::dictionary::Dictionary;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

/// Everything that has a name: events, parameters, attributes, channels, actions. An API key with a policy is not told of
/// what that drops.
#[utoipa::path(
    get, path = "/api/v1/dictionary", tag = "dictionary", operation_id = "show_dictionary", params(revision::IfNoneMatch),
    responses(
        (status = OK, body = Dictionary, headers(("ETag" = String))),
        (status = NOT_MODIFIED, description = "Nothing was accepted since"),
    )
)]
pub(crate) async fn show(
    exporter: Exporter,
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let snapshot = state.store.snapshot().await?;
    let position = snapshot.position();
    let version = format!("{}{}", state.version, exporter.view());
    revision::answer(&version, position, &headers, async || {
        let dictionary = Dictionary::of(position, snapshot.dictionary());
        Ok(match exporter.policy() {
            Some(policy) => dictionary.within(policy),
            None => dictionary,
        })
    })
    .await
}
