//! Who manages API keys: people, and the key that the configuration names. A named key never makes another.

use crate::guard::Caller;
use crate::problem::{Code, Problem};
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// Someone who may manage API keys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Administrator(Caller);

impl Administrator {
    /// In words.
    pub fn name(&self) -> &str {
        self.0.name()
    }
}

impl FromRequestParts<AppState> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match Caller::from_parts(parts, state)? {
            Caller::Named(_) => {
                let detail = "API keys are managed by people, and with the API key of the configuration.";
                Err(Problem::new(Code::Forbidden, detail))
            }
            caller => Ok(Self(caller)),
        }
    }
}
