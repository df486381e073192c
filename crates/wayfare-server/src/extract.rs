//! Extractors whose refusals are problem documents that name the exact place.

use crate::problem::{Code, Problem};
use crate::{layers, routes};
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// A JSON body, whatever its `Content-Type`; unknown members are refused by name.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Body::from_request(request, state).await?;
        from_json(&body.0).map(Self)
    }
}

/// A JSON body that may be left out, which says as much as `{}`.
#[derive(Debug)]
pub struct JsonIfAny<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonIfAny<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Body::from_request(request, state).await?.0;
        let json = if body.iter().all(u8::is_ascii_whitespace) { &b"{}"[..] } else { &body[..] };
        from_json(json).map(Self)
    }
}

/// Reads a JSON document.
pub fn from_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, Problem> {
    let first = json.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') && serde_json::from_slice::<serde::de::IgnoredAny>(json).is_ok() {
        // Members by their places would be read too, but no document says so.
        return Err(Problem::invalid("", "must be an object, not an array"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let read = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        // `.` is the document itself, `?` a place that was not reached: neither is a path that a person knows.
        let path = if matches!(path.as_str(), "." | "?") { String::new() } else { path };
        json_problem(path, error.inner())
    })?;
    deserializer.end().map_err(|error| json_problem(String::new(), &error))?;
    Ok(read)
}

/// The problem of a document that is no JSON (400), or JSON of another shape (422).
pub fn json_problem(path: String, error: &serde_json::Error) -> Problem {
    let code = match error.classify() {
        Category::Data => Code::InvalidRequest,
        Category::Syntax | Category::Eof | Category::Io => Code::UnreadableJson,
    };
    let message = match (code, error.to_string().split_once(" at line ")) {
        // Where in the text a well-formed document has its fault is said by the path.
        (Code::InvalidRequest, Some((message, _))) => in_words(message),
        _ => error.to_string(),
    };
    Problem::refused(code, wayfare_model::problem::Refusal::new(path, message))
}

/// A message of a reader, without the names that types have in the program.
fn in_words(message: &str) -> String {
    if ["invalid digit found", "number too", "cannot parse integer"]
        .iter()
        .any(|start| message.starts_with(start))
    {
        return "must be a whole number".to_owned();
    }
    let mut words = message.to_owned();
    for (name, said) in [
        ("expected a nonzero u64", "expected a whole number of at least 1"),
        ("expected u64", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("expected u16", "expected a whole number"),
        ("expected u8", "expected a whole number"),
        ("expected usize", "expected a whole number"),
        ("expected i64", "expected a whole number"),
        ("expected f64", "expected a number"),
    ] {
        words = words.replace(name, said);
    }
    match words.split_once("expected struct ") {
        Some((before, _)) => format!("{before}expected an object"),
        None => words,
    }
}

/// A body, within the limit of its route.
#[derive(Debug)]
pub struct Body(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if let Some(encoding) = request.headers().get(header::CONTENT_ENCODING).filter(|of| *of != "identity")
        {
            let detail = format!("The body is sent with the encoding {encoding:?}; send it plain.");
            return Err(Problem::new(Code::UnsupportedEncoding, detail));
        }
        let path = request.uri().path().to_owned();
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection: BytesRejection| {
            match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => layers::too_large(routes::largest_body(&path)),
                _ => Problem::new(Code::UnreadableJson, "The body broke off."),
            }
        })
    }
}

/// The parameters of the query; unknown ones are refused by name.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(deserializer).map(Self).map_err(|error| {
            let path = error.path().to_string();
            let path = if path == "." { String::new() } else { path };
            Problem::invalid(path, in_words(&error.inner().to_string()))
        })
    }
}

/// The variable parts of the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Path::<T>::from_request_parts(parts, state).await.map(|path| Self(path.0)).map_err(
            |rejection: PathRejection| match rejection.status() {
                StatusCode::BAD_REQUEST => Problem::new(Code::UnreadableAddress, rejection.body_text()),
                _ => Problem::internal(&rejection),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[allow(dead_code)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[allow(dead_code)]
        limit: u32,
    }

    fn check(json: &str, code: Code, path: &str) {
        let problem = from_json::<Outer>(json.as_bytes()).expect_err("refused");
        assert_eq!(problem.code(), code, "{json}");
        assert_eq!(problem.path(), Some(path), "{json}");
    }

    #[test]
    fn places_of_faults() {
        check(r#"{"inner":[{"limit":1},{"limit":"x"}]}"#, Code::InvalidRequest, "inner[1].limit");
        check(r#"{"inner":[{"limits":1}]}"#, Code::InvalidRequest, "inner[0].limits");
        check(r#"{"inner":[{"limit":1}"#, Code::UnreadableJson, "inner");
        check(r#"{"inner":[]} x"#, Code::UnreadableJson, "");
        check("", Code::UnreadableJson, "");
        check("[]", Code::InvalidRequest, "");
        check("[[]]", Code::InvalidRequest, "");
        let problem = from_json::<Outer>(br#"{"inner":[{"limit":"x"}]}"#).expect_err("refused");
        assert!(problem.detail().ends_with("expected a whole number"), "{problem:?}");
    }
}
