//! What cannot be done: status, code and the exact place.

use crate::service::Service;
use axum::http::{Method, StatusCode};
use serde_json::json;

async fn check(
    service: &Service,
    path: &str,
    body: &str,
    status: StatusCode,
    code: &str,
    place: Option<&str>,
) {
    let method = if body.is_empty() && path.contains('?') { Method::GET } else { Method::POST };
    let answer = service.call(method, path, &[], body).await;
    assert_eq!(answer.status, status, "{path} {body}: {}", answer.text());
    assert_eq!(answer.code(), code, "{path} {body}");
    assert_eq!(
        answer.json().get("path").and_then(|place| place.as_str()),
        place,
        "{path} {body}: {}",
        answer.text()
    );
}

#[tokio::test]
async fn bodies_that_are_no_json() {
    let service = Service::empty().await;
    let count = "/api/v1/segments/count";
    let bad = StatusCode::BAD_REQUEST;
    for (body, place) in [
        ("{\"definition\": {\"all\": [}}", "definition"),
        ("{\"definition\": {}", ""),
        ("{\"definition\": {}} x", ""),
        ("nonsense", ""),
    ] {
        let answer = service.call(Method::POST, count, &[], body).await;
        assert_eq!((answer.status, answer.code().as_str()), (bad, "unreadable_json"), "{body}");
        assert_eq!(answer.json()["path"], place, "{body}");
        assert!(answer.json()["message"].as_str().unwrap().contains("column"), "{}", answer.text());
    }
    check(
        &service,
        count,
        "[{\"all\":[]},null,null]",
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid_request",
        Some(""),
    )
    .await;
    let packed = service.call(Method::POST, count, &[("content-encoding", "gzip")], "x").await;
    assert_eq!((packed.status.as_u16(), packed.code().as_str()), (415, "unsupported_encoding"));
    let length = [("content-length", "99999999999"), ("expect", "100-continue")];
    let large = service.call(Method::POST, "/api/v1/events", &length, "").await;
    assert_eq!((large.status.as_u16(), large.code().as_str()), (413, "too_large"));
    assert!(large.text().contains("5000000 bytes"), "{}", large.text());
    check(&service, count, "", bad, "unreadable_json", Some("")).await;
    check(&service, "/api/v1/events", "", bad, "unreadable_json", Some("")).await;
}

#[tokio::test]
async fn requests_of_another_shape() {
    let service = Service::with_data().await;
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    for (path, body, place) in [
        ("/api/v1/segments/count", json!({"definition": {"all": []}, "asof": 1}), "asof"),
        ("/api/v1/segments/count", json!({"as_of": "2026-09-01T00:00:00Z"}), ""),
        ("/api/v1/segments/count", json!({"definition": {"all": []}, "as_of": 5}), "as_of"),
        ("/api/v1/segments/count", json!({"definition": {"all": []}, "as_of": "2026-09-01"}), "as_of"),
        ("/api/v1/segments/count", json!({"definition": {"all": []}, "timezone": "Mars/Base"}), "timezone"),
        ("/api/v1/segments/members", json!({"definition": {"all": []}, "limit": 0}), "limit"),
        ("/api/v1/segments/members", json!({"definition": {"all": []}, "limit": -1}), "limit"),
        ("/api/v1/segments/members", json!({"definition": {"all": []}, "id": "shoe"}), "id"),
        ("/api/v1/segments/members", json!({"definition": {"all": []}, "cursor": "?"}), "cursor"),
        ("/api/v1/profiles/search", json!({"limit": 501}), "limit"),
        ("/api/v1/profiles/search", json!({"cursor": "bm90aGluZw"}), "cursor"),
        ("/api/v1/profiles/search", json!([]), ""),
        ("/api/v1/exports", json!({"kind": "profiles"}), ""),
        ("/api/v1/exports", json!({"kind": "profiles", "format": "xls"}), "format"),
        ("/api/v1/exports", json!({"kind": "profiles", "format": "csv", "hook": "x"}), "hook"),
        ("/api/v1/exports", json!({"kind": "events", "format": "csv"}), "events"),
        ("/api/v1/exports", json!({"kind": "profiles", "format": "csv", "as_of": "now"}), "as_of"),
        (
            "/api/v1/exports",
            json!({"kind": "profiles", "format": "csv", "timezone": "Mars/Base"}),
            "timezone",
        ),
        ("/api/v1/exports", json!({"kind": "profiles", "format": "csv", "email": "no address"}), "email"),
    ] {
        check(&service, path, &body.to_string(), refused, "invalid_request", Some(place)).await;
    }
    let profile = service.post("/api/v1/profiles/search", &json!({"query": "u1"})).await.json();
    let id = profile["profiles"][0]["profile_id"].as_str().unwrap();
    for (path, place) in [
        ("/api/v1/dictionary/values?", ""),
        ("/api/v1/dictionary/values?event=purchase", ""),
        ("/api/v1/dictionary/values?event=purchese&parameter=item", "event"),
        ("/api/v1/dictionary/values?event=purchase&parameter=itme", "parameter"),
        ("/api/v1/dictionary/values?attribute=gendr", "attribute"),
        ("/api/v1/dictionary/values?attribute=gender&limit=9999", "limit"),
        ("/api/v1/dictionary/values?attribute=gender&limit=x", "limit"),
        ("/api/v1/dictionary/values?attribute=gender&colour=red", "colour"),
        (&format!("/api/v1/profiles/{id}/events?cursor=x"), "cursor"),
        ("/api/v1/exports?cursor=x", "cursor"),
        ("/api/v1/exports?limit=0", "limit"),
        ("/api/v1/webhooks/messages?endpoint=ep_nope", "endpoint"),
        ("/api/v1/webhooks/messages?endpoint=", "endpoint"),
        ("/api/v1/webhooks/messages?type=bogus", "type"),
        ("/api/v1/webhooks/messages?state=bogus", "state"),
    ] {
        check(&service, path, "", refused, "invalid_request", Some(place)).await;
    }
}

#[tokio::test]
async fn texts_of_one_line() {
    let service = Service::with_data().await;
    let destination =
        |name: &str| json!({"name": name, "settings": {"kind": "email", "to": ["a@b.example"]}});
    let schedule = |name: &str| json!({"name": name, "request": {"kind": "profiles", "format": "csv"}, "rule": {"every": "hour"}});
    let folder = service.destinations.path().join("a\u{1b}b");
    for (path, body, place) in [
        ("/api/v1/destinations", destination("a\u{0}b"), "name"),
        ("/api/v1/destinations", destination("\u{200b}\u{feff}"), "name"),
        (
            "/api/v1/destinations",
            json!({"name": "a", "settings": {"kind": "folder", "path": folder}}),
            "settings.path",
        ),
        (
            "/api/v1/destinations",
            json!({"name": "a", "settings": {"kind": "webhook", "url": "https://x.example/a\nb"}}),
            "settings.url",
        ),
        ("/api/v1/schedules", schedule("a\r\nb"), "name"),
        ("/api/v1/schedules", schedule(" \u{2060}"), "name"),
        ("/api/v1/keys", json!({"name": "a\u{7f}b"}), "name"),
        ("/api/v1/segments", json!({"name": "a\nb", "definition": {"all": []}}), "name"),
        ("/api/v1/lists", json!({"name": "\u{200d}", "user_ids": ["u1"]}), "name"),
        ("/api/v1/webhooks/endpoints", json!({"url": "https://x.example/a\tb"}), "url"),
        (
            "/api/v1/webhooks/endpoints",
            json!({"url": "https://x.example", "description": "a\u{1b}[31mb"}),
            "description",
        ),
    ] {
        check(
            &service,
            path,
            &body.to_string(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_request",
            Some(place),
        )
        .await;
    }
}

#[tokio::test]
async fn definitions() {
    let service = Service::with_data().await;
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    for path in ["/api/v1/segments/count", "/api/v1/segments/members", "/api/v1/profiles/search"] {
        for (definition, place) in [
            (json!({"attribute": "gendr", "operator": "equals", "value": "F"}), "attribute"),
            (
                json!({"all": [{"event": "purchase", "where": {"parameter": "amont", "operator": "exists"}}]}),
                "all[0].where.parameter",
            ),
            (json!({"attribute": "gender", "operator": "resembles", "value": "F"}), "operator"),
        ] {
            let body = json!({"definition": definition}).to_string();
            check(&service, path, &body, refused, "refused_definition", Some(place)).await;
        }
    }
    let body = json!({"definition": {"attribute": "gendr", "operator": "exists"}});
    let problem = service.post("/api/v1/segments/count", &body).await.json();
    assert_eq!(problem["nearest"], "gender", "{problem}");
}

#[tokio::test]
async fn definitions_of_any_depth() {
    let service = Service::empty().await;
    let deep =
        format!("{{\"definition\":{}{{\"all\":[]}}{}}}", "{\"not\":".repeat(100_000), "}".repeat(100_000));
    let answer = service.call(Method::POST, "/api/v1/segments/count", &[], &deep).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "refused_definition")
    );
}

#[tokio::test]
async fn addresses_that_cannot_be_read() {
    let service = Service::empty().await;
    assert_eq!(service.get("/api/v1/profiles/%ff").await.code(), "unreadable_address");
    assert_eq!(service.get("/api/v1/profiles/pro_x").await.code(), "not_found");
}
