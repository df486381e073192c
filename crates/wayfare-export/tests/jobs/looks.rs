//! Previews, and files that are checked again.

use crate::{TURKS, ended, records, request, settings, start, still, store};
use wayfare_export::vault::Vault;
use wayfare_export::verify::Signature;
use wayfare_export::{Check, ErrorKind, Exports, Settings, SigningKey, verify_against, verify_with};
use wayfare_store::{AcceptBatch, Access, AuditFilter, OpenOptions, Store};

#[tokio::test]
async fn a_preview_is_the_beginning_of_the_export() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 90).await;
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    let everything = r#"{"kind":"events","format":"ndjson","attributes":["country"],
        "definition":{"attribute":"country","operator":"equals","value":"TR"},
        "events":{"wanted":[{"event_name":"purchase","params":["amount"]}]}}"#;
    for body in [everything, TURKS] {
        let asked = request(body);
        let preview = exports.preview(&asked, "test").await.unwrap();
        let written = tempfile::tempdir().unwrap();
        let ndjson =
            wayfare_export::ExportRequest { format: wayfare_export::request::Format::Ndjson, ..asked };
        let manifest =
            wayfare_export::run(&store, &ndjson, written.path(), &Default::default()).await.unwrap();
        assert_eq!((preview.rows, preview.position), (manifest.rows, manifest.position_to));
        assert_eq!(preview.columns, manifest.schema);
        assert_eq!(preview.warnings, manifest.warnings);
        let text = std::fs::read_to_string(written.path().join("part-00001.ndjson")).unwrap();
        let rows: Vec<serde_json::Value> =
            text.lines().take(20).map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(preview.sample.len(), 20);
        for (sample, row) in preview.sample.iter().zip(&rows) {
            let values: Vec<_> = row.as_object().unwrap().values().map(ToString::to_string).collect();
            assert_eq!(sample.iter().map(|value| value.get()).collect::<Vec<_>>(), values);
        }
    }
    assert!(!data.path().join("exports").exists(), "nothing is written");
    let unknown = request(r#"{"kind":"profiles","format":"csv","attributes":["contry"]}"#);
    assert_eq!(exports.preview(&unknown, "test").await.err().unwrap().kind(), ErrorKind::Refused);
    exports.stop().await;
}

/// The data that were read reach further than the window, which the manifest says.
#[tokio::test]
async fn a_window_that_ends_between_two_flushes_is_made_again() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 9).await;
    let asked = request(r#"{"kind":"profiles","format":"csv","positions":{"from":0,"to":4}}"#);
    let written = tempfile::tempdir().unwrap();
    let control = Default::default();
    let manifest = wayfare_export::run(&store, &asked, written.path(), &control).await.unwrap();
    let end = store.lake_snapshot().await.unwrap().position();
    assert_eq!((manifest.position_to, manifest.data_position), (4, Some(end)));
    let report = verify_against(&store, &Vault::default(), written.path(), &control).await.unwrap();
    assert_eq!((report.position, report.problems), (end, vec![]));
}

#[tokio::test]
async fn what_cannot_be_written_down_does_not_become_complete() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 9).await;
    store.lake_snapshot().await.unwrap();
    let everyone = request(r#"{"kind":"profiles","format":"csv"}"#);
    let reading = OpenOptions { access: Access::Read, ..OpenOptions::default() };
    let reader = Store::open(data.path(), reading).await.unwrap();
    let (written, control) = (tempfile::tempdir().unwrap(), Default::default());
    let run = wayfare_export::run_recorded(&reader, &everyone, written.path(), &control, None, "test").await;
    assert!(run.is_err());
    assert_eq!(std::fs::read_dir(written.path()).unwrap().count(), 0, "no manifest, nor anything else");
    let run = wayfare_export::run_recorded(&store, &everyone, written.path(), &control, None, "test").await;
    let about = AuditFilter { deed: None, subject: Some(run.unwrap().id), who: Some("test".into()) };
    let deeds: Vec<String> =
        store.audit(&about, 9, None).await.unwrap().into_iter().map(|row| row.deed).collect();
    assert_eq!(deeds, ["export.completed"]);
}

#[tokio::test]
async fn a_preview_sees_what_was_accepted_and_flushes_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 3).await;
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    let everyone = request(r#"{"kind":"profiles","format":"csv"}"#);
    assert_eq!(exports.preview(&everyone, "test").await.unwrap().rows, 3);
    let flushed = store.lake_snapshot().await.unwrap().lake_snapshot_id();
    assert_eq!(exports.preview(&everyone, "test").await.unwrap().sample.len(), 3);
    assert_eq!(
        store.lake_snapshot().await.unwrap().lake_snapshot_id(),
        flushed,
        "there was nothing to flush"
    );
    let batch = AcceptBatch { records: records(5), checkpoint: None, received_at: start() };
    store.accept(batch).await.unwrap();
    assert_eq!(exports.preview(&everyone, "test").await.unwrap().rows, 5);
    exports.stop().await;
}

#[tokio::test]
async fn warned_of_columns_that_hold_nothing() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 9).await;
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    let body = r#"{"kind":"profiles","format":"csv","attributes":["country","email"]}"#;
    let expected = ["nobody has a value for `email`"];
    assert_eq!(exports.preview(&request(body), "test").await.unwrap().warnings, expected);
    let job = exports.create(request(body), "test", None).await.unwrap();
    assert_eq!(job.warnings, expected, "before it runs");
    assert_eq!(ended(&exports, &job.id).await.warnings, expected);
    assert_eq!(exports.manifest(&job.id).await.unwrap().warnings, expected);
    exports.stop().await;
}

#[tokio::test]
async fn signed_checked_and_made_again() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 30).await;
    let keys = tempfile::tempdir().unwrap();
    let key = SigningKey::make(&keys.path().join("key.pem")).unwrap();
    let other = SigningKey::make(&keys.path().join("other.pem")).unwrap();
    let signing = Settings { signing_key: Some(key.clone()), ..settings(still) };
    let exports = Exports::start(store.clone(), signing).await.unwrap();
    let id = exports.create(request(TURKS), "test", None).await.unwrap().id;
    ended(&exports, &id).await;
    let directory = data.path().join("exports").join(&id);
    let check = |key: Option<&SigningKey>| {
        let public = key.map(SigningKey::public_key);
        let check = Check { public_key: public.as_ref(), ..Check::default() };
        let report = verify_with(std::slice::from_ref(&directory), &check).unwrap();
        (report.ok, report.exports[0].signature)
    };
    assert_eq!(check(None), (true, Signature::Unchecked));
    assert_eq!(check(Some(&key)), (true, Signature::Good));
    assert_eq!(check(Some(&other)), (false, Signature::Bad));
    let report = exports.verify(&id).await.unwrap();
    assert_eq!((report.problems, report.rows, report.signature), (vec![], 10, Signature::Good));
    let against = verify_against(&store, &Vault::default(), &directory, &Default::default()).await.unwrap();
    assert_eq!(against.problems, []);

    // Whoever changes the rows and the manifest with them has no key.
    let manifest = directory.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("country is TR", "country is DE")).unwrap();
    assert_eq!(check(None), (true, Signature::Unchecked));
    assert_eq!(check(Some(&key)), (false, Signature::Bad));
    assert_eq!(exports.verify(&id).await.unwrap().signature, Signature::Bad);
    std::fs::remove_file(directory.join("manifest.json.sig")).unwrap();
    assert_eq!(check(Some(&key)), (false, Signature::Absent));
    std::fs::write(directory.join("part-00001.csv"), "x").unwrap();
    assert!(!exports.verify(&id).await.unwrap().problems.is_empty());
    assert_eq!(exports.verify("exp_none").await.err().unwrap().kind(), ErrorKind::Refused);
    exports.stop().await;
}
