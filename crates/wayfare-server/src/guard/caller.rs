//! Who asks. A handler that takes a [`Caller`] is answered only where there is one.

use crate::problem::{Code, Problem};
use crate::state::{AppState, Gate};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use std::sync::Arc;
use std::time::Instant;
use wayfare_export::{ApiKey, is_named_secret};

/// The name of the session's cookie.
pub(crate) const COOKIE: &str = "wayfare_session";

/// Who asks, as jobs remember it. Named keys whose policy narrows what they see are no callers: they are let in by
/// [`Exporter`](super::Exporter) alone.
#[derive(Debug, Clone, PartialEq)]
pub enum Caller {
    /// Someone at this machine; the service asks for no sign-in.
    Local,
    /// A program with the API key of the configuration.
    ApiKey,
    /// A person who gave the password.
    Session,
    /// A program with a named API key.
    Named(Named),
}

/// A program with a named API key.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The key.
    pub key: Arc<ApiKey>,
    /// In words.
    said: Arc<str>,
}

impl Named {
    pub(crate) fn new(key: Arc<ApiKey>) -> Self {
        let said = key.said().into();
        Self { key, said }
    }
}

impl Caller {
    /// In words.
    pub fn name(&self) -> &str {
        match self {
            Self::Local => "this machine",
            Self::ApiKey => "API key",
            Self::Session => "web app",
            Self::Named(named) => &named.said,
        }
    }

    /// The named key that narrows what is seen, where it is one.
    pub(crate) fn narrowed(&self) -> Option<&ApiKey> {
        match self {
            Self::Named(named) if named.key.policy.is_some() => Some(&named.key),
            _ => None,
        }
    }

    /// Who sends these headers, whatever rights they have; nobody where these are not enough.
    pub(crate) fn of(state: &AppState, headers: &HeaderMap) -> Option<Self> {
        let bearer = headers.get(header::AUTHORIZATION).map(|value| {
            let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
        });
        let Gate::Closed { api_key, .. } = &state.gate else {
            // Whoever shows a named key means to be seen as that, also where it was taken away; without one all may do
            // everything.
            return match bearer.flatten() {
                Some(secret) => Self::at_open_gate(state, secret),
                None => Some(Self::Local),
            };
        };
        match bearer {
            Some(key) => match key? {
                key if api_key.is(key) => Some(Self::ApiKey),
                key => Self::named(state.exports.api_key_of(key)?),
            },
            None => {
                let token = session_token(headers)?;
                state.sessions.is_open(token, Instant::now()).then_some(Self::Session)
            }
        }
    }

    /// Who shows a secret to a service that asks for no sign-in.
    pub(crate) fn at_open_gate(state: &AppState, secret: &str) -> Option<Self> {
        match state.exports.api_key_of(secret) {
            Some(key) => Self::named(key),
            None => (!is_named_secret(secret)).then_some(Self::Local),
        }
    }

    /// A disabled key lets nobody in.
    pub(crate) fn named(key: Arc<ApiKey>) -> Option<Self> {
        (!key.disabled).then(|| Self::Named(Named::new(key)))
    }

    /// Who sends a request, or that nobody may.
    pub(crate) fn from_parts(parts: &Parts, state: &AppState) -> Result<Self, Problem> {
        Self::of(state, &parts.headers).ok_or_else(|| {
            let detail = match parts.headers.contains_key(header::AUTHORIZATION) {
                true => "The API key that the request shows lets nobody in: it is unknown, disabled or was taken away.",
                false => "The request carries neither an API key nor an open session.",
            };
            Problem::new(Code::Unauthorized, detail)
                .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
        })
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let caller = Self::from_parts(parts, state)?;
        match caller.narrowed() {
            None => Ok(caller),
            Some(key) => Err(Problem::new(
                Code::Forbidden,
                format!(
                    "The API key {} has a policy, with which it asks for exports and counts alone.",
                    key.name
                ),
            )),
        }
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
