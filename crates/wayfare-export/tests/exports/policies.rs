//! Policies over every kind of row and every format: what is treated is nowhere in the files, and what is not still is.

use crate::memory_lake::{MemoryLake, export, request};
use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use proptest::prelude::*;
use std::io::Read;
use std::path::Path;
use wayfare_export::verify_against::{Compared, verify_over};
use wayfare_export::{AppliedPolicy, Control, ErrorKind, ExportRequest, HashKey, Manifest, Policy, verify};

const FORMATS: [&str; 5] = ["csv", "ndjson", "parquet", "arrow", "xlsx"];

fn applied(policy: &str) -> AppliedPolicy {
    let policy = Policy::read(serde_json::from_str(policy).unwrap()).unwrap();
    AppliedPolicy::new("key_1", "Partner", policy).with_hash_key(HashKey::of(&[7; 32]))
}

fn with_policy(json: &str, policy: &str) -> ExportRequest {
    ExportRequest { policy: Some(applied(policy)), ..request(json) }
}

/// Everything that the files say, unpacked and as text.
fn said(directory: &Path) -> String {
    let mut said = String::new();
    let mut cells = |batch: RecordBatch| {
        for column in batch.columns() {
            let cells = ArrayFormatter::try_new(column, &FormatOptions::default()).unwrap();
            (0..batch.num_rows()).for_each(|row| said += &format!("{}\n", cells.value(row)));
        }
        said += &format!("{:?}\n", batch.schema());
    };
    let mut texts = String::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts += &self::said(&path);
            continue;
        }
        let file = || std::fs::File::open(&path).unwrap();
        match path.extension().and_then(|extension| extension.to_str()).unwrap() {
            "parquet" => {
                let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(
                    bytes::Bytes::from(std::fs::read(&path).unwrap()),
                    1_024,
                );
                reader.unwrap().for_each(|batch| cells(batch.unwrap()));
            }
            "arrow" => {
                let reader = arrow::ipc::reader::FileReader::try_new(file(), None).unwrap();
                reader.for_each(|batch| cells(batch.unwrap()));
            }
            "xlsx" => texts += &unzipped(&std::fs::read(&path).unwrap()),
            _ => texts += &std::fs::read_to_string(&path).unwrap(),
        }
    }
    said + &texts
}

fn unzipped(zip: &[u8]) -> String {
    let mut text = String::new();
    let starts = zip.windows(4).enumerate().filter(|(_, bytes)| *bytes == b"PK\x03\x04");
    for (start, _) in starts {
        let length = |at: usize| usize::from(u16::from_le_bytes([zip[start + at], zip[start + at + 1]]));
        let body = start + 30 + length(26) + length(28);
        // What merely looks like an entry does not unpack.
        let mut unpacked = String::new();
        if flate2::read::DeflateDecoder::new(&zip[body..]).read_to_string(&mut unpacked).is_ok() {
            text += &unpacked;
        }
    }
    text
}

/// People with values that stand nowhere else, and what they did.
fn lake(people: &[Person]) -> MemoryLake {
    let mut lake = MemoryLake::of("");
    for (index, person) in people.iter().enumerate() {
        let profile = serde_json::json!({
            "user_id": person.user_id,
            "identifiers": {"email": person.email, "phone_number": person.phone},
            "attributes": {
                "city": person.city, "birthday": person.birthday, "postcode": person.postcode, "salary": person.salary,
                "seen": person.seen, "tags": [person.tag.clone(), "common"], "language": "tr",
            },
        });
        lake.add_line(&profile.to_string());
        let event = |id: &str, name: &str, params: serde_json::Value| {
            serde_json::json!({
                "event_id": format!("{}-{id}{index}", person.tag), "user_id": person.user_id, "event": name,
                "timestamp": person.seen, "params": params,
            })
            .to_string()
        };
        lake.add_line(&event(
            "a",
            "purchase",
            serde_json::json!({"amount": person.salary, "item": person.tag, "shop": "Köln"}),
        ));
        lake.add_line(&event(
            "b",
            "refund",
            serde_json::json!({"amount": person.salary, "item": person.tag}),
        ));
        let pass = format!("{}-pass", person.tag);
        let entered = serde_json::json!({"journey_id": 1004, "journey_name": "Welcome", "pass_id": pass});
        lake.add_line(&event("c", "journey_enter", entered));
        let acted = serde_json::json!({"journey_id": 1004, "journey_name": "Welcome", "pass_id": pass,
            "message_id": format!("{}-message", person.tag), "channel_code": "EM", "action_code": 1, "reason": person.tag});
        lake.add_line(&event("d", "journey_product_action", acted));
    }
    lake
}

#[derive(Debug, Clone)]
struct Person {
    user_id: String,
    email: String,
    phone: String,
    city: String,
    birthday: String,
    postcode: String,
    salary: u32,
    seen: String,
    tag: String,
}

impl Person {
    /// A person of some digits, all of whose values are nobody else's, and none of them shown by a treatment.
    fn of(number: u32) -> Self {
        Self {
            user_id: format!("user-{number:06}-u"),
            email: format!("ann.{number:06}@mail.example"),
            phone: format!("+90555{number:06}7"),
            city: format!("Ville{number:06}"),
            birthday: format!("19{:02}-{:02}-{:02}", 10 + number % 80, 1 + number % 12, 2 + number % 26),
            postcode: format!("SW{number:06} 1AA"),
            salary: 70_000_000 + number * 10 + 7,
            seen: format!("2026-03-{:02}T{:02}:{:02}:59Z", 2 + number % 26, number % 24, number % 60),
            tag: format!("tag{number:06}x"),
        }
    }

    fn secrets(&self) -> Vec<String> {
        let Self { user_id, email, phone, city, birthday, postcode, salary, seen, tag } = self.clone();
        vec![user_id, email, phone, city, birthday, postcode, salary.to_string(), seen, tag]
    }
}

const PEOPLE: &str = r#"{"kind":"profiles","attributes":["*"]"#;
const EVENTS: &str = r#"{"kind":"events","attributes":["*"],"events":{"wanted":[
    {"event_name":"purchase","params":["amount","item","shop"]},{"event_name":"refund","params":["amount","item"]}]}"#;
const PASSES: &str = r#"{"kind":"passes","attributes":["user_id","email","language"]"#;
const MESSAGES: &str = r#"{"kind":"messages","attributes":["user_id","email","language"]"#;

/// Every column with anybody's own value has a rule, each kind of treatment among them.
const ALL_TREATED: &str = r#"{"rules":[
    {"column":"user_id","do":"hash"},{"column":"email","do":"mask"},{"column":"phone_number","do":"mask","keep_last":2},
    {"column":"city","do":"group","of":2},{"column":"birthday","do":"coarsen","to":"month"},
    {"column":"postcode","do":"coarsen","to":"district"},{"column":"salary","do":"coarsen","to":10000},
    {"column":"seen","do":"coarsen","to":"month"},{"column":"tags","do":"hash"},{"column":"*.amount","do":"coarsen","to":10000},
    {"column":"purchase.item","do":"hash"},{"column":"refund.item","do":"drop"},{"column":"event_id","do":"hash"},
    {"column":"timestamp","do":"coarsen","to":"month"},{"column":"*.pass_id","do":"hash"},{"column":"*.message_id","do":"drop"},
    {"column":"*.reason","do":"mask","keep_last":1},{"column":"profile_id","do":"hash"}]}"#;

async fn check(people: &[Person], kind: &str, format: &str) -> String {
    let lake = lake(people);
    let request = with_policy(&format!("{kind},\"format\":\"{format}\"}}"), ALL_TREATED);
    let (directory, manifest) = export(&lake, &request).await.unwrap();
    let report = verify(&[directory.path().into()]).unwrap();
    assert!(report.ok, "{report}");
    let against = verify_again(&lake, directory.path(), &manifest).await;
    assert!(against.is_none_or(|compared| compared == Compared::Bytes), "{kind} {format}");
    let said = said(directory.path());
    for secret in people.iter().flat_map(Person::secrets) {
        assert!(!said.contains(&secret), "{secret} is in {kind} as {format}\n{said}");
    }
    said
}

/// How an export compares with one made again; nothing where it takes the key of hashes, which no file has.
async fn verify_again(lake: &MemoryLake, directory: &Path, manifest: &Manifest) -> Option<Compared> {
    match verify_over(lake, directory, manifest, &Control::new()).await {
        Ok(report) => {
            assert!(report.problems.is_empty(), "{report}");
            Some(report.compared)
        }
        Err(error) => {
            assert!(error.to_string().contains("the key of their hashes is not there"), "{error}");
            None
        }
    }
}

#[tokio::test]
async fn nothing_that_is_treated_stands_in_any_format() {
    let people: Vec<Person> = (0..5).map(|number| Person::of(number * 111_111 + 1)).collect();
    for format in FORMATS {
        let said = check(&people, PEOPLE, format).await;
        assert!(said.contains("SW000001") && said.contains("***@****.*******"), "{said}");
        let said = check(&people, EVENTS, format).await;
        assert!(said.contains("Köln") && said.contains("purchase"), "{said}");
        for kind in [PASSES, MESSAGES] {
            assert!(check(&people, kind, format).await.contains("Welcome"), "{kind}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn whoever_they_are(numbers in prop::collection::btree_set(0u32..1_000_000, 1..6), kind in 0usize..4, format in 0usize..5) {
        let people: Vec<Person> = numbers.into_iter().map(Person::of).collect();
        let kind = [PEOPLE, EVENTS, PASSES, MESSAGES][kind];
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(check(&people, kind, FORMATS[format]));
    }
}

/// Everything that passes and messages say under a policy.
async fn said_of_journeys(lake: &MemoryLake, policy: &str) -> String {
    let mut all = String::new();
    for kind in [PASSES, MESSAGES] {
        let request = with_policy(&format!("{kind},\"format\":\"ndjson\"}}"), policy);
        let (directory, _) = export(lake, &request).await.unwrap();
        all += &said(directory.path());
    }
    all
}

/// A rule by itself: what it is for is left out by no other one. A column that is worked out of it must know so.
#[tokio::test]
async fn each_rule_alone_hides_what_it_is_for() {
    let people: Vec<Person> = (0..3).map(|number| Person::of(number * 111_111 + 1)).collect();
    let lake = lake(&people);
    type Value = fn(&Person, usize) -> String;
    let hidden: [(&str, Value); 5] = [
        ("event_id", |person, index| format!("{}-d{index}", person.tag)),
        ("journey_product_action.event_id", |person, index| format!("{}-d{index}", person.tag)),
        ("*.pass_id", |person, _| format!("{}-pass", person.tag)),
        ("*.message_id", |person, _| format!("{}-message", person.tag)),
        ("timestamp", |person, _| person.seen.clone()),
    ];
    let everything = said_of_journeys(&lake, "{}").await;
    for (column, of) in hidden {
        let values: Vec<String> =
            people.iter().enumerate().map(|(index, person)| of(person, index)).collect();
        assert!(values.iter().all(|value| everything.contains(value)), "{column}: {values:?}\n{everything}");
        for deed in ["drop", "hash"] {
            let policy = format!(r#"{{"rules":[{{"column":"{column}","do":"{deed}"}}]}}"#);
            let said = said_of_journeys(&lake, &policy).await;
            assert!(!values.iter().any(|value| said.contains(value)), "{policy}\n{said}");
        }
    }
}

/// How many dry runs were left out tells of each of them, by ranges of one event at a time.
#[tokio::test]
async fn dry_runs_are_counted_for_whoever_may_see_their_mark() {
    let lake = MemoryLake::of(
        r#"{"user_id":"1","attributes":{"city":"Ankara"}}
{"event_id":"1","user_id":"1","event":"buy","timestamp":"2026-08-27T10:00:00Z","params":{"is_dry_run":true}}
{"event_id":"2","user_id":"1","event":"buy","timestamp":"2026-08-27T11:00:00Z","params":{"is_dry_run":false}}
{"event_id":"3","user_id":"1","event":"journey_enter","timestamp":"2026-08-27T10:00:00Z","params":{"journey_id":7,"is_dry_run":true}}
{"event_id":"4","user_id":"1","event":"journey_enter","timestamp":"2026-08-27T11:00:00Z","params":{"journey_id":7}}
"#,
    );
    for asked in [
        r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"buy"}]}}"#,
        r#"{"kind":"passes","format":"csv"}"#,
    ] {
        for (policy, is_told) in
            [("{}", true), (r#"{"rules":[{"column":"*.is_dry_run","do":"drop"}]}"#, false)]
        {
            let (_, manifest) = export(&lake, &with_policy(asked, policy)).await.unwrap();
            let told = manifest.warnings.iter().any(|warning| warning.contains("dry-run"));
            assert_eq!((manifest.rows, told), (1, is_told), "{asked} {policy} {:?}", manifest.warnings);
        }
    }
}

/// What a policy does, cell by cell, and what the manifest and the data dictionary tell of it.
#[tokio::test]
async fn cells_manifest_and_dictionary() {
    let lake = MemoryLake::of(
        r#"{"user_id":"1","identifiers":{"email":"ann@x.example"},"attributes":{"city":"Ankara","age":47,"birthday":"1990-05-17","tags":["a","b"]}}
{"user_id":"2","attributes":{"city":"Ankara","age":-3,"birthday":"2001-12-31","tags":[]}}
{"user_id":"3","identifiers":{"email":"bob@x.example"},"attributes":{"city":"Bursa"}}
{"event_id":"1","user_id":"1","event":"buy","timestamp":"2026-08-27T10:00:00Z","params":{"amount":12.5,"ip":"10.0.0.1"}}
{"event_id":"2","user_id":"3","event":"sell","timestamp":"2026-08-28T10:00:00Z","params":{"amount":7,"ip":"10.0.0.2"}}
"#,
    );
    let policy = r#"{"rules":[{"column":"email","do":"hash"},{"column":"user_id","do":"mask","keep_last":0},
        {"column":"city","do":"group","of":2},{"column":"age","do":"coarsen","to":10},{"column":"birthday","do":"coarsen","to":"year"},
        {"column":"tags","do":"mask"},{"column":"*.ip","do":"drop"},{"column":"buy.amount","do":"hash"},
        {"column":"timestamp","do":"coarsen","to":"day"}]}"#;
    let mut told = Vec::new();
    for asked in [
        r#"{"kind":"profiles","attributes":["user_id","email","city","age","birthday","tags"],"format":"csv"}"#,
        r#"{"kind":"events","attributes":["city"],"events":{"wanted":[{"event_name":"buy","params":["amount","ip"]},
            {"event_name":"sell","params":["amount"]}]},"format":"ndjson","columns":["event","timestamp","amount","ip",{"column":"city","as":"town"}]}"#,
    ] {
        let (directory, manifest) = export(&lake, &with_policy(asked, policy)).await.unwrap();
        let part = std::fs::read_to_string(directory.path().join(&manifest.parts[0].file)).unwrap();
        let columns: Vec<_> =
            manifest.schema.iter().map(|column| format!("{} {}", column.name, column.column_type)).collect();
        let dictionary = std::fs::read_to_string(directory.path().join("dictionary.json")).unwrap();
        let dictionary: serde_json::Value = serde_json::from_str(&dictionary).unwrap();
        let described: Vec<_> = dictionary["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| {
                format!("{}: {}", column["name"].as_str().unwrap(), column["description"].as_str().unwrap())
            })
            .collect();
        told.push(format!(
            "{part}{}\n{}\n{}\n{}",
            columns.join(", "),
            described.join("\n"),
            serde_json::to_string(&manifest.policy).unwrap(),
            manifest.warnings.join("\n")
        ));
        let asked: serde_json::Value = serde_json::from_str(manifest.request.get()).unwrap();
        assert_eq!(
            (&asked["policy"]["key"], &asked["policy"]["rules"][0]["do"]),
            (&"key_1".into(), &"hash".into())
        );
    }
    insta::assert_snapshot!(told.join("\n\n"));
}

#[tokio::test]
async fn what_is_left_where_only_little_is_kept() {
    let lake = lake(&[Person::of(1), Person::of(2)]);
    let policy =
        r#"{"rules":[{"column":"language","do":"keep"},{"column":"city","do":"hash"}],"otherwise":"drop"}"#;
    let request = with_policy(&format!("{PEOPLE},\"format\":\"csv\"}}"), policy);
    let (directory, manifest) = export(&lake, &request).await.unwrap();
    let names: Vec<_> = manifest.schema.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["city", "language"]);
    // Nobody asked for the others by name, and so nobody is told of them.
    let policy_told = serde_json::to_value(&manifest.policy).unwrap();
    assert_eq!(policy_told["columns"].as_array().unwrap().len(), 1, "{policy_told}");
    assert_eq!(policy_told["otherwise"], "drop");
    assert!(manifest.warnings.is_empty(), "{:?}", manifest.warnings);
    assert!(!said(directory.path()).contains("salary"));
    let named = r#"{"kind":"profiles","attributes":["salary","language"],"format":"csv"}"#;
    let (_, manifest) = export(&lake, &with_policy(named, policy)).await.unwrap();
    assert_eq!(manifest.warnings, ["column `salary` is left out: the policy of the API key says so"]);
    let nothing = with_policy(r#"{"kind":"profiles","attributes":["salary"],"format":"csv"}"#, policy);
    let error = export(&lake, &nothing).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains("no column left"), "{error}");
}

#[tokio::test]
async fn too_few_people_are_no_export() {
    let lake = lake(&(0..5).map(Person::of).collect::<Vec<_>>());
    let least = |least: usize| format!(r#"{{"minimum_group":{least}}}"#);
    for kind in [PEOPLE, EVENTS, PASSES, MESSAGES] {
        let asked = format!("{kind},\"format\":\"csv\"}}");
        assert!(export(&lake, &with_policy(&asked, &least(5))).await.is_ok(), "{kind}");
        let error = export(&lake, &with_policy(&asked, &least(6))).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Refused, "{kind}: {error}");
        let told = error.to_string();
        assert!(told.starts_with("fewer than 6 people") && !told.contains('5'), "{told}");
    }
    let few = r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"purchase","filters":
        [{"key":"shop","operator":"eq","values":["nowhere"]}]}]}}"#;
    assert!(export(&lake, &with_policy(few, &least(2))).await.is_err());
}

#[tokio::test]
async fn what_is_hidden_cannot_be_asked_by() {
    let lake = lake(&[Person::of(1), Person::of(2)]);
    let policy = r#"{"rules":[{"column":"salary","do":"hash"},{"column":"*.item","do":"group","of":2},{"column":"position","do":"drop"}]}"#;
    let refused = [
        r#"{"kind":"profiles","format":"csv","definition":{"attribute":"salary","operator":"at_least","value":1}}"#,
        r#"{"kind":"profiles","format":"csv","computed":[{"name":"n","event":"purchase","measure":"count","where":{"parameter":"item","operator":"exists"}}]}"#,
        r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"purchase","filters":[{"key":"shop","operator":"eq","values":["x"]},{"key":"item","operator":"eq","values":["x"]}]}]}}"#,
        r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"purchase"}]},"positions":{"from":0}}"#,
    ];
    let mut told = Vec::new();
    for asked in refused {
        let error = export(&lake, &with_policy(asked, policy)).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Refused);
        told.push(error.to_string());
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// Columns of a computed value are treated by rules for their names, and take nothing that is hidden.
#[tokio::test]
async fn computed_columns_are_treated_too() {
    let lake = lake(&[Person::of(1), Person::of(2)]);
    let asked = r#"{"kind":"profiles","format":"csv","attributes":[],"columns":["bought"],
        "computed":[{"name":"bought","event":"purchase","measure":"count"}]}"#;
    let policy = r#"{"rules":[{"column":"bought","do":"coarsen","to":10}]}"#;
    let (directory, manifest) = export(&lake, &with_policy(asked, policy)).await.unwrap();
    let part = std::fs::read_to_string(directory.path().join(&manifest.parts[0].file)).unwrap();
    assert_eq!(part, "bought\n0\n0\n");
}
