//! Random records through the whole way, random definitions over what came of them: the fast evaluator over the
//! store's columns, the reference over the store's rows, and the reference over the records themselves agree,
//! whatever was flushed, merged or restarted between.

use std::collections::BTreeSet;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::id::ProfileId;
use wayfare_model::time::Instant;
use wayfare_segment::columns::Columns;
use wayfare_segment::definition::Definition;
use wayfare_segment::evaluate::evaluate;
use wayfare_segment::reference;
use wayfare_segment::testing::{Random, World, cases, definition, moment, records};
use wayfare_store::{AcceptBatch, OpenOptions, Snapshot, Store, StoreError};

/// Definitions asked of one store at one time.
const QUESTIONS: usize = 14;

#[tokio::test]
async fn three_evaluations_agree_at_every_turn_of_a_store() {
    let mut through_lake = 0;
    for case in cases(50) {
        let mut random = Random::new(case);
        println!("case {case}");
        through_lake += one_life(&mut random).await;
    }
    println!("{through_lake} questions were answered from the lake");
    assert!(through_lake >= 500, "{through_lake}");
}

/// How many questions were answered from the lake and not from the index alone.
async fn one_life(random: &mut Random) -> usize {
    let people = *random.pick(&[3, 12, 40]);
    let records = records(random, people);
    let dir = tempfile::tempdir().expect("a directory");
    let options = OpenOptions {
        flush_records: *random.pick(&[7, 50, 10_000]),
        column_bytes: *random.pick(&[0, 1 << 30]),
        distinct_values: *random.pick(&[0, 0, 2, 65_535]),
        ..OpenOptions::default()
    };
    let mut store = Store::open(dir.path(), options.clone()).await.expect("a store");
    let mut held: Option<(Snapshot, World)> = None;
    let (mut seen, mut through_lake) = (0, 0);
    while seen < records.len() {
        let part = (1 + random.below(30)).min(records.len() - seen);
        let batch = AcceptBatch {
            records: records[seen..seen + part].to_vec(),
            checkpoint: None,
            received_at: Instant::parse("2026-01-01T00:00:00Z").expect("a time"),
        };
        store.accept(batch).await.expect("accepted");
        seen += part;
        match random.below(6) {
            0 => {
                store.flush().await.expect("flushed");
            }
            1 => {
                store.compact().await.expect("compacted");
            }
            2 => {
                held = None;
                drop(store);
                if random.chance(30) {
                    std::fs::remove_dir_all(dir.path().join("index")).expect("removed");
                }
                store = reopened(dir.path(), &options).await;
            }
            _ => {}
        }
        if let Some((snapshot, world)) = &held
            && random.chance(30)
        {
            // What came since is not seen by who looked before.
            through_lake += ask(snapshot, world, true, random).await;
        }
        if random.chance(20) {
            let world = World::new(Dictionary::default(), &records[..seen]);
            held = Some((store.snapshot().await.expect("a snapshot"), world));
        }
        if random.chance(30) || seen == records.len() {
            let world = World::new(Dictionary::default(), &records[..seen]);
            through_lake += ask(&store.snapshot().await.expect("a snapshot"), &world, true, random).await;
        }
    }
    through_lake
}

/// Opens a store again that was dropped: what it was at in the background lets go of it when it is done.
async fn reopened(data: &std::path::Path, options: &OpenOptions) -> Store {
    loop {
        match Store::open(data, options.clone()).await {
            Err(StoreError::InUse { .. }) => tokio::task::yield_now().await,
            opened => return opened.expect("the store again"),
        }
    }
}

/// Asks random questions; `whole` says that the world holds just what the snapshot sees. Tells how many were answered
/// from the lake.
pub async fn ask(snapshot: &Snapshot, world: &World, whole: bool, random: &mut Random) -> usize {
    let mut through_lake = 0;
    let rows = snapshot.reference_rows().await.expect("rows");
    if whole {
        assert_eq!(rows.len(), world.live().len(), "profiles");
    }
    for _ in 0..QUESTIONS {
        let json = definition(random, world);
        let moment = moment(random, world);
        let definition = Definition::from_value(&json).expect("a definition");
        let expected =
            reference::evaluate(&definition, &world.dictionary, &world.library, &world.live(), &moment);
        let slow = reference::evaluate(&definition, snapshot.dictionary(), &world.library, &rows, &moment);
        let fast = match definition.check(snapshot.dictionary(), &world.library) {
            Err(refusal) => Err(refusal),
            Ok(checked) => {
                let columns = snapshot.columns(checked.needs()).await.expect("columns");
                through_lake += usize::from(!columns.read_from_lake().is_empty());
                let found = evaluate(&checked, &columns, &moment).expect("an answer");
                Ok(found.iter().map(|ordinal| columns.profile_id(ordinal)).collect::<BTreeSet<ProfileId>>())
            }
        };
        match (expected, slow, fast) {
            (Ok(expected), Ok(slow), Ok(fast)) => {
                assert_eq!(slow, fast, "{json} as of {}", moment.as_of);
                // The world numbers its profiles in its own way, so it cannot tell whom an id means.
                if whole && !json.to_string().contains("\"profile_id\"") {
                    assert_eq!(expected.len(), fast.len(), "{json} as of {}", moment.as_of);
                }
            }
            (Err(_), Err(_), Err(_)) => {}
            // Names and types that the snapshot does not know yet.
            (_, Err(_), Err(_)) if !whole => {}
            (Err(_), Ok(slow), Ok(fast)) if !whole => assert_eq!(slow, fast, "{json} as of {}", moment.as_of),
            (expected, slow, fast) => panic!("{json}: {expected:?} {slow:?} {fast:?}"),
        }
    }
    through_lake
}
