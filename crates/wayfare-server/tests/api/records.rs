//! Records in: forms of the body, and what became of each record.

use crate::service::Service;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

fn event(id: &str) -> Value {
    json!({"event_id": id, "user_id": "u1", "event": "purchase", "timestamp": "2026-09-01T00:00:00Z"})
}

async fn statuses(service: &Service, path: &str, body: &str) -> Vec<String> {
    let answer = service.call(Method::POST, path, &[("content-type", "text/plain")], body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let answer = answer.json();
    let results = answer["results"].as_array().unwrap();
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index);
    }
    results.iter().map(|result| result["status"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_object_an_array_or_lines() {
    let service = Service::empty().await;
    let path = "/api/v1/events";
    assert_eq!(statuses(&service, path, &event("a").to_string()).await, ["accepted"]);
    let several = json!([event("a"), event("b"), 42]).to_string();
    assert_eq!(statuses(&service, path, &several).await, ["duplicate", "accepted", "rejected"]);
    let lines = format!("{}\n\n{{\"event_id\":\n{}\n", event("c"), event("c"));
    assert_eq!(statuses(&service, path, &lines).await, ["accepted", "rejected", "duplicate"]);
    assert!(statuses(&service, path, "[]").await.is_empty());
}

#[tokio::test]
async fn what_is_rejected_and_what_is_set_aside() {
    let service = Service::empty().await;
    let mut no_id = event("x");
    no_id.as_object_mut().unwrap().remove("event_id");
    let mut nested = event("y");
    nested["params"] = json!({"basket": {"a": 1}, "amount": 2});
    let no_journey = json!({"event_id": "z", "user_id": "u", "event": "journey_product_action", "timestamp": "2026-09-01T00:00:00Z"});
    let mut no_zone = event("t");
    no_zone["timestamp"] = json!("2026-09-01T00:00:00");
    let answer = service.post("/api/v1/events", &json!([no_id, nested, no_journey, no_zone])).await.json();
    let results = &answer["results"];
    assert_eq!(results[0]["reason"], "has no `event_id`");
    assert_eq!(results[1]["status"], "accepted");
    assert_eq!(results[1]["set_aside"][0]["path"], "params.basket");
    assert_eq!(results[2]["status"], "rejected");
    assert!(results[3]["reason"].as_str().unwrap().contains("no time zone"), "{results}");
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let service = Service::empty().await;
    let padding = " ".repeat(5_000_001);
    for path in ["/api/v1/events", "/api/v1/profiles"] {
        let answer = service.call(Method::POST, path, &[], &padding).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    }
    // What fits into 5 MB is taken; a definition may have 1 MB.
    let filler = "x".repeat(2_000_000);
    let mut large = event("large");
    large["user_id"] = json!(filler);
    assert_eq!(statuses(&service, "/api/v1/events", &large.to_string()).await, ["rejected"]);
    let answer =
        service.post("/api/v1/segments/count", &json!({"definition": {"all": []}, "timezone": filler})).await;
    assert_eq!(answer.code(), "too_large");
}

#[tokio::test]
async fn more_records_than_a_request_takes() {
    let service = Service::empty().await;
    let body = |records: usize| format!("[0{}]", ",0".repeat(records - 1));
    let lines = "{}\n".repeat(50_001);
    for path in ["/api/v1/events", "/api/v1/profiles"] {
        for body in [&body(50_001), &lines] {
            let answer = service.call(Method::POST, path, &[], body).await;
            assert_eq!((answer.status, answer.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
            assert!(answer.text().contains("50001 records"), "{}", answer.text());
        }
    }
    assert_eq!(statuses(&service, "/api/v1/events", &body(50_000)).await.len(), 50_000);
}

#[tokio::test]
async fn a_read_sees_what_was_acknowledged() {
    let service = Service::empty().await;
    for index in 0..5 {
        let mut event = event(&format!("e{index}"));
        event["user_id"] = json!(format!("u{index}"));
        let position = service.post("/api/v1/events", &event).await.json()["position"].as_u64().unwrap();
        let answer = service.post("/api/v1/segments/count", &json!({"definition": {"all": []}})).await.json();
        assert_eq!(answer["count"], index + 1);
        assert!(answer["position"].as_u64().unwrap() >= position, "{answer}");
    }
}
