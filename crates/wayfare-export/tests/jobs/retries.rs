//! Jobs that failed or were cancelled and are tried again, and whose turn it is.

use crate::{ended, request, settings, start, still, store};
use serde_json::Value;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use wayfare_export::{Control, ErrorKind, Exports, Settings, Status, run, verify};
use wayfare_model::record::{Incoming, event_parts_from_json, finish_event};
use wayfare_store::{AcceptBatch, Store};

const EVENTS: &str = r#"{"kind":"events","format":"csv","attributes":["country"],"max_rows":10,
    "events":{"wanted":[{"event_name":"purchase","params":["amount"]}]}}"#;

/// Asks for an export that nobody writes yet.
async fn asked(store: &Store, requester: &str) -> String {
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    exports.stop().await;
    exports.create(request(EVENTS), requester, None).await.unwrap().id
}

/// Purchases that make one file of the lake more.
async fn flushed(store: &Store, name: &str, count: usize) {
    let event = |index: usize| {
        let json = format!(
            r#"{{"event_id":"{name}{index}","user_id":"u{index}","event":"purchase","timestamp":"2026-09-01T00:00:00Z","params":{{"amount":1}}}}"#
        );
        Incoming::Event(finish_event(event_parts_from_json(&json).unwrap(), || None).unwrap().record)
    };
    let records = (0..count).map(event).collect();
    store.accept(AcceptBatch { records, checkpoint: None, received_at: start() }).await.unwrap();
    store.flush().await.unwrap();
}

/// A job that cannot write its third part; what stands in its way.
async fn obstructed(store: &Store, data: &Path) -> (String, std::path::PathBuf) {
    let id = asked(store, "test").await;
    let obstacle = data.join("exports").join(&id).join(".part-00003.csv.tmp");
    std::fs::create_dir_all(&obstacle).unwrap();
    (id, obstacle)
}

#[tokio::test]
async fn a_retry_goes_on_behind_the_finished_parts() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 30).await;
    flushed(&store, "a", 20).await;
    flushed(&store, "b", 10).await;
    let expected = tempfile::tempdir().unwrap();
    run(&store, &request(EVENTS), expected.path(), &Control::new()).await.unwrap();
    let (id, obstacle) = obstructed(&store, data.path()).await;
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    let failed = ended(&exports, &id).await;
    assert_eq!((failed.status, failed.parts.len(), failed.attempts), (Status::Failed, 2, 1));
    assert!(failed.error.as_ref().unwrap().contains(".part-00003.csv.tmp"), "{:?}", failed.error);
    let directory = data.path().join("exports").join(&id);
    let inode = |part: &str| std::fs::metadata(directory.join(part)).unwrap().ino();
    let written = [inode("part-00001.csv"), inode("part-00002.csv")];

    // The files that it read stay as they are while it may be tried again, also through a restart.
    assert_eq!(store.compact().await.unwrap().files_merged, 0);
    exports.stop().await;
    drop(exports);
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    assert_eq!(store.compact().await.unwrap().files_merged, 0);
    flushed(&store, "c", 5).await;

    std::fs::remove_dir(&obstacle).unwrap();
    let queued = exports.retry(&id).await.unwrap();
    assert_eq!((queued.status, queued.attempts, queued.error), (Status::Queued, 2, None));
    let job = ended(&exports, &id).await;
    assert_eq!((job.status, job.rows, job.attempts), (Status::Complete, Some(90), 2), "{:?}", job.error);
    assert_eq!([inode("part-00001.csv"), inode("part-00002.csv")], written, "not written again");
    assert!(verify(std::slice::from_ref(&directory)).unwrap().ok);
    for part in &job.parts {
        let bytes = |directory: &Path| std::fs::read(directory.join(&part.file)).unwrap();
        assert_eq!(bytes(&directory), bytes(expected.path()), "{}", part.file);
    }
    assert!(store.compact().await.unwrap().files_merged > 0);
    assert_eq!(exports.retry(&id).await.err().unwrap().kind(), ErrorKind::Refused);
    exports.stop().await;
}

#[tokio::test]
async fn what_is_not_tried_again_in_time_is_removed() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 30).await;
    let (id, obstacle) = obstructed(&store, data.path()).await;
    let at_once = Settings { retry_for: std::time::Duration::ZERO, ..settings(still) };
    let exports = Exports::start(store.clone(), at_once.clone()).await.unwrap();
    assert_eq!(ended(&exports, &id).await.parts.len(), 2);
    exports.stop().await;
    let exports = Exports::start(store.clone(), at_once).await.unwrap();
    for _ in 0..100 {
        if exports.get(&id).await.unwrap().parts.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(!obstacle.exists() && !data.path().join("exports").join(&id).exists());
    // It is written anew.
    exports.retry(&id).await.unwrap();
    assert_eq!(ended(&exports, &id).await.status, Status::Complete);
    exports.stop().await;
}

#[tokio::test]
async fn cancelled_and_tried_again() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 30).await;
    let id = asked(&store, "test").await;
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    exports.cancel(&id, "test").await.unwrap();
    let cancelled = ended(&exports, &id).await;
    if cancelled.status == Status::Cancelled {
        exports.retry(&id).await.unwrap();
        let job = ended(&exports, &id).await;
        assert_eq!((job.status, job.attempts, job.rows), (Status::Complete, 2, Some(60)), "{:?}", job.error);
    }
    assert_eq!(exports.retry(&id).await.err().unwrap().kind(), ErrorKind::Refused);
    assert_eq!(exports.retry("exp_none").await.err().unwrap().kind(), ErrorKind::Refused);
    exports.stop().await;
}

#[tokio::test]
async fn a_file_of_the_lake_that_is_gone_is_named() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 30).await;
    store.flush().await.unwrap();
    let id = asked(&store, "test").await;
    let file = parquet_of(&data.path().join("lake"), "purchase");
    let away = data.path().join("away.parquet");
    std::fs::rename(&file, &away).unwrap();
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    let failed = ended(&exports, &id).await;
    assert_eq!(failed.status, Status::Failed);
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    assert!(failed.error.as_ref().unwrap().contains(&name), "{:?}", failed.error);
    std::fs::rename(&away, &file).unwrap();
    exports.retry(&id).await.unwrap();
    assert_eq!(ended(&exports, &id).await.status, Status::Complete);
    exports.stop().await;
}

fn parquet_of(directory: &Path, table: &str) -> std::path::PathBuf {
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "parquet")
                && path.to_string_lossy().contains(table)
            {
                return path;
            }
        }
    }
    panic!("no file of {table}");
}

#[tokio::test]
async fn people_take_turns() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 3).await;
    let mut ids = Vec::new();
    for requester in ["ann", "ann", "ann", "bob", "bob", "cid"] {
        ids.push(asked(&store, requester).await);
    }
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    let mut turns = Vec::new();
    for (id, name) in ids.iter().zip(["a1", "a2", "a3", "b1", "b2", "c1"]) {
        assert_eq!(ended(&exports, id).await.status, Status::Complete);
        let kept: Value = serde_json::from_str(&store.export(id).await.unwrap().unwrap().job).unwrap();
        turns.push((kept["turn"].as_u64().unwrap(), name));
    }
    turns.sort_unstable();
    let order: Vec<_> = turns.iter().map(|(_, name)| *name).collect();
    assert_eq!(order, ["a1", "b1", "c1", "a2", "b2", "a3"]);
    exports.stop().await;
}

#[tokio::test]
async fn several_at_once() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 200).await;
    let three = Settings { at_once: 3.try_into().unwrap(), ..settings(still) };
    let exports = Exports::start(store.clone(), three).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(exports.create(request(EVENTS), "test", None).await.unwrap().id);
    }
    for id in &ids {
        let job = ended(&exports, id).await;
        assert_eq!((job.status, job.rows), (Status::Complete, Some(400)), "{:?}", job.error);
        assert!(verify(&[data.path().join("exports").join(id)]).unwrap().ok);
    }
    exports.stop().await;
}
