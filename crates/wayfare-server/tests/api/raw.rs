//! The raw surfaces: who may ask, what a body says, how errors look, what the files are called.

use crate::service::{Answer, KEY, Service};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use wayfare_export::Settings;

/// The headers of a client of the raw surfaces.
pub const PARTNER: [(&str, &str); 3] =
    [("x-partner-name", "mybrand"), ("x-request-token", KEY), ("authorization", "")];

async fn post(service: &Service, path: &str, body: &Value) -> Answer {
    service.call(Method::POST, path, &PARTNER, &body.to_string()).await
}

fn v1() -> Value {
    json!({
        "attributes": ["em", "c_income", "gender"],
        "events": {"start_date": 1_788_220_800, "end_date": 1_788_307_200, "wanted": [
            {"event_name": "journey_entered", "params": ["journey_id", "name", "timestamp"]},
            {"event_name": "purchase", "params": ["c_item", "pid", "timestamp"],
             "filters": [{"key": "c_amount", "operator": "gteq", "values": [20]}]}]},
        "format": "csv", "hook": "https://client.example/hook"
    })
}

fn error(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
    body["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_may_ask() {
    let service = Service::closed().await;
    let ask = async |headers: &[(&str, &str)]| {
        let answer = service.call(Method::POST, "/api/raw/v1/export", headers, &v1().to_string()).await;
        if answer.status == StatusCode::OK {
            "taken".to_owned()
        } else {
            error(&answer, answer.status.as_u16())
        }
    };
    let name = ("x-partner-name", "mybrand");
    let token = ("x-request-token", KEY);
    assert_eq!(ask(&[name, token]).await, "taken");
    assert_eq!(ask(&[token]).await, "empty partner: bad request");
    assert_eq!(ask(&[name]).await, "empty token: bad request", "the other surface's header is none");
    assert_eq!(
        ask(&[("x-partner-name", "MyBrand"), token]).await,
        "partner name must be lower case: bad request"
    );
    assert_eq!(ask(&[name, ("x-request-token", "wrong")]).await, "authentication failed: forbidden");

    let open = Service::with_data().await;
    let headers = [name, ("x-request-token", "anything")];
    let answer = open.call(Method::POST, "/api/raw/v1/export", &headers, &v1().to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

#[tokio::test]
async fn what_is_refused_and_how() {
    let service = Service::with_data().await;
    let mut told = Vec::new();
    let mut check = async |path: &str, change: &dyn Fn(&mut Value), base: Value| {
        let mut body = base;
        change(&mut body);
        told.push(error(&post(&service, path, &body).await, 400));
    };
    let first = "/api/raw/v1/export";
    check(first, &|body| drop(body.as_object_mut().unwrap().remove("hook")), v1()).await;
    check(first, &|body| body["hook"] = json!("xyz.test.com"), v1()).await;
    check(first, &|body| body["hook"] = json!("http://10.0.0.1/hook"), v1()).await;
    check(first, &|body| body["hook"] = json!("http://localhost/hook"), v1()).await;
    check(first, &|body| body["format"] = json!("xlsx"), v1()).await;
    check(first, &|body| body["segment"] = json!({"segment_id": 7}), v1()).await;
    check(
        first,
        &|body| body["segment"] = json!({"definition": {"attribute": "gendr", "operator": "exists"}}),
        v1(),
    )
    .await;
    check(first, &|body| body["attributes"] = json!(["gendr"]), v1()).await;
    let filter = json!({"key": "c_amount", "operator": "eq", "values": [1]});
    check(first, &|body| body["events"]["wanted"][1]["filters"] = json!([filter, filter]), v1()).await;
    check(first, &|body| body["events"]["wanted"][1]["event_name"] = json!("journey_enter"), v1()).await;
    check(first, &|body| body["events"]["wanted"][1]["filters"][0]["operator"] = json!("like"), v1()).await;
    let url = json!([{"key": "c_amount", "operator": "eq", "values_url": "http://127.0.0.1/v.csv"}]);
    check(first, &|body| body["events"]["wanted"][1]["filters"] = url.clone(), v1()).await;
    check(first, &|body| body["colour"] = json!("red"), v1()).await;
    let second = "/api/raw/v2/export";
    let v2 = || json!({"attributes": ["email"], "format": "csv"});
    check(second, &|body| body["attributes"] = json!(["email", "em"]), v2()).await;
    check(second, &|body| body["attributes"] = json!(["c_income"]), v2()).await;
    check(second, &|body| body["attributes"] = json!(["income"]), v2()).await;
    check(second, &|body| body["format"] = json!("json"), v2()).await;
    check(second, &|body| body["webhook"] = json!("x"), v2()).await;
    let both = json!({"definition": {"all": []}});
    let both = |body: &mut Value| {
        body["segment"] = both.clone();
        body["events_query"] = both.clone();
    };
    check(second, &both, v2()).await;
    insta::assert_snapshot!(told.join("\n"));

    let broken = service.call(Method::POST, first, &PARTNER, "{").await;
    assert!(error(&broken, 400).ends_with(": bad request"));
    let missing = service.call(Method::GET, "/api/raw/v2/export/exp_missing", &PARTNER, "").await;
    assert_eq!(error(&missing, 404), "no such export: not found");
}

/// Waits until a job is over.
async fn ended(service: &Service, id: &str) -> Value {
    for _ in 0..600 {
        let job = service.get(&format!("/api/v1/exports/{id}")).await.json();
        if !matches!(job["status"].as_str(), Some("queued" | "running")) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the export did not end");
}

fn local(url: &str) -> &str {
    &url[url.find("/download/").unwrap()..]
}

#[tokio::test]
async fn a_file_of_version_1() {
    let service = Service::with_data().await;
    let answer = post(&service, "/api/raw/v1/export", &v1()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let taken = answer.json();
    let url = taken["url"].as_str().unwrap();
    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    let is_time = name.len() == "2022-05-13T04%3A35%3A33.405013445Z.csv".len() && name.ends_with("Z.csv");
    assert!(is_time && name.matches("%3A").count() == 2, "{url}");
    let id = taken["id"].as_str().unwrap();
    let job = ended(&service, id).await;
    assert_eq!((&job["status"], &job["rows"]), (&json!("complete"), &json!(3)), "{job}");
    let file = service.get(local(url)).await;
    assert_eq!(
        file.header("content-disposition"),
        format!("attachment; filename=\"{}\"", name.replace("%3A", ":"))
    );
    insta::assert_snapshot!(file.text());
}

#[tokio::test]
async fn a_file_that_is_not_there_yet() {
    let service = Service::with_data().await;
    let taken = post(&service, "/api/raw/v1/export", &v1()).await.json();
    let early = service.get(local(taken["url"].as_str().unwrap())).await;
    // A small export may be there by now.
    if early.status != StatusCode::OK {
        assert_eq!((early.code().as_str(), early.header("retry-after")), ("unavailable", "30"));
    }
    ended(&service, taken["id"].as_str().unwrap()).await;
    assert_eq!(service.get(local(taken["url"].as_str().unwrap())).await.status, StatusCode::OK);
}

#[tokio::test]
async fn people_by_saved_segments_and_trees() {
    let service = Service::with_data().await;
    let women = json!({"attribute": "gender", "operator": "equals", "value": "F"});
    let saved = service.post("/api/v1/segments", &json!({"name": "Women", "definition": women})).await.json();
    let attr = json!({"key": "gender", "operator": "eq", "values": ["F"]});
    let tree = json!({"sources": ["last"], "main_group": {"condition": "and", "filter_groups": [
        {"condition": "and", "attr_filters": [{"attrs": [attr]}]}]}});
    for (member, who, rows) in [
        ("segment", json!({"segment_id": saved["id"]}), 3),
        ("segment", json!({"segment_id": saved["number"]}), 3),
        ("segment", json!({"segment_id": saved["number"].to_string()}), 3),
        ("segment", json!({"definition": women}), 3),
        ("vertical", tree, 3),
        ("segment", Value::Null, 4),
    ] {
        let mut body =
            json!({"attributes": ["iid", "gender"], "format": "json", "hook": "https://x.example"});
        body[member] = who.clone();
        let taken = post(&service, "/api/raw/v1/export", &body).await.json();
        let job = ended(&service, taken["id"].as_str().unwrap_or_else(|| panic!("{taken}"))).await;
        assert_eq!(job["rows"], rows, "{who}: {job}");
        assert!(taken["url"].as_str().unwrap().contains("Z.json?"), "{taken}");
    }
}

#[tokio::test]
async fn tables_of_version_2() {
    let service = Service::with_data().await;
    let body = json!({
        "events_query": {"wanted": [{"event_name": "purchase"}]},
        "attributes": ["email", "custom.income"],
        "events": {"from": "2026-09-01T00:00:00Z", "to": "2026-09-02T00:00:00Z", "wanted": [
            {"event_name": "journey_entered", "params": ["journey_id", "name"]},
            {"event_name": "purchase", "params": ["custom.item"]}]},
        "format": "csv"
    });
    let answer = post(&service, "/api/raw/v2/export", &body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let id = answer.json()["export_id"].as_str().unwrap().to_owned();
    ended(&service, &id).await;
    let path = format!("/api/raw/v2/export/{id}");
    let status = service.call(Method::GET, &path, &PARTNER, "").await.json();
    assert_eq!((&status["status"], &status["progress"]["rows"]), (&json!("complete"), &json!(4)), "{status}");
    let mut texts = Vec::new();
    for file in status["files"].as_array().unwrap() {
        let answer = service.get(local(file["url"].as_str().unwrap())).await;
        assert_eq!(answer.header("etag"), format!("\"{}\"", file["sha256"].as_str().unwrap()));
        texts.push(format!("{}: {}", file["file"].as_str().unwrap(), file["rows"]));
        texts.push(answer.text());
    }
    insta::assert_snapshot!(texts.join("\n"));
    let manifest = service.get(local(status["manifest"].as_str().unwrap())).await.json();
    assert_eq!((&manifest["rows"], manifest["tables"].as_array().unwrap().len()), (&json!(4), 2));

    let listed = service.call(Method::GET, "/api/raw/v2/exports", &PARTNER, "").await.json();
    assert_eq!(listed["exports"][0]["export_id"], id.as_str());
    // The other surface's exports are not listed, nor shown.
    let other = post(&service, "/api/raw/v1/export", &v1()).await.json()["id"].as_str().unwrap().to_owned();
    let shown = service.call(Method::GET, &format!("/api/raw/v2/export/{other}"), &PARTNER, "").await;
    assert_eq!(error(&shown, 404), "no such export: not found");
    let listed = service.call(Method::GET, "/api/raw/v2/exports", &PARTNER, "").await.json();
    assert_eq!(listed["exports"].as_array().unwrap().len(), 1);
    let cancelled = service.call(Method::POST, &format!("{path}/cancel"), &PARTNER, "").await.json();
    assert_eq!(cancelled["status"], "complete", "what is over stays as it is");
}

#[tokio::test]
async fn pages_of_version_2() {
    let service = Service::with_data().await;
    let body = json!({"attributes": ["email"], "format": "csv"});
    let mut made = Vec::new();
    for _ in 0..3 {
        let made_now = post(&service, "/api/raw/v2/export", &body).await.json();
        made.push(made_now["export_id"].as_str().unwrap().to_owned());
        post(&service, "/api/raw/v1/export", &v1()).await;
    }
    made.reverse();
    let (mut seen, mut path) = (Vec::new(), "/api/raw/v2/exports?limit=1".to_owned());
    loop {
        let page = service.call(Method::GET, &path, &PARTNER, "").await.json();
        let exports = page["exports"].as_array().unwrap();
        seen.extend(exports.iter().map(|export| export["export_id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/raw/v2/exports?limit=1&cursor={cursor}");
    }
    assert_eq!(seen, made);
}

#[tokio::test]
async fn as_many_a_day_as_are_allowed() {
    let service = Service::with_exports(Settings { raw_exports_a_day: 2, ..Settings::default() }).await;
    let mut refused = v1();
    refused["attributes"] = json!(["nothing like it"]);
    for _ in 0..3 {
        assert_eq!(post(&service, "/api/raw/v1/export", &refused).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(post(&service, "/api/raw/v1/export", &v1()).await.status, StatusCode::OK);
    let body = json!({"attributes": ["email"], "format": "csv"});
    assert_eq!(post(&service, "/api/raw/v2/export", &body).await.status, StatusCode::ACCEPTED);
    let answer = post(&service, "/api/raw/v1/export", &v1()).await;
    assert_eq!(error(&answer, 429), "rejected: too many requests");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&wait), "{wait}");
    // The native surface has no such limit.
    service.export(&crate::service::all_profiles()).await;
}

#[tokio::test]
async fn names_for_a_request() {
    let service = Service::with_data().await;
    let ask = async |table: &str| {
        post(&service, "/api/user/v3/metadata/columns", &json!({"table": table})).await.json()
    };
    let contacts = ask("contacts").await;
    let keys: Vec<_> = contacts.as_array().unwrap().iter().map(|of| of["key"].as_str().unwrap()).collect();
    for key in ["email", "gender", "c_income", "c_tags"] {
        assert!(keys.contains(&key), "{keys:?}");
    }
    let tags = contacts.as_array().unwrap().iter().find(|of| of["key"] == "c_tags").unwrap();
    assert_eq!(tags, &json!({"key": "c_tags", "display_name": "Tags", "type": "array"}));
    let events = ask("events").await;
    let purchase = events.as_array().unwrap().iter().find(|of| of["key"] == "purchase").unwrap();
    let params = purchase["params"].as_array().unwrap();
    assert!(
        params.contains(&json!({"key": "c_amount", "display_name": "Amount", "type": "number"})),
        "{purchase}"
    );
    let unknown = post(&service, "/api/user/v3/metadata/columns", &json!({"table": "people"})).await;
    assert!(error(&unknown, 400).starts_with("table: "));
}

#[tokio::test]
async fn a_hook_of_the_native_surface() {
    let service = Service::with_data().await;
    let mut request = crate::service::all_profiles();
    for bad in ["ftp://x.example", "http://192.168.1.1/", "http://[::1]:8080/"] {
        request["hook"] = json!(bad);
        let answer = service.post("/api/v1/exports", &request).await;
        assert_eq!(
            (answer.code().as_str(), &answer.json()["path"]),
            ("invalid_request", &json!("hook")),
            "{bad}"
        );
    }
    // Nobody can be there; the job is complete all the same, and says how it stands with the hook.
    request["hook"] = json!("http://nobody.invalid/");
    let job = service.export(&request).await;
    assert_eq!(job["hook"]["url"], "http://nobody.invalid/");
    for _ in 0..400 {
        let hook =
            service.get(&format!("/api/v1/exports/{}", job["id"].as_str().unwrap())).await.json()["hook"]
                .clone();
        if hook["attempts"] == 1 {
            assert_eq!(hook["status"], "waiting", "{hook}");
            assert!(hook["next_attempt_at"].is_string() && hook["last_error"].is_string(), "{hook}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the hook was never called");
}
