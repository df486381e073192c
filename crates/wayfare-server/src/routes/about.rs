//! `GET /api/v1/about`

use crate::guard::Caller;
use crate::state::{AppState, Gate};
use crate::wire::service::{About, MailKind};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;

/// What the service is, and whether it asks for a sign-in.
#[utoipa::path(get, path = "/api/v1/about", tag = "service", operation_id = "show_about", security(()), responses((status = OK, body = About)))]
pub(crate) async fn about(State(state): State<AppState>, headers: HeaderMap) -> Json<About> {
    let signed_in = Caller::of(&state, &headers).is_some();
    let position = match signed_in {
        true => Some(state.store.position()),
        false => None,
    };
    let mail = match state.exports.keeps_mail() {
        true => MailKind::Directory,
        false => MailKind::Smtp,
    };
    let sign_in_required = matches!(state.gate, Gate::Closed { .. });
    Json(About { version: state.version.to_owned(), position, mail, sign_in_required, signed_in })
}
