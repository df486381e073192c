//! Bad input: what is refused, what is rejected row by row, what breaks off.

use crate::memory::{Folder, Memory, complete, gzip, rejects, run};
use std::fs;
use std::path::Path;
use wayfare_import::{Control, End, Import, Kind, RejectsAt, Request};

const GOOD: &str = r#"{"event_id":"good","user_id":"u","event":"e","timestamp":"2026-09-01T00:00:00Z"}"#;

fn event(members: &str) -> String {
    format!(r#"{{"event_id":"bad","user_id":"u","event":"e","timestamp":"2026-09-01T00:00:00Z"{members}}}"#)
}

/// A refused file of events.
fn refused(name: &str, bytes: &[u8], said: &str) {
    let folder = Folder::new();
    let file = folder.file(name, bytes);
    let error = Import::new(&folder.events(&[&file]), &Control::default()).expect_err(name);
    assert_eq!(error.kind(), Kind::Refused, "{name}");
    assert!(error.to_string().contains(said), "{name}: {error}");
}

#[test]
fn what_is_refused() {
    refused("a.txt", b"", "unknown format");
    refused("a.gz", b"", "unknown format");
    refused("a.csv", b"", "is empty; a CSV file starts with a header");
    refused("a.csv", b"user_id,event,timestamp,event\n", "column `event` is there twice");
    refused("a.csv", b"user_id,event,timestamp,parms.x\n", "`parms.x` is unknown");
    refused("a.csv", b"user_id,evnt,timestamp\n", "did you mean `event`?");
    refused("a.csv", b"user_id,\"event,timestamp\n", "the header has a quote that is not closed");
    refused("a.csv", b"\x00\xff\xfe\x80garbage", "the header is not UTF-8");
    refused("a.csv.gz", &gzip(b"user_id;event;timestamp\n"), "separated by commas");
    refused("a.parquet", b"PAR1 is not enough", "is not a Parquet file");
    let folder = Folder::new();
    for (request, said) in [
        (folder.events(&[]), "nothing to load"),
        (folder.events(&[folder.path()]), "is a directory"),
        (folder.events(&[Path::new("missing.ndjson")]), "missing.ndjson: cannot be opened"),
        (folder.events(&[Path::new("/dev/null")]), "is not a regular file"),
    ] {
        let error = Import::new(&request, &Control::default()).expect_err(said);
        assert_eq!(error.kind(), Kind::Refused);
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn rejects_never_replace_input() {
    let folder = Folder::new();
    let file = folder.file("a.ndjson", GOOD);
    let request = Request { rejects: RejectsAt::File(file.clone()), ..folder.events(&[&file]) };
    let error = Import::new(&request, &Control::default()).expect_err("refused");
    assert_eq!(error.kind(), Kind::Refused);
    assert!(error.to_string().contains("name another file for the rejects"), "{error}");
}

#[tokio::test]
async fn rejects_never_replace_what_is_there() {
    let folder = Folder::new();
    let (file, mine) = (folder.file("a.ndjson", "nonsense\n"), folder.file("mine.ndjson", "mine"));
    let request = Request { rejects: RejectsAt::File(mine.clone()), ..folder.events(&[&file]) };
    let sink = Memory::default();
    let error = run(&sink, &request).await.expect_err("refused");
    assert_eq!(error.kind(), Kind::Refused);
    assert!(error.to_string().contains("is there already; name another file for the rejects"), "{error}");
    assert_eq!((fs::read(&mine).unwrap(), sink.sessions()), (b"mine".to_vec(), 0));
    fs::write(&mine, "").unwrap();
    assert_eq!(rejects(&complete(&sink, &request).await).len(), 1);
    // The import is over, so the file is no longer one to go on in.
    assert!(run(&sink, &request).await.is_err());
    assert_eq!(fs::read_to_string(&mine).unwrap().lines().count(), 1);
}

/// One bad row on line 2, between two good ones of the same id.
async fn rejected(name: &str, bytes: impl AsRef<[u8]>, said: &str) {
    let folder = Folder::new();
    let file = folder.file(name, bytes);
    let sink = Memory::default();
    let report = complete(&sink, &folder.events(&[&file])).await;
    let counts = report.summary.events;
    assert_eq!((counts.read, counts.accepted, counts.duplicate, counts.rejected), (3, 1, 1, 1), "{said}");
    assert_eq!(report.summary.values_rejected, 0);
    let rejects = rejects(&report);
    assert_eq!(rejects.len(), 1);
    assert_eq!(rejects[0]["line"], 2);
    assert_eq!(rejects[0]["file"], file.to_str().unwrap());
    let reason = rejects[0]["reason"].as_str().unwrap();
    assert!(reason.contains(said), "{said}: {reason}");
    assert!(rejects[0].get("row").is_some() != rejects[0].get("row_base64").is_some());
}

#[tokio::test]
async fn what_is_rejected() {
    for (row, said) in [
        (
            b"{".to_vec(),
            "not an event; one object a line is expected: this line does not hold a whole object",
        ),
        (b"[{}]".to_vec(), "not an event; one object a line is expected: this line starts an array"),
        (b"{\"a\" 1}".to_vec(), "not an event: expected `:`"),
        (b"\x00\x01\x02garbage".to_vec(), "NUL byte at byte 1"),
        (b"\xff\xfe{}".to_vec(), "not UTF-8 at byte 1"),
        (event("").replace("\"u\"", "\"a\0b\"").into_bytes(), "NUL byte"),
        (event("").replace("Z", "").into_bytes(), "no time zone"),
        (event("").replace("2026", "10000").into_bytes(), "0001 to 9999"),
        (event("").replace("\"e\"", "\"journey_product_action\"").into_bytes(), "needs `params.journey_id`"),
        (event("").replace("\"e\"", "\"refused by the store\"").into_bytes(), "the store has no room"),
        (event("").replace("\"user_id\":\"u\",", "").into_bytes(), "neither `user_id` nor"),
        (vec![b'['; 100_000], "not an event"),
        (vec![b'x'; 5 << 20], "bytes long; a row has at most 4194304"),
    ] {
        let bytes = [GOOD.as_bytes(), b"\n", &row, b"\r\n", GOOD.as_bytes()].concat();
        rejected("a.ndjson", &bytes, said).await;
        rejected("a.ndjson.gz", gzip(&bytes), said).await;
        rejected("a.ndjson.zst", zstd::encode_all(&bytes[..], 1).unwrap(), said).await;
    }
}

#[tokio::test]
async fn what_is_rejected_of_csv() {
    for (row, said) in [
        ("u,e,2026-09-01T00:00:00Z,bad,", "has 5 cells, the header has 4"),
        ("u,e", "has 2 cells, the header has 4"),
        ("\"u\"x,e,2026-09-01T00:00:00Z,bad", "after a closing quote"),
        ("u\",e,2026-09-01T00:00:00Z,bad", "inside a cell that does not start with one"),
        ("\"u,e,2026-09-01T00:00:00Z,bad", "not closed"),
        ("u,e,2026-09-01T00:00:00,bad", "no time zone"),
        ("u,e,,bad", "has no `timestamp`"),
        ("a\0b,e,2026-09-01T00:00:00Z,bad", "NUL byte at byte 2"),
    ] {
        let good = "u,e,2026-09-01T00:00:00Z,good";
        let folder = Folder::new();
        let file =
            folder.file("a.csv", format!("\u{feff}user_id,event,timestamp,event_id\n{good}\n{row}\n{good}"));
        let report = complete(&Memory::default(), &folder.events(&[&file])).await;
        let counts = report.summary.events;
        assert_eq!((counts.accepted, counts.duplicate, counts.rejected), (1, 1, 1), "{row}");
        let rejects = rejects(&report);
        assert_eq!(rejects[0]["line"], 3);
        assert_eq!(rejects[0]["row"], row);
        let reason = rejects[0]["reason"].as_str().unwrap();
        assert!(reason.contains(said), "{row}: {reason}");
    }
}

#[tokio::test]
async fn values_set_aside() {
    let folder = Folder::new();
    let row = event(r#","params":{"basket":{"a":1},"half":"\ud800","misfit":1,"kept":2},"extra":1"#);
    let file = folder.file("a.ndjson", format!("{row}\n{row}\n"));
    let sink = Memory::default();
    let report = complete(&sink, &folder.events(&[&file])).await;
    assert_eq!(report.summary.events.accepted, 1);
    assert_eq!(report.summary.events.duplicate, 1);
    assert_eq!(report.summary.values_rejected, 4);
    assert!(report.summary.has_rejects());
    let reasons: Vec<_> =
        rejects(&report).iter().map(|reject| reject["reason"].as_str().unwrap().to_owned()).collect();
    assert!(reasons[0].starts_with("params.basket: is nested"), "{reasons:?}");
    assert_eq!(reasons[1], "params.half: is not valid Unicode");
    assert!(reasons[2].starts_with("extra: is not a member"), "{reasons:?}");
    assert_eq!(reasons[3], "params.misfit: does not fit");
}

#[tokio::test]
async fn garbage_is_rejected_and_does_not_stop_a_load() {
    let folder = Folder::new();
    let garbage: Vec<u8> = (0..1_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let (first, second) = (folder.file("a.ndjson", garbage), folder.file("b.ndjson", GOOD));
    let report = complete(&Memory::default(), &folder.events(&[&first, &second])).await;
    let counts = report.summary.events;
    assert_eq!(counts.accepted, 1);
    assert!(counts.rejected > 1_000, "{counts:?}");
    assert_eq!(counts.read, counts.accepted + counts.rejected);
    assert_eq!(rejects(&report).len() as u64, counts.rejected);
}

#[tokio::test]
async fn nothing_to_reject_leaves_no_file() {
    let folder = Folder::new();
    let file = folder.file("a.ndjson", "\n\n");
    let report = complete(&Memory::default(), &folder.events(&[&file])).await;
    assert_eq!(report.summary, Default::default());
    assert!(!folder.path().join("rejects").exists());
}

#[tokio::test]
async fn rows_before_the_end_of_a_truncated_archive_are_kept() {
    let rows: String = (0..20_000)
        .map(|n| event("").replace("bad", &format!("id-{n}-{}", n * 7_919 % 20_000)) + "\n")
        .collect();
    for (name, packed) in [
        ("a.ndjson.gz", gzip(rows.as_bytes())),
        ("a.ndjson.zst", zstd::encode_all(rows.as_bytes(), 3).unwrap()),
    ] {
        let folder = Folder::new();
        let file = folder.file(name, &packed[..packed.len() * 3 / 4]);
        let sink = Memory::default();
        for _ in 0..2 {
            let report = run(&sink, &folder.events(&[&file])).await.unwrap();
            let End::Failed(error) = report.end else { panic!("{report:?}") };
            assert_eq!(error.kind(), Kind::Failed);
            assert!(error.to_string().contains("the archive ends too early after line"), "{error}");
            let counts = report.summary.events;
            assert!(counts.accepted > 5_000 && counts.read == counts.accepted, "{counts:?}");
            assert_eq!(sink.records().len() as u64, counts.accepted);
        }
        let before = sink.records().len() as u64;
        folder.file(name, &packed);
        let counts = complete(&sink, &folder.events(&[&file])).await.summary.events;
        assert_eq!((counts.read, counts.duplicate, counts.rejected), (20_000, before, 0));
    }
}

#[tokio::test]
async fn without_event_ids_a_truncated_archive_gives_nothing() {
    let rows = "{\"user_id\":\"u\",\"event\":\"e\",\"timestamp\":\"2026-09-01T00:00:00Z\"}\n".repeat(1_000);
    let packed = gzip(rows.as_bytes());
    let folder = Folder::new();
    let file = folder.file("a.ndjson.gz", &packed[..packed.len() - 12]);
    let sink = Memory::default();
    let report = run(&sink, &folder.events(&[&file])).await.unwrap();
    let End::Failed(error) = report.end else { panic!("{report:?}") };
    assert!(error.to_string().contains("events without event_id"), "{error}");
    assert!(sink.records().is_empty());
    folder.file("a.ndjson.gz", &packed);
    assert_eq!(complete(&sink, &folder.events(&[&file])).await.summary.events.accepted, 1_000);
    let plain = folder.file("a.ndjson", &rows);
    assert_eq!(complete(&sink, &folder.events(&[&plain])).await.summary.events.duplicate, 1_000);
}
