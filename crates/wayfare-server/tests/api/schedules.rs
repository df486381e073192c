//! Schedules over their lives: made, listed, changed, paused, run, refused with the place.

use crate::service::Service;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

fn daily() -> Value {
    json!({
        "name": " Daily ",
        "request": {"kind": "profiles", "format": "csv", "attributes": ["gender"], "email": "ann@example.com"},
        "rule": {"every": "day", "at": "02:30"},
        "time_zone": "America/New_York",
        "expected_within_seconds": 3600,
        "notify": "ann@example.com",
    })
}

#[tokio::test]
async fn made_changed_paused_and_taken_away() {
    let service = Service::with_data().await;
    let answer = service.post("/api/v1/schedules", &daily()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let made = answer.json();
    assert_eq!(
        (&made["name"], &made["revision"], &made["backfill"], &made["incremental"], &made["paused"]),
        (&json!("Daily"), &json!(1), &json!(true), &json!(false), &json!(false)),
    );
    assert!(made["next"]["local"].as_str().unwrap().contains("T0"), "{made}");
    let path = format!("/api/v1/schedules/{}", made["id"].as_str().unwrap());

    // What is shown is what makes the same again.
    let mut change = daily();
    change["request"] = made["request"].clone();
    change["rule"] = json!({"every": "month", "day": "last", "at": "06:00"});
    change["revision"] = 1.into();
    let put = async |body: &Value| service.call(Method::PUT, &path, &[], &body.to_string()).await;
    let changed = put(&change).await.json();
    assert_eq!((&changed["revision"], &changed["rule"]), (&json!(2), &change["rule"]));
    let stale = put(&change).await;
    assert_eq!(stale.code(), "conflict");
    assert!(stale.text().contains("revision 2"), "{}", stale.text());

    let post = async |action: &str| service.post(&format!("{path}/{action}"), &Value::Null).await;
    let paused = post("pause").await.json();
    assert_eq!((&paused["paused"], &paused["revision"], paused.get("next")), (&json!(true), &json!(3), None));
    let resumed = post("resume").await.json();
    assert_eq!((&resumed["paused"], &resumed["revision"]), (&json!(false), &json!(4)));
    assert_eq!(service.get("/api/v1/schedules").await.json()["schedules"], json!([resumed]));

    assert_eq!(service.call(Method::DELETE, &path, &[], "").await.status, StatusCode::NO_CONTENT);
    for action in ["", "/runs"] {
        assert_eq!(service.get(&format!("{path}{action}")).await.code(), "not_found");
    }
    for action in ["pause", "resume", "run"] {
        assert_eq!(post(action).await.code(), "not_found");
    }
}

#[tokio::test]
async fn run_now_and_its_history() {
    let service = Service::with_data().await;
    let made = service.post("/api/v1/schedules", &daily()).await.json();
    let path = format!("/api/v1/schedules/{}", made["id"].as_str().unwrap());
    let run = async |key: &str| {
        let headers = [("idempotency-key", key)];
        service.call(Method::POST, &format!("{path}/run"), &headers, "").await.json()
    };
    let first = run("one").await;
    assert_eq!(run("one").await["id"], first["id"], "the same key gives the same run");
    let runs = loop {
        let runs = service.get(&format!("{path}/runs")).await.json();
        if runs["runs"][0]["status"] == "complete" {
            break runs;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    let [told] = &runs["runs"].as_array().unwrap()[..] else { panic!("{runs}") };
    let export = format!("/api/v1/exports/{}", told["export_id"].as_str().unwrap());
    let job = service.get(&export).await.json();
    assert_eq!(job["requested_by"], format!("schedule {}", made["id"].as_str().unwrap()));
    assert_eq!(service.get(&path).await.json()["last_run"]["export_id"], told["export_id"]);

    run("two").await;
    let page = service.get(&format!("{path}/runs?limit=1")).await.json();
    let next = format!("{path}/runs?limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    let last = service.get(&next).await.json();
    assert_eq!((&last["runs"][0]["id"], last.get("next_cursor")), (&told["id"], None));
    let metrics = service.get("/metrics").await.text();
    assert!(metrics.contains("wayfare_schedule_runs_missed_total 0"), "{metrics}");
}

#[tokio::test]
async fn due_times_of_a_rule() {
    let service = Service::with_data().await;
    let asked = json!({"rule": {"every": "day", "at": "02:30"}, "time_zone": "America/New_York",
        "after": "2026-03-07T12:00:00Z", "limit": 2});
    let due = service.post("/api/v1/schedules/due", &asked).await.json();
    assert_eq!(
        due["due"],
        json!([
            {"at": "2026-03-08T07:00:00Z", "local": "2026-03-08T03:00:00-04:00", "change": "skipped"},
            {"at": "2026-03-09T06:30:00Z", "local": "2026-03-09T02:30:00-04:00"},
        ])
    );
}

#[tokio::test]
async fn a_destination_that_a_schedule_sends_to_stays() {
    let service = Service::with_data().await;
    let to = json!({"name": "Ann", "settings": {"kind": "email", "to": ["ann@example.com"]}});
    let to = service.post("/api/v1/destinations", &to).await.json()["id"].as_str().unwrap().to_owned();
    let mut body = daily();
    body["request"]["destinations"] = json!([to]);
    let made = service.post("/api/v1/schedules", &body).await.json()["id"].as_str().unwrap().to_owned();
    let delete = async |path: String| service.call(Method::DELETE, &path, &[], "").await;
    let refused = delete(format!("/api/v1/destinations/{to}")).await;
    assert_eq!(refused.code(), "conflict");
    assert!(refused.text().contains(&format!("`Daily` ({made})")), "{}", refused.text());
    for path in [format!("/api/v1/schedules/{made}"), format!("/api/v1/destinations/{to}")] {
        assert_eq!(delete(path).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(delete(format!("/api/v1/destinations/{to}")).await.code(), "not_found");
}

#[tokio::test]
async fn refused_with_the_place() {
    let service = Service::with_data().await;
    let check = async |member: &str, value: Value| {
        let mut body = daily();
        let (outer, inner) =
            member.split_once('.').map_or((member, None), |(outer, inner)| (outer, Some(inner)));
        match inner {
            Some(inner) => body[outer][inner] = value,
            None => body[outer] = value,
        }
        let answer = service.post("/api/v1/schedules", &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{member}: {}", answer.text());
        format!("{}: {}", answer.json()["path"].as_str().unwrap(), answer.json()["message"].as_str().unwrap())
    };
    let said = [
        check("name", json!("")).await,
        check("colour", json!("red")).await,
        check("rule.every", json!("year")).await,
        check("rule.at", json!("2:30")).await,
        check("rule.day", json!(1)).await,
        check("rule.day", json!(1e300)).await,
        check("rule.minutes", json!(300)).await,
        check("rule.weekday", json!(["monday"])).await,
        check("time_zone", json!("America/Newyork")).await,
        check("time_zone", json!("")).await,
        check("expected_within_seconds", json!(1)).await,
        check("expected_within_seconds", Value::Null).await,
        check("notify", json!("ann")).await,
        check("incremental", json!("yes")).await,
        check("request.kind", json!("people")).await,
        check("request.email", json!("ann")).await,
        check("request.attributes", json!(["gendre"])).await,
        check("request.destinations", json!(["dst_nope"])).await,
        check("request.definition", json!({"attribute": "gendre", "operator": "exists"})).await,
        check("request.as_of", json!("2026-09-01T00:00:00Z")).await,
        check("request.positions", json!({"from": 0})).await,
        check("request.surface", json!("v1")).await,
        check("request.timezone", json!("Nowhere")).await,
    ];
    insta::assert_snapshot!(said.join("\n"));
}
