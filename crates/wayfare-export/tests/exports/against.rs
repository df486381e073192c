//! Exports held against the data that they came from.

use crate::memory_lake::{MemoryLake, export, request};
use std::path::Path;
use wayfare_export::verify_against::{AgainstReport, Compared, verify_over};
use wayfare_export::{Control, Manifest};

fn lake() -> MemoryLake {
    let profiles = (0..7).map(|user| format!(r#"{{"user_id":"u{user}","attributes":{{"level":{user}}}}}"#));
    let events = (0..60).map(|at| {
        format!(
            r#"{{"event_id":"{at}","user_id":"u{}","event":"buy","timestamp":"2026-09-01T00:00:{at:02}Z","params":{{"note":"a \"{at}\"\n,b"}}}}"#,
            at % 7
        )
    });
    MemoryLake::of(&profiles.chain(events).collect::<Vec<_>>().join("\n"))
}

async fn against(lake: &MemoryLake, directory: &Path) -> AgainstReport {
    let manifest = Manifest::read(directory).unwrap();
    verify_over(lake, directory, &manifest, &Control::new()).await.unwrap()
}

/// Every form that an export may have.
const FORMS: [&str; 5] = [
    r#""format":"csv","max_rows":13"#,
    r#""format":"csv","max_bytes":700,"compression":"gzip""#,
    r#""format":"ndjson","compression":"zstd""#,
    r#""format":"ndjson","max_rows":30"#,
    r#""format":"parquet","max_rows":21"#,
];

#[tokio::test]
async fn made_again_the_same() {
    for form in FORMS {
        let asked = request(&format!(
            r#"{{"kind":"events","attributes":["level"],"events":{{"wanted":[{{"event_name":"buy","params":["note"]}}]}},{form}}}"#
        ));
        let mut lake = lake();
        let (directory, manifest) = export(&lake, &asked).await.unwrap();
        let report = against(&lake, directory.path()).await;
        assert_eq!((report.compared, report.problems, report.rows), (Compared::Bytes, vec![], 60), "{form}");

        // The same rows in another order are the same rows.
        lake.reversed = true;
        let report = against(&lake, directory.path()).await;
        assert_eq!((report.compared, report.problems), (Compared::Rows, vec![]), "{form}");

        // Other rows are not, in whatever order.
        lake.reversed = false;
        let other = manifest.parts[0].file.clone();
        let part = std::fs::read(directory.path().join(&other)).unwrap();
        if form.contains("\"csv\",\"max_rows") {
            let text = String::from_utf8(part).unwrap().replacen(r#"a ""0"""#, r#"a ""9"""#, 1);
            std::fs::write(directory.path().join(&other), text).unwrap();
            lake.reversed = true;
            let report = against(&lake, directory.path()).await;
            assert_eq!(report.problems[0].message, "its rows are not those that the store gives");
        }
    }
}

#[tokio::test]
async fn what_moved_is_told() {
    const ONE_MORE: &str = r#"{"event_id":"x","user_id":"u1","event":"buy","timestamp":"2026-09-01T00:00:00Z","params":{"note":"x"}}"#;
    let asked = request(
        r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"buy","params":["note"]}]}}"#,
    );
    let (directory, _) = export(&lake(), &asked).await.unwrap();
    let mut more = lake();
    more.add_line(ONE_MORE);
    let report = against(&more, directory.path()).await;
    assert_eq!(report.compared, Compared::Nothing);
    assert_eq!(report.problems[0].message, "the store gives 61 rows, the manifest says 60");

    let numbers = r#"{"event_id":"x","user_id":"u1","event":"buy","timestamp":"2026-09-01T00:00:00Z","params":{"note":7}}"#;
    let user = r#"{"user_id":"u1","attributes":{}}"#;
    let learned = MemoryLake::of(&[user, numbers].join("\n"));
    let report = against(&learned, directory.path()).await;
    assert!(report.problems[0].message.starts_with("its columns are not those"), "{report}");
}
