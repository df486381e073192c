//! `/download`: signed links. The signature is the right; nobody signs in.

pub(crate) mod file;
pub(crate) mod parts;

use crate::extract::Query;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

/// What makes a link a right.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Signature {
    /// When the link expires, in seconds since 1970.
    expires: i64,
    /// Over export, file and time.
    signature: String,
}

/// A link without a whole signature was cut off: it is refused as one that was changed.
impl<S: Send + Sync> FromRequestParts<S> for Signature {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(signature)) => Ok(signature),
            Err(_) => Err(Refused::new(wayfare_export::LinkError::Invalid, &parts.headers)),
        }
    }
}

/// A refusal of a link: a page for a browser, a problem document for a program.
pub(crate) struct Refused {
    problem: Problem,
    page: bool,
}

impl Refused {
    pub(crate) fn new(problem: impl Into<Problem>, headers: &HeaderMap) -> Self {
        let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        Self { problem: problem.into(), page: accepts.is_some_and(|accept| accept.contains("text/html")) }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        if !self.page {
            return self.problem.into_response();
        }
        let code = self.problem.code();
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title} – Wayfare</title>\n\
             <h1>{title}</h1>\n<p>{detail}</p>\n<p>{advice}</p>\n<p><a href=\"/exports\">Exports</a></p>\n</html>\n",
            title = escaped(code.title()),
            detail = escaped(self.problem.detail()),
            advice = escaped(code.advice()),
        );
        let mut response = (code.status(), page).into_response();
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, html);
        response
    }
}

/// Text as it may stand in a page.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
