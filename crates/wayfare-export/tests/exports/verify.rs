//! Verify finds whatever was done to an export.

use crate::files::people;
use crate::memory_lake::{export, request};
use sha2::Digest;
use std::path::Path;
use wayfare_export::verify;

const SECOND: &str = "part-00002.";

async fn check(format: &str, tamper: impl Fn(&Path, &str), expected: &str) {
    let asked = request(&format!(
        r#"{{"kind":"profiles","attributes":["name","number"],"format":"{format}","max_rows":10}}"#
    ));
    let (directory, manifest) = export(&people(25), &asked).await.unwrap();
    assert!(verify(&[directory.path().into()]).unwrap().ok);
    let second = manifest.parts[1].file.clone();
    assert!(second.starts_with(SECOND));
    tamper(directory.path(), &second);
    let report = verify(&[directory.path().into()]).unwrap();
    assert!(!report.ok, "{expected}");
    let told = report.to_string();
    assert!(told.contains(expected), "{told}");
}

fn edit(path: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn tampering() {
    for format in ["csv", "ndjson", "parquet", "arrow", "xlsx"] {
        check(format, |at, part| std::fs::remove_file(at.join(part)).unwrap(), "is missing").await;
        check(
            format,
            |at, _| std::fs::write(at.join("extra.txt"), "x").unwrap(),
            "extra.txt: is not in the manifest",
        )
        .await;
        check(
            format,
            |at, _| std::fs::write(at.join(".part-00009.csv.tmp"), "x").unwrap(),
            "is not in the manifest",
        )
        .await;
        check(
            format,
            |at, _| std::fs::remove_file(at.join("manifest.json")).unwrap(),
            "has no manifest.json",
        )
        .await;
        check(
            format,
            |at, part| {
                edit(&at.join(part), |bytes| {
                    bytes.pop();
                })
            },
            "the manifest says",
        )
        .await;
        check(format, |at, part| edit(&at.join(part), |bytes| bytes[12] ^= 1), "was changed").await;
        check(
            format,
            |at, _| std::fs::remove_file(at.join("dictionary.json")).unwrap(),
            "dictionary.json: cannot be read",
        )
        .await;
        check(
            format,
            |at, _| edit(&at.join("dictionary.json"), |bytes| bytes[30] ^= 1),
            "dictionary.json: was changed",
        )
        .await;
    }
    let swap = |from: &'static str, to: &'static str| {
        move |at: &Path, _: &str| {
            let path = at.join("manifest.json");
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(from));
            std::fs::write(path, text.replacen(from, to, 1)).unwrap();
        }
    };
    check("csv", swap("\"rows\": 25", "\"rows\": 26"), "says 26 rows, its parts together 25").await;
    check("csv", swap("\"rows\": 10", "\"rows\": 11"), "has 10 rows, the manifest says 11").await;
    check("csv", swap("\"name\": \"name\"", "\"name\": \"nome\""), "its header does not name").await;
    check("parquet", swap("\"type\": \"number\"", "\"type\": \"string\""), "its columns are not those").await;
    for format in ["arrow", "xlsx"] {
        check(format, swap("\"rows\": 10", "\"rows\": 11"), "has 10 rows, the manifest says 11").await;
    }
    check("xlsx", swap("\"name\": \"name\"", "\"name\": \"nome\""), "its header does not name").await;
    check("arrow", swap("\"type\": \"number\"", "\"type\": \"string\""), "its columns are not those").await;
    check(
        "csv",
        swap("\"type\": \"number\"", "\"type\": \"string\""),
        "dictionary.json: its columns are not",
    )
    .await;
    check("csv", swap("dictionary.json", "../dictionary.json"), "is no name of a data dictionary").await;
    check("csv", swap("part-00002.csv", "../part-00002.csv"), "is no file name").await;
    check("csv", swap("{", "["), "cannot be read").await;
    check("csv", swap("\"version\": 1", "\"version\": 9"), "is of version 9").await;
}

#[tokio::test]
async fn several_exports_and_chains() {
    let asked = request(r#"{"kind":"profiles","attributes":["name"],"format":"csv"}"#);
    let (one, _) = export(&people(5), &asked).await.unwrap();
    let (two, _) = export(&people(9), &asked).await.unwrap();
    let both = [one.path().to_owned(), two.path().to_owned()];
    let report = verify(&both).unwrap();
    assert!(report.ok && report.chain.is_none());
    let starts_at = |position: u64| {
        let path = two.path().join("manifest.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let line = text.lines().find(|line| line.contains("position_from")).unwrap().to_owned();
        std::fs::write(&path, text.replace(&line, &format!("  \"position_from\": {position},"))).unwrap();
        verify(&both).unwrap()
    };
    assert!(starts_at(5).ok);
    let gap = starts_at(7);
    assert!(!gap.ok && gap.to_string().contains("positions 5 to 7 are in neither of"), "{gap}");
    let overlap = starts_at(3);
    assert!(!overlap.ok && overlap.to_string().contains("positions 3 to 5 are in both of"), "{overlap}");
}

#[test]
fn what_is_no_directory() {
    let error = verify(&["/nowhere/at/all".into()]).err().unwrap();
    assert_eq!(error.kind(), wayfare_export::ErrorKind::Refused);
}

/// Whatever a byte of a part becomes, verify tells it; and where somebody makes the manifest say the same, whatever
/// the decoders find, nothing worse happens than a report.
#[tokio::test]
async fn any_byte_changed() {
    for format in ["parquet", "arrow", "arrow\",\"compression\":\"zstd", "xlsx"] {
        let asked =
            request(&format!(r#"{{"kind":"profiles","attributes":["name","number"],"format":"{format}"}}"#));
        let (directory, manifest) = export(&people(3), &asked).await.unwrap();
        let path = directory.path().join("manifest.json");
        let told = std::fs::read_to_string(&path).unwrap();
        let part = directory.path().join(&manifest.parts[0].file);
        let whole = std::fs::read(&part).unwrap();
        for at in (0..whole.len()).step_by(5) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xFF;
            let hash: String =
                sha2::Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            std::fs::write(&part, bytes).unwrap();
            assert!(!verify(&[directory.path().into()]).unwrap().ok, "{format}, byte {at}");
            std::fs::write(&path, told.replace(&manifest.parts[0].sha256, &hash)).unwrap();
            let report = verify(&[directory.path().into()]).unwrap();
            assert_eq!(report.exports[0].bytes, whole.len() as u64, "{format}, byte {at}");
            std::fs::write(&path, &told).unwrap();
        }
    }
}
