//! `POST /api/v1/sign-out`

use crate::guard;
use crate::state::{AppState, Gate};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Ends the session of the cookie that is sent, if there is one.
#[utoipa::path(
    post, path = "/api/v1/sign-out", tag = "service", security(()),
    responses((status = NO_CONTENT, description = "Signed out; the cookie is removed"))
)]
pub(crate) async fn sign_out(State(state): State<AppState>, headers: HeaderMap) -> Response {
    if let Some(token) = guard::session_token(&headers) {
        state.sessions.close(token);
    }
    let https = matches!(state.gate, Gate::Closed { https: true, .. });
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, guard::removed_cookie(https))]).into_response()
}
