//! Schedules and their runs: revisions, pages, what is open, what is kept together.

use wayfare_model::time::Instant;
use wayfare_store::{OpenOptions, ScheduleRow, ScheduleRunRow, Store};

fn at(seconds: i64) -> Instant {
    Instant::from_micros(1_788_000_000_000_000 + seconds * 1_000_000).expect("an instant of the calendar")
}

fn schedule(id: &str, revision: u64, created: i64) -> ScheduleRow {
    ScheduleRow {
        id: id.into(),
        revision,
        created_at: at(created),
        decided_until: at(created),
        schedule: format!("{{\"revision\":{revision}}}"),
    }
}

fn run(id: &str, due: i64, status: &str, finished: Option<i64>) -> ScheduleRunRow {
    ScheduleRunRow {
        id: id.into(),
        schedule: "sch_1".into(),
        due_at: at(due),
        status: status.into(),
        finished_at: finished.map(at),
        is_open: finished.is_none(),
        run: "{}".into(),
    }
}

async fn store(data: &std::path::Path) -> Store {
    Store::open(data, OpenOptions::default()).await.expect("a store")
}

#[tokio::test]
async fn a_change_is_made_from_the_newest_revision_only() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path()).await;
    store.add_schedule(&schedule("sch_1", 1, 0)).await.unwrap();
    assert!(store.change_schedule(&schedule("sch_1", 2, 0)).await.unwrap());
    assert!(!store.change_schedule(&schedule("sch_1", 2, 0)).await.unwrap());
    assert!(!store.change_schedule(&schedule("sch_2", 2, 0)).await.unwrap());
    assert_eq!(store.schedule("sch_1").await.unwrap(), Some(schedule("sch_1", 2, 0)));
}

#[tokio::test]
async fn pages_are_newest_first() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path()).await;
    for (id, created) in [("sch_1", 0), ("sch_2", 5), ("sch_3", 5)] {
        store.add_schedule(&schedule(id, 1, created)).await.unwrap();
    }
    let ids = |rows: Vec<ScheduleRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(store.schedules(2, None).await.unwrap()), ["sch_3", "sch_2"]);
    let rest = store.schedules(2, Some((at(5), "sch_2".into()))).await.unwrap();
    assert_eq!(ids(rest), ["sch_1"]);
}

#[tokio::test]
async fn runs_are_kept_with_what_was_decided() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path()).await;
    let runs = [
        run("run_1", 60, "complete", Some(100)),
        run("run_2", 120, "complete", Some(200)),
        run("run_3", 180, "running", None),
    ];
    // Of a schedule that is not there nothing is kept.
    assert!(!store.record_schedule("sch_1", at(180), &runs).await.unwrap());
    assert_eq!(store.schedule_run("run_1").await.unwrap(), None);
    store.add_schedule(&schedule("sch_1", 1, 0)).await.unwrap();
    assert!(store.record_schedule("sch_1", at(180), &runs).await.unwrap());
    assert_eq!(store.schedule("sch_1").await.unwrap().unwrap().decided_until, at(180));
    assert_eq!(store.open_schedule_runs("sch_1").await.unwrap(), [runs[2].clone()]);
    assert_eq!(store.last_complete_run("sch_1").await.unwrap(), Some(runs[1].clone()));
    let page = store.schedule_runs("sch_1", 2, None).await.unwrap();
    assert_eq!(page, [runs[2].clone(), runs[1].clone()]);
    let rest = store.schedule_runs("sch_1", 2, Some((at(120), "run_2".into()))).await.unwrap();
    assert_eq!(rest, [runs[0].clone()]);
    // Kept once more, a run is changed.
    let ended = run("run_3", 180, "failed", Some(300));
    assert!(store.record_schedule("sch_1", at(180), std::slice::from_ref(&ended)).await.unwrap());
    assert_eq!(store.schedule_run("run_3").await.unwrap(), Some(ended));
    assert!(store.open_schedule_runs("sch_1").await.unwrap().is_empty());
    assert!(store.remove_schedule("sch_1").await.unwrap() && !store.remove_schedule("sch_1").await.unwrap());
    assert!(store.schedule_runs("sch_1", 9, None).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_last_complete_run_is_the_one_that_became_it_last_whatever_the_clock_says() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path()).await;
    store.add_schedule(&schedule("sch_1", 1, 0)).await.unwrap();
    let keep = async |row: &ScheduleRunRow| {
        assert!(store.record_schedule("sch_1", at(0), std::slice::from_ref(row)).await.unwrap());
    };
    let last = async || store.last_complete_run("sch_1").await.unwrap().unwrap().id;
    // The second is due and complete before the first, by a clock that was set back.
    for (id, due, finished) in [("run_2", 7_200, 7_300), ("run_1", 3_600, 3_700)] {
        keep(&run(id, due, "waiting", None)).await;
        keep(&run(id, due, "running", None)).await;
        keep(&run(id, due, "complete", Some(finished))).await;
    }
    assert_eq!(last().await, "run_1");
    // That somebody was told of the earlier one makes it none that was complete later.
    keep(&run("run_2", 7_200, "complete", Some(7_300))).await;
    assert_eq!(last().await, "run_1");
    keep(&run("run_3", 9_000, "complete", Some(9_100))).await;
    assert_eq!(
        (last().await.as_str(), store.schedule_run("run_3").await.unwrap().unwrap().finished_at),
        ("run_3", Some(at(9_100)))
    );
}

#[tokio::test]
async fn a_run_that_had_an_export_stays_as_it_ended() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path()).await;
    store.add_schedule(&schedule("sch_1", 1, 0)).await.unwrap();
    for (status, stays) in [("complete", true), ("failed", true), ("cancelled", true), ("skipped", false)] {
        let id = format!("run_{status}");
        let ended = run(&id, 60, status, Some(100));
        let again = run(&id, 60, "waiting", None);
        let told = ScheduleRunRow { run: "{\"told\":true}".into(), ..ended.clone() };
        assert!(store.record_schedule("sch_1", at(60), &[ended, told.clone()]).await.unwrap());
        assert!(store.record_schedule("sch_1", at(60), std::slice::from_ref(&again)).await.unwrap());
        let kept = store.schedule_run(&id).await.unwrap();
        assert_eq!(kept, Some(if stays { told } else { again }), "{status}");
    }
}
