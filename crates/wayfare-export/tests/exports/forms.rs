//! How cells look: quotes, times, arrays, chosen columns; and what the data dictionary says of them.

use crate::memory_lake::{MemoryLake, export, request, text};
use wayfare_export::ErrorKind;

fn lake() -> MemoryLake {
    MemoryLake::of(
        r#"{"user_id":"1","attributes":{"text":"a \"b\"","number":1.50,"flag":true,"day":"1900-02-28","at":"2026-09-01T07:00:00.25Z","list":["x","y z"],"mixed":1}}
{"user_id":"2","attributes":{"text":"","number":7,"flag":false,"day":"2026-09-01","at":"0001-01-01T00:00:00Z","list":[],"mixed":"=x"}}
{"user_id":"3","attributes":{"at":"1900-03-01T00:00:00.000001Z"}}
{"event_id":"1","user_id":"1","event":"journey_product_action","timestamp":"2026-09-01T00:00:00Z","params":{"journey_id":9007199254740993,"channel_code":"EM","action_code":4}}
{"event_id":"2","user_id":"1","event":"buy","timestamp":"2026-09-01T00:00:00.5Z","params":{"journey_id":1,"amount":10}}
"#,
    )
}

const ALL: &str = r#""kind":"profiles","attributes":["text","number","flag","day","at","list","mixed"]"#;

#[tokio::test]
async fn text_formats() {
    let mut told = Vec::new();
    for options in [
        r#""format":"csv","quotes":"all","times":"space","time_zone":"Europe/Istanbul""#,
        r#""format":"csv","quotes":"text","arrays":"joined""#,
        r#""format":"csv","quotes":"text","times":"epoch_seconds""#,
        r#""format":"csv","quotes":"all","null":"NULL","formulas":"escape","arrays":"json""#,
        r#""format":"csv","columns":["at",{"column":"profile_id","as":"id"},{"column":"at","as":"again"}]"#,
        r#""format":"csv","time_zone":"America/New_York","columns":["at"]"#,
        r#""format":"ndjson","times":"epoch_milliseconds","arrays":"joined","array_separator":"; ""#,
        r#""format":"ndjson","times":"space","columns":["at","list"]"#,
    ] {
        told.push(format!("{options}\n{}", text(&lake(), &format!("{{{ALL},{options}}}")).await));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn typed_formats() {
    let mut told = Vec::new();
    for options in [
        r#""format":"arrow""#,
        r#""format":"arrow","times":"rfc3339","time_zone":"Asia/Tokyo","arrays":"joined""#,
    ] {
        let (directory, manifest) = export(&lake(), &request(&format!("{{{ALL},{options}}}"))).await.unwrap();
        let file = std::fs::File::open(directory.path().join(&manifest.parts[0].file)).unwrap();
        let reader = arrow::ipc::reader::FileReader::try_new(file, None).unwrap();
        for field in reader.schema().fields() {
            let mut facts: Vec<_> = field.metadata().iter().collect();
            facts.sort();
            told.push(format!("{} {}: {facts:?}", field.name(), field.data_type()));
        }
        assert!(wayfare_export::verify(&[directory.path().into()]).unwrap().ok);
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn what_xlsx_cannot_hold() {
    let (directory, manifest) =
        export(&lake(), &request(&format!(r#"{{{ALL},"format":"xlsx"}}"#))).await.unwrap();
    assert!(wayfare_export::verify(&[directory.path().into()]).unwrap().ok);
    let asked = r#"{"kind":"events","format":"xlsx","events":{"wanted":[{"event_name":"journey_product_action","params":["journey_id"]}]}}"#;
    let (_, events) = export(&lake(), &request(asked)).await.unwrap();
    insta::assert_snapshot!([manifest.warnings, events.warnings].concat().join("\n"));
}

#[tokio::test]
async fn the_data_dictionary() {
    let asked = r#"{"kind":"events","format":"csv","null":"NULL","attributes":["user_id","number"],"time_zone":"Europe/Istanbul","arrays":"joined",
        "columns":["event",{"column":"timestamp","as":"happened"},"journey_id","channel_code","action_code","amount","user_id",{"column":"number","as":"n"}],
        "events":{"wanted":[{"event_name":"journey_product_action","params":["journey_id","channel_code","action_code"]},{"event_name":"buy","params":["journey_id","amount"]}]}}"#;
    let (directory, _) = export(&lake(), &request(asked)).await.unwrap();
    insta::assert_snapshot!(std::fs::read_to_string(directory.path().join("dictionary.json")).unwrap());
    assert!(wayfare_export::verify(&[directory.path().into()]).unwrap().ok);
}

#[tokio::test]
async fn refusals() {
    let mut told = Vec::new();
    for options in [
        r#""format":"csv","columns":[]"#,
        r#""format":"csv","columns":["txt"]"#,
        r#""format":"csv","columns":["text","text"]"#,
        r#""format":"csv","columns":["text",{"column":"at","as":"text"}]"#,
        r#""format":"csv","columns":[{"column":"at","as":""}]"#,
        r#""format":"csv","arrays":"refuse""#,
        r#""format":"csv","arrays":"joined","array_separator":"y""#,
        r#""format":"csv","array_separator":";""#,
        r#""format":"csv","arrays":"joined","array_separator":"""#,
        r#""format":"csv","time_zone":"Mars/Olympus""#,
        r#""format":"csv","times":"epoch_seconds","time_zone":"Europe/Istanbul""#,
        r#""format":"csv","null":"2026-09-01 07:00:00""#,
        r#""format":"parquet","times":"epoch_seconds""#,
        r#""format":"arrow","time_zone":"Europe/Istanbul""#,
        r#""format":"arrow","compression":"gzip""#,
        r#""format":"xlsx","compression":"zstd""#,
        r#""format":"xlsx","quotes":"all""#,
    ] {
        let error = export(&lake(), &request(&format!("{{{ALL},{options}}}"))).await.err().unwrap();
        let kind = if error.kind() == ErrorKind::Refused { "refused" } else { "failed" };
        told.push(format!("{options}\n  {kind}: {error}"));
    }
    let mut v1 = wayfare_export::request_v1::read(r#"{"format":"csv","attributes":["*"]}"#)
        .unwrap()
        .settle(&wayfare_model::dictionary::Dictionary::default())
        .unwrap();
    v1.times = Some(wayfare_export::form::TimeForm::Space);
    told.push(export(&lake(), &v1).await.err().unwrap().to_string());
    insta::assert_snapshot!(told.join("\n"));
}
