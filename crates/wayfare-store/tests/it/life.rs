//! A store through its life: accept, flush, compact, restart, and the same answers throughout.

use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use wayfare_model::id::ProfileId;
use wayfare_model::record::{Incoming, event_from_json, profile_from_json};
use wayfare_model::time::Instant;
use wayfare_segment::columns::{Columns, Needs};
use wayfare_segment::definition::Definition;
use wayfare_segment::evaluate::evaluate;
use wayfare_segment::library::Library;
use wayfare_segment::moment::Moment;
use wayfare_segment::reference;
use wayfare_store::{
    AcceptBatch, Accepted, Access, Checkpoint, OpenOptions, Snapshot, Status, Store, StoreError,
};

fn at(text: &str) -> Instant {
    Instant::parse(text).expect("a time")
}

fn moment() -> Moment {
    Moment { as_of: at("2026-10-01T00:00:00Z"), zone: TimeZone::UTC }
}

fn event(id: &str, user: &str, name: &str, params: &str) -> Incoming {
    let json = format!(
        r#"{{"event_id":"{id}","user_id":"{user}","event":"{name}","timestamp":"2026-09-01T00:00:00Z","params":{params}}}"#
    );
    Incoming::Event(event_from_json(&json).expect("an event").record)
}

fn profile(json: &str) -> Incoming {
    Incoming::Profile(profile_from_json(json).expect("a profile").record)
}

async fn open(path: &Path, flush_records: u64) -> Store {
    let options = OpenOptions { flush_records, ..OpenOptions::default() };
    Store::open(path, options).await.expect("a store")
}

async fn accept(store: &Store, records: Vec<Incoming>) -> Accepted {
    let batch = AcceptBatch { records, checkpoint: None, received_at: at("2026-09-02T00:00:00Z") };
    store.accept(batch).await.expect("accepted")
}

fn statuses(accepted: &Accepted) -> Vec<Status> {
    accepted.outcomes.iter().map(|outcome| outcome.status).collect()
}

/// The members by the fast evaluator, which must equal those by the reference.
async fn members(snapshot: &Snapshot, definition: &str) -> BTreeSet<ProfileId> {
    let definition = Definition::parse(definition).expect("a definition");
    let checked = definition.check(snapshot.dictionary(), &Library::default()).expect("a known definition");
    let columns = snapshot.columns(checked.needs()).await.expect("columns");
    let fast = evaluate(&checked, &columns, &moment()).expect("an answer");
    let fast: BTreeSet<ProfileId> = fast.iter().map(|ordinal| columns.profile_id(ordinal)).collect();
    let rows = snapshot.reference_rows().await.expect("rows");
    let slow = reference::evaluate(&definition, snapshot.dictionary(), &Library::default(), &rows, &moment())
        .expect("an answer");
    assert_eq!(fast, slow);
    fast
}

async fn count(store: &Store, definition: &str) -> usize {
    members(&store.snapshot().await.expect("a snapshot"), definition).await.len()
}

const BOUGHT: &str =
    r#"{"event":"purchase","where":{"parameter":"amount","operator":"at_least","value":10}}"#;

#[tokio::test]
async fn what_is_acknowledged_is_seen_before_and_after_flush_and_restart() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path(), 1_000).await;
    let accepted = accept(
        &store,
        vec![
            profile(r#"{"user_id":"a","attributes":{"country":"TR","age":30}}"#),
            event("1", "a", "purchase", r#"{"amount":10}"#),
            event("2", "b", "purchase", r#"{"amount":9.5}"#),
            event("1", "c", "purchase", r#"{"amount":99}"#),
            profile(r#"{"user_id":"a","attributes":{"country":"TR"}}"#),
        ],
    )
    .await;
    assert_eq!(
        statuses(&accepted),
        [Status::Accepted, Status::Accepted, Status::Accepted, Status::Duplicate, Status::Duplicate]
    );
    assert_eq!(accepted.position, 3);
    assert_eq!(count(&store, BOUGHT).await, 1);
    assert_eq!(count(&store, r#"{"all":[]}"#).await, 2);
    let report = store.flush().await.expect("flushed");
    assert_eq!((report.records, report.position), (3, 3));
    assert_eq!(count(&store, BOUGHT).await, 1);
    // Half flushed: a newer state and a repeated id lie in the inbox, what they repeat in the lake.
    let accepted = accept(
        &store,
        vec![
            profile(r#"{"user_id":"a","attributes":{"age":31,"plan":"pro"}}"#),
            event("2", "b", "purchase", r#"{"amount":1000}"#),
            event("3", "b", "purchase", r#"{"amount":11,"coupon":"x"}"#),
        ],
    )
    .await;
    assert_eq!(statuses(&accepted), [Status::Accepted, Status::Duplicate, Status::Accepted]);
    let thirty_one = r#"{"attribute":"age","operator":"equals","value":31}"#;
    assert_eq!(count(&store, thirty_one).await, 1);
    assert_eq!(count(&store, BOUGHT).await, 2);
    drop(store);
    let store = open(dir.path(), 1_000).await;
    assert_eq!(store.position(), 5);
    assert_eq!(count(&store, thirty_one).await, 1);
    assert_eq!(count(&store, BOUGHT).await, 2);
    store.flush().await.expect("flushed");
    store.compact().await.expect("compacted");
    assert_eq!(count(&store, thirty_one).await, 1);
    assert_eq!(count(&store, BOUGHT).await, 2);
    let accepted =
        accept(&store, vec![event("1", "a", "purchase", "{}"), event("3", "a", "purchase", "{}")]).await;
    assert_eq!(statuses(&accepted), [Status::Duplicate, Status::Duplicate]);
    drop(store);
    let read = Store::open(dir.path(), OpenOptions { access: Access::Read, ..OpenOptions::default() }).await;
    assert_eq!(count(&read.expect("readable"), BOUGHT).await, 2);
}

#[tokio::test]
async fn a_snapshot_does_not_move() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path(), 1_000).await;
    accept(&store, vec![event("1", "a", "purchase", r#"{"amount":10}"#)]).await;
    let before = store.snapshot().await.expect("a snapshot");
    accept(&store, vec![event("2", "b", "purchase", r#"{"amount":10}"#)]).await;
    assert_eq!(count(&store, BOUGHT).await, 2);
    assert_eq!(members(&before, BOUGHT).await.len(), 1);
    store.flush().await.expect("flushed");
    assert_eq!(count(&store, BOUGHT).await, 2);
    assert_eq!(members(&before, BOUGHT).await.len(), 1);
    assert_eq!(before.position(), 1);
}

#[tokio::test]
async fn one_process_writes() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path(), 1_000).await;
    let second = Store::open(dir.path(), OpenOptions::default()).await;
    assert!(matches!(second, Err(StoreError::InUse { .. })));
    drop(store);
    open(dir.path(), 1_000).await;
    let empty = tempfile::tempdir().expect("a directory");
    let read = OpenOptions { access: Access::Read, ..OpenOptions::default() };
    assert!(matches!(Store::open(empty.path(), read).await, Err(StoreError::Missing { .. })));
}

#[tokio::test]
async fn identifiers_lead_to_one_profile() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path(), 1_000).await;
    let by_mail = r#"{"event_id":"m","identifiers":{"email":" A@X.example "},"event":"visit","timestamp":"2026-09-01T00:00:00Z"}"#;
    let by_mail = Incoming::Event(event_from_json(by_mail).expect("an event").record);
    let accepted = accept(
        &store,
        vec![
            by_mail,
            // The profile that an e-mail made gets a user id, and events by either lead to it.
            profile(r#"{"user_id":"u","identifiers":{"email":"a@x.example","phone_number":"+90"}}"#),
            event("v", "u", "visit", "{}"),
            // Another user with the same address is another profile.
            profile(r#"{"user_id":"w","identifiers":{"email":"a@x.example"}}"#),
        ],
    )
    .await;
    assert_eq!(statuses(&accepted), [Status::Accepted; 4]);
    assert_eq!(count(&store, r#"{"all":[]}"#).await, 2);
    assert_eq!(count(&store, r#"{"event":"visit","times":{"operator":"exactly","value":2}}"#).await, 1);
    let snapshot = store.snapshot().await.expect("a snapshot");
    let found = snapshot.find_profiles("A@x.ex", None, None, 10).await.expect("found");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].identity.user_id.as_deref(), Some("u"));
    let events = snapshot.profile_events(found[0].id, None, 10, None).await.expect("events");
    assert_eq!(events.len(), 2);
    assert_eq!(events[1].user_id, None, "an event keeps the id it came with");
}

#[tokio::test]
async fn the_lake_is_the_same_however_often_it_was_interrupted() {
    let whole = tempfile::tempdir().expect("a directory");
    let broken = tempfile::tempdir().expect("a directory");
    let records: Vec<Incoming> =
        (0..250).map(|n| event(&format!("e{n}"), &format!("u{}", n % 40), "visit", r#"{"n":1}"#)).collect();
    let store = open(whole.path(), 100).await;
    for part in records.chunks(60) {
        accept(&store, part.to_vec()).await;
    }
    store.flush().await.expect("flushed");
    let expected = flush_ends(&store).await;
    for (turn, part) in records.chunks(17).enumerate() {
        let store = open(broken.path(), 100).await;
        accept(&store, part.to_vec()).await;
        if turn % 3 == 0 {
            // What an interrupted flush leaves behind: the lake has it, the inbox still does too.
            let rows = inbox_rows(broken.path()).await;
            store.flush().await.expect("flushed");
            drop(store);
            put_back(broken.path(), rows).await;
        }
    }
    let store = open(broken.path(), 100).await;
    store.flush().await.expect("flushed");
    assert_eq!(store.position(), 250);
    assert_eq!(*expected.last().expect("a flush"), 250);
    assert_eq!(*flush_ends(&store).await.last().expect("a flush"), 250);
    assert_eq!(count(&store, r#"{"event":"visit","times":{"operator":"at_least","value":7}}"#).await, 10);
    let again = accept(&store, records).await;
    assert!(again.outcomes.iter().all(|outcome| outcome.status == Status::Duplicate));
}

async fn catalog(path: &Path) -> sqlx::SqlitePool {
    sqlx::SqlitePool::connect(&format!("sqlite:{}", path.display())).await.expect("a database")
}

async fn flush_ends(store: &Store) -> Vec<i64> {
    let pool = catalog(&store.data_dir().join("lake.db")).await;
    sqlx::query_scalar(
        "select json_extract(commit_extra_info, '$.position') from ducklake_snapshot_changes
         where commit_extra_info is not null order by snapshot_id",
    )
    .fetch_all(&pool)
    .await
    .expect("positions")
}

type InboxRows = (Vec<(i64, i64, Vec<u8>)>, Option<i64>);

async fn inbox_rows(path: &Path) -> InboxRows {
    let pool = catalog(&path.join("wayfare.db")).await;
    let rows =
        sqlx::query_as("select first, behind, payload from inbox").fetch_all(&pool).await.expect("rows");
    let flushed =
        sqlx::query_scalar("select value from meta where name = 'flushed'").fetch_optional(&pool).await;
    (rows, flushed.expect("a number"))
}

async fn put_back(path: &Path, (rows, flushed): InboxRows) {
    let pool = catalog(&path.join("wayfare.db")).await;
    for (first, behind, payload) in rows {
        let insert = sqlx::query("insert or ignore into inbox values (?, ?, ?)");
        insert.bind(first).bind(behind).bind(payload).execute(&pool).await.expect("inserted");
    }
    let set = sqlx::query("update meta set value = ? where name = 'flushed'").bind(flushed.unwrap_or(0));
    set.execute(&pool).await.expect("set");
}

#[tokio::test]
async fn a_missing_index_is_made_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path(), 10).await;
    let records: Vec<Incoming> = (0..35).map(|n| event(&format!("e{n}"), "u", "visit", "{}")).collect();
    accept(&store, records.clone()).await;
    store.flush().await.expect("flushed");
    drop(store);
    std::fs::remove_dir_all(dir.path().join("index")).expect("removed");
    let store = open(dir.path(), 10).await;
    let again = accept(&store, records).await;
    assert!(again.outcomes.iter().all(|outcome| outcome.status == Status::Duplicate));
}

#[tokio::test]
async fn a_checkpoint_is_kept_with_its_records() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path(), 1_000).await;
    let state = |outcomes: &[wayfare_store::Outcome]| Some(format!("{{\"rows\":{}}}", outcomes.len()));
    let checkpoint = Some(Checkpoint { session: "s".into(), state: Box::new(state) });
    let records = vec![event("1", "a", "visit", "{}")];
    let batch = AcceptBatch { records, checkpoint, received_at: at("2026-09-02T00:00:00Z") };
    store.accept(batch).await.expect("accepted");
    assert_eq!(store.import_checkpoint("s").await.expect("read").as_deref(), Some(r#"{"rows":1}"#));
    store.clear_import_checkpoint("s").await.expect("cleared");
    assert_eq!(store.import_checkpoint("s").await.expect("read"), None);

    let checkpoint = Some(Checkpoint { session: "s".into(), state: Box::new(|_| None) });
    let records = vec![event("2", "b", "visit", "{}")];
    let batch = AcceptBatch { records, checkpoint, received_at: at("2026-09-02T00:00:00Z") };
    assert!(store.accept(batch).await.is_err());
    assert_eq!(store.position(), 1, "nothing of a withdrawn batch is kept");
    let again = accept(&store, vec![event("2", "b", "visit", "{}")]).await;
    assert_eq!(again.outcomes[0].status, Status::Accepted);
}

#[tokio::test]
async fn journey_events_are_typed_and_their_codes_understood() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path(), 1_000).await;
    let accepted = accept(
        &store,
        vec![
            event(
                "1",
                "a",
                "journey_product_action",
                r#"{"journey_id":"7","channel_code":"e-mail","action_code":"VIEW"}"#,
            ),
            event(
                "2",
                "a",
                "journey_product_action",
                r#"{"journey_id":7.0,"channel_code":"EM","action_code":1,"is_dry_run":1}"#,
            ),
            event("3", "a", "journey_product_action", r#"{"journey_id":"seven"}"#),
            event("4", "b", "journey_enter", r#"{"journey_id":7,"journey_name":"n","journey_version":"x"}"#),
        ],
    )
    .await;
    assert_eq!(statuses(&accepted), [Status::Accepted, Status::Accepted, Status::Rejected, Status::Accepted]);
    assert_eq!(accepted.outcomes[3].set_aside.len(), 1);
    for flushed in [false, true] {
        if flushed {
            store.flush().await.expect("flushed");
        }
        let journeys = store.snapshot().await.expect("a snapshot").journeys().await.expect("journeys");
        assert_eq!(journeys.len(), 1);
        assert_eq!((journeys[0].journey_id, journeys[0].entered_profiles), (7, 1));
        assert_eq!(journeys[0].channels[0].actions, [(4, 1)], "a dry run is left out");
        let values = store.snapshot().await.expect("a snapshot");
        let values =
            values.parameter_values("journey_product_action", "channel_code", Some(7)).await.expect("values");
        assert_eq!(values, [("EM".to_owned(), 1)]);
    }
}

#[tokio::test]
async fn a_held_snapshot_keeps_the_files_and_their_order() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path(), 1_000).await;
    for id in ["1", "2", "3"] {
        accept(&store, vec![event(id, id, "visit", "{}")]).await;
        store.flush().await.expect("flushed");
    }
    let held = store.lake_snapshot().await.expect("a snapshot");
    let digest = held.files_digest().await.expect("a digest");
    assert_eq!(store.compact().await.expect("compacted").files_merged, 0, "an export reads them");
    assert_eq!(held.files_digest().await.expect("a digest"), digest);
    let id = held.lake_snapshot_id();
    drop(held);
    assert!(store.compact().await.expect("compacted").files_merged > 0);
    let again = store.lake_snapshot_at(id).await.expect("read").expect("not expired");
    assert_ne!(again.files_digest().await.expect("a digest"), digest, "the order is another");
    // Profiles that came later are not among those of an earlier snapshot.
    accept(&store, vec![event("4", "4", "visit", "{}")]).await;
    let earlier = store.lake_snapshot_at(id).await.expect("read").expect("not expired");
    assert_eq!(earlier.columns(&Needs::default()).await.expect("columns").live().len(), 3);
}

/// What a disk changed is found before anything is counted.
#[tokio::test]
async fn a_broken_file_of_the_index_is_not_counted() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path(), 1_000).await;
    let records: Vec<Incoming> =
        (0..35).map(|n| event(&format!("e{n}"), &format!("u{n}"), "visit", "{}")).collect();
    accept(&store, records).await;
    store.flush().await.expect("flushed");
    drop(store);
    let runs = dir.path().join("index/runs");
    let files = || {
        let entries = std::fs::read_dir(&runs).expect("the index");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.extension().is_some_and(|end| end == "run")).collect::<Vec<_>>()
    };
    let [broken]: [PathBuf; 1] = files().try_into().expect("one file");
    let mut bytes = std::fs::read(&broken).expect("read");
    // The first number of the first section: whose the first row is.
    bytes[0] ^= 1;
    std::fs::write(&broken, &bytes).expect("written");
    let store = open(dir.path(), 1_000).await;
    let once = r#"{"event":"visit","times":{"operator":"exactly","value":1}}"#;
    assert_eq!(count(&store, once).await, 35);
}

/// A parameter that the index leaves out is read from the lake; what the index has stays as it is beside it.
#[tokio::test]
async fn a_parameter_of_the_lake_hides_none_of_the_index() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = OpenOptions { flush_records: 1_000, distinct_values: 1, ..OpenOptions::default() };
    let store = Store::open(dir.path(), options).await.expect("a store");
    for id in ["1", "2", "3"] {
        let params = format!(r#"{{"kind":"k","wide":"w{id}"}}"#);
        accept(&store, vec![event(id, id, "visit", &params)]).await;
    }
    store.flush().await.expect("flushed");
    for (parameter, value, expected) in
        [("kind", "k", 3), ("wide", "w2", 1), ("kind", "k", 3), ("wide", "w3", 1)]
    {
        let json = format!(
            r#"{{"event":"visit","where":{{"parameter":"{parameter}","operator":"equals","value":"{value}"}}}}"#
        );
        assert_eq!(count(&store, &json).await, expected, "{parameter}");
    }
}
