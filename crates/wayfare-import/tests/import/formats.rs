//! The same data gives the same records, whatever the format.

use crate::memory::{Folder, Memory, complete, gzip, rejects};
use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListBuilder,
    RecordBatch, StringArray, StringBuilder, StructArray, TimestampMicrosecondArray,
    TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Field};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use std::sync::Arc;
use wayfare_import::Request;
use wayfare_model::record::Incoming;
use wayfare_model::value::Source;

/// A Parquet file of the given columns, in small row groups.
fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let mut bytes = Vec::new();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(70)).build();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// Events without ids, of many users.
pub fn events_table(rows: i64) -> Vec<u8> {
    parquet(vec![
        ("user_id", Arc::new(Int64Array::from_iter_values(0..rows))),
        ("event", Arc::new(StringArray::from_iter_values((0..rows).map(|_| "t")))),
        (
            "timestamp",
            Arc::new(TimestampMicrosecondArray::from_iter_values(0..rows).with_timezone("UTC")) as ArrayRef,
        ),
        ("params.amount", Arc::new(Float64Array::from_iter_values((0..rows).map(|n| n as f64 / 4.0)))),
    ])
}

async fn load(name: &str, bytes: impl AsRef<[u8]>, profiles: bool) -> Vec<Incoming> {
    let folder = Folder::new();
    let file = folder.file(name, bytes);
    let mut request = folder.events(&[&file]);
    if profiles {
        request = Request { profiles: request.events, events: Vec::new(), ..request };
    }
    let sink = Memory::default();
    let report = complete(&sink, &request).await;
    assert!(!report.summary.has_rejects(), "{name}: {:?}", rejects(&report));
    sink.records()
}

/// Records with text cells taken as strings: all that CSV cannot say.
fn untyped(records: Vec<Incoming>) -> Vec<Incoming> {
    let mut records = records;
    for record in &mut records {
        match record {
            Incoming::Event(event) => {
                event.params.iter_mut().for_each(|(_, value)| value.source = Source::Text)
            }
            Incoming::Profile(profile) => profile
                .attributes
                .iter_mut()
                .flat_map(|(_, value)| value)
                .for_each(|value| value.source = Source::Text),
        }
    }
    records
}

#[tokio::test]
async fn events() {
    let ndjson = r#"{"event_id":"1","user_id":"7","event":"buy","timestamp":"2026-09-01T07:00:00Z","params":{"amount":1.5,"paid":true,"day":"2026-08-31","note":"a \"b\",\nc","tags":["x","y"]}}
{"event_id":"2","user_id":null,"identifiers":{"email":"a@x.example","custom":{"card":"c-1"}},"event":"buy","timestamp":"1969-12-31T23:59:59.25Z","params":{"amount":-20,"note":"ü"}}
"#;
    let csv = "event_id,user_id,identifiers.email,identifiers.custom.card,event,timestamp,params.amount,params.paid,params.day,params.note,params.tags\n\
        1,7,,,buy,2026-09-01T07:00:00Z,1.5,true,2026-08-31,\"a \"\"b\"\",\nc\",\"[\"\"x\"\",\"\"y\"\"]\"\n\
        2,,a@x.example,c-1,buy,1969-12-31T23:59:59.25Z,-20,,,ü,\r\n";
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_value([Some("x"), Some("y")]);
    tags.append_null();
    let table = parquet(vec![
        ("event_id", Arc::new(Int64Array::from(vec![1, 2]))),
        ("user_id", Arc::new(StringArray::from(vec![Some("7"), None])) as ArrayRef),
        ("email", Arc::new(StringArray::from(vec![None, Some("a@x.example")]))),
        ("identifiers.custom.card", Arc::new(StringArray::from(vec![None, Some("c-1")]))),
        ("event", Arc::new(StringArray::from(vec!["buy", "buy"]))),
        (
            "timestamp",
            Arc::new(
                TimestampNanosecondArray::from(vec![1_788_246_000_000_000_000, -750_000_000])
                    .with_timezone("+03:00"),
            ),
        ),
        ("params.amount", Arc::new(Float64Array::from(vec![1.5, -20.0]))),
        ("params.paid", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("params.day", Arc::new(Date32Array::from(vec![Some(20_696), None]))),
        ("params.note", Arc::new(StringArray::from(vec!["a \"b\",\nc", "ü"]))),
        ("params.tags", Arc::new(tags.finish())),
    ]);
    let expected = load("a.ndjson", ndjson, false).await;
    assert_eq!(expected.len(), 2);
    let lines: Vec<&str> = ndjson.lines().collect();
    let members = [gzip(format!("{}\n", lines[0]).as_bytes()), gzip(lines[1].as_bytes())].concat();
    assert_eq!(load("a.jsonl.gz", members, false).await, expected);
    let frames = [
        zstd::encode_all(lines[0].as_bytes(), 1),
        zstd::encode_all(&b"\r\n"[..], 1),
        zstd::encode_all(lines[1].as_bytes(), 1),
    ];
    let frames: Vec<u8> = frames.into_iter().flat_map(|frame| frame.unwrap()).collect();
    assert_eq!(load("a.json.zst", frames, false).await, expected);
    assert_eq!(load("a.parquet", &table, false).await, expected);
    assert_eq!(load("a.parquet.gz", gzip(&table), false).await, expected);
    assert_eq!(load("a.parquet.zst", zstd::encode_all(&table[..], 1).unwrap(), false).await, expected);
    let expected = untyped(expected);
    assert_eq!(load("a.csv", csv, false).await, expected);
    assert_eq!(load("a.csv.gz", gzip(csv.as_bytes()), false).await, expected);
    assert_eq!(load("a.csv.zst", zstd::encode_all(csv.as_bytes(), 1).unwrap(), false).await, expected);
}

#[tokio::test]
async fn profiles() {
    let ndjson = r#"{"user_id":"7","attributes":{"age":42,"price":12.5}}
{"identifiers":{"email":"a@x.example","phone_number":"+123"},"attributes":{"gender":"F"}}
"#;
    let csv = "user_id,email,phone_number,attributes.age,attributes.price,attributes.gender\n7,,,42,12.5,\n,a@x.example,+123,,,F\n";
    let table = parquet(vec![
        ("user_id", Arc::new(StringArray::from(vec![Some("7"), None])) as ArrayRef),
        ("identifiers.email", Arc::new(StringArray::from(vec![None, Some("a@x.example")]))),
        ("phone_number", Arc::new(StringArray::from(vec![None, Some("+123")]))),
        ("attributes.age", Arc::new(Int64Array::from(vec![Some(42), None]))),
        (
            "attributes.price",
            Arc::new(Decimal128Array::from(vec![Some(1_250), None]).with_precision_and_scale(10, 2).unwrap()),
        ),
        ("attributes.gender", Arc::new(StringArray::from(vec![None, Some("F")]))),
    ]);
    let expected = load("a.ndjson", ndjson, true).await;
    assert_eq!(load("a.parquet", table, true).await, expected);
    assert_eq!(load("a.csv", csv, true).await, untyped(expected));
}

#[tokio::test]
async fn what_parquet_can_hold_and_wayfare_cannot() {
    let folder = Folder::new();
    let inner: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let nested = StructArray::from(vec![(Arc::new(Field::new("a", DataType::Int64, true)), inner)]);
    let file = folder.file(
        "a.parquet",
        parquet(vec![
            ("event_id", Arc::new(StringArray::from(vec!["1", "2"])) as ArrayRef),
            ("user_id", Arc::new(StringArray::from(vec!["u", "u"]))),
            ("event", Arc::new(StringArray::from(vec!["e", "e"]))),
            ("timestamp", Arc::new(StringArray::from(vec!["2026-09-01T00:00:00Z", "2026-09-01T00:00:00"]))),
            ("params.number", Arc::new(Float64Array::from(vec![f64::NAN, 1.0]))),
            ("params.nested", Arc::new(nested)),
            ("params.bytes", Arc::new(BinaryArray::from(vec![Some(&b"x"[..]), None]))),
        ]),
    );
    let sink = Memory::default();
    let report = complete(&sink, &folder.events(&[&file])).await;
    assert_eq!((report.summary.events.accepted, report.summary.events.rejected), (1, 1));
    assert_eq!(report.summary.values_rejected, 3);
    let rejects = rejects(&report);
    let reasons: Vec<_> = rejects.iter().map(|reject| reject["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons[0], "params.number: is not a finite number");
    assert!(reasons[1].starts_with("params.nested: is nested"), "{reasons:?}");
    assert!(reasons[2].starts_with("params.bytes: is binary"), "{reasons:?}");
    assert!(reasons[3].contains("no time zone"), "{reasons:?}");
    assert_eq!(rejects[3]["line"], 2);
    let row: serde_json::Value = serde_json::from_str(rejects[3]["row"].as_str().unwrap()).unwrap();
    assert_eq!(row["timestamp"], "2026-09-01T00:00:00");
    assert_eq!(row["params.number"], 1);
}

#[tokio::test]
async fn times_of_parquet() {
    let folder = Folder::new();
    let times = |times: TimestampMicrosecondArray| {
        parquet(vec![
            ("event_id", Arc::new(StringArray::from(vec!["1"])) as ArrayRef),
            ("user_id", Arc::new(StringArray::from(vec!["u"]))),
            ("event", Arc::new(StringArray::from(vec!["e"]))),
            ("timestamp", Arc::new(times)),
        ])
    };
    let no_zone = TimestampMicrosecondArray::from(vec![0]);
    let too_late = TimestampMicrosecondArray::from(vec![253_402_300_800_000_000]).with_timezone("UTC");
    for (array, said) in [(no_zone, "no time zone"), (too_late, "0001 to 9999")] {
        let file = folder.file("a.parquet", times(array));
        let report = complete(&Memory::default(), &folder.events(&[&file])).await;
        let rejects = rejects(&report);
        let reason = rejects[0]["reason"].as_str().unwrap();
        assert!(reason.contains(said), "{reason}");
    }
}
