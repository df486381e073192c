//! Counts while records come in, flushes run and files are merged: each sees one snapshot, all of it and nothing else.

use crate::random::ask;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wayfare_model::dictionary::Dictionary;
use wayfare_model::time::Instant;
use wayfare_segment::testing::{Random, World, cases, records};
use wayfare_store::{AcceptBatch, OpenOptions, Store};

const COUNTING: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_counts_at_once_during_loading_flushing_and_merging() {
    for case in cases(2) {
        let mut random = Random::new(case);
        println!("case {case}");
        let records = records(&mut random, 60);
        let dir = tempfile::tempdir().expect("a directory");
        let options = OpenOptions { flush_records: 40, distinct_values: 20, ..OpenOptions::default() };
        let store = Store::open(dir.path(), options).await.expect("a store");
        let world = Arc::new(World::new(Dictionary::default(), &records));
        let loaded = Arc::new(AtomicBool::new(false));
        let counting: Vec<_> = (0..COUNTING as u64)
            .map(|number| {
                let (store, world, loaded) = (store.clone(), world.clone(), loaded.clone());
                tokio::spawn(async move {
                    let mut random = Random::new(case * 1_000 + number);
                    loop {
                        let last = loaded.load(Ordering::Acquire);
                        let snapshot = store.snapshot().await.expect("a snapshot");
                        ask(&snapshot, &world, false, &mut random).await;
                        if last {
                            return snapshot.position();
                        }
                    }
                })
            })
            .collect();
        let merging = tokio::spawn({
            let (store, loaded) = (store.clone(), loaded.clone());
            async move {
                while !loaded.load(Ordering::Acquire) {
                    store.compact().await.expect("compacted");
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            }
        });
        for part in records.chunks(7) {
            let received_at = Instant::parse("2026-01-01T00:00:00Z").expect("a time");
            let batch = AcceptBatch { records: part.to_vec(), checkpoint: None, received_at };
            store.accept(batch).await.expect("accepted");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        loaded.store(true, Ordering::Release);
        merging.await.expect("no panic");
        let position = store.position();
        for count in counting {
            assert_eq!(count.await.expect("no panic"), position, "the last count of each sees everything");
        }
    }
}
