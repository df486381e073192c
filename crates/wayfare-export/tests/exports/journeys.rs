//! Exports of passes and messages: rows, columns, order and what is told beside them.

use crate::memory_lake::{MemoryLake, export, request};

/// Two people with passes of every kind, in an order that is not that of time.
pub fn lake() -> MemoryLake {
    MemoryLake::of(
        r#"{"user_id":"ana","attributes":{"country":"TR","pass_id":"hers"}}
{"user_id":"bo","attributes":{"country":"DE"}}
{"user_id":"cy","attributes":{}}
{"event_id":"x1","user_id":"ana","event":"journey_exit","timestamp":"2026-09-01T10:00:00Z","params":{"journey_id":7,"exit_reason":"goal","pass_id":"P1","element_code":"wait"}}
{"event_id":"m3","user_id":"ana","event":"journey_product_action","timestamp":"2026-09-05T00:00:00.25Z","params":{"journey_id":7,"pass_id":"P1","message_id":"M","channel_code":"EM","action_code":2,"reason":"late"}}
{"event_id":"n1","user_id":"ana","event":"journey_enter","timestamp":"2026-09-01T08:00:00Z","params":{"journey_id":7,"journey_name":"=Welcome","journey_version":3,"pass_id":"P1","enter_reason":"signed_up","element_code":"start","element_name":"Start"}}
{"event_id":"m1","user_id":"ana","event":"journey_product_action","timestamp":"2026-09-01T08:00:10Z","params":{"journey_id":7,"pass_id":"P1","message_id":"M","channel_code":"EM","action_code":1,"campaign_id":71,"campaign_name":"Hello","element_code":"mail","variant_id":"A"}}
{"event_id":"m2","user_id":"ana","event":"journey_product_action","timestamp":"2026-09-01T09:00:00Z","params":{"journey_id":7,"pass_id":"P1","message_id":"M","channel_code":"EM","action_code":4}}
{"event_id":"d1","user_id":"ana","event":"journey_enter","timestamp":"2026-09-01T08:30:00Z","params":{"journey_id":7,"is_dry_run":true}}
{"event_id":"b1","user_id":"bo","event":"journey_enter","timestamp":"2026-09-01T08:00:00Z","params":{"journey_id":8,"journey_name":"Sale"}}
{"event_id":"b2","user_id":"bo","event":"journey_enter","timestamp":"2026-09-02T08:00:00Z","params":{"journey_id":8,"journey_name":"Sale"}}
{"event_id":"b3","user_id":"bo","event":"journey_product_action","timestamp":"2026-09-02T08:00:00Z","params":{"journey_id":8,"campaign_id":81,"channel_code":"SMS","action_code":1}}
{"event_id":"b4","user_id":"bo","event":"journey_product_action","timestamp":"2026-09-03T08:00:00Z","params":{"journey_id":8,"campaign_id":81,"channel_code":"SMS","action_code":29,"reason":"no such number"}}
{"event_id":"b5","user_id":"bo","event":"journey_exit","timestamp":"2026-09-04T08:00:00.5Z","params":{"journey_id":8,"exit_reason":"timeout"}}
{"event_id":"c1","user_id":"cy","event":"journey_exit","timestamp":"2026-09-01T12:00:00Z","params":{"journey_id":8,"exit_reason":"timeout","entered_at":"2026-08-31T12:00:00Z"}}
{"event_id":"c2","user_id":"cy","event":"journey_product_action","timestamp":"2026-09-01T11:00:00Z","params":{"journey_id":9,"channel_code":"XX","action_code":77}}
{"event_id":"c3","user_id":"cy","event":"journey_enter","timestamp":"2027-01-01T00:00:00Z","params":{"journey_id":9,"pass_id":"twice"}}
{"event_id":"c4","user_id":"cy","event":"journey_enter","timestamp":"2027-01-02T00:00:00Z","params":{"journey_id":9,"pass_id":"twice"}}
"#,
    )
}

async fn told(json: &str) -> String {
    match export(&lake(), &request(json)).await {
        Err(error) => error.to_string(),
        Ok((directory, manifest)) => {
            let part = std::fs::read_to_string(directory.path().join(&manifest.parts[0].file)).unwrap();
            let verified = wayfare_export::verify(&[directory.path().into()]).unwrap();
            assert!(verified.ok, "{verified}");
            manifest.warnings.iter().fold(part, |told, warning| format!("{told}({warning})\n"))
        }
    }
}

const AS_OF: &str = r#""as_of":"2026-12-01T00:00:00Z""#;

#[tokio::test]
async fn passes() {
    let all =
        told(&format!(r#"{{"kind":"passes","format":"ndjson","attributes":["country"],{AS_OF}}}"#)).await;
    let csv = told(&format!(
        r#"{{"kind":"passes","format":"csv","formulas":"escape","attributes":["pass_id"],{AS_OF},
            "journeys":{{"ids":[7,7777],"dry_runs":true}}}}"#
    ))
    .await;
    let before = told(
        r#"{"kind":"passes","format":"ndjson","as_of":"2026-09-02T00:00:00Z","journeys":{
            "start_date":"2026-09-01T08:00:00Z","end_date":"2026-09-02T08:00:00Z"},
            "definition":{"not":{"attribute":"country","operator":"equals","value":"TR"}}}"#,
    )
    .await;
    let none = told(&format!(
        r#"{{"kind":"passes","format":"csv",{AS_OF},"journeys":{{"start_date":2,"end_date":1}}}}"#
    ))
    .await;
    insta::assert_snapshot!([all, csv, before, none].join("\n"));
}

#[tokio::test]
async fn messages() {
    let all = told(r#"{"kind":"messages","format":"ndjson","attributes":["country"]}"#).await;
    let csv = told(
        r#"{"kind":"messages","format":"csv","journeys":{"ids":[8],"start_date":"2026-09-02T08:00:00Z","dry_runs":true}}"#,
    )
    .await;
    insta::assert_snapshot!([all, csv].join("\n"));
}

#[tokio::test]
async fn the_same_files_whatever_the_batches() {
    for kind in ["passes", "messages"] {
        for format in ["csv", "ndjson", "parquet"] {
            let asked = request(&format!(
                r#"{{"kind":"{kind}","format":"{format}","max_rows":2,"attributes":["*"],{AS_OF}}}"#
            ));
            let mut runs = Vec::new();
            for batch in [1, 3, 100] {
                let mut lake = lake();
                lake.batch = batch;
                let (directory, manifest) = export(&lake, &asked).await.unwrap();
                assert!(manifest.rows > 2, "{manifest:?}");
                runs.push(crate::memory_lake::files(directory.path()));
            }
            assert_eq!(runs[0], runs[1], "{kind} {format}");
            assert_eq!(runs[0], runs[2], "{kind} {format}");
        }
    }
}
