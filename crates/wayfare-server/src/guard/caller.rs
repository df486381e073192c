//! Who asks. A handler that takes a [`Caller`] is answered only where there is one.

use crate::problem::{Code, Problem};
use crate::state::{AppState, Gate};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use std::time::Instant;

/// The name of the session's cookie.
pub(crate) const COOKIE: &str = "wayfare_session";

/// Who asks, as jobs remember it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Someone at this machine; the service asks for no sign-in.
    Local,
    /// A program with the API key.
    ApiKey,
    /// A person who gave the password.
    Session,
}

impl Caller {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "this machine",
            Self::ApiKey => "API key",
            Self::Session => "web app",
        }
    }

    /// Who sends these headers, if anyone with the right to.
    pub(crate) fn of(state: &AppState, headers: &HeaderMap) -> Option<Self> {
        let Gate::Closed { api_key, .. } = &state.gate else { return Some(Self::Local) };
        if let Some(authorization) = headers.get(header::AUTHORIZATION) {
            let (scheme, key) = authorization.to_str().ok()?.split_once(' ')?;
            return (scheme.eq_ignore_ascii_case("bearer") && api_key.is(key.trim())).then_some(Self::ApiKey);
        }
        let token = session_token(headers)?;
        state.sessions.is_open(token, Instant::now()).then_some(Self::Session)
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Self::of(state, &parts.headers).ok_or_else(|| {
            Problem::new(Code::Unauthorized, "The request carries neither the API key nor an open session.")
                .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
        })
    }
}

/// The session's token in the cookies sent.
pub(crate) fn session_token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| token)
}

/// The cookie that opens a session: unreadable for scripts, never sent from another site's page.
pub(crate) fn cookie(token: &str, https: bool) -> String {
    let secure = if https { "; Secure" } else { "" };
    let seconds = crate::guard::sessions::IDLE.as_secs();
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// The cookie that ends a session in the browser.
pub(crate) fn removed_cookie(https: bool) -> String {
    let secure = if https { "; Secure" } else { "" };
    format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{secure}")
}
