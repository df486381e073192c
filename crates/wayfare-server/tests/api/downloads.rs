//! Exports, from the request to the file.

use crate::service::{Service, all_profiles};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use wayfare_export::Settings;

async fn link(service: &Service, job: &Value) -> String {
    let id = job["id"].as_str().unwrap();
    let link = service.post(&format!("/api/v1/exports/{id}/link"), &Value::Null).await.json();
    let url = link["url"].as_str().unwrap_or_else(|| panic!("{link}"));
    url[url.find("/download/").unwrap()..].to_owned()
}

#[tokio::test]
async fn a_file_whole_and_in_ranges() {
    let service = Service::with_data().await;
    let job = service.export(&all_profiles()).await;
    assert_eq!((&job["rows"], &job["progress"]["percent"]), (&json!(4), &json!(100.0)), "{job}");
    let part = &job["parts"][0];
    let id = job["id"].as_str().unwrap();
    let whole = service.get(&link(&service, &job).await).await;
    assert_eq!(whole.status, StatusCode::OK, "{}", whole.text());
    assert_eq!(whole.body.len() as u64, part["bytes"].as_u64().unwrap());
    assert_eq!(whole.header("etag"), format!("\"{}\"", part["sha256"].as_str().unwrap()));
    assert_eq!(whole.header("content-type"), "text/csv; charset=utf-8");
    assert!(whole.header("content-disposition").starts_with("attachment; filename=\"exp_"));
    assert!(whole.text().starts_with("profile_id,user_id,gender\n"), "{}", whole.text());

    let signature = link(&service, &job).await.split_once('?').unwrap().1.to_owned();
    let path = format!("/download/{id}/{}?{signature}", part["file"].as_str().unwrap());
    let size = whole.body.len();
    let range = |range: &'static str| {
        let (service, path) = (&service, &path);
        async move { service.call(Method::GET, path, &[("range", range)], "").await }
    };
    let head = service.call(Method::HEAD, &path, &[], "").await;
    assert_eq!((head.header("content-length"), head.body.len()), (size.to_string().as_str(), 0));
    let first = range("bytes=0-9").await;
    assert_eq!((first.status, first.body.as_slice()), (StatusCode::PARTIAL_CONTENT, &whole.body[..10]));
    assert_eq!(first.header("content-range"), format!("bytes 0-9/{size}"));
    assert_eq!(range("bytes=-5").await.body, &whole.body[size - 5..]);
    let beyond = range("bytes=99999-").await;
    assert_eq!((beyond.status, beyond.code().as_str()), (StatusCode::RANGE_NOT_SATISFIABLE, "bad_range"));
    let etag = whole.header("etag");
    let again = service.call(Method::GET, &path, &[("if-none-match", etag)], "").await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn what_was_asked_for_is_done_though_nobody_waits_for_the_answer() {
    let service = Service::with_data().await;
    {
        let (export, asked) = ("/api/v1/exports", all_profiles());
        let answer = std::pin::pin!(service.post(export, &asked));
        assert!(futures::poll!(answer).is_pending());
    }
    for _ in 0..400 {
        let listed = service.get("/api/v1/exports").await.json();
        if listed["exports"][0]["status"] == "complete" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it was never begun, or never ended");
}

#[tokio::test]
async fn files_by_name_are_those_of_the_manifest() {
    let service = Service::with_data().await;
    let job = service.export(&all_profiles()).await;
    let at = |file: &str| format!("/api/v1/exports/{}/files/{file}", job["id"].as_str().unwrap());
    let manifest = service.get(&at("manifest.json")).await;
    assert_eq!(manifest.header("content-type"), "application/json");
    let part = &manifest.json()["parts"][0];
    let whole = service.get(&at(part["file"].as_str().unwrap())).await;
    assert_eq!(whole.body.len() as u64, part["bytes"].as_u64().unwrap());
    assert_eq!(whole.header("etag"), format!("\"{}\"", part["sha256"].as_str().unwrap()));
    let path = at(part["file"].as_str().unwrap());
    let rest = service.call(Method::GET, &path, &[("range", "bytes=3-")], "").await;
    assert_eq!((rest.status, rest.body.as_slice()), (StatusCode::PARTIAL_CONTENT, &whole.body[3..]));
    for other in ["part-00002.csv", "..%2F..%2Fwayfare.db", ".", "%2Fetc%2Fpasswd"] {
        assert_eq!(service.get(&at(other)).await.status, StatusCode::NOT_FOUND, "{other}");
    }
}

#[tokio::test]
async fn links_that_were_changed() {
    let service = Service::with_data().await;
    let job = service.export(&all_profiles()).await;
    let other = service.export(&all_profiles()).await;
    let good = link(&service, &job).await;
    let (path, query) = good.split_once('?').unwrap();
    let longer = query.replace("expires=", "expires=9");
    for bad in [
        format!("{path}?{longer}"),
        format!("{path}?{query}x"),
        path.to_owned(),
        good.replace(job["id"].as_str().unwrap(), other["id"].as_str().unwrap()),
        format!("/download/{}/..%2f..%2fwayfare.db?{query}", job["id"].as_str().unwrap()),
        format!("/download/..%2f{}?{query}", job["id"].as_str().unwrap()),
    ] {
        let answer = service.get(&bad).await;
        assert!(
            matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
            "{bad}: {}",
            answer.status
        );
        assert!(!answer.text().contains(query));
    }
}

#[tokio::test]
async fn links_that_have_expired() {
    let settings = Settings { link_life: Duration::ZERO, ..Settings::default() };
    let service = Service::with_exports(settings).await;
    let job = service.export(&all_profiles()).await;
    let path = link(&service, &job).await;
    let answer = service.get(&path).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::GONE, "link_expired"));
    // In a browser it is a page that says how to go on.
    let page = service.call(Method::GET, &path, &[("accept", "text/html,*/*;q=0.8")], "").await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::GONE, "text/html; charset=utf-8"));
    assert!(page.text().contains("href=\"/exports\""), "{}", page.text());
}

#[tokio::test]
async fn several_files_are_listed() {
    let service = Service::with_data().await;
    let mut request = all_profiles();
    request["max_rows"] = json!(3);
    let job = service.export(&request).await;
    let list = service.get(&link(&service, &job).await).await.json();
    let files = list["files"].as_array().unwrap_or_else(|| panic!("{list}"));
    assert_eq!(files.iter().map(|file| file["rows"].as_u64().unwrap()).collect::<Vec<_>>(), [3, 1]);
    for file in files {
        let url = file["url"].as_str().unwrap();
        let answer = service.get(&url[url.find("/download/").unwrap()..]).await;
        assert_eq!(answer.body.len() as u64, file["bytes"].as_u64().unwrap());
    }
    let path = link(&service, &job).await;
    let page = service.call(Method::GET, &path, &[("accept", "text/html")], "").await;
    assert!(page.text().contains("part-00002.csv"), "{}", page.text());
}

#[tokio::test]
async fn a_request_that_is_sent_again() {
    let service = Service::with_data().await;
    let headers = [("idempotency-key", "7b1e")];
    let body = all_profiles().to_string();
    let first = service.call(Method::POST, "/api/v1/exports", &headers, &body).await;
    let again = service.call(Method::POST, "/api/v1/exports", &headers, &body).await;
    assert_eq!((first.status, again.status), (StatusCode::ACCEPTED, StatusCode::ACCEPTED));
    assert_eq!(first.json()["id"], again.json()["id"]);
    let other = json!({"kind": "profiles", "format": "ndjson"}).to_string();
    let answer = service.call(Method::POST, "/api/v1/exports", &headers, &other).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::CONFLICT, "conflict"));
    assert_eq!(service.get("/api/v1/exports").await.json()["exports"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn jobs_page_by_page_newest_first() {
    let service = Service::with_data().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(service.export(&all_profiles()).await["id"].as_str().unwrap().to_owned());
    }
    made.reverse();
    let first = service.get("/api/v1/exports?limit=2").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = service.get(&format!("/api/v1/exports?limit=2&cursor={cursor}")).await.json();
    assert!(second.get("next_cursor").is_none());
    let ids = |page: &Value| -> Vec<String> {
        page["exports"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!([ids(&first), ids(&second)].concat(), made);
}

#[tokio::test]
async fn the_mail_has_the_link() {
    let service = Service::with_data().await;
    let mut request = all_profiles();
    request["email"] = json!("ann@example.com");
    let job = service.export(&request).await;
    let mails = service.get("/api/v1/mail").await.json();
    assert_eq!(mails["messages"][0]["to"], "ann@example.com", "{mails}");
    let mail =
        service.get(&format!("/api/v1/mail/{}", mails["messages"][0]["id"].as_str().unwrap())).await.json();
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains(&format!("/download/{}", job["id"].as_str().unwrap())), "{text}");
}
