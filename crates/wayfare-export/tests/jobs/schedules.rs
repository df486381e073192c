//! Schedules over a real store, under clocks that the tests move: runs, outages, pauses, misses, chains.

use crate::{ended, request, settings, start, store};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use wayfare_export::schedule::{Draft, Run, RunStatus};
use wayfare_export::vault::Vault;
use wayfare_export::webhook::{EndpointForm, EventType};
use wayfare_export::{ErrorKind, Exports, MailSettings, Settings};
use wayfare_model::record::{Incoming, event_parts_from_json, finish_event};
use wayfare_model::time::Instant;
use wayfare_store::{AcceptBatch, Store, WebhookMessagesAsked};

const HOUR: i64 = 3_600;

/// A clock of a test's own: its hand, in seconds after the start, and the function that reads it.
macro_rules! clock {
    ($hand:ident, $now:ident) => {
        static $hand: AtomicI64 = AtomicI64::new(0);
        fn $now() -> Instant {
            after($hand.load(Ordering::Relaxed))
        }
    };
}

fn after(seconds: i64) -> Instant {
    Instant::from_micros(start().micros() + seconds * 1_000_000).unwrap()
}

/// Every hour; the tests' calendar starts at a full one.
fn hourly(body: &str) -> Draft {
    Draft {
        name: "Hourly".into(),
        request: request(body),
        rule: serde_json::from_str(r#"{"every":"hour"}"#).unwrap(),
        time_zone: "Europe/Istanbul".into(),
        incremental: false,
        backfill: true,
        expected_within_seconds: None,
        notify: None,
    }
}

const PROFILES: &str = r#"{"kind":"profiles","format":"csv","attributes":["country"]}"#;
const EVENTS: &str = r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"purchase"}]}}"#;

/// The runs by due time, once there are so many and all are over.
async fn over(exports: &Exports, id: &str, count: usize) -> Vec<Run> {
    let mut last = Vec::new();
    for _ in 0..400 {
        let (mut runs, _) = exports.schedule_runs(id, 200, None).await.unwrap();
        runs.reverse();
        if runs.len() >= count && runs.iter().all(|run| run.status.is_final()) {
            return runs;
        }
        last = runs;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{count} runs were not over: {last:#?}");
}

fn told(runs: &[Run]) -> Vec<String> {
    runs.iter()
        .map(|run| {
            format!("{} {}", (run.due.micros() - start().micros()) / 1_000_000 / HOUR, run.status.name())
        })
        .collect()
}

async fn more_events(store: &Store, name: &str, count: usize) {
    let event = |index: usize| {
        let json = format!(
            r#"{{"event_id":"{name}{index}","user_id":"u{index}","event":"purchase","timestamp":"2026-09-01T00:00:00Z","params":{{"amount":1}}}}"#
        );
        Incoming::Event(finish_event(event_parts_from_json(&json).unwrap(), || None).unwrap().record)
    };
    let records = (0..count).map(event).collect();
    store.accept(AcceptBatch { records, checkpoint: None, received_at: start() }).await.unwrap();
}

clock!(OUTAGE, outage);

#[tokio::test]
async fn runs_missed_in_an_outage_are_made_in_order() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 6).await;
    let exports = Exports::start(store.clone(), settings(outage)).await.unwrap();
    let id = exports.add_schedule(hourly(PROFILES), "ana").await.unwrap().schedule.id;
    OUTAGE.store(HOUR, Ordering::Relaxed);
    assert_eq!(told(&over(&exports, &id, 1).await), ["1 complete"]);
    exports.stop().await;
    OUTAGE.store(4 * HOUR + 600, Ordering::Relaxed);
    let exports = Exports::start(store.clone(), settings(outage)).await.unwrap();
    let runs = over(&exports, &id, 4).await;
    assert_eq!(told(&runs), ["1 complete", "2 complete", "3 complete", "4 complete"]);
    // Each as of the time it was due, and asked for by the schedule.
    for run in &runs {
        let job = exports.get(run.job.as_deref().unwrap()).await.unwrap();
        assert_eq!((job.as_of, job.requested_by), (run.due, format!("schedule {id}")));
    }
    assert_eq!(exports.list(100, None).await.unwrap().0.len(), 4);
    exports.stop().await;
}

clock!(SKIPPED, skipped);

#[tokio::test]
async fn without_back_fill_they_are_skipped() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 6).await;
    let exports = Exports::start(store.clone(), settings(skipped)).await.unwrap();
    let draft = Draft { backfill: false, ..hourly(PROFILES) };
    let id = exports.add_schedule(draft, "ana").await.unwrap().schedule.id;
    exports.stop().await;
    SKIPPED.store(3 * HOUR + 60, Ordering::Relaxed);
    let exports = Exports::start(store, settings(skipped)).await.unwrap();
    let runs = over(&exports, &id, 3).await;
    assert_eq!(told(&runs), ["1 skipped", "2 skipped", "3 complete"]);
    assert_eq!(runs[0].why.as_deref(), Some("the service was not running at the time"));
    exports.stop().await;
}

clock!(CRASH, crash);

#[tokio::test]
async fn a_crash_between_asking_and_recording_repeats_nothing() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 6).await;
    let exports = Exports::start(store.clone(), settings(crash)).await.unwrap();
    let id = exports.add_schedule(hourly(PROFILES), "ana").await.unwrap().schedule.id;
    exports.stop().await;
    CRASH.store(HOUR, Ordering::Relaxed);
    // What such a crash leaves: the export is there, and the run is as it was before.
    let due = after(HOUR);
    let run = Run::scheduled(&id, due);
    let asked = wayfare_export::ExportRequest { as_of: Some(due), ..request(PROFILES) };
    let job = exports.create(asked, &format!("schedule {id}"), Some(&run.id)).await.unwrap();
    let exports = Exports::start(store, settings(crash)).await.unwrap();
    let runs = over(&exports, &id, 1).await;
    assert_eq!(runs[0].job.as_deref(), Some(job.id.as_str()));
    assert_eq!(exports.list(100, None).await.unwrap().0.len(), 1);
    exports.stop().await;
}

clock!(CHAIN, chain);

#[tokio::test]
async fn incremental_runs_go_on_behind_the_last_complete_one() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 6).await;
    let exports = Exports::start(store.clone(), settings(chain)).await.unwrap();
    let draft = || Draft { incremental: true, ..hourly(EVENTS) };
    let made = exports.add_schedule(draft(), "ana").await.unwrap().schedule;
    let rows = async |run: &Run| exports.get(run.job.as_deref().unwrap()).await.unwrap().rows;
    CHAIN.store(HOUR, Ordering::Relaxed);
    let runs = over(&exports, &made.id, 1).await;
    assert_eq!(rows(&runs[0]).await, Some(12));
    more_events(&store, "a", 3).await;
    CHAIN.store(2 * HOUR, Ordering::Relaxed);
    assert_eq!(rows(&over(&exports, &made.id, 2).await[1]).await, Some(3));
    // A run that somebody asks for is a link of the chain too.
    more_events(&store, "b", 2).await;
    CHAIN.store(2 * HOUR + 60, Ordering::Relaxed);
    let asked = exports.run_schedule(&made.id, "ana", Some("key")).await.unwrap();
    assert_eq!(exports.run_schedule(&made.id, "ana", Some("key")).await.unwrap().id, asked.id);
    let runs = over(&exports, &made.id, 3).await;
    assert_eq!((runs[2].asked_by.as_deref(), rows(&runs[2]).await), (Some("ana"), Some(2)));
    // Another export begins anew; another name does not.
    let renamed = Draft { name: "Renamed".into(), ..draft() };
    exports.change_schedule(&made.id, renamed, 1, "ana").await.unwrap();
    CHAIN.store(3 * HOUR, Ordering::Relaxed);
    assert_eq!(rows(&over(&exports, &made.id, 4).await[3]).await, Some(0));
    let other = Draft { request: request(&EVENTS.replace("csv", "ndjson")), ..draft() };
    assert_eq!(
        exports.change_schedule(&made.id, other.clone(), 1, "ana").await.err().unwrap().to_string(),
        "the schedule is at revision 2 by now; look at it, then change that"
    );
    exports.change_schedule(&made.id, other, 2, "ana").await.unwrap();
    CHAIN.store(4 * HOUR, Ordering::Relaxed);
    assert_eq!(rows(&over(&exports, &made.id, 5).await[4]).await, Some(17));
    exports.stop().await;
}

clock!(PAUSE, pause);

#[tokio::test]
async fn paused_resumed_and_taken_away() {
    let data = tempfile::tempdir().unwrap();
    let exports = Exports::start(store(data.path(), 6).await, settings(pause)).await.unwrap();
    let id = exports.add_schedule(hourly(PROFILES), "ana").await.unwrap().schedule.id;
    let paused = exports.pause_schedule(&id, true, "ana").await.unwrap();
    assert_eq!((paused.schedule.paused, paused.schedule.revision, paused.next), (true, 2, None));
    // Paused once more it stays as it is.
    assert_eq!(exports.pause_schedule(&id, true, "ana").await.unwrap().schedule.revision, 2);
    PAUSE.store(2 * HOUR, Ordering::Relaxed);
    // Asked for, it runs all the same; what was held back does not.
    let asked = exports.run_schedule(&id, "ana", None).await.unwrap();
    assert_eq!(asked.status, RunStatus::Running);
    ended(&exports, asked.job.as_deref().unwrap()).await;
    let resumed = exports.pause_schedule(&id, false, "ana").await.unwrap();
    assert_eq!(resumed.next.unwrap().at, after(3 * HOUR));
    let runs = over(&exports, &id, 3).await;
    assert!(runs.iter().all(|run| run.status == RunStatus::Complete), "{runs:#?}");
    assert_eq!(runs.iter().filter(|run| run.held).count(), 2);
    exports.remove_schedule(&id).await.unwrap();
    assert!(exports.schedule(&id).await.is_err() && exports.remove_schedule(&id).await.is_err());
    assert_eq!(exports.list(100, None).await.unwrap().0.len(), 3);
    exports.stop().await;
}

clock!(RULE, rule);

#[tokio::test]
async fn under_another_rule_every_due_time_has_its_run_all_the_same() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 6).await;
    let exports = Exports::start(store.clone(), settings(rule)).await.unwrap();
    let often = Draft {
        rule: serde_json::from_str(r#"{"every":"minutes","minutes":5}"#).unwrap(),
        expected_within_seconds: Some(600),
        ..hourly(PROFILES)
    };
    let id = exports.add_schedule(often.clone(), "ana").await.unwrap().schedule.id;
    exports.stop().await;
    // More come due in an outage than may wait.
    RULE.store(620 * 300 + 60, Ordering::Relaxed);
    let exports = Exports::start(store, settings(rule)).await.unwrap();
    let daily = Draft {
        rule: serde_json::from_str(r#"{"every":"day","at":"06:00"}"#).unwrap(),
        time_zone: "UTC".into(),
        ..often
    };
    let changed = exports.change_schedule(&id, daily, 1, "ana").await.unwrap();
    assert!(changed.next.unwrap().at > after(620 * 300 + 60));
    let (runs, _) = exports.schedule_runs(&id, 1_000, None).await.unwrap();
    let dues: Vec<i64> = runs.iter().rev().map(|run| run.due.micros() - start().micros()).collect();
    assert_eq!(dues, (1..=620i64).map(|number| number * 300_000_000).collect::<Vec<i64>>());
    let skipped: Vec<&Run> = runs.iter().filter(|run| run.status == RunStatus::Skipped).collect();
    assert!((100..=120).contains(&skipped.len()), "{}", skipped.len());
    assert!(skipped.iter().all(|run| run.why.as_deref() == Some("the rule was changed")));
    assert!(skipped.iter().all(|run| run.missed_at.is_none()));
    exports.stop().await;
}

clock!(JUMP, jump);

#[tokio::test]
async fn a_clock_that_was_ahead_is_got_over_by_a_resume() {
    let data = tempfile::tempdir().unwrap();
    let exports = Exports::start(store(data.path(), 6).await, settings(jump)).await.unwrap();
    let draft = Draft { backfill: false, ..hourly(PROFILES) };
    let id = exports.add_schedule(draft, "ana").await.unwrap().schedule.id;
    JUMP.store(6 * HOUR, Ordering::Relaxed);
    let runs = over(&exports, &id, 6).await;
    assert_eq!(told(&runs)[4..], ["5 skipped", "6 complete"]);
    let job = runs[5].job.clone();
    // It is two o'clock after all.
    JUMP.store(2 * HOUR, Ordering::Relaxed);
    exports.pause_schedule(&id, true, "ana").await.unwrap();
    let resumed = exports.pause_schedule(&id, false, "ana").await.unwrap();
    assert_eq!(resumed.next.unwrap().at, after(3 * HOUR));
    JUMP.store(3 * HOUR, Ordering::Relaxed);
    exports.pause_schedule(&id, true, "ana").await.unwrap();
    let runs = over(&exports, &id, 6).await;
    assert_eq!(told(&runs)[2..4], ["3 complete", "4 skipped"]);
    // What was made by the clock that was ahead is not made again when its time comes.
    JUMP.store(6 * HOUR, Ordering::Relaxed);
    exports.pause_schedule(&id, false, "ana").await.unwrap();
    let runs = over(&exports, &id, 6).await;
    assert_eq!(told(&runs)[3..], ["4 skipped", "5 skipped", "6 complete"]);
    assert_eq!(runs[4].why.as_deref(), Some("the schedule was paused"));
    assert_eq!((&runs[5].job, exports.list(100, None).await.unwrap().0.len()), (&job, 2));
    exports.stop().await;
}

clock!(MISS, miss);

fn letters(data: &Path) -> usize {
    std::fs::read_dir(data.join("mail")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_miss_is_told_once() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 6).await;
    let draft = Draft {
        expected_within_seconds: Some(600),
        notify: Some("ana@example.com".into()),
        ..hourly(PROFILES)
    };
    let exports = Exports::start(store.clone(), settings(miss)).await.unwrap();
    let id = exports.add_schedule(draft, "ana").await.unwrap().schedule.id;
    MISS.store(HOUR, Ordering::Relaxed);
    let runs = over(&exports, &id, 1).await;
    assert_eq!((runs[0].missed_at, letters(data.path())), (None, 0));
    exports.stop().await;
    // Two hours pass without the service: two runs are late, and one letter says so.
    MISS.store(3 * HOUR + 900, Ordering::Relaxed);
    let exports = Exports::start(store.clone(), settings(miss)).await.unwrap();
    let runs = over(&exports, &id, 3).await;
    assert_eq!(told(&runs), ["1 complete", "2 complete", "3 complete"]);
    assert!(runs[1..].iter().all(|run| run.missed_at == Some(after(3 * HOUR + 900)) && run.told));
    exports.stop().await;
    let exports = Exports::start(store, settings(miss)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mails = exports.mails().unwrap();
    assert_eq!(mails.len(), 1);
    let mail = exports.mail(&mails[0].id).unwrap();
    assert_eq!(mail.subject, "2 runs of “Hourly” are late");
    assert!(
        mail.text.contains("Due 2026-09-02 12:00:00+03:00, expected by 2026-09-02 12:10:00+03:00"),
        "{}",
        mail.text
    );
    assert!(mail.text.contains(&format!("http://127.0.0.1:9/schedules?schedule={id}")), "{}", mail.text);
    exports.stop().await;
}

clock!(HANGS, hangs);

#[tokio::test]
async fn a_relay_that_hangs_holds_up_no_webhook_message() {
    let data = tempfile::tempdir().unwrap();
    // It takes connections and says nothing.
    let relay = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mail = MailSettings {
        relay: Some(format!("smtp://{}", relay.local_addr().unwrap())),
        ..MailSettings::default()
    };
    let keys = tempfile::tempdir().unwrap();
    let vault = keys.path().join("vault");
    Vault::make(&vault).unwrap();
    let settings = Settings { mail, vault: Vault::read(&vault).unwrap(), ..settings(hangs) };
    let exports = Exports::start(store(data.path(), 6).await, settings).await.unwrap();
    let form = EndpointForm {
        url: "https://hooks.example.com/".into(),
        description: String::new(),
        events: vec![EventType::ScheduleMissed],
        disabled: true,
    };
    exports.webhooks().create_endpoint(form, None, "ana").await.unwrap();
    for _ in 0..2 {
        let draft = Draft {
            expected_within_seconds: Some(600),
            notify: Some("ana@example.com".into()),
            ..hourly(PROFILES)
        };
        exports.add_schedule(draft, "ana").await.unwrap();
    }
    let messages = async || {
        let (messages, _) = exports.webhooks().messages(&WebhookMessagesAsked::default(), 100).await.unwrap();
        messages.len()
    };
    // The second miss comes while the letter about the first hangs.
    for (hour, told) in [(1, 2), (2, 4)] {
        HANGS.store(hour * HOUR + 900, Ordering::Relaxed);
        let mut seen = 0;
        for _ in 0..200 {
            seen = messages().await;
            if seen == told {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(seen, told, "of {hour} o'clock");
    }
    exports.stop().await;
}

clock!(REFUSED, refused);

#[tokio::test]
async fn refused_with_the_place() {
    let data = tempfile::tempdir().unwrap();
    let exports = Exports::start(store(data.path(), 6).await, settings(refused)).await.unwrap();
    let good = || hourly(PROFILES);
    let form = |json: &str| serde_json::from_str(json).unwrap();
    let cases = [
        Draft { name: " ".into(), ..good() },
        Draft { rule: form(r#"{"every":"day"}"#), ..good() },
        Draft { time_zone: "Europe/Istambul".into(), ..good() },
        Draft { expected_within_seconds: Some(59), ..good() },
        Draft { expected_within_seconds: Some(60), notify: Some("ana".into()), ..good() },
        Draft { notify: Some("ana@example.com".into()), ..good() },
        hourly(r#"{"kind":"profiles","format":"csv","attributes":["contry"]}"#),
        hourly(r#"{"kind":"profiles","format":"csv","as_of":"2026-09-01T00:00:00Z"}"#),
        hourly(r#"{"kind":"profiles","format":"csv","positions":{"from":0}}"#),
        hourly(r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"purchasse"}]}}"#),
        Draft { incremental: true, ..hourly(r#"{"kind":"profiles","format":"xlsx"}"#) },
    ];
    let mut said = Vec::new();
    for draft in cases {
        let error = exports.add_schedule(draft, "ana").await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        said.push(error.to_string());
    }
    insta::assert_snapshot!(said.join("\n"));
    assert!(exports.schedules(10, None).await.unwrap().0.is_empty());
    REFUSED.store(HOUR, Ordering::Relaxed);
    exports.stop().await;
}
