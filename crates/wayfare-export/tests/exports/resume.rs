//! An export that is broken off after a part and goes on gives the same files as one that was not.

use crate::files::people;
use crate::memory_lake::{MemoryLake, export, files, request};
use std::path::Path;
use std::sync::{Arc, Mutex};
use wayfare_export::part_file::Part;
use wayfare_export::{Control, ExportError, ExportRequest, Manifest, Task, prepare, write};
use wayfare_model::time::Instant;

/// Runs an export that breaks off after `survive` further parts.
async fn run(
    lake: &MemoryLake,
    request: &ExportRequest,
    directory: &Path,
    finished: &Arc<Mutex<Vec<Part>>>,
    survive: usize,
) -> Result<Manifest, ExportError> {
    let control = Control::new();
    let as_of = Instant::parse("2026-09-02T07:00:00Z").unwrap();
    let prepared = prepare(lake, request, as_of, directory, &control).await?;
    let already = finished.lock().unwrap().clone();
    let (recorded, mut left) = (finished.clone(), survive);
    let on_part = Box::new(move |part: &Part| {
        if left == 0 {
            return Err(ExportError::Interrupted);
        }
        left -= 1;
        recorded.lock().unwrap().push(part.clone());
        Ok(())
    });
    let task = Task { finished: already, on_part, ..Task::new(request, directory, &control) };
    write(lake, prepared.into(), task).await
}

#[tokio::test]
async fn types_learned_meanwhile_make_it_another_plan() {
    const USER: &str = r#"{"user_id":"u","attributes":{"level":9}}"#;
    const EVENT: &str = r#"{"event_id":"1","user_id":"u","event":"buy","timestamp":"2026-09-01T00:00:00Z","params":{"amount":10}}"#;
    const TEXT_PARAMETER: &str = r#"{"event_id":"2","user_id":"u","event":"buy","timestamp":"2026-09-03T00:00:00Z","params":{"amount":"x"}}"#;
    const TEXT_ATTRIBUTE: &str = r#"{"user_id":"v","attributes":{"level":"10"}}"#;
    let digest = async |lines: &[&str], body: &str| {
        let lake = MemoryLake::of(&lines.join("\n"));
        let as_of = Instant::parse("2026-09-02T07:00:00Z").unwrap();
        prepare(&lake, &request(body), as_of, &std::env::temp_dir(), &Control::new()).await.unwrap().digest()
    };
    let events = r#"{"kind":"events","format":"csv","events":{"start_date":"2026-09-01T00:00:00Z","end_date":"2026-09-02T00:00:00Z",
        "wanted":[{"event_name":"buy","filters":[{"key":"amount","operator":"gt","values":["9"]}]}]}}"#;
    let before = digest(&[USER, EVENT], events).await;
    assert_eq!(before, digest(&[USER, EVENT], events).await);
    assert_ne!(before, digest(&[USER, EVENT, TEXT_PARAMETER], events).await, "a filter compares otherwise");

    let profiles =
        r#"{"kind":"profiles","format":"csv","definition":{"attribute":"level","operator":"exists"}}"#;
    let before = digest(&[USER, EVENT], profiles).await;
    assert_ne!(before, digest(&[USER, EVENT, TEXT_ATTRIBUTE], profiles).await, "others are meant");
}

#[tokio::test]
async fn broken_off_after_every_part() {
    for options in [
        r#""format":"csv","max_rows":13"#,
        r#""format":"csv","max_bytes":1500"#,
        r#""format":"csv","max_bytes":700,"max_rows":9,"compression":"gzip""#,
        r#""format":"ndjson","max_bytes":900,"compression":"zstd""#,
        r#""format":"parquet","max_rows":21"#,
        r#""format":"arrow","max_rows":19"#,
        r#""format":"arrow","max_rows":17,"compression":"zstd""#,
        r#""format":"xlsx","max_rows":23"#,
        r#""format":"xlsx","max_bytes":4000"#,
    ] {
        let asked = request(&format!(
            r#"{{"kind":"profiles","attributes":["name","number"],"as_of":"2026-09-02T07:00:00Z",{options}}}"#
        ));
        broken_off(people(100), &asked, options).await;
    }
}

#[tokio::test]
async fn passes_and_messages_broken_off_after_every_part() {
    for (kind, options) in [
        ("passes", r#""format":"csv","max_rows":1,"attributes":["country"]"#),
        ("passes", r#""format":"parquet","max_rows":1"#),
        ("messages", r#""format":"ndjson","max_rows":1,"journeys":{"dry_runs":true}"#),
    ] {
        let asked = request(&format!(r#"{{"kind":"{kind}","as_of":"2026-09-02T07:00:00Z",{options}}}"#));
        broken_off(crate::journeys::lake(), &asked, options).await;
    }
}

/// Breaks an export off after each part; in the end its files are those of one that was not.
async fn broken_off(mut lake: MemoryLake, asked: &ExportRequest, options: &str) {
    let (expected, manifest) = export(&lake, asked).await.unwrap();
    assert!(manifest.parts.len() > 2, "{options}");
    let directory = tempfile::tempdir().unwrap();
    let finished = Arc::new(Mutex::new(Vec::new()));
    let mut attempts = 0;
    // Each attempt records one part more, then breaks off with the next one on disk but not recorded.
    loop {
        attempts += 1;
        lake.batch = attempts % 7 + 1;
        match run(&lake, asked, directory.path(), &finished, 1).await {
            Ok(_) => break,
            Err(ExportError::Interrupted) => {}
            Err(error) => panic!("{options}: {error}"),
        }
        assert!(!directory.path().join("manifest.json").exists());
    }
    assert_eq!(attempts, manifest.parts.len().max(1), "{options}");
    assert_eq!(files(directory.path()), files(expected.path()), "{options}");
}
