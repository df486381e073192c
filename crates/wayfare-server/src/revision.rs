//! Answers that stay the same until something is accepted: their ETag is the position.

use crate::problem::Problem;
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::IntoParams;

/// The header of a client that has an answer already.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its description is used")]
pub struct IfNoneMatch {
    /// The `ETag` of the answer that the client has.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}

/// The answer at `position`, or 304 where the client has it; `body` is then not asked for.
pub async fn answer<T: Serialize>(
    version: &str,
    position: u64,
    headers: &HeaderMap,
    body: impl AsyncFnOnce() -> Result<T, Problem>,
) -> Result<Response, Problem> {
    let etag = format!("W/\"{version}-{position}\"");
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|tags| matches(tags, &etag));
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Json(body().await?).into_response(),
    };
    let etag = HeaderValue::from_str(&etag).map_err(|error| Problem::internal(&error))?;
    response.headers_mut().insert(header::ETAG, etag);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// Whether `If-None-Match` names the tag; weak and strong count as the same.
pub fn matches(tags: &HeaderValue, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = opaque(etag);
    tags.to_str().is_ok_and(|tags| tags.split(',').any(|tag| tag.trim() == "*" || opaque(tag) == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        let check = |tags: &str| matches(&HeaderValue::from_str(tags).expect("a value"), "W/\"0.1-7\"");
        assert!(check("W/\"0.1-7\"") && check("\"0.1-7\"") && check("\"x\", W/\"0.1-7\"") && check("*"));
        assert!(!check("\"0.1-8\"") && !check(""));
    }
}
