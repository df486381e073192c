//! What happens around every handler: the check of host and origin, headers that keep pages safe, the log of
//! requests, and panics that become problem documents.

use crate::guard;
use crate::problem::{Code, Problem};
use crate::routes;
use crate::state::AppState;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use std::any::Any;
use std::time::{Duration, Instant};

/// Only this service's own scripts; styles also inline, as the component library sets them. Mail is shown in a
/// frame without rights, whose pictures may be embedded ones only.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const SAFETY: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Refuses other hosts and other sites' pages; adds the headers that keep pages safe.
pub(crate) async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = match guard::check(state.hosts, request.headers(), request.uri()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    for (name, value) in SAFETY {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if !response.headers().contains_key(header::CACHE_CONTROL) {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Refuses a body that says that it is too large before any of it is read, or asked for.
pub(crate) async fn limit_bodies(request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let limit = routes::largest_body(request.uri().path());
    if length.and_then(|length| length.parse::<u64>().ok()).is_none_or(|length| length <= limit as u64) {
        return next.run(request).await;
    }
    // A client that has begun to send reads no answer before it is done, or finds the connection broken.
    if !request.headers().contains_key(header::EXPECT) {
        let drain = async {
            let (mut chunks, mut drained) = (request.into_body().into_data_stream(), 0);
            while let Some(Ok(chunk)) = chunks.next().await {
                drained += chunk.len();
                if drained > MOST_DRAINED {
                    break;
                }
            }
        };
        // Whoever sends nothing gets the answer all the same.
        let _ = tokio::time::timeout(DRAINING, drain).await;
    }
    too_large(limit).into_response()
}

/// The problem of a body beyond a limit, in bytes.
pub(crate) fn too_large(limit: usize) -> Problem {
    Problem::new(
        Code::TooLarge,
        format!("The body is larger than {limit} bytes, the most that this address takes."),
    )
}

/// How much of a body that is too large is read for the sake of its sender, and for how long.
const MOST_DRAINED: usize = 64 << 20;
const DRAINING: Duration = Duration::from_secs(5);

/// Does what was asked to its end where it changes something, also when nobody waits for the answer any more: what is kept
/// and what the process knows of it change together.
pub(crate) async fn finish(request: Request, next: Next) -> Response {
    if request.method().is_safe() || routes::only_tells(request.uri().path()) {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Problem::new(Code::Unavailable, "The service is stopping; ask again.").into_response(),
        },
    }
}

/// Counts and logs a request: its route, never its query, body or headers, for those may hold secrets.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("app", MatchedPath::as_str).to_owned();
    let start = Instant::now();
    let response = next.run(request).await;
    let (status, seconds) = (response.status().as_u16(), start.elapsed().as_secs_f64());
    let method = known_method(method.as_str());
    metrics::counter!(crate::metrics::REQUESTS, "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!(crate::metrics::REQUEST_SECONDS, "method" => method, "route" => route.clone())
        .record(seconds);
    tracing::info!(method, route, status, ms = seconds * 1e3, "answered");
    response
}

/// Clients may send any word as a method; figures are kept of the known ones.
fn known_method(method: &str) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

/// The answer to an address that is there, asked with a method that it does not take.
pub(crate) async fn method_not_allowed(request: Request) -> Problem {
    let method = request.method();
    Problem::new(Code::MethodNotAllowed, format!("This address does not take {method}."))
}

/// The answer where a handler panicked.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(Code::Internal, "The service failed; its log says why.").into_response()
}
