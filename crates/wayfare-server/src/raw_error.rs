//! Errors of the raw surfaces, in the form that the peer's host has: `{"error": "<what>: <kind>"}`, where the kind is the
//! status in words.

use crate::problem::Problem;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use wayfare_export::ExportError;

/// An error of a raw surface.
#[derive(Debug, Clone)]
pub(crate) struct RawError {
    status: StatusCode,
    what: String,
    retry_after: Option<Duration>,
}

/// An error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RawError)]
pub(crate) struct RawErrorBody {
    /// What went wrong, and the status in words.
    #[schema(example = "rejected: too many requests")]
    error: String,
}

impl RawError {
    /// An error of that status.
    pub fn new(status: StatusCode, what: impl Into<String>) -> Self {
        Self { status, what: what.into(), retry_after: None }
    }

    /// A request that cannot be taken.
    pub fn bad_request(what: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, what)
    }
}

impl IntoResponse for RawError {
    fn into_response(self) -> Response {
        let kind = self.status.canonical_reason().unwrap_or("error").to_ascii_lowercase();
        let body = RawErrorBody { error: format!("{}: {kind}", self.what) };
        let mut response = (self.status, axum::Json(body)).into_response();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs().max(1);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Problem> for RawError {
    fn from(problem: Problem) -> Self {
        let status = match problem.code().status() {
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            other => other,
        };
        Self::new(status, problem.detail().trim_end_matches('.'))
    }
}

impl From<ExportError> for RawError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::TooMany { retry_after, .. } => Self {
                retry_after: Some(retry_after),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rejected")
            },
            ExportError::Unknown { .. } => Self::new(StatusCode::NOT_FOUND, "no such export"),
            other => Problem::from(other).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;

    #[tokio::test]
    async fn forms() {
        async fn told(error: RawError) -> (u16, String, String) {
            let response = error.into_response();
            let wait = response.headers().get(header::RETRY_AFTER);
            let wait = wait.map_or(String::new(), |wait| wait.to_str().unwrap().to_owned());
            let status = response.status().as_u16();
            let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
            (status, String::from_utf8(body.to_vec()).unwrap(), wait)
        }
        let many = ExportError::TooMany { limit: 1, retry_after: Duration::from_secs(60) };
        let expected = (429, r#"{"error":"rejected: too many requests"}"#.to_owned(), "60".to_owned());
        assert_eq!(told(many.into()).await, expected);
        let (status, body, _) = told(Problem::invalid("format", "is wrong").into()).await;
        assert_eq!((status, body.as_str()), (400, r#"{"error":"format: is wrong: bad request"}"#));
        let (status, body, _) = told(Problem::new(Code::Internal, "The service failed.").into()).await;
        assert_eq!(
            (status, body.as_str()),
            (500, r#"{"error":"The service failed: internal server error"}"#)
        );
    }
}
