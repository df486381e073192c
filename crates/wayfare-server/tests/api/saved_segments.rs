//! Saved segments and lists over their lives, and the stream of what they mean.

use crate::service::{Answer, Service};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wayfare_model::time::Instant;
use wayfare_store::SegmentRow;

fn women() -> Value {
    json!({"attribute": "gender", "operator": "equals", "value": "F"})
}

async fn saved(service: &Service, name: &str, definition: Value) -> String {
    let answer = service.post("/api/v1/segments", &json!({"name": name, "definition": definition})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn put(service: &Service, id: &str, body: Value) -> Answer {
    service.call(Method::PUT, &format!("/api/v1/segments/{id}"), &[], &body.to_string()).await
}

async fn remove(service: &Service, path: &str) -> Answer {
    service.call(Method::DELETE, path, &[], "").await
}

async fn count(service: &Service, definition: Value) -> Value {
    service.post("/api/v1/segments/count", &json!({"definition": definition})).await.json()["count"].clone()
}

#[tokio::test]
async fn a_segment_over_its_life() {
    let service = Service::with_data().await;
    let id = saved(&service, "  Women ", women()).await;
    let outer = saved(&service, "Not women", json!({"not": {"segment": id}})).await;
    assert_eq!(count(&service, json!({"segment": id})).await, 3);
    assert_eq!(count(&service, json!({"segment": outer})).await, 1);

    let shown = service.get(&format!("/api/v1/segments/{id}")).await.json();
    assert_eq!((&shown["name"], &shown["version"]), (&json!("Women"), &json!(1)));
    assert_eq!((&shown["words"], &shown["used_by"]), (&json!("gender is F"), &json!([outer])));
    assert_eq!(shown["definition"], women());

    let men = json!({"attribute": "gender", "operator": "equals", "value": "M"});
    let change = json!({"name": "Men", "definition": men, "version": 1});
    let changed = put(&service, &id, change.clone()).await.json();
    assert_eq!((&changed["name"], &changed["version"]), (&json!("Men"), &json!(2)));
    assert_eq!(put(&service, &id, change).await.code(), "conflict", "someone else was first");
    assert_eq!(count(&service, json!({"segment": outer})).await, 3, "a reference sees the newest version");

    let versions = service.get(&format!("/api/v1/segments/{id}/versions")).await.json();
    let names: Vec<_> =
        versions["versions"].as_array().unwrap().iter().map(|of| of["name"].clone()).collect();
    assert_eq!(names, ["Men", "Women"]);

    let circle = json!({"name": "x", "definition": {"not": {"segment": outer}}, "version": 2});
    assert_eq!(put(&service, &id, circle).await.code(), "refused_definition");
    let path = format!("/api/v1/segments/{id}");
    let used = remove(&service, &path).await;
    assert_eq!(used.code(), "conflict");
    assert!(used.text().contains(&outer), "{}", used.text());

    assert_eq!(remove(&service, &format!("/api/v1/segments/{outer}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(remove(&service, &path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(service.get(&path).await.code(), "not_found");
    assert_eq!(service.get("/api/v1/segments").await.json()["segments"], json!([]));
    let history = service.get(&format!("{path}/versions")).await.json();
    assert_eq!(history["versions"].as_array().unwrap().len(), 3, "its history stays");
    let gone = service.post("/api/v1/segments/count", &json!({"definition": {"segment": id}})).await;
    assert_eq!((gone.code().as_str(), &gone.json()["path"]), ("refused_definition", &json!("segment")));
}

#[tokio::test]
async fn a_list_stays_as_it_was_made() {
    let service = Service::with_data().await;
    let new = json!({"name": "Two", "user_ids": ["u1", "u2", "u1", "nobody"]});
    let made = service.post("/api/v1/lists", &new).await.json();
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(made["size"], 2, "{made}");
    assert_eq!(count(&service, json!({"list": id})).await, 2);
    let of_women =
        service.post("/api/v1/lists", &json!({"name": "Women", "definition": women()})).await.json();
    assert_eq!((&of_women["size"], &of_women["made_from"]), (&json!(3), &json!("gender is F")));
    service.accepted("/api/v1/profiles", &json!([{"user_id": "u7", "attributes": {"gender": "F"}}])).await;
    assert_eq!(count(&service, women()).await, 4);
    assert_eq!(count(&service, json!({"list": of_women["id"]})).await, 3);

    let user = saved(&service, "On the list", json!({"list": id})).await;
    let path = format!("/api/v1/lists/{id}");
    assert_eq!(remove(&service, &path).await.code(), "conflict");
    assert_eq!(remove(&service, &format!("/api/v1/segments/{user}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(remove(&service, &path).await.status, StatusCode::NO_CONTENT);
    let left = service.get("/api/v1/lists").await.json();
    assert_eq!(left["lists"].as_array().unwrap().len(), 1, "{left}");
    for bad in [json!({"name": "x"}), json!({"name": "x", "user_ids": [], "definition": {"all": []}})] {
        assert_eq!(service.post("/api/v1/lists", &bad).await.code(), "invalid_request");
    }
}

#[tokio::test]
async fn explained() {
    let service = Service::with_data().await;
    let found =
        service.post("/api/v1/profiles/search", &json!({"query": "u1", "by": "user_id"})).await.json();
    let request = json!({
        "profile_id": found["profiles"][0]["profile_id"],
        "definition": {"all": [women(), {"event": "purchase"}]},
    });
    let answer = service.post("/api/v1/segments/explain", &request).await.json();
    let explanation = &answer["explanation"];
    assert_eq!(explanation["holds"], true, "{answer}");
    assert_eq!(explanation["parts"][0]["because"], json!({"kind": "value", "value": "F"}));
    assert_eq!(explanation["parts"][1]["because"]["found"], 2);
}

#[tokio::test]
async fn the_stream_ends_when_the_service_closes() {
    let service = Service::with_data().await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (address, serving) = service.serve(async { drop(stopped.await) }).await;
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET /api/v1/segments/changes HTTP/1.1\r\nhost: {address}\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains("event: counts") {
        assert!(connection.read_buf(&mut heard).await.unwrap() > 0, "{}", String::from_utf8_lossy(&heard));
    }
    stop.send(()).unwrap();
    let ended = async {
        while connection.read_buf(&mut heard).await.unwrap() > 0 {}
        serving.await.unwrap().unwrap();
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), ended).await.expect("it ends by itself");
    assert!(heard.ends_with(b"\r\n0\r\n\r\n"), "whole: {}", String::from_utf8_lossy(&heard));
}

#[tokio::test]
async fn a_segment_that_cannot_be_evaluated_spoils_nothing_else() {
    let service = Service::with_data().await;
    let id = saved(&service, "Women", women()).await;
    let broken = SegmentRow {
        id: "seg_0".to_owned(),
        version: 1,
        name: "Of what is gone".to_owned(),
        definition: json!({"list": "lst_gone"}).to_string(),
        changed_at: Instant::from_micros(0).unwrap(),
        changed_by: "a test".to_owned(),
        deleted: false,
    };
    assert!(service.store.add_segment_version(&broken).await.unwrap());
    let told = service.listen("/api/v1/segments/changes").await.expect("counts").await;
    let [first, second] = told["counts"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert_eq!((&first["id"], first.get("count")), (&json!("seg_0"), None));
    assert!(first["error"].as_str().unwrap().contains("there is no list `lst_gone`"), "{told}");
    assert_eq!(second, &json!({"id": id, "version": 1, "count": 3, "population": 4}));
}

#[tokio::test]
async fn changes_are_told_as_they_happen() {
    let service = Service::with_data().await;
    let id = saved(&service, "Women", women()).await;
    let mut events = service.listen("/api/v1/segments/changes").await;
    let first = events.expect("counts").await;
    assert_eq!(first["position"], service.store.position());
    assert_eq!(first["counts"], json!([{"id": id, "version": 1, "count": 3, "population": 4}]));

    let mut others = service.listen("/api/v1/segments/changes").await;
    assert_eq!(others.expect("counts").await, first, "one evaluation for all who listen");

    service.accepted("/api/v1/profiles", &json!([{"user_id": "u8", "attributes": {"gender": "F"}}])).await;
    for events in [&mut events, &mut others] {
        let moved = events.expect("counts").await;
        assert_eq!(moved["position"], service.store.position());
        assert_eq!(moved["counts"], json!([{"id": id, "version": 1, "count": 4, "population": 5}]));
    }
    drop(others);

    saved(&service, "Everyone", json!({"all": []})).await;
    assert_eq!(events.expect("segments").await, json!({}));
    let more = events.expect("counts").await;
    assert_eq!(more["counts"].as_array().unwrap().len(), 2, "{more}");
}
