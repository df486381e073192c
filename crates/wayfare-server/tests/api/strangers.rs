//! Other sites' pages must get nowhere, whatever tricks they know.

use crate::service::Service;
use axum::http::{Method, StatusCode};

const EVENT: &str = r#"{"event_id":"x","user_id":"u","event":"purchase","timestamp":"2026-09-01T00:00:00Z"}"#;

#[tokio::test]
async fn dns_rebinding() {
    let service = Service::empty().await;
    for host in
        ["evil.example", "evil.example:8080", "localhost.evil.example:8080", "127.0.0.1", "127.0.0.1:9999"]
    {
        for path in ["/", "/api/v1/about", "/api/v1/journeys", "/metrics", "/health/live", "/nowhere"] {
            let answer = service.call(Method::GET, path, &[("host", host)], "").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{host} {path}");
            assert_eq!(answer.code(), "foreign_host");
        }
    }
    let answer = service.call(Method::GET, "/api/v1/about", &[("host", "")], "").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "no host at all");
    let answer = service.call(Method::GET, "/api/v1/about", &[("host", "localhost:8080")], "").await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn pages_of_other_sites() {
    let service = Service::empty().await;
    for origin in ["https://evil.example", "http://127.0.0.1:3000", "http://localhost:8080", "null"] {
        // A script's request, and a plain form that needs no permission from the browser.
        for content_type in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
            let headers = [("origin", origin), ("content-type", content_type)];
            let answer = service.call(Method::POST, "/api/v1/events", &headers, EVENT).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin} {content_type}");
            assert_eq!(answer.code(), "foreign_origin");
        }
    }
    let headers = [("sec-fetch-site", "cross-site"), ("content-type", "text/plain")];
    let answer = service.call(Method::POST, "/api/v1/events", &headers, EVENT).await;
    assert_eq!(answer.code(), "foreign_origin");
    assert_eq!(service.store.position(), 0, "nothing was accepted");

    let answer =
        service.call(Method::POST, "/api/v1/events", &[("origin", "http://127.0.0.1:8080")], EVENT).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn preflights_are_not_answered_with_permission() {
    let service = Service::empty().await;
    let headers = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let answer = service.call(Method::OPTIONS, "/api/v1/events", &headers, "").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
}

#[tokio::test]
async fn pages_cannot_be_framed_or_sniffed() {
    let service = Service::empty().await;
    for path in ["/", "/api/v1/about", "/api/v1/nowhere"] {
        let answer = service.get(path).await;
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
}
