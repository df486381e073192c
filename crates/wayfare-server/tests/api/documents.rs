//! What is published: the OpenAPI document and the pages about errors.

use crate::service::Service;
use axum::http::{Method, StatusCode};
use std::path::Path;

/// The file that clients are generated from. `UPDATE_OPENAPI=1` writes it anew.
#[test]
fn the_openapi_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let now = format!("{}\n", serde_json::to_string_pretty(&wayfare_server::openapi()).unwrap());
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == now,
        "docs/openapi.json is stale: run `UPDATE_OPENAPI=1 cargo test -p wayfare-server` and review the change"
    );
}

#[tokio::test]
async fn the_service_sends_the_document() {
    let service = Service::closed().await;
    let answer = service.call(Method::GET, "/api/openapi.json", &[("authorization", "")], "").await;
    assert_eq!(answer.json(), wayfare_server::openapi());
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = wayfare_server::openapi();
    let text = document.to_string();
    let mut found = 0;
    for reference in text.split("\"$ref\":\"").skip(1) {
        let target = reference.split('"').next().unwrap();
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target}");
        found += 1;
    }
    assert!(found > 50, "{found}");
}

#[tokio::test]
async fn every_code_has_its_page() {
    let service = Service::empty().await;
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    for code in wayfare_server::problem_codes() {
        assert!(manual.contains(&format!("### `{code}`")), "docs/errors.md has no section about {code}");
        let answer = service.get(&format!("/docs/errors/{code}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.text().contains(code));
    }
}

#[tokio::test]
async fn the_web_app_answers_for_its_pages() {
    let service = Service::empty().await;
    for path in ["/", "/journeys", "/profiles/pro_0000000000000", "/index.html"] {
        let answer = service.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        let etag = [("if-none-match", answer.header("etag"))];
        let again = service.call(Method::GET, path, &etag, "").await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    }
    for path in
        ["/api/v1/nowhere", "/api/", "/api", "/health", "/health/x", "/v1/track", "/assets/missing.js"]
    {
        assert_eq!(service.get(path).await.code(), "not_found", "{path}");
    }
    let person = [("accept", "text/html,*/*;q=0.8")];
    let answer = service.call(Method::GET, "/mistyped", &person, "").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (StatusCode::NOT_FOUND, "text/html; charset=utf-8")
    );
    assert_eq!(service.call(Method::POST, "/v1/track", &[], "{}").await.code(), "not_found");
    let answer = service.call(Method::POST, "/journeys", &[], "").await;
    assert_eq!((answer.code().as_str(), answer.header("allow")), ("method_not_allowed", "GET,HEAD"));
}
