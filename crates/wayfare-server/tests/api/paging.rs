//! Answers that read: pages, values, events, ETags.

use crate::service::Service;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

fn texts(values: &Value, member: &str) -> Vec<String> {
    let text = |value: &Value| match value.get(member).unwrap_or(value) {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    values.as_array().unwrap().iter().map(text).collect()
}

#[tokio::test]
async fn profiles_page_by_page() {
    let service = Service::with_data().await;
    for request in [json!({}), json!({"definition": {"all": []}})] {
        let whole = service.post("/api/v1/profiles/search", &request).await.json();
        assert_eq!(whole["profiles"].as_array().unwrap().len(), 4, "{whole}");
        let mut request = request;
        request["limit"] = json!(3);
        let first = service.post("/api/v1/profiles/search", &request).await.json();
        request["cursor"] = first["next_cursor"].clone();
        let second = service.post("/api/v1/profiles/search", &request).await.json();
        assert!(second.get("next_cursor").is_none());
        assert_eq!(second["as_of"], first["as_of"], "all pages see one instant");
        let pages =
            [texts(&first["profiles"], "profile_id"), texts(&second["profiles"], "profile_id")].concat();
        assert_eq!(pages, texts(&whole["profiles"], "profile_id"));
    }
}

#[tokio::test]
async fn profiles_by_identifier_and_definition() {
    let service = Service::with_data().await;
    let women = json!({"attribute": "gender", "operator": "equals", "value": "F"});
    for (request, expected) in [
        (json!({"query": "u"}), 3),
        (json!({"query": "ann@"}), 1),
        (json!({"query": "u2", "by": "email"}), 0),
        (json!({"query": "u2", "by": "user_id"}), 1),
        (json!({"query": "u", "definition": women}), 2),
        (json!({"query": "u2", "definition": women}), 0),
        (json!({"query": "  ", "definition": women}), 3),
    ] {
        let answer = service.post("/api/v1/profiles/search", &request).await.json();
        assert_eq!(answer["profiles"].as_array().unwrap().len(), expected, "{request}: {answer}");
    }
}

#[tokio::test]
async fn a_profile_with_typed_values() {
    let service = Service::with_data().await;
    let found =
        service.post("/api/v1/profiles/search", &json!({"query": "u1", "by": "user_id"})).await.json();
    let listed = &found["profiles"][0];
    assert_eq!(
        listed["attributes"],
        json!({"gender": "F", "income": 80000, "vip": true, "tags": ["a", "b"], "since": "2026-01-31"})
    );
    let id = listed["profile_id"].as_str().unwrap();
    let profile = service.get(&format!("/api/v1/profiles/{id}")).await.json();
    assert_eq!(
        profile["identifiers"],
        json!({"user_id": "u1", "email": "Ann@example.com", "phone_number": "+901", "custom": {"card": "7"}})
    );
    assert_eq!(
        texts(&profile["attributes"], "type"),
        ["string", "number", "boolean", "array of string", "date"]
    );

    let path = format!("/api/v1/profiles/{id}/events");
    let events = service.get(&path).await.json();
    assert_eq!(texts(&events["events"], "event_id"), ["e7", "e6", "e5", "e3", "e1"]);
    let action = &events["events"][2]["action"];
    assert_eq!((&action["channel_name"], &action["action_name"]), (&json!("E-mail"), &json!("VIEW")));
    assert_eq!(events["events"][0]["params"], json!({"amount": 30, "item": "cup"}));

    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = service.get(&format!("{path}?limit=2{cursor}")).await.json();
        seen.extend(texts(&page["events"], "event_id"));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["e7", "e6", "e5", "e3", "e1"]);
    let purchases = service.get(&format!("{path}?event=purchase")).await.json();
    assert_eq!(texts(&purchases["events"], "event_id"), ["e7", "e6"]);
    let entered = service.get(&format!("{path}?event=journey_entered")).await.json();
    assert_eq!(texts(&entered["events"], "event_id"), ["e1"], "the other surface's name of journey_enter");
}

#[tokio::test]
async fn counts_and_members() {
    let service = Service::with_data().await;
    let entered = json!({"event": "journey_enter", "where": {"parameter": "journey_id", "operator": "equals", "value": 1004}});
    let count = service.post("/api/v1/segments/count", &json!({"definition": entered})).await.json();
    assert_eq!(
        (&count["count"], &count["population"], &count["filters"]),
        (&json!(2), &json!(4), &json!(1)),
        "{count}"
    );
    let members = json!({"definition": {"all": []}, "id": "user_id", "limit": 2});
    let page = service.post("/api/v1/segments/members", &members).await.json();
    assert_eq!(texts(&page["members"], ""), ["u1", "u2"]);
    assert_eq!((&page["count"], &page["without_id"]), (&json!(4), &json!(1)));
    let mut ids = json!({"definition": {"all": []}, "limit": 3});
    let first = service.post("/api/v1/segments/members", &ids).await.json();
    ids["cursor"] = first["next_cursor"].clone();
    let second = service.post("/api/v1/segments/members", &ids).await.json();
    assert_eq!((texts(&first["members"], "").len(), texts(&second["members"], "").len()), (3, 1), "{second}");
    assert!(
        [texts(&first["members"], ""), texts(&second["members"], "")].concat().is_sorted_by(|a, b| a < b)
    );
    assert_eq!((&second["without_id"], second.get("next_cursor")), (&json!(0), None));
    let mut other = members.clone();
    (other["id"], other["cursor"]) = (json!("profile_id"), page["next_cursor"].clone());
    assert_eq!(service.post("/api/v1/segments/members", &other).await.code(), "invalid_request");
    let mut next = members;
    next["cursor"] = page["next_cursor"].clone();
    let page = service.post("/api/v1/segments/members", &next).await.json();
    assert_eq!(texts(&page["members"], ""), ["u3"]);
    assert!(page.get("next_cursor").is_none());
    let before = json!({"definition": entered, "as_of": "2026-09-01T00:00:00Z"});
    assert_eq!(service.post("/api/v1/segments/count", &before).await.json()["count"], 0);
}

#[tokio::test]
async fn values_that_exist() {
    let service = Service::with_data().await;
    let service = &service;
    let values = |query: &'static str| async move {
        service.get(&format!("/api/v1/dictionary/values?{query}")).await.json()
    };
    let action = "event=journey_product_action&parameter=";
    let codes = values("event=journey_product_action&parameter=action_code").await;
    assert_eq!(
        (texts(&codes["values"], "value"), texts(&codes["values"], "name")),
        (vec!["1".to_owned(), "4".to_owned()], vec!["SEND".to_owned(), "VIEW".to_owned()]),
        "{action}"
    );
    let channels = values("event=journey_product_action&parameter=channel_code&query=mail").await;
    assert_eq!(texts(&channels["values"], "name"), ["E-mail"]);
    let journeys = values("event=journey_enter&parameter=journey_id&query=welc").await;
    assert_eq!(texts(&journeys["values"], "name"), ["Welcome"]);
    let campaigns = values("event=journey_product_action&parameter=campaign_id&journey_id=1004").await;
    assert_eq!(
        texts(&campaigns["values"], "name"),
        ["E-mail"],
        "a campaign without a name goes by its channel"
    );
    let named = values("event=journey_entered&parameter=name").await;
    assert_eq!(texts(&named["values"], "value"), ["Welcome"], "the other surface's names");
    let none = values("event=journey_product_action&parameter=campaign_id&journey_id=7").await;
    assert_eq!(none["distinct"], 0);
    let genders = values("attribute=gender&limit=1").await;
    assert_eq!((texts(&genders["values"], "value"), &genders["distinct"]), (vec!["F".to_owned()], &json!(2)));
}

#[tokio::test]
async fn journeys_and_their_revision() {
    let service = Service::with_data().await;
    for path in ["/api/v1/journeys", "/api/v1/dictionary"] {
        let answer = service.get(path).await;
        let etag = answer.header("etag").to_owned();
        let known = [("if-none-match", etag.as_str())];
        assert_eq!(service.call(Method::GET, path, &known, "").await.status, StatusCode::NOT_MODIFIED);
        let more = json!({"user_id": format!("new-{}", path.len()), "attributes": {"gender": "F"}});
        service.post("/api/v1/profiles", &more).await;
        assert_eq!(service.call(Method::GET, path, &known, "").await.status, StatusCode::OK);
    }
    let journey = &service.get("/api/v1/journeys").await.json()["journeys"][0];
    assert_eq!(
        (&journey["journey_id"], &journey["entered"], &journey["exited"]),
        (&json!(1004), &json!(2), &json!(0))
    );
    assert_eq!(journey["messages"], json!({"EM": {"SEND": 2, "VIEW": 1}}));
    assert_eq!(journey["last_activity"], "2026-09-01T00:02:00Z");
}
