//! Values that break files, through every writer and back.

use crate::memory_lake::{MemoryLake, export, request, text};
use arrow::array::{Array, AsArray};
use arrow::ipc::reader::FileReader;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use wayfare_export::ErrorKind;

/// One text a profile: quotes, line ends, NUL, formulas, right to left, what looks like a number, empty.
const TEXTS: [&str; 24] = [
    "plain",
    "with \"quotes\"",
    "comma, comma",
    "two\nlines",
    "two\r\nlines",
    "carriage\rreturn",
    "nul\0inside",
    "=1+1",
    "+90 555",
    "-5 degrees",
    "@home",
    "\ttab first",
    "\rreturn first",
    "👩‍👩‍👧 family",
    "مرحبا",
    "001",
    "1.50",
    "9007199254740993",
    "true",
    "null",
    "\\N",
    "",
    " outer space ",
    "'quoted",
];

fn lake() -> MemoryLake {
    let mut lines = String::new();
    for (index, text) in TEXTS.iter().enumerate() {
        let text = serde_json::to_string(text).unwrap();
        lines += &format!("{{\"user_id\":\"u{index}\",\"attributes\":{{\"text\":{text}}}}}\n");
    }
    lines += r#"{"user_id":"none","attributes":{}}
"#;
    MemoryLake::of(&lines)
}

fn typed() -> MemoryLake {
    MemoryLake::of(
        r#"{"user_id":"1","identifiers":{"email":"=a@b.example","phone_number":"+905551112233"},"attributes":{"number":1.50,"whole":9007199254740992,"big":9007199254740993,"flag":true,"day":"0001-01-01","at":"0001-01-01T00:00:00Z","list":[ 1, 2.50 ],"words":["a,b","\"q\"",""],"mixed":1}}
{"user_id":"2","attributes":{"number":-0.5e-7,"whole":-9007199254740991,"big":1,"flag":false,"day":"9999-12-31","at":"9999-12-31T23:59:59.999999Z","list":[],"words":[],"mixed":"=x"}}
{"user_id":"3","attributes":{"number":1e21,"whole":0,"at":"2026-09-01T10:00:00+03:00"}}
{"user_id":"4","attributes":{}}
"#,
    )
}

const ALL: &str = r#""attributes":["email","phone_number","number","whole","big","flag","day","at","list","words","mixed"]"#;

#[tokio::test]
async fn csv_as_it_stands() {
    insta::assert_snapshot!(
        text(&lake(), r#"{"kind":"profiles","attributes":["text"],"format":"csv"}"#).await
    );
}

#[tokio::test]
async fn csv_with_every_option() {
    insta::assert_snapshot!(
        text(
            &lake(),
            r#"{"kind":"profiles","attributes":["text"],"format":"csv","formulas":"escape","delimiter":";","bom":true,"crlf":true,"null":"null"}"#
        )
        .await
    );
}

#[tokio::test]
async fn ndjson_as_it_stands() {
    insta::assert_snapshot!(
        text(&lake(), r#"{"kind":"profiles","attributes":["text"],"format":"ndjson"}"#).await
    );
}

#[tokio::test]
async fn typed_values_in_text() {
    let csv =
        text(&typed(), &format!(r#"{{"kind":"profiles",{ALL},"format":"csv","formulas":"escape"}}"#)).await;
    let ndjson = text(&typed(), &format!(r#"{{"kind":"profiles",{ALL},"format":"ndjson"}}"#)).await;
    insta::assert_snapshot!(format!("{csv}\n{ndjson}"));
}

#[tokio::test]
async fn typed_values_in_parquet() {
    let asked = format!(r#"{{"kind":"profiles",{ALL},"format":"parquet"}}"#);
    let (directory, manifest) = export(&typed(), &request(&asked)).await.unwrap();
    let file = std::fs::File::open(directory.path().join(&manifest.parts[0].file)).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batch = reader.map(Result::unwrap).next().unwrap();
    let told: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| format!("{} {}: {:?}", field.name(), field.data_type(), column.slice(0, 3)))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn texts_read_back_from_every_format() {
    for (format, compression) in [
        ("csv", ""),
        ("csv", "gzip"),
        ("csv", "zstd"),
        ("ndjson", ""),
        ("ndjson", "gzip"),
        ("parquet", ""),
        ("arrow", ""),
        ("arrow", "zstd"),
    ] {
        let compression = if compression.is_empty() {
            String::new()
        } else {
            format!(",\"compression\":\"{compression}\"")
        };
        let asked =
            format!(r#"{{"kind":"profiles","attributes":["text"],"format":"{format}"{compression}}}"#);
        let (directory, manifest) = export(&lake(), &request(&asked)).await.unwrap();
        let path = directory.path().join(&manifest.parts[0].file);
        let bytes = std::fs::read(&path).unwrap();
        let plain = match manifest.options.compression {
            _ if format == "arrow" => bytes,
            None => bytes,
            Some(wayfare_export::request::Compression::Gzip) => {
                let mut plain = Vec::new();
                std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&bytes[..]), &mut plain)
                    .unwrap();
                plain
            }
            Some(wayfare_export::request::Compression::Zstd) => zstd::decode_all(&bytes[..]).unwrap(),
        };
        let read: Vec<Option<String>> = match format {
            "csv" => csv::Reader::from_reader(&plain[..])
                .records()
                .map(|record| Some(record.unwrap()[1].to_owned()))
                .collect(),
            "ndjson" => std::str::from_utf8(&plain)
                .unwrap()
                .lines()
                .map(|line| {
                    serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().map(Into::into)
                })
                .collect(),
            "arrow" => {
                let mut reader = FileReader::try_new(std::io::Cursor::new(&plain), None).unwrap();
                let batch = reader.next().unwrap().unwrap();
                let column = batch.column(1).as_string::<i32>();
                column.iter().map(|text| text.map(str::to_owned)).collect()
            }
            _ => {
                let file = std::fs::File::open(&path).unwrap();
                let batch = ParquetRecordBatchReaderBuilder::try_new(file)
                    .unwrap()
                    .build()
                    .unwrap()
                    .next()
                    .unwrap()
                    .unwrap();
                let column = batch.column(1).as_string::<i32>();
                (0..column.len())
                    .map(|row| column.is_valid(row).then(|| column.value(row).to_owned()))
                    .collect()
            }
        };
        for (text, read) in TEXTS.iter().zip(&read) {
            assert_eq!(read.as_deref(), Some(*text), "{format}");
        }
        assert!(matches!(read.last().unwrap().as_deref(), None | Some("")));
        assert!(wayfare_export::verify(&[directory.path().into()]).unwrap().ok, "{format}");
    }
}

#[tokio::test]
async fn formulas_are_refused_where_asked() {
    let asked = r#"{"kind":"profiles","attributes":["text"],"format":"csv","formulas":"refuse"}"#;
    let error = export(&lake(), &request(asked)).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Failed);
    assert!(error.to_string().starts_with("column \"text\", row 8: \"=1+1\""), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_reads_back_from_csv(
        texts in prop::collection::vec(prop::option::of("[\\PC\n\r\t\",;'=@\0]{0,8}"), 1..12),
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        null in prop::sample::select(vec!["", "NULL", "\\N"]),
        quotes in prop::sample::select(vec!["needed", "all", "text"]),
        crlf: bool,
    ) {
        let lines: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| serde_json::json!({"user_id": index.to_string(), "attributes": {"text": text}, "x": 0}))
            .map(|mut line| { line.as_object_mut().unwrap().remove("x"); line.to_string() })
            .collect();
        let mut lake = MemoryLake::of(&lines.join("\n"));
        lake.add(wayfare_model::record::Incoming::Profile(
            wayfare_model::record::profile_from_json(r#"{"user_id":"z","attributes":{"text":"letters"}}"#).unwrap().record,
        ));
        let asked = serde_json::json!({
            "kind": "profiles", "attributes": ["text"], "format": "csv", "delimiter": delimiter, "null": (null), "crlf": crlf, "quotes": quotes,
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let written = runtime.block_on(text(&lake, &asked.to_string()));
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter as u8).from_reader(written.as_bytes());
        let read: Vec<String> = reader.records().map(|record| record.unwrap()[1].to_owned()).collect();
        for (text, read) in texts.iter().zip(&read) {
            prop_assert_eq!(read.as_str(), text.as_deref().unwrap_or(null));
        }
        prop_assert_eq!(read.len(), texts.len() + 1);
    }
}
