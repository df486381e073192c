//! Sessions, keys, and how often a password may be tried.

use crate::service::{KEY, PASSWORD, Service};
use axum::http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn a_session_from_sign_in_to_sign_out() {
    let service = Service::closed().await;
    let no_key = ("authorization", "");
    let about = service.call(Method::GET, "/api/v1/about", &[no_key], "").await.json();
    assert_eq!((&about["sign_in_required"], &about["signed_in"]), (&json!(true), &json!(false)));
    assert!(about.get("position").is_none(), "{about}");

    let body = json!({"password": PASSWORD}).to_string();
    let answer = service.call(Method::POST, "/api/v1/sign-in", &[no_key], &body).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let cookie = answer.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap();
    let with_cookie = [no_key, ("cookie", pair)];
    let answer = service.call(Method::GET, "/api/v1/journeys", &with_cookie, "").await;
    assert_eq!(answer.status, StatusCode::OK);

    let answer = service.call(Method::POST, "/api/v1/sign-out", &with_cookie, "").await;
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    let answer = service.call(Method::GET, "/api/v1/journeys", &with_cookie, "").await;
    assert_eq!(answer.code(), "unauthorized");
}

#[tokio::test]
async fn wrong_credentials() {
    let service = Service::closed().await;
    let short = &KEY[1..];
    for headers in [
        [("authorization", ""), ("cookie", "wayfare_session=made-up")],
        [("authorization", "Bearer wrong"), ("cookie", "a=b")],
        [("authorization", short), ("cookie", "a=b")],
        [("authorization", "Basic d2F5ZmFyZTp3YXlmYXJl"), ("cookie", "a=b")],
    ] {
        let answer = service.call(Method::GET, "/api/v1/journeys", &headers, "").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{headers:?}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert!(!answer.text().contains(short));
    }
}

#[tokio::test]
async fn passwords_cannot_be_tried_on_and_on() {
    let service = Service::closed().await;
    let wrong = json!({"password": "not it"});
    for _ in 0..10 {
        assert_eq!(service.post("/api/v1/sign-in", &wrong).await.code(), "unauthorized");
    }
    let answer = service.post("/api/v1/sign-in", &json!({"password": PASSWORD})).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "even with the right one");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    // The key is too long to be guessed, so it is not held up.
    assert_eq!(service.get("/api/v1/journeys").await.status, StatusCode::OK);
}

#[tokio::test]
async fn any_host_but_no_other_origin() {
    let service = Service::closed().await;
    let headers = [("host", "wayfare.example"), ("origin", "https://wayfare.example")];
    assert_eq!(service.call(Method::GET, "/api/v1/about", &headers, "").await.status, StatusCode::OK);
    let headers = [("host", "wayfare.example"), ("origin", "https://evil.example")];
    assert_eq!(service.call(Method::GET, "/api/v1/about", &headers, "").await.code(), "foreign_origin");
}
