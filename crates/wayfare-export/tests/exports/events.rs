//! Exports of events: rows, columns and order on both surfaces.

use crate::memory_lake::{MemoryLake, export, request, text};
use wayfare_export::{ExportError, request_v1};
use wayfare_model::dictionary::Dictionary;

pub fn lake() -> MemoryLake {
    MemoryLake::of(
        r#"{"user_id":"ana","identifiers":{"email":"ana@x.example"},"attributes":{"country":"TR","points":7,"tags":["a","b"]}}
{"user_id":"bo","attributes":{"country":"DE"}}
{"user_id":"cy","attributes":{}}
{"event_id":"e1","user_id":"ana","event":"journey_entered","timestamp":"2026-09-01T00:00:00Z","params":{"journey_id":7,"name":"Welcome","reason":"signed_up"}}
{"event_id":"e2","user_id":"bo","event":"journey_enter","timestamp":"2026-09-01T01:00:00.5Z","params":{"journey_id":8,"journey_name":"=Sale"}}
{"event_id":"e3","user_id":"bo","event":"journey_enter","timestamp":"2026-09-02T00:00:00Z","params":{"journey_id":7,"is_dry_run":true}}
{"event_id":"p1","user_id":"ana","event":"purchase","timestamp":"2026-09-01T02:00:00Z","params":{"amount":12.50,"product_id":"-1","timestamp":"late","colour":"red"}}
{"event_id":"p2","user_id":"cy","event":"purchase","timestamp":"2026-09-01T03:00:00Z","params":{"amount":3}}
{"event_id":"p3","user_id":"ana","event":"purchase","timestamp":"2026-09-03T00:00:00Z","params":{"amount":100,"product_id":"x"}}
"#,
    )
}

async fn told(json: &str) -> String {
    match export(&lake(), &request(json)).await {
        Err(error) => error.to_string(),
        Ok((directory, manifest)) => {
            let part = std::fs::read_to_string(directory.path().join(&manifest.parts[0].file)).unwrap();
            manifest.warnings.iter().fold(part, |told, warning| format!("{told}({warning})\n"))
        }
    }
}

#[tokio::test]
async fn native_rows() {
    let union = told(
        r#"{"kind":"events","format":"csv","attributes":["country","points","tags"],"events":{"wanted":[
            {"event_name":"journey_enter","params":["journey_id","journey_name","enter_reason"]},
            {"event_name":"purchase","params":["amount","timestamp","product_id"]}]}}"#,
    )
    .await;
    let escaped = told(
        r#"{"kind":"events","format":"csv","formulas":"escape","events":{"dry_runs":true,"wanted":[
            {"event_name":"journey_entered","params":["name","is_dry_run"]}]}}"#,
    )
    .await;
    let ranged = told(
        r#"{"kind":"events","format":"ndjson","definition":{"attribute":"country","operator":"exists"},"events":{
            "start_date":"2026-09-01T02:00:00Z","end_date":"2026-09-03T00:00:00Z","wanted":[
            {"event_name":"purchase","params":["amount"],"filters":[{"key":"amount","operator":"gteq","values":[12.5]}]}]}}"#,
    )
    .await;
    let dry = told(
        r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"journey_enter","filters":[
            {"key":"is_dry_run","operator":"eq","values":[1]}]}]}}"#,
    )
    .await;
    let empty = told(
        r#"{"kind":"events","format":"csv","events":{"start_date":2,"end_date":1,"wanted":[{"event_name":"purchase"}]}}"#,
    )
    .await;
    insta::assert_snapshot!([union, escaped, ranged, dry, empty].join("\n"));
}

#[tokio::test]
async fn refusals() {
    let mut all = Vec::new();
    for events in [
        r#"{"wanted":[{"event_name":"purchasse"}]}"#,
        r#"{"wanted":[{"event_name":"purchase","params":["amont"]}]}"#,
        r#"{"wanted":[{"event_name":"purchase","filters":[{"key":"colr","operator":"eq","values":[1]}]}]}"#,
        r#"{"wanted":[{"event_name":"purchase","filters":[{"key":"amount","operator":"eq","values":["much"]}]}]}"#,
        r#"{"wanted":[{"event_name":"journey_enter"},{"event_name":"journey_entered"}]}"#,
    ] {
        all.push(told(&format!(r#"{{"kind":"events","format":"csv","events":{events}}}"#)).await);
    }
    for rest in [
        r#""attributes":["contry"]"#,
        r#""attributes":["country","country"]"#,
        r#""definition":{"attribute":"contry","operator":"exists"}"#,
        r#""timezone":"Mars/Base""#,
    ] {
        all.push(told(&format!(r#"{{"kind":"profiles","format":"csv",{rest}}}"#)).await);
    }
    insta::assert_snapshot!(all.join("\n"));
}

async fn v1(body: &str) -> Result<String, ExportError> {
    let (directory, manifest) =
        export(&lake(), &request_v1::read(body)?.settle(&Dictionary::default())?).await?;
    Ok(std::fs::read_to_string(directory.path().join(&manifest.parts[0].file)).unwrap())
}

#[tokio::test]
async fn v1_files() {
    let events = r#"{"format":"csv","hook":"https://x.example","attributes":["em","c_country","points"],
        "segment":{"definition":{"attribute":"country","operator":"exists"}},
        "events":{"start_date":1788220800,"end_date":1788393600,"wanted":[
            {"event_name":"journey_entered","params":["journey_id","name","reason","timestamp"]},
            {"event_name":"purchase","params":["pid","amount","c_colour","timestamp"]}]}}"#;
    let people = r#"{"format":"csv","attributes":["*"]}"#;
    let json = r#"{"version":1,"format":"json","events":{"start_date":1788220800,"end_date":1788393600,"wanted":[
        {"event_name":"purchase","params":["timestamp","amount"],"filters":[{"key":"pid","operator":"eq","values":["-1"]}]}]}}"#;
    let all = [v1(events).await.unwrap(), v1(people).await.unwrap(), v1(json).await.unwrap()];
    insta::assert_snapshot!(all.join("\n"));
}

#[tokio::test]
async fn v1_times_are_text_in_parquet() {
    let body = r#"{"format":"parquet","events":{"start_date":1788220800,"end_date":1788393600,"wanted":[
        {"event_name":"purchase","params":["timestamp"]}]}}"#;
    let (directory, manifest) =
        export(&lake(), &request_v1::read(body).unwrap().settle(&Dictionary::default()).unwrap())
            .await
            .unwrap();
    let file = std::fs::File::open(directory.path().join(&manifest.parts[0].file)).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let batch = reader.build().unwrap().next().unwrap().unwrap();
    let times = arrow::array::AsArray::as_string::<i32>(batch.column(1));
    assert_eq!(times.value(0), "2026-09-01T02:00:00Z");
    assert!(wayfare_export::verify(&[directory.path().into()]).unwrap().ok);
}

#[tokio::test]
async fn batches_do_not_show() {
    let asked = r#"{"kind":"events","format":"csv","attributes":["country"],"events":{"wanted":[
        {"event_name":"purchase","params":["amount"]},{"event_name":"journey_enter"}]}}"#;
    let mut lake = lake();
    let expected = text(&lake, asked).await;
    for batch in [1, 2, 100] {
        lake.batch = batch;
        assert_eq!(text(&lake, asked).await, expected);
    }
}
