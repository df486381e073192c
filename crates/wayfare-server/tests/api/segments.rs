//! Questions about who is meant: counts of conditions, plans, breakdowns, limits.

use crate::service::Service;
use axum::http::StatusCode;
use serde_json::{Value, json};
use wayfare_server::Limits;

fn women_who_bought() -> Value {
    json!({"all": [
        {"attribute": "gender", "operator": "equals", "value": "F"},
        {"not": {"event": "purchase", "times": {"operator": "exactly", "value": 0}}},
    ]})
}

#[tokio::test]
async fn each_condition_is_counted_by_itself() {
    let service = Service::with_data().await;
    let request = json!({"definition": women_who_bought(), "conditions": true});
    let answer = service.post("/api/v1/segments/count", &request).await.json();
    assert_eq!((&answer["count"], &answer["population"]), (&json!(1), &json!(4)), "{answer}");
    assert_eq!(
        answer["conditions"],
        json!([
            {"path": "", "count": 1},
            {"path": "all[0]", "count": 3},
            {"path": "all[1]", "count": 1},
            {"path": "all[1].not", "count": 3},
        ])
    );
    let plain =
        service.post("/api/v1/segments/count", &json!({"definition": women_who_bought()})).await.json();
    assert_eq!(plain["count"], 1);
    assert!(plain.get("conditions").is_none(), "{plain}");
}

#[tokio::test]
async fn a_plan_tells_of_each_node() {
    let service = Service::with_data().await;
    let answer =
        service.post("/api/v1/segments/plan", &json!({"definition": women_who_bought()})).await.json();
    let plan = &answer["plan"];
    assert_eq!(
        (&plan["path"], &plan["kind"], &plan["count"]),
        (&json!(""), &json!("all"), &json!(1)),
        "{answer}"
    );
    let [gender, not] = plan["parts"].as_array().unwrap().as_slice() else { panic!("{plan}") };
    assert_eq!((&gender["path"], &gender["words"]), (&json!("all[0]"), &json!("gender is F")));
    assert_eq!(not["parts"][0]["words"], "purchase never happened", "{plan}");
    assert_eq!(not["parts"][0]["rows"], 1, "{plan}");
    assert!(gender["took_ms"].as_f64().unwrap() >= 0.0 && answer["took_ms"].as_f64().unwrap() > 0.0);
    assert_eq!((&answer["count"], &answer["population"]), (&json!(1), &json!(4)));
}

async fn broken_down(service: &Service, request: Value) -> Value {
    let mut request = request;
    if request.get("definition").is_none() {
        request["definition"] = json!({"all": []});
    }
    let answer = service.post("/api/v1/segments/breakdown", &request).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn breakdowns() {
    let service = Service::with_data().await;
    let answer = broken_down(&service, json!({"by": {"attribute": "gender"}})).await;
    assert_eq!(answer["values"], json!([{"value": "F", "count": 3}, {"value": "M", "count": 1}]));
    assert_eq!(
        (&answer["missing"], &answer["other"], &answer["distinct"]),
        (&json!(0), &json!(0), &json!(2))
    );
    assert_eq!((&answer["count"], &answer["population"]), (&json!(4), &json!(4)));

    let answer = broken_down(&service, json!({"by": {"attribute": "income"}, "limit": 1})).await;
    assert_eq!(answer["values"], json!([{"value": "10", "count": 1}]), "by value where counts are equal");
    assert_eq!(
        (&answer["missing"], &answer["other"], &answer["distinct"]),
        (&json!(1), &json!(2), &json!(3))
    );

    let items = json!({"event": "purchase", "parameter": "item"});
    let answer = broken_down(&service, json!({"by": items})).await;
    assert_eq!(answer["values"], json!([{"value": "cup", "count": 1}, {"value": "tea", "count": 1}]));
    assert_eq!(
        (&answer["missing"], &answer["other"], &answer["distinct"]),
        (&json!(3), &json!(0), &json!(2))
    );

    let early = json!({"by": items, "as_of": "2026-09-01T01:30:00Z"});
    let answer = broken_down(&service, early).await;
    assert_eq!(
        answer["values"],
        json!([{"value": "tea", "count": 1}]),
        "events at or after as_of are unseen"
    );

    let women = json!({"attribute": "gender", "operator": "equals", "value": "M"});
    let answer = broken_down(&service, json!({"by": {"attribute": "email"}, "definition": women})).await;
    assert_eq!(answer["values"], json!([{"value": "bob@example.com", "count": 1}]));
}

#[tokio::test]
async fn breakdowns_of_what_is_not_known() {
    let service = Service::with_data().await;
    for (by, path, nearest) in [
        (json!({"attribute": "gendre"}), "by.attribute", json!("gender")),
        (json!({"event": "purchas", "parameter": "item"}), "by.event", json!("purchase")),
        (json!({"event": "purchase", "parameter": "itm"}), "by.parameter", json!("item")),
        (json!({"event": "purchase"}), "by", Value::Null),
        (json!({"attribute": "gender", "event": "purchase", "parameter": "item"}), "by", Value::Null),
        (json!({"column": "gender"}), "by.column", Value::Null),
        (json!({}), "by", Value::Null),
    ] {
        let request = json!({"definition": {"all": []}, "by": by});
        let answer = service.post("/api/v1/segments/breakdown", &request).await;
        assert_eq!(answer.code(), "invalid_request", "{by}");
        let problem = answer.json();
        assert_eq!(problem["path"], path, "{problem}");
        assert_eq!(problem.get("nearest").unwrap_or(&Value::Null), &nearest, "{problem}");
    }
    for limit in [0, 1_001] {
        let request = json!({"definition": {"all": []}, "by": {"attribute": "gender"}, "limit": limit});
        let answer = service.post("/api/v1/segments/breakdown", &request).await;
        assert_eq!(answer.json()["path"], "limit", "{}", answer.text());
    }
}

#[tokio::test]
async fn a_count_that_takes_too_much_memory_is_refused() {
    let service = Service::with_limits(Limits { memory: 1, ..Limits::default() }).await;
    let answer = service.post("/api/v1/segments/count", &json!({"definition": women_who_bought()})).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "too_much_memory")
    );
    assert!(answer.text().contains("WAYFARE_COUNT_MEMORY_BYTES"), "{}", answer.text());
}

#[tokio::test]
async fn many_equal_counts_at_once() {
    let service = Service::with_limits(Limits { at_once: 1, ..Limits::default() }).await;
    let request = json!({"definition": women_who_bought()});
    let asked = (0..32).map(|_| service.post("/api/v1/segments/count", &request));
    for answer in futures::future::join_all(asked).await {
        assert_eq!(answer.json()["count"], 1, "{}", answer.text());
    }
}
