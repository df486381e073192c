//! `POST /api/v1/sign-in`

use crate::extract::Json;
use crate::guard;
use crate::problem::{Code, Problem};
use crate::state::{AppState, Gate};
use crate::wire::service::SignIn;
use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

/// Opens a session of the web app: the answer sets its cookie. Attempts are limited.
#[utoipa::path(
    post, path = "/api/v1/sign-in", tag = "service", security(()), request_body = SignIn,
    responses(
        (status = NO_CONTENT, description = "Signed in; the cookie is set", headers(("Set-Cookie" = String))),
        (status = CONFLICT, description = "The service asks for no sign-in", body = crate::problem::Wire, content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "Too many attempts", headers(("Retry-After" = u64)), body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign_in(
    State(state): State<AppState>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Json(request): Json<SignIn>,
) -> Result<Response, Problem> {
    let Gate::Closed { password, https, .. } = &state.gate else {
        return Err(Problem::new(Code::Conflict, "The service asks for no sign-in."));
    };
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.0.ip());
    let from = guard::source(peer, &headers);
    let now = Instant::now();
    state.throttle.attempt(from, now).map_err(|wait| {
        Problem::new(Code::TooManyAttempts, format!("Try again in {} seconds.", wait.as_secs().max(1)))
            .header(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)))
    })?;
    if !password.is(&request.password) {
        metrics::counter!(crate::metrics::SIGN_IN_FAILURES).increment(1);
        tracing::warn!(%from, "a sign-in was refused");
        return Err(Problem::new(Code::Unauthorized, "The password is not right."));
    }
    state.throttle.forgive(from);
    let token = state.sessions.open(now).map_err(|error| Problem::internal(&error))?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, guard::cookie(&token, *https))]).into_response())
}
