//! Computed columns: their values in each format, on profiles and on events, and what is refused.

use crate::events::lake;
use crate::memory_lake::{export, request, text};

const COLUMNS: &str = r#"[
    {"name":"entries","event":"journey_enter","measure":"count"},
    {"name":"first","event":"journey_enter","measure":"first_time"},
    {"name":"last","event":"purchase","measure":"last_time","time_range":{"operator":"before","value":"2026-09-02T00:00:00Z"}},
    {"name":"spent","event":"purchase","measure":"sum","parameter":"amount"},
    {"name":"turkish","definition":{"attribute":"country","operator":"equals","value":"TR"}},
    {"name":"dry runs","event":"journey_enter","measure":"count","where":{"parameter":"is_dry_run","operator":"equals","value":true}}]"#;

fn profiles(format: &str) -> String {
    format!(
        r#"{{"kind":"profiles","format":"{format}","attributes":["user_id"],"as_of":"2026-10-01T00:00:00Z","computed":{COLUMNS}}}"#
    )
}

#[tokio::test]
async fn each_profile_has_its_values() {
    let earlier = profiles("csv").replace("2026-10-01", "2026-09-02");
    let events = format!(
        r#"{{"kind":"events","format":"csv","attributes":["country"],"as_of":"2026-10-01T00:00:00Z","computed":{COLUMNS},
            "events":{{"wanted":[{{"event_name":"journey_enter"}},{{"event_name":"purchase","params":["amount"]}}]}}}}"#
    );
    let of_some =
        events.replacen('{', r#"{"definition":{"attribute":"country","operator":"equals","value":"DE"},"#, 1);
    let mut told = Vec::new();
    for json in [profiles("csv"), profiles("ndjson"), earlier, events, of_some] {
        told.push(text(&lake(), &json).await);
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn parquet_has_their_types() {
    let (directory, manifest) = export(&lake(), &request(&profiles("parquet"))).await.unwrap();
    let types: Vec<_> =
        manifest.schema.iter().map(|column| format!("{} {}", column.name, column.column_type)).collect();
    assert_eq!(
        types.join(", "),
        "profile_id string, user_id string, entries integer, first datetime, last datetime, spent number, \
         turkish boolean, dry runs integer"
    );
    assert_eq!(manifest.as_of.map(|at| at.to_string()).as_deref(), Some("2026-10-01T00:00:00Z"));
    let report = wayfare_export::verify(&[directory.path().to_path_buf()]).unwrap();
    assert!(report.ok, "{report}");
}

#[tokio::test]
async fn what_is_refused() {
    let mut told = Vec::new();
    for computed in [
        r#"[{"name":"user_id","event":"purchase","measure":"count"}]"#,
        r#"[{"name":"profile_id","event":"purchase","measure":"count"}]"#,
        r#"[{"name":"n","event":"purchase","measure":"count"},{"name":"n","event":"purchase","measure":"count"}]"#,
        r#"[{"name":"n","event":"purchase","measure":"count"},{"name":"m","event":"purchases","measure":"count"}]"#,
        r#"[{"name":"n","event":"purchase","measure":"sum","parameter":"colour"}]"#,
        r#"[{"name":"n","event":"purchase","measure":"count","where":{"parameter":"amont","operator":"exists"}}]"#,
        r#"[{"name":"n","definition":{"all":[{"attribute":"county","operator":"exists"}]}}]"#,
        r#"[{"name":"n","segment":"seg_x"}]"#,
        r#"[7]"#,
    ] {
        let json =
            format!(r#"{{"kind":"profiles","format":"csv","attributes":["user_id"],"computed":{computed}}}"#);
        let error = export(&lake(), &request(&json)).await.expect_err("a refusal");
        told.push(format!("{computed}\n  {error}"));
    }
    insta::assert_snapshot!(told.join("\n"));
    let many: Vec<_> =
        (0..101).map(|n| format!(r#"{{"name":"c{n}","event":"purchase","measure":"count"}}"#)).collect();
    let json = format!(r#"{{"kind":"profiles","format":"csv","computed":[{}]}}"#, many.join(","));
    let error = request(&json).check().unwrap_err().to_string();
    assert_eq!(error, "computed[100]: is one too many: an export has at most 100 computed columns");
}

#[tokio::test]
async fn a_sum_beyond_numbers_fails_the_export() {
    let lake = crate::memory_lake::MemoryLake::of(
        r#"{"user_id":"u","attributes":{}}
{"event_id":"a","user_id":"u","event":"e","timestamp":"2026-09-01T00:00:00Z","params":{"n":1.7e308}}
{"event_id":"b","user_id":"u","event":"e","timestamp":"2026-09-01T00:00:00Z","params":{"n":1.7e308}}
"#,
    );
    let json = r#"{"kind":"profiles","format":"csv","computed":[{"name":"s","event":"e","measure":"sum","parameter":"n"}]}"#;
    let error = export(&lake, &request(json)).await.expect_err("a failure").to_string();
    assert_eq!(error, r#"column "s": "a sum that is inf" is no number"#);
}
