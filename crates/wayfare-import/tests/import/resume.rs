//! An import that breaks off anywhere and is run again comes to the same as one that does not.

use crate::memory::{BATCH_ROWS, Break, Folder, Memory, complete, gzip, run};
use std::fs;
use std::path::PathBuf;
use wayfare_import::{Control, End, Import, ImportError, RejectsAt, Report, Request};
use wayfare_model::record::Incoming;

/// Profiles and events in several formats, some of them bad, each file of several batches.
fn request(folder: &Folder) -> Request {
    let profiles: String =
        (0..450).map(|n| format!("{{\"user_id\":\"u{n}\",\"attributes\":{{\"n\":{n}}}}}\n")).collect();
    let event = |n: u32| {
        let bad = if n % 50 == 17 { ",\"params\":{\"nested\":{}}" } else { "" };
        let zone = if n % 50 == 18 { "" } else { "Z" };
        let id = if n.is_multiple_of(3) { String::new() } else { format!("\"event_id\":\"e{}\",", n % 600) };
        format!(
            "{{{id}\"user_id\":\"u{n}\",\"event\":\"e\",\"timestamp\":\"2026-09-01T00:00:00{zone}\"{bad}}}\n"
        )
    };
    let lines: String = (0..650).map(event).collect();
    let mut csv = "event_id,user_id,event,timestamp,params.text\r\n".to_owned();
    for n in 0..450 {
        let text = if n % 40 == 9 { "\"over\n\"\"two\"\" lines\"" } else { "text" };
        csv += &format!("c{n},u{n},e,2026-09-01T00:00:00Z,{text}\r\n");
    }
    let table = crate::formats::events_table(450);
    Request {
        profiles: vec![folder.file("p.ndjson", profiles)],
        events: vec![
            folder.file("a.ndjson", &lines),
            folder.file("b.ndjson.gz", gzip(lines.to_uppercase().to_lowercase().as_bytes())),
            folder.file("c.csv", csv),
            folder.file("d.parquet", table),
        ],
        rejects: folder.rejects(),
    }
}

/// What must not differ: records in order, numbers, the rejects file.
fn facts(sink: &Memory, report: &Report) -> (Vec<Incoming>, String, Vec<u8>) {
    let mut summary = report.summary.clone();
    let rejects = summary.rejects_file.take().map(|path: PathBuf| fs::read(path).unwrap());
    (sink.records(), serde_json::to_string(&summary).unwrap(), rejects.unwrap_or_default())
}

#[tokio::test]
async fn broken_off_at_every_batch() {
    let folder = Folder::new();
    let request = request(&folder);
    let whole = Memory::default();
    whole.break_at(Break::Never);
    let report = complete(&whole, &request).await;
    let expected = facts(&whole, &report);
    let batches = whole.batches();
    assert!(batches > 25, "{batches}");
    assert_eq!(whole.sessions(), 0);
    assert!(report.summary.events.duplicate > 0 && report.summary.events.rejected > 0);
    for batch in 1..=batches {
        for when in [Break::Before(batch), Break::After(batch)] {
            let sink = Memory::default();
            sink.break_at(when);
            match run(&sink, &request).await {
                Ok(report) => assert!(matches!(report.end, End::Failed(_)), "{when:?}: {report:?}"),
                Err(error) => assert_eq!(batch, 1, "{error}"),
            }
            sink.break_at(Break::Never);
            let report = complete(&sink, &request).await;
            assert!(facts(&sink, &report) == expected, "{when:?}: {:?}", report.summary);
            assert!(sink.batches() <= batches + 2 - batch, "{when:?}: read again from the start");
        }
    }
}

#[tokio::test]
async fn broken_off_again_and_again() {
    let folder = Folder::new();
    let request = request(&folder);
    let whole = Memory::default();
    let report = complete(&whole, &request).await;
    let expected = facts(&whole, &report);
    let sink = Memory::default();
    let mut runs = 0;
    let report = loop {
        runs += 1;
        sink.break_at(if runs % 2 == 0 { Break::Before(2) } else { Break::After(2) });
        match run(&sink, &request).await {
            Ok(report) if matches!(report.end, End::Complete) => break report,
            _ => {}
        }
    };
    assert!(runs > 10, "{runs}");
    assert!(facts(&sink, &report) == expected, "{:?}", report.summary);
}

#[tokio::test]
async fn stopped_and_run_again() {
    let folder = Folder::new();
    let request = request(&folder);
    let whole = Memory::default();
    let report = complete(&whole, &request).await;
    let expected = facts(&whole, &report);
    let sink = Memory::default();
    let control = Control::default();
    sink.stop_after(9, &control);
    let report =
        Import::new(&request, &control).unwrap().batch_rows(BATCH_ROWS).run(&sink, &control).await.unwrap();
    assert!(matches!(report.end, End::Interrupted), "{report:?}");
    assert_eq!(report.summary.profiles.accepted, 450);
    assert_eq!(control.watch().borrow().rows, report.summary.profiles.read + report.summary.events.read);
    let control = Control::default();
    let import = Import::new(&request, &control).unwrap().batch_rows(BATCH_ROWS);
    let report = import.run(&sink, &control).await.unwrap();
    assert!(facts(&sink, &report) == expected, "{:?}", report.summary);
    let progress = control.watch().borrow().clone();
    assert_eq!(progress.bytes, progress.total_bytes);
    assert!(progress.resumed_bytes > 0 && progress.resumed_rows > 450, "{progress:?}");
}

#[tokio::test]
async fn loaded_again_everything_is_there_already() {
    let folder = Folder::new();
    let request = request(&folder);
    let sink = Memory::default();
    let first = complete(&sink, &request).await.summary.events;
    let second = complete(&sink, &request).await.summary.events;
    assert_eq!(second.read, first.read);
    assert_eq!(second.accepted, 0);
    assert_eq!(second.rejected, first.rejected);
    assert_eq!(second.duplicate, first.duplicate + first.accepted);
}

#[tokio::test]
async fn goes_on_in_its_own_rejects_file_and_never_in_anothers() {
    let folder = Folder::new();
    let request = request(&folder);
    let at = |name: &str| Request { rejects: RejectsAt::File(folder.path().join(name)), ..request.clone() };
    let whole = Memory::default();
    let report = complete(&whole, &at("whole")).await;
    let expected = facts(&whole, &report);
    let sink = Memory::default();
    sink.break_at(Break::After(9));
    run(&sink, &at("own")).await.unwrap();
    assert!(fs::metadata(folder.path().join("own")).unwrap().len() > 0);
    let mine = folder.file("mine", "mine");
    sink.break_at(Break::After(4));
    let error = run(&sink, &at("mine")).await.expect_err("refused");
    assert!(matches!(error, ImportError::RejectsExist { .. }), "{error}");
    assert_eq!(fs::read_to_string(mine).unwrap(), "mine");
    run(&sink, &at("own")).await.unwrap();
    // Broken off as soon as the move is recorded.
    sink.break_at(Break::After(1));
    run(&sink, &at("moved")).await.expect_err("broken off");
    sink.break_at(Break::Never);
    let report = complete(&sink, &at("moved")).await;
    assert!(facts(&sink, &report) == expected, "{:?}", report.summary);
}

#[tokio::test]
async fn rejects_that_cannot_be_written_keep_nothing_back() {
    let folder = Folder::new();
    let request = request(&folder);
    let whole = complete(&Memory::default(), &request).await;
    let in_the_way = folder.file("in-the-way", "");
    let request = Request { rejects: RejectsAt::File(in_the_way.join("rejects.ndjson")), ..request };
    let sink = Memory::default();
    let report = run(&sink, &request).await.unwrap();
    assert!(matches!(report.end, End::Failed(ImportError::Rejects { .. })), "{report:?}");
    assert_eq!(report.summary.profiles.accepted, 450);
    assert_eq!(report.summary.events.read, 0);
    fs::remove_file(in_the_way).unwrap();
    let report = complete(&sink, &request).await;
    assert_eq!(report.summary.profiles, whole.summary.profiles);
    assert_eq!(report.summary.events, whole.summary.events);
}

#[tokio::test]
async fn killed_before_it_was_told_the_summary_is_told_again() {
    let folder = Folder::new();
    let request = request(&folder);
    let sink = Memory::default();
    let control = Control::default();
    let import = Import::new(&request, &control).unwrap().batch_rows(BATCH_ROWS);
    let report = import.run(&sink, &control).await.unwrap();
    let batches = sink.batches();
    let again = complete(&sink, &request).await;
    assert!(facts(&sink, &again) == facts(&sink, &report));
    assert_eq!(sink.batches(), batches, "nothing is loaded twice");
    assert_eq!(sink.sessions(), 0);
}
