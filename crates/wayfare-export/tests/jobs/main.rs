//! Jobs over a real store: asked for, written, told, downloaded, stopped, gone on with after a restart.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod keys;
mod looks;
mod retries;
mod schedules;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use wayfare_export::{
    Control, Download, ErrorKind, ExportRequest, Exports, Job, LinkError, Settings, Status, run, verify,
};
use wayfare_model::record::{Incoming, event_parts_from_json, finish_event, profile_from_json};
use wayfare_model::time::Instant;
use wayfare_store::{AcceptBatch, OpenOptions, Store};

/// Seconds after the start of the tests' calendar; one test moves it.
static AHEAD: AtomicI64 = AtomicI64::new(0);

fn start() -> Instant {
    Instant::parse("2026-09-02T07:00:00Z").unwrap()
}

fn still() -> Instant {
    start()
}

fn moving() -> Instant {
    Instant::from_micros(start().micros() + AHEAD.load(Ordering::Relaxed) * 1_000_000).unwrap()
}

fn records(people: usize) -> Vec<Incoming> {
    let profile = |index: usize| {
        let country = ["TR", "DE", "FR"][index % 3];
        let json = format!(
            r#"{{"user_id":"u{index}","attributes":{{"country":"{country}","income":{}}}}}"#,
            index * 100
        );
        Incoming::Profile(profile_from_json(&json).unwrap().record)
    };
    let event = |index: usize| {
        let json = format!(
            r#"{{"event_id":"e{index}","user_id":"u{}","event":"purchase","timestamp":"2026-09-01T{:02}:00:00Z","params":{{"amount":{index}.5}}}}"#,
            index % people,
            index % 24
        );
        Incoming::Event(finish_event(event_parts_from_json(&json).unwrap(), || None).unwrap().record)
    };
    (0..people).map(profile).chain((0..people * 2).map(event)).collect()
}

async fn store(data: &Path, people: usize) -> Store {
    let store = Store::open(data, OpenOptions::default()).await.unwrap();
    if people > 0 {
        let batch = AcceptBatch { records: records(people), checkpoint: None, received_at: start() };
        store.accept(batch).await.unwrap();
    }
    store
}

fn settings(now: fn() -> Instant) -> Settings {
    Settings { public_url: "http://127.0.0.1:9/".into(), now, ..Settings::default() }
}

fn request(json: &str) -> ExportRequest {
    serde_json::from_str(json).unwrap()
}

const TURKS: &str = r#"{"kind":"profiles","definition":{"attribute":"country","operator":"equals","value":"TR"},
    "attributes":["user_id","country","income"],"format":"csv","email":"ana@example.com"}"#;

async fn ended(exports: &Exports, id: &str) -> Job {
    for _ in 0..600 {
        let job = exports.get(id).await.unwrap();
        let is_told = job.email.is_none() || job.link.is_some() || job.error.is_some();
        let is_waiting = job.deliveries.iter().any(|delivery| delivery.is_waiting());
        if job.status.is_final() && is_told && !is_waiting {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job did not end");
}

fn signed(url: &str) -> (Option<&str>, i64, &str) {
    let (path, query) = url.split_once('?').unwrap();
    let file = path.rsplit('/').next().filter(|last| last.starts_with("part-"));
    let (expires, signature) = query.split_once("&signature=").unwrap();
    (file, expires.strip_prefix("expires=").unwrap().parse().unwrap(), signature)
}

#[tokio::test]
async fn from_the_request_to_the_download() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 30).await;
    let exports = Exports::start(store.clone(), settings(moving)).await.unwrap();
    let asked = exports.create(request(TURKS), "web app", Some("key")).await.unwrap();
    assert_eq!(asked.status, Status::Queued);
    let job = ended(&exports, &asked.id).await;
    assert_eq!(
        (job.status, job.rows, job.progress.percent),
        (Status::Complete, Some(10), 100.0),
        "{:?}",
        job.error
    );

    // The same key and request give the same job; the same key with another request is refused.
    assert_eq!(exports.create(request(TURKS), "web app", Some("key")).await.unwrap().id, job.id);
    let other = request(r#"{"kind":"profiles","format":"csv"}"#);
    assert_eq!(exports.create(other, "web app", Some("key")).await.err().unwrap().kind(), ErrorKind::Refused);

    // The e-mail is there, with the link that works.
    let mails = exports.mails().unwrap();
    assert_eq!(Some(&mails[0].id), job.mail_id.as_ref());
    let mail = exports.mail(&mails[0].id).unwrap();
    let link = job.link.clone().unwrap();
    assert!(mail.text.contains(&link.url), "{}", mail.text);
    assert!(mail.html.contains("country is TR"), "{}", mail.html);
    let (file, expires, signature) = signed(&link.url);
    let Download::File { path, name, bytes, .. } =
        exports.resolve_link(&job.id, file, expires, signature).await.unwrap()
    else {
        panic!("a file")
    };
    assert_eq!((name, bytes), (format!("{}.csv", job.id), job.bytes.unwrap()));
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().next(), Some("profile_id,user_id,country,income"));
    assert_eq!(text.lines().count(), 11);
    assert!(verify(&[path.parent().unwrap().into()]).unwrap().ok);
    assert_eq!(exports.manifest(&job.id).await.unwrap().rows, 10);

    // After a day the link is over and can be made anew; after a week the files are gone.
    AHEAD.store(24 * 3_600, Ordering::Relaxed);
    let over = exports.resolve_link(&job.id, file, expires, signature).await;
    assert_eq!(over, Err(LinkError::Expired(link.expires_at)));
    let again = exports.link(&job.id, "test").await.unwrap();
    AHEAD.store(7 * 24 * 3_600 + 60, Ordering::Relaxed);
    exports.stop().await;
    let exports = Exports::start(store, settings(moving)).await.unwrap();
    for _ in 0..100 {
        if exports.get(&job.id).await.unwrap().files_gone {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!path.exists());
    assert!(exports.link(&job.id, "test").await.is_err());
    let (file, expires, signature) = signed(&again.url);
    assert!(exports.resolve_link(&job.id, file, expires, signature).await.is_err());
    exports.stop().await;
}

#[tokio::test]
async fn refused_when_asked_not_when_its_turn_comes() {
    let data = tempfile::tempdir().unwrap();
    let exports = Exports::start(store(data.path(), 3).await, settings(still)).await.unwrap();
    for body in [
        r#"{"kind":"profiles","format":"csv","attributes":["contry"]}"#,
        r#"{"kind":"profiles","format":"csv","definition":{"attribute":"contry","operator":"exists"}}"#,
        r#"{"kind":"profiles","format":"csv","email":"nobody"}"#,
        r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"purchasse"}]}}"#,
    ] {
        let error = exports.create(request(body), "test", None).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    }
    assert!(exports.list(10, None).await.unwrap().0.is_empty());
    exports.stop().await;
}

#[tokio::test]
async fn listed_page_by_page() {
    let data = tempfile::tempdir().unwrap();
    let exports = Exports::start(store(data.path(), 3).await, settings(still)).await.unwrap();
    for _ in 0..5 {
        exports.create(request(r#"{"kind":"profiles","format":"csv"}"#), "test", None).await.unwrap();
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let (jobs, next) = exports.list(2, cursor.as_deref()).await.unwrap();
        seen.extend(jobs.into_iter().map(|job| job.id));
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|a, b| a > b));
    exports.stop().await;
}

#[tokio::test]
async fn a_restart_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 2_000).await;
    let body = r#"{"kind":"events","format":"csv","attributes":["country","income"],"max_rows":100,
        "events":{"wanted":[{"event_name":"purchase","params":["amount"]}]}}"#;
    let expected = tempfile::tempdir().unwrap();
    run(&store, &request(body), expected.path(), &Control::new()).await.unwrap();

    let mut exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    let id = exports.create(request(body), "test", None).await.unwrap().id;
    for wait in [5, 20, 60, 10, 40] {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        exports.stop().await;
        exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    }
    let job = ended(&exports, &id).await;
    assert_eq!((job.status, job.rows), (Status::Complete, Some(4_000)), "{:?}", job.error);
    let directory = data.path().join("exports").join(&id);
    assert!(verify(std::slice::from_ref(&directory)).unwrap().ok);
    for part in &job.parts {
        let bytes = |directory: &Path| std::fs::read(directory.join(&part.file)).unwrap();
        assert_eq!(bytes(&directory), bytes(expected.path()), "{}", part.file);
    }
    exports.stop().await;
}

#[tokio::test]
async fn stopped_while_it_waits_or_runs() {
    let data = tempfile::tempdir().unwrap();
    let exports = Exports::start(store(data.path(), 500).await, settings(still)).await.unwrap();
    let body = r#"{"kind":"profiles","format":"csv","attributes":["country"],"max_rows":1}"#;
    let first = exports.create(request(body), "test", None).await.unwrap().id;
    let second = exports.create(request(body), "test", None).await.unwrap().id;
    assert_eq!(exports.cancel(&second, "test").await.unwrap().status, Status::Cancelled);
    let first = exports.cancel(&first, "test").await.unwrap();
    assert_eq!(first.status, Status::Cancelled);
    assert!(!data.path().join("exports").join(&first.id).exists());
    assert!(exports.link(&first.id, "test").await.is_err());
    assert!(exports.get("exp_none").await.is_err());
    exports.stop().await;
}

#[tokio::test]
async fn links_taken_back_while_it_runs_stay_so() {
    let data = tempfile::tempdir().unwrap();
    let exports = Exports::start(store(data.path(), 300).await, settings(still)).await.unwrap();
    let body = r#"{"kind":"profiles","format":"csv","max_rows":1}"#;
    let id = exports.create(request(body), "test", None).await.unwrap().id;
    while exports.get(&id).await.unwrap().parts.is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let job = exports.revoke_links(&id, "test").await.unwrap();
    assert_eq!((job.status, job.link_generation), (Status::Running, 1));
    let mut job = job;
    while job.link.is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
        job = exports.get(&id).await.unwrap();
    }
    assert_eq!((job.status, job.link_generation), (Status::Complete, 1));
    let (file, expires, signature) = signed(&job.link.as_ref().unwrap().url);
    assert!(exports.resolve_link(&id, file, expires, signature).await.is_ok(), "the new link works");
    exports.stop().await;
}

/// Changes the record of a job, as a process that ended before may have left it.
async fn rewrite(store: &Store, id: &str, change: impl FnOnce(&mut Value)) {
    let mut row = store.export(id).await.unwrap().unwrap();
    let mut kept: Value = serde_json::from_str(&row.job).unwrap();
    change(&mut kept);
    row.status = kept["job"]["status"].as_str().unwrap().into();
    row.job = kept.to_string();
    store.put_export(&row).await.unwrap();
}

/// A job that was broken off behind its first part; that part is on the disk and recorded with `TR` spelled `XX`.
async fn broken_off(store: &Store, data: &Path) -> String {
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    let body = r#"{"kind":"profiles","format":"csv","attributes":["country"],"max_rows":10}"#;
    let id = exports.create(request(body), "test", None).await.unwrap().id;
    let job = ended(&exports, &id).await;
    exports.stop().await;
    let part = data.join("exports").join(&id).join(&job.parts[0].file);
    let text = std::fs::read_to_string(&part).unwrap().replace("TR", "XX");
    std::fs::write(&part, &text).unwrap();
    let sha256: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    rewrite(store, &id, |kept| {
        kept["job"]["status"] = json!("running");
        kept["job"]["parts"].as_array_mut().unwrap().truncate(1);
        kept["job"]["parts"][0]["sha256"] = json!(sha256);
    })
    .await;
    id
}

#[tokio::test]
async fn parts_of_other_rows_are_not_gone_on_with() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 30).await;
    for (changed, kept) in [(None, true), (Some("plan"), false), (Some("files"), false)] {
        let id = broken_off(&store, data.path()).await;
        if let Some(member) = changed {
            rewrite(&store, &id, |kept| kept[member] = json!("another")).await;
        }
        let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
        let job = ended(&exports, &id).await;
        assert_eq!((job.status, job.rows), (Status::Complete, Some(30)), "{:?}", job.error);
        let part = data.path().join("exports").join(&id).join("part-00001.csv");
        assert_eq!(std::fs::read_to_string(part).unwrap().contains("XX"), kept, "{changed:?}");
        exports.stop().await;
    }
}

#[tokio::test]
async fn what_was_broken_off_is_stopped_with_its_files() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 500).await;
    let first = broken_off(&store, data.path()).await;
    let second = broken_off(&store, data.path()).await;
    let directory = data.path().join("exports").join(&second);
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    let job = exports.cancel(&second, "test").await.unwrap();
    assert_eq!((job.status, job.parts.len()), (Status::Cancelled, 0));
    assert!(!directory.exists());
    assert_eq!(ended(&exports, &first).await.status, Status::Complete);

    // A job that neither waits nor runs can be stopped too.
    rewrite(&store, &second, |kept| kept["job"]["status"] = json!("running")).await;
    assert_eq!(exports.cancel(&second, "test").await.unwrap().status, Status::Cancelled);
    exports.stop().await;
}

#[tokio::test]
async fn told_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 30).await;
    let mut exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = exports.create(request(TURKS), "test", None).await.unwrap().id;
        ended(&exports, &id).await;
        ids.push(id);
    }
    exports.stop().await;
    let [old, untold, told] = &ids[..] else { panic!("three jobs") };
    std::fs::remove_dir_all(data.path().join("mail")).unwrap();
    rewrite(&store, old, |kept| drop(kept.as_object_mut().unwrap().remove("told"))).await;
    rewrite(&store, untold, |kept| {
        kept["told"] = json!(false);
        let gone = ["link", "mail_id", "deliveries"];
        kept["job"].as_object_mut().unwrap().retain(|member, _| !gone.contains(&member.as_str()));
    })
    .await;

    for _ in 0..2 {
        exports = Exports::start(store.clone(), settings(still)).await.unwrap();
        let job = ended(&exports, untold).await;
        assert_eq!((job.status, job.mail_id.is_some()), (Status::Complete, true));
        // The second start sends nothing.
        assert_eq!(job.deliveries.iter().map(|letter| letter.attempts).collect::<Vec<_>>(), [1]);
        exports.stop().await;
    }
    let letters = exports.mails().unwrap();
    let count = |id: &String| {
        let about = |letter: &&wayfare_export::mailbox::ListedMail| {
            exports.mail(&letter.id).unwrap().text.contains(&**id)
        };
        letters.iter().filter(about).count()
    };
    assert_eq!((count(old), count(untold), count(told)), (0, 1, 0));
}
