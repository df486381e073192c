//! Who asks on a raw surface: the account in `X-PARTNER-NAME`, the key in `X-REQUEST-TOKEN`. Keys with a policy are let in:
//! it holds for all that these surfaces give.

use crate::guard::{Caller, Exporter};
use crate::raw_error::RawError;
use crate::state::{AppState, Gate};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};

/// A client of a raw surface that may ask.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Partner(Exporter);

impl std::ops::Deref for Partner {
    type Target = Exporter;
    fn deref(&self) -> &Exporter {
        &self.0
    }
}

impl Partner {
    fn of(state: &AppState, headers: &HeaderMap) -> Result<Self, RawError> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map_or("", str::trim);
        let (partner, token) = (text("x-partner-name"), text("x-request-token"));
        if partner.is_empty() {
            return Err(RawError::bad_request("empty partner"));
        }
        if token.is_empty() {
            return Err(RawError::bad_request("empty token"));
        }
        if partner.chars().any(|c| c.is_uppercase()) {
            return Err(RawError::bad_request("partner name must be lower case"));
        }
        let known = state.partner.as_deref().is_none_or(|known| known == partner);
        let caller = match (&state.gate, state.exports.api_key_of(token)) {
            (Gate::Closed { api_key, .. }, _) if api_key.is(token) => Some(Caller::ApiKey),
            (_, Some(key)) => Caller::named(key),
            (Gate::Open, None) => Caller::at_open_gate(state, token),
            (Gate::Closed { .. }, None) => None,
        };
        match caller.filter(|_| known) {
            Some(caller) => Ok(Self(Exporter::new(caller))),
            None => Err(RawError::new(StatusCode::FORBIDDEN, "authentication failed")),
        }
    }
}

impl FromRequestParts<AppState> for Partner {
    type Rejection = RawError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, RawError> {
        Self::of(state, &parts.headers)
    }
}
