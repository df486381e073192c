//! Named API keys: who is let in by one, and what a key with a policy is shown and refused.

use crate::cases::{self, Right};
use crate::service::{Answer, KEY, Service, all_profiles};
use crate::walk::{ask, names};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

struct Bearer<'s> {
    service: &'s Service,
    header: String,
}

impl<'s> Bearer<'s> {
    fn new(service: &'s Service, secret: &str) -> Self {
        Self { service, header: format!("Bearer {secret}") }
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.service.call(method, path, &[("authorization", &self.header)], &body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &Value::Null).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, body).await
    }

    async fn export(&self, request: &Value) -> Value {
        let answer = self.post("/api/v1/exports", request).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        let path = format!("/api/v1/exports/{}", answer.json()["id"].as_str().unwrap());
        for _ in 0..600 {
            let job = self.get(&path).await.json();
            match job["status"].as_str().unwrap() {
                "queued" | "running" => tokio::time::sleep(Duration::from_millis(50)).await,
                _ => return job,
            }
        }
        panic!("the export is not done within half a minute")
    }
}

fn some_policy() -> Value {
    json!({"rules": [{"column": "email", "do": "hash"}, {"column": "gender", "do": "keep"},
        {"column": "income", "do": "drop"}, {"column": "purchase.item", "do": "drop"}]})
}

/// Each operation as a key with a policy is answered, and as a named key without one is.
#[tokio::test]
async fn rights_of_keys_on_every_operation() {
    let service = Service::closed().await;
    let names = names(&service).await;
    let (_, narrow) = service.key("Partner", some_policy()).await;
    let (_, wide) = service.key("Everything", Value::Null).await;
    for case in cases::all() {
        let bearer = |secret: &str| format!("Bearer {secret}");
        let narrow = bearer(&narrow);
        let answer = ask(&service, case.operation, &case.happy, &names, &[("authorization", &narrow)]).await;
        match case.right {
            Right::Caller | Right::Administrator => {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}: {}", case.operation, answer.text());
                assert_eq!(answer.code(), "forbidden", "{}", case.operation);
            }
            // Jobs of others are none of its own.
            Right::Exporter if case.operation.contains("{id}") => {
                assert_eq!(answer.code(), "not_found", "{}: {}", case.operation, answer.text());
            }
            Right::Exporter | Right::Everyone => {
                assert_eq!(answer.status, case.status, "{}: {}", case.operation, answer.text());
            }
            Right::Partner => assert_ne!(answer.status, StatusCode::OK, "{}", case.operation),
        }
        let wide = bearer(&wide);
        let answer = ask(&service, case.operation, &case.happy, &names, &[("authorization", &wide)]).await;
        let is_let_in = ![StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED].contains(&answer.status);
        let expected = !matches!(case.right, Right::Administrator);
        assert_eq!(is_let_in, expected, "{}: {}", case.operation, answer.text());
    }
}

#[tokio::test]
async fn who_is_let_in_by_a_key() {
    let service = Service::closed().await;
    let (id, secret) = service.key("Partner", Value::Null).await;
    let path = format!("/api/v1/keys/{id}");
    let shown = service.get(&path).await.json();
    assert_eq!(shown["hint"], format!("{}…", &secret[..8]));
    assert!(
        shown.get("secret").is_none() && shown.get("policy").is_none() && shown.get("last_used_at").is_none()
    );
    let key = Bearer::new(&service, &secret);
    assert_eq!(key.get("/api/v1/segments").await.status, StatusCode::OK);
    assert_eq!(Bearer::new(&service, "wfk_wrong").get("/api/v1/segments").await.code(), "unauthorized");
    assert!(service.get(&path).await.json().get("last_used_at").is_some());
    let about = async |bearer: String| {
        let headers = [("authorization", bearer.as_str())];
        service.call(Method::GET, "/api/v1/about", &headers, "").await.json()["signed_in"].clone()
    };
    assert_eq!(about(format!("Bearer {secret}")).await, true);

    // A change without the policy would take that away.
    let change = json!({"name": "Partner", "disabled": true, "revision": 1});
    let refused = service.call(Method::PUT, &path, &[], &change.to_string()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    let change = json!({"name": "Partner", "policy": null, "disabled": true, "revision": 1});
    let changed = service.call(Method::PUT, &path, &[], &change.to_string()).await;
    assert_eq!((changed.status, &changed.json()["disabled"]), (StatusCode::OK, &true.into()));
    assert_eq!(key.get("/api/v1/segments").await.code(), "unauthorized");
    assert_eq!(about(format!("Bearer {secret}")).await, false);
    let change = json!({"name": "Partner", "policy": null, "revision": 2});
    service.call(Method::PUT, &path, &[], &change.to_string()).await;
    let rotated = service.post(&format!("{path}/rotate-secret"), &Value::Null).await.json();
    assert_eq!(key.get("/api/v1/segments").await.code(), "unauthorized");
    let newer = Bearer::new(&service, rotated["secret"].as_str().unwrap());
    assert_eq!(newer.get("/api/v1/segments").await.status, StatusCode::OK);
    // Its deeds have its name.
    newer.post("/api/v1/segments", &json!({"name": "Mine", "definition": {"all": []}})).await;
    let made = service.get("/api/v1/segments").await.json();
    assert!(made.to_string().contains(&format!("API key Partner ({id})")), "{made}");
    service.call(Method::DELETE, &path, &[], "").await;
    assert_eq!(newer.get("/api/v1/segments").await.code(), "unauthorized");
}

#[tokio::test]
async fn a_key_is_itself_where_nobody_signs_in() {
    let service = Service::with_data().await;
    let (id, secret) = service.key("Partner", some_policy()).await;
    let key = Bearer::new(&service, &secret);
    assert_eq!(key.get("/api/v1/segments").await.code(), "forbidden");
    assert_eq!(Bearer::new(&service, "anything").get("/api/v1/segments").await.status, StatusCode::OK);
    let path = format!("/api/v1/keys/{id}");
    let change = json!({"name": "Partner", "policy": null, "disabled": true, "revision": 1}).to_string();
    service.call(Method::PUT, &path, &[], &change).await;
    assert_eq!(key.get("/api/v1/segments").await.code(), "unauthorized");
    // Nor does it show everything where it is gone, or mistyped.
    service.call(Method::DELETE, &path, &[], "").await;
    assert_eq!(key.get("/api/v1/segments").await.code(), "unauthorized");
    let raw = [("x-partner-name", "acme"), ("x-request-token", secret.as_str())];
    let columns = service.call(Method::POST, "/api/user/v3/metadata/columns", &raw, "{}").await;
    assert_eq!(columns.status, StatusCode::FORBIDDEN, "{}", columns.text());
}

#[tokio::test]
async fn what_a_key_with_a_policy_is_shown() {
    let service = Service::closed().await;
    let (_, secret) = service.key("Partner", some_policy()).await;
    let (_, other) = service.key("Other", some_policy()).await;
    let (key, other) = (Bearer::new(&service, &secret), Bearer::new(&service, &other));
    let asked = json!({"kind": "profiles", "attributes": ["email", "gender", "income"], "format": "ndjson"});
    let job = key.export(&asked).await;
    assert_eq!(job["status"], "complete", "{job}");
    assert_eq!(job["warnings"], json!(["column `income` is left out: the policy of the API key says so"]));
    assert!(job["request"].get("policy").is_none(), "{job}");
    let id = job["id"].as_str().unwrap();
    let file = key.get(&format!("/api/v1/exports/{id}/files/part-00001.ndjson")).await.text();
    assert!(
        !file.contains("example.com") && !file.contains("income") && file.contains("\"gender\":\"F\""),
        "{file}"
    );
    let manifest = key.get(&format!("/api/v1/exports/{id}/manifest")).await.json();
    assert_eq!(
        manifest["policy"]["columns"],
        json!([{"column": "email", "do": "hash"}, {"column": "income", "do": "drop"}])
    );
    let dictionary = key.get(&format!("/api/v1/exports/{id}/dictionary")).await.text();
    assert!(!dictionary.contains("income"), "{dictionary}");
    let preview = key.post("/api/v1/exports/preview", &asked).await.json();
    assert!(!preview["sample"].to_string().contains("example.com"), "{preview}");

    // Nobody sees another's jobs, whoever it is; callers without a policy see all.
    let of_service = service.export(&all_profiles()).await["id"].as_str().unwrap().to_owned();
    for (bearer, sees) in [(&key, vec![id]), (&other, vec![])] {
        let listed = bearer.get("/api/v1/exports").await.json();
        let ids: Vec<&str> =
            listed["exports"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap()).collect();
        assert_eq!(ids, sees);
        let behind = format!("/api/v1/exports?cursor={}", listed["next_cursor"].as_str().unwrap_or("IngiCg"));
        assert_eq!(bearer.get(&behind).await.code(), "invalid_request");
    }
    assert_eq!(other.get(&format!("/api/v1/exports/{id}")).await.code(), "not_found");
    assert_eq!(key.get(&format!("/api/v1/exports/{of_service}")).await.code(), "not_found");
    let after = json!({"kind": "profiles", "format": "csv", "positions": {"after": of_service}});
    assert_eq!(key.post("/api/v1/exports", &after).await.code(), "invalid_request");
    assert_eq!(service.get(&format!("/api/v1/exports/{id}")).await.status, StatusCode::OK);

    // What is left out has no name either; figures of journeys are not told.
    let dictionary = key.get("/api/v1/dictionary").await.json();
    let has = |dictionary: &Value, name: &str| dictionary.to_string().contains(&format!("\"{name}\""));
    assert!(!has(&dictionary, "income") && !has(&dictionary, "item") && has(&dictionary, "amount"));
    assert!(has(&service.get("/api/v1/dictionary").await.json(), "income"));
    let journeys = key.get("/api/v1/journeys").await.json();
    assert_eq!(journeys["journeys"], json!([{"journey_id": 1004, "journey_name": "Welcome"}]));
}

#[tokio::test]
async fn what_a_key_with_a_policy_cannot_ask_by() {
    let service = Service::closed().await;
    let saved = json!({"name": "Rich", "definition": {"attribute": "income", "operator": "at_least", "value": 20000}});
    let saved = service.post("/api/v1/segments", &saved).await.json()["id"].as_str().unwrap().to_owned();
    let mut policy = some_policy();
    policy["minimum_group"] = 2.into();
    let (_, secret) = service.key("Partner", policy).await;
    let key = Bearer::new(&service, &secret);
    let count = |definition: Value| json!({"definition": definition});
    let gender = json!({"attribute": "gender", "operator": "equals", "value": "F"});
    let everyone = key.post("/api/v1/segments/count", &count(json!({"all": []}))).await;
    assert_eq!(everyone.json()["count"], 4, "{}", everyone.text());
    // Of the four it leaves out one.
    let answer = key.post("/api/v1/segments/count", &count(gender.clone())).await;
    assert!(answer.text().contains("fewer than 2 people"), "{}", answer.text());
    for (definition, path) in [
        (json!({"all": [gender, {"attribute": "income", "operator": "exists"}]}), "all[1].attribute"),
        (json!({"attribute": "email", "operator": "exists"}), "attribute"),
        (json!({"segment": saved}), "segment"),
        (
            json!({"event": "purchase", "where": {"parameter": "item", "operator": "exists"}}),
            "where.parameter",
        ),
    ] {
        let answer = key.post("/api/v1/segments/count", &count(definition.clone())).await;
        assert_eq!((answer.code().as_str(), &answer.json()["path"]), ("refused_definition", &path.into()));
        let export = json!({"kind": "profiles", "format": "csv", "definition": definition});
        for at in ["/api/v1/exports", "/api/v1/exports/preview"] {
            let answer = key.post(at, &export).await;
            assert_eq!(
                (answer.code().as_str(), &answer.json()["path"]),
                ("refused_definition", &path.into())
            );
        }
    }
    // Too few are not counted, alone or as a part, and no number of them is told.
    let few = json!({"attribute": "gender", "operator": "equals", "value": "M"});
    let answer = key.post("/api/v1/segments/count", &count(few.clone())).await;
    assert_eq!(answer.code(), "invalid_request");
    assert!(
        answer.json()["message"].as_str().unwrap().starts_with("fewer than 2 people"),
        "{}",
        answer.text()
    );
    let both = json!({"definition": {"any": [gender, few]}});
    assert_eq!(key.post("/api/v1/segments/count", &both).await.json()["count"], 4);
    let parts = json!({"definition": {"any": [gender, few]}, "conditions": true});
    assert_eq!(key.post("/api/v1/segments/count", &parts).await.code(), "invalid_request");
    let export = json!({"kind": "profiles", "format": "csv", "definition": few});
    assert_eq!(key.post("/api/v1/exports/preview", &export).await.code(), "invalid_request");
    let job = key.export(&export).await;
    assert_eq!(job["status"], "failed", "{job}");
    let sent = json!({"kind": "profiles", "format": "csv", "destinations": ["dst_1"]});
    assert_eq!(key.post("/api/v1/exports", &sent).await.json()["path"], "destinations");
    // The policy is no part of a body.
    let body = json!({"kind": "profiles", "format": "csv", "policy": {}});
    assert_eq!(service.post("/api/v1/exports", &body).await.code(), "invalid_request");
}

#[tokio::test]
async fn policies_on_the_raw_surfaces() {
    let service = Service::closed().await;
    let (_, secret) = service.key("Partner", some_policy()).await;
    let partner =
        [("x-partner-name", "mybrand"), ("x-request-token", secret.as_str()), ("authorization", "")];
    let full = [("x-partner-name", "mybrand"), ("x-request-token", KEY), ("authorization", "")];
    let body = json!({"attributes": ["email", "gender", "custom.income"], "format": "csv",
        "events": {"from": "2026-09-01T00:00:00Z", "to": "2026-09-02T00:00:00Z",
            "wanted": [{"event_name": "purchase", "params": ["custom.item", "custom.amount"]}]}});
    let call = async |headers: &[(&str, &str)], method: Method, path: &str, body: &Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        service.call(method, path, headers, &body).await
    };
    let made = call(&partner, Method::POST, "/api/raw/v2/export", &body).await;
    assert_eq!(made.status, StatusCode::ACCEPTED, "{}", made.text());
    let id = made.json()["export_id"].as_str().unwrap().to_owned();
    let path = format!("/api/raw/v2/export/{id}");
    let mut shown = Value::Null;
    for _ in 0..600 {
        shown = call(&partner, Method::GET, &path, &Value::Null).await.json();
        if shown["status"] == "complete" || shown["status"] == "failed" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(shown["status"], "complete", "{shown}");
    let bearer = Bearer::new(&service, &secret);
    let file = async |file: &str| bearer.get(&format!("/api/v1/exports/{id}/files/{file}")).await.text();
    let attributes = file("attributes%2Fpart-00001.csv").await;
    assert!(
        attributes.starts_with("insider_id,email,gender\n") && !attributes.contains("example.com"),
        "{attributes}"
    );
    let events = file("events%2Fpart-00001.csv").await;
    assert!(events.starts_with("event_id,event_name,timestamp,insider_id,custom.amount\n"), "{events}");
    let manifest = bearer.get(&format!("/api/v1/exports/{id}/manifest")).await.json();
    let done: Vec<&str> = manifest["policy"]["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["column"].as_str().unwrap())
        .collect();
    assert_eq!(done, ["email", "income", "purchase.item"]);

    let others = call(&full, Method::POST, "/api/raw/v2/export", &body).await.json();
    let others = format!("/api/raw/v2/export/{}", others["export_id"].as_str().unwrap());
    assert_eq!(call(&partner, Method::GET, &others, &Value::Null).await.status, StatusCode::NOT_FOUND);
    let cancel = format!("{others}/cancel");
    assert_eq!(call(&partner, Method::POST, &cancel, &Value::Null).await.status, StatusCode::NOT_FOUND);
    let listed = call(&partner, Method::GET, "/api/raw/v2/exports", &Value::Null).await.json();
    assert_eq!(listed["exports"].as_array().unwrap().len(), 1, "{listed}");
    let columns = json!({"table": "contacts"});
    let shown = call(&partner, Method::POST, "/api/user/v3/metadata/columns", &columns).await.text();
    assert!(!shown.contains("income") && shown.contains("gender"), "{shown}");
    let events =
        call(&partner, Method::POST, "/api/user/v3/metadata/columns", &json!({"table": "events"})).await;
    assert!(!events.text().contains("c_item") && events.text().contains("c_amount"), "{}", events.text());
    let filtered = json!({"attributes": [], "format": "csv", "events": {"from": "2026-09-01T00:00:00Z",
        "to": "2026-09-02T00:00:00Z", "wanted": [{"event_name": "purchase", "params": [],
        "filters": [{"key": "custom.item", "operator": "eq", "values": ["tea"]}]}]}});
    let refused = call(&partner, Method::POST, "/api/raw/v2/export", &filtered).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text().contains("purchase.item"), "{}", refused.text());
    let mut wrong = partner;
    wrong[1].1 = "wfk_wrong";
    assert_eq!(call(&wrong, Method::POST, "/api/raw/v2/export", &body).await.status, StatusCode::FORBIDDEN);
}
