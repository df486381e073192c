//! Walks the OpenAPI document: every operation has a case, and every case holds.

use crate::cases::{self, Call, Right};
use crate::service::{Answer, Service, all_profiles};
use axum::http::{Method, StatusCode};
use std::collections::{BTreeMap, BTreeSet};

fn operations() -> BTreeSet<String> {
    let document = wayfare_server::openapi();
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

#[test]
fn every_operation_has_its_case() {
    let covered: BTreeSet<String> = cases::all().iter().map(|case| case.operation.to_owned()).collect();
    assert_eq!(operations(), covered, "left: the document, right: the cases");
}

#[test]
fn every_operation_is_described() {
    let document = wayfare_server::openapi();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for member in ["operationId", "tags"] {
                assert!(operation.get(member).is_some(), "{method} {path} has no {member}");
            }
            assert!(operation.get("summary").or(operation.get("description")).is_some(), "{method} {path}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
        }
    }
}

/// What `{name}` stands for in cases.
pub async fn names(service: &Service) -> BTreeMap<&'static str, String> {
    // First, so that it is told how an export ends.
    let mut endpoints = Vec::new();
    for url in ["https://x.example/a", "https://x.example/b"] {
        let answer = service.post("/api/v1/webhooks/endpoints", &serde_json::json!({ "url": url })).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        endpoints.push(answer.json()["endpoint"]["id"].as_str().unwrap().to_owned());
    }
    let [endpoint, endpoint_to_remove] = endpoints.try_into().unwrap();
    let mut request = all_profiles();
    request["email"] = "ann@example.com".into();
    let job = service.export(&request).await;
    let id = job["id"].as_str().unwrap().to_owned();
    let signature = signature(service, &id).await;
    let mut request = all_profiles();
    request["max_rows"] = 2.into();
    let several = service.export(&request).await["id"].as_str().unwrap().to_owned();
    let list_signature = self::signature(service, &several).await;
    let search = service.post("/api/v1/profiles/search", &serde_json::json!({"query": "u1"})).await.json();
    let mails = service.get("/api/v1/mail").await.json();
    let running = service.post("/api/v1/exports", &all_profiles()).await.json();
    let body = serde_json::json!({"attributes": ["gender"], "format": "csv"}).to_string();
    let raw = service.call(Method::POST, "/api/raw/v2/export", &crate::raw::PARTNER, &body).await.json();
    let cancelled = service.post("/api/v1/exports", &all_profiles()).await.json();
    let cancelled = cancelled["id"].as_str().unwrap().to_owned();
    let ended = service.post(&format!("/api/v1/exports/{cancelled}/cancel"), &serde_json::Value::Null).await;
    // One that was done before it could be stopped would not be tried again.
    assert_eq!(ended.json()["status"], "cancelled", "{}", ended.text());
    let everyone = serde_json::json!({"all": []});
    let mut made = Vec::new();
    for path in ["/api/v1/segments", "/api/v1/segments", "/api/v1/lists", "/api/v1/lists"] {
        let new = serde_json::json!({"name": "Everyone", "definition": everyone});
        let answer = service.post(path, &new).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        made.push(answer.json()["id"].as_str().unwrap().to_owned());
    }
    let [segment, segment_to_remove, list, list_to_remove] = made.try_into().unwrap();
    let mut schedules = Vec::new();
    for _ in 0..2 {
        let new = serde_json::json!({"name": "Daily", "request": {"kind": "profiles", "format": "csv"},
            "rule": {"every": "day", "at": "06:00"}});
        let answer = service.post("/api/v1/schedules", &new).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        schedules.push(answer.json()["id"].as_str().unwrap().to_owned());
    }
    let [schedule, schedule_to_remove] = schedules.try_into().unwrap();
    let mut watches = Vec::new();
    for above in [1, 2] {
        let watch = serde_json::json!({"segment": segment, "above": above, "every_minutes": 5});
        let made = service.post("/api/v1/webhooks/watches", &watch).await.json();
        watches.push(made["id"].as_str().unwrap().to_owned());
    }
    let [watch, watch_to_remove] = watches.try_into().unwrap();
    let messages = format!("/api/v1/webhooks/messages?endpoint={endpoint}");
    let messages = service.get(&messages).await.json();
    let folder = service.destinations.path().join("out").to_str().unwrap().to_owned();
    let mut destinations = Vec::new();
    for name in ["One", "Two"] {
        let new = serde_json::json!({"name": name, "settings": {"kind": "folder", "path": &folder}});
        let answer = service.post("/api/v1/destinations", &new).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        destinations.push(answer.json()["id"].as_str().unwrap().to_owned());
    }
    let [destination, destination_to_remove] = destinations.try_into().unwrap();
    let mut keys = Vec::new();
    for name in ["One", "Two"] {
        keys.push(service.key(name, serde_json::Value::Null).await.0);
    }
    let [key, key_to_remove] = keys.try_into().unwrap();
    BTreeMap::from([
        ("{schedule}", schedule),
        ("{schedule_to_remove}", schedule_to_remove),
        (
            "{message}",
            messages["messages"][0]["id"].as_str().unwrap_or_else(|| panic!("{messages}")).to_owned(),
        ),
        ("{endpoint}", endpoint),
        ("{endpoint_to_remove}", endpoint_to_remove),
        ("{watch}", watch),
        ("{watch_to_remove}", watch_to_remove),
        ("{folder}", folder),
        ("{destination}", destination),
        ("{destination_to_remove}", destination_to_remove),
        ("{key}", key),
        ("{key_to_remove}", key_to_remove),
        ("{segment}", segment),
        ("{segment_to_remove}", segment_to_remove),
        ("{list}", list),
        ("{list_to_remove}", list_to_remove),
        ("{id}", id),
        ("{cancelled}", cancelled),
        ("{running}", running["id"].as_str().unwrap().to_owned()),
        ("{raw}", raw["export_id"].as_str().unwrap().to_owned()),
        ("{signature}", signature),
        ("{several}", several),
        ("{list_signature}", list_signature),
        ("{file}", job["parts"][0]["file"].as_str().unwrap().to_owned()),
        ("{profile_id}", search["profiles"][0]["profile_id"].as_str().unwrap().to_owned()),
        ("{mail_id}", mails["messages"][0]["id"].as_str().unwrap_or_else(|| panic!("{mails}")).to_owned()),
    ])
}

async fn signature(service: &Service, id: &str) -> String {
    let link = service.post(&format!("/api/v1/exports/{id}/link"), &serde_json::Value::Null).await.json();
    link["url"].as_str().unwrap_or_else(|| panic!("{link}")).split_once('?').unwrap().1.to_owned()
}

pub async fn ask(
    service: &Service,
    operation: &str,
    call: &Call,
    names: &BTreeMap<&'static str, String>,
    headers: &[(&str, &str)],
) -> Answer {
    let method: Method = operation.split(' ').next().unwrap().parse().unwrap();
    let mut path = call.path.to_owned();
    for (name, value) in names {
        path = path.replace(name, value);
    }
    let mut body = call.body.clone();
    for (name, value) in names {
        body = body.replace(name, value);
    }
    service.call(method, &path, headers, &body).await
}

#[tokio::test]
async fn every_case_holds() {
    let service = Service::closed().await;
    let names = names(&service).await;
    let known = wayfare_server::openapi();
    for case in cases::all() {
        let stranger = [("authorization", "")];
        let answer = ask(&service, case.operation, &case.happy, &names, &stranger).await;
        match case.right {
            Right::Caller | Right::Exporter | Right::Administrator => {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}: {}", case.operation, answer.text())
            }
            Right::Everyone => {
                assert_eq!(answer.status, case.status, "{}: {}", case.operation, answer.text())
            }
            Right::Partner => {
                let expected =
                    (StatusCode::BAD_REQUEST, r#"{"error":"empty partner: bad request"}"#.to_owned());
                assert_eq!((answer.status, answer.text()), expected, "{}", case.operation)
            }
        }
        let headers: &[_] = if case.right == Right::Partner { &crate::raw::PARTNER } else { &[] };
        let answer = ask(&service, case.operation, &case.happy, &names, headers).await;
        // A small export may be complete before it can be cancelled.
        let done = case.operation.ends_with("/cancel") && answer.status == StatusCode::CONFLICT;
        assert!(
            answer.status == case.status || done,
            "{}: {} {}",
            case.operation,
            answer.status,
            answer.text()
        );

        let foreign = [("origin", "https://evil.example")];
        let headers: &[_] = if case.code == "foreign_origin" { &foreign } else { &[] };
        let answer = ask(&service, case.operation, &case.bad, &names, headers).await;
        assert_eq!(answer.code(), case.code, "{}: {}", case.operation, answer.text());

        let (method, path) = case.operation.split_once(' ').unwrap();
        let responses = &known["paths"][path][method.to_lowercase()]["responses"];
        for status in [case.status, answer.status] {
            assert!(responses.get(status.as_str()).is_some(), "{} does not tell of {status}", case.operation);
        }
        let answer = service.call(Method::TRACE, &path.replace(['{', '}'], "x"), &[], "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{}", case.operation);
        assert!(answer.header("allow").contains(method), "{}", case.operation);
    }
}
