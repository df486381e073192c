//! Parts, their limits, and the manifest.

use crate::memory_lake::{MemoryLake, export, files, request};
use wayfare_export::{Control, ErrorKind};

pub fn people(count: usize) -> MemoryLake {
    let mut lines = String::new();
    for index in 0..count {
        let name = format!("name {} {}", index, "x".repeat(index * 7 % 40));
        lines += &format!(
            "{{\"user_id\":\"u{index}\",\"attributes\":{{\"name\":\"{name}\",\"number\":{}.25}}}}\n",
            index * 37 % 1_000
        );
    }
    MemoryLake::of(&lines)
}

#[tokio::test]
async fn the_manifest() {
    let asked = request(
        r#"{"kind":"profiles","definition":{"attribute":"number","operator":"at_least","value":100},"attributes":["name","number"],
            "format":"csv","max_rows":10,"as_of":"2026-09-02T07:00:00Z","email":"ana@x.example"}"#,
    );
    let (directory, manifest) = export(&people(40), &asked).await.unwrap();
    let written = std::fs::read_to_string(directory.path().join("manifest.json")).unwrap();
    assert!(!written.contains("ana@x.example"));
    assert_eq!(manifest.rows, manifest.parts.iter().map(|part| part.rows).sum::<u64>());
    insta::assert_snapshot!(written);
}

#[tokio::test]
async fn two_runs_give_the_same_bytes() {
    for format in ["csv", "ndjson", "parquet", "arrow", "xlsx"] {
        let asked = request(&format!(
            r#"{{"kind":"profiles","attributes":["name","number"],"format":"{format}","as_of":"2026-09-02T07:00:00Z","max_rows":17}}"#
        ));
        let mut lake = people(60);
        let (first, _) = export(&lake, &asked).await.unwrap();
        lake.batch = 11;
        let (second, _) = export(&lake, &asked).await.unwrap();
        assert_eq!(files(first.path()), files(second.path()), "{format}");
    }
}

#[tokio::test]
async fn limits_of_a_part() {
    let lake = people(400);
    for compression in ["", r#","compression":"gzip""#, r#","compression":"zstd""#] {
        for format in ["csv", "ndjson"] {
            let asked = request(&format!(
                r#"{{"kind":"profiles","attributes":["name"],"format":"{format}","max_bytes":2000{compression}}}"#
            ));
            let (directory, manifest) = export(&lake, &asked).await.unwrap();
            assert!(manifest.parts.len() > 2, "{format} {compression}");
            assert!(manifest.parts.iter().all(|part| part.bytes <= 2_000), "{:?}", manifest.parts);
            assert!(wayfare_export::verify(&[directory.path().into()]).unwrap().ok);
        }
    }
    // These formats end a part by an estimate; a first chunk is always written.
    for format in ["parquet", "arrow", "xlsx"] {
        let asked = request(&format!(
            r#"{{"kind":"profiles","attributes":["name"],"format":"{format}","max_bytes":40000}}"#
        ));
        let (directory, manifest) = export(&people(5_000), &asked).await.unwrap();
        assert!(manifest.parts.len() > 1, "{format}");
        assert!(manifest.parts.iter().all(|part| part.bytes <= 40_000), "{format} {:?}", manifest.parts);
        assert!(wayfare_export::verify(&[directory.path().into()]).unwrap().ok, "{format}");
    }
    let asked = request(r#"{"kind":"profiles","attributes":["name"],"format":"csv","max_rows":100}"#);
    let (_, manifest) = export(&lake, &asked).await.unwrap();
    assert_eq!(manifest.parts.iter().map(|part| part.rows).collect::<Vec<_>>(), [100; 4]);
    // A row larger than the limit has a part of its own.
    let asked = request(r#"{"kind":"profiles","attributes":["name"],"format":"csv","max_bytes":1}"#);
    let (_, manifest) = export(&people(5), &asked).await.unwrap();
    assert_eq!(manifest.parts.iter().map(|part| part.rows).collect::<Vec<_>>(), [1; 5]);
}

#[tokio::test]
async fn more_parts_than_an_export_has() {
    let lake = people(10_001);
    for (limit, told) in [
        (r#""max_rows":1"#, "max_rows: 1 would cut 10001 rows into more than 10000 files; write at least 2"),
        (r#""max_bytes":100"#, "max_bytes: 100 is too small for files of 10001 rows; write at least 4096"),
    ] {
        let asked =
            request(&format!(r#"{{"kind":"profiles","attributes":["name"],"format":"csv",{limit}}}"#));
        let error = export(&lake, &asked).await.err().unwrap();
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Refused, told.to_owned()));
    }
    let asked = request(r#"{"kind":"profiles","attributes":["name"],"format":"csv","max_rows":5001}"#);
    assert_eq!(export(&lake, &asked).await.unwrap().1.parts.len(), 2);
}

#[tokio::test]
async fn nobody_is_an_export_too() {
    for format in ["csv", "ndjson", "parquet", "arrow", "xlsx"] {
        let asked = request(&format!(
            r#"{{"kind":"profiles","definition":{{"any":[]}},"attributes":["name"],"format":"{format}"}}"#
        ));
        let (directory, manifest) =
            export(&people(3), &asked).await.unwrap_or_else(|error| panic!("{format}: {error}"));
        assert_eq!((manifest.rows, manifest.parts.len()), (0, 1));
        assert!(wayfare_export::verify(&[directory.path().into()]).unwrap().ok, "{format}");
    }
}

#[tokio::test]
async fn progress_and_cancelling() {
    let control = Control::new();
    let directory = tempfile::tempdir().unwrap();
    let asked = request(r#"{"kind":"profiles","attributes":["name"],"format":"csv"}"#);
    wayfare_export::run_over(&people(30), &asked, directory.path(), &control).await.unwrap();
    let progress = control.progress();
    assert_eq!((progress.rows, progress.rows_expected, progress.percent), (30, Some(30), 100.0));
    assert_eq!(progress.bytes, std::fs::metadata(directory.path().join("part-00001.csv")).unwrap().len());

    control.cancel();
    let other = tempfile::tempdir().unwrap();
    let error = wayfare_export::run_over(&people(30), &asked, other.path(), &control).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(files(other.path()).is_empty());
}
