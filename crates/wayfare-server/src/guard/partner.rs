//! Who asks on a raw surface: the account in `X-PARTNER-NAME`, the key in `X-REQUEST-TOKEN`.

use crate::raw_error::RawError;
use crate::state::{AppState, Gate};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};

/// A client of a raw surface that may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Partner {
    /// Whether it had to show the service's key.
    has_key: bool,
}

impl Partner {
    /// In words, as jobs remember who asked.
    pub fn name(self) -> &'static str {
        match self.has_key {
            true => super::Caller::ApiKey.name(),
            false => super::Caller::Local.name(),
        }
    }

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
        let has_key = match &state.gate {
            Gate::Open => false,
            Gate::Closed { api_key, .. } => api_key.is(token),
        };
        match known && (has_key || matches!(state.gate, Gate::Open)) {
            true => Ok(Self { has_key }),
            false => Err(RawError::new(StatusCode::FORBIDDEN, "authentication failed")),
        }
    }
}

impl FromRequestParts<AppState> for Partner {
    type Rejection = RawError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, RawError> {
        Self::of(state, &parts.headers)
    }
}
