//! The same with the real store: broken off, opened again, run again.

use crate::memory::{BATCH_ROWS, Folder};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use wayfare_import::{Control, End, Import, Report, Request, Sink, Summary};
use wayfare_model::record::Incoming;
use wayfare_store::{Access, Checkpoint, OpenOptions, Outcome, Store, StoreError};

/// A store that breaks off behind so many batches: the last of them is kept, and nobody hears of it.
struct Breaking {
    store: Store,
    left: AtomicUsize,
}

impl Sink for Breaking {
    type Error = StoreError;

    async fn accept(
        &self,
        records: Vec<Incoming>,
        checkpoint: Checkpoint,
    ) -> Result<Vec<Outcome>, StoreError> {
        let outcomes = Sink::accept(&self.store, records, checkpoint).await?;
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            1 => Err(StoreError::Closing),
            _ => Ok(outcomes),
        }
    }

    async fn checkpoint(&self, session: &str) -> Result<Option<String>, StoreError> {
        Sink::checkpoint(&self.store, session).await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        self.store.settle().await
    }

    async fn clear(&self, session: &str) -> Result<(), StoreError> {
        Sink::clear(&self.store, session).await
    }
}

async fn open(data: &Path) -> Store {
    // Small flushes, so that some are done while the import runs.
    let options = OpenOptions { access: Access::Write, flush_records: 256, ..OpenOptions::default() };
    Store::open(data, options).await.unwrap()
}

fn request(folder: &Folder) -> Request {
    let profiles: String =
        (0..450).map(|n| format!("{{\"user_id\":\"u{n}\",\"attributes\":{{\"n\":{n}}}}}\n")).collect();
    let events: String = (0..950)
        .map(|n| {
            let zone = if n % 100 == 50 { "" } else { "Z" };
            let (id, journey) = (n % 800, if n % 100 == 60 { "\"twelve\"" } else { "1004" });
            format!(
                "{{\"event_id\":\"e{id}\",\"user_id\":\"u{n}\",\"event\":\"journey_enter\",\
                 \"timestamp\":\"2026-09-01T00:00:00{zone}\",\"params\":{{\"journey_id\":{journey}}}}}\n"
            )
        })
        .collect();
    Request {
        profiles: vec![folder.file("p.ndjson", profiles)],
        events: vec![folder.file("e.ndjson", events)],
        rejects: folder.rejects(),
    }
}

async fn load<S: Sink>(sink: &S, request: &Request) -> Option<Report> {
    let control = Control::default();
    let import = Import::new(request, &control).unwrap().batch_rows(BATCH_ROWS);
    let report = import.run(sink, &control).await.ok()?;
    if matches!(report.end, End::Complete) {
        import.forget(sink).await.unwrap();
    }
    Some(report)
}

/// Position, numbers, rejects.
fn facts(store: &Store, mut summary: Summary) -> (u64, Summary, String) {
    let rejects = summary.rejects_file.take().map(|path: PathBuf| fs::read_to_string(path).unwrap());
    (store.position(), summary, rejects.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_off_and_opened_again() {
    let folder = Folder::new();
    let request = request(&folder);
    let whole = open(&folder.path().join("whole")).await;
    let report = load(&whole, &request).await.unwrap();
    assert!(matches!(report.end, End::Complete), "{report:?}");
    let expected = facts(&whole, report.summary);
    assert_eq!(expected.1.events.read, 950);
    assert_eq!(expected.1.events.rejected, 9);
    assert!(expected.1.events.duplicate > 100 && expected.1.values_rejected > 0, "{:?}", expected.1);
    drop(whole);
    for step in [1, 2, 5] {
        let data = folder.path().join(format!("broken {step}"));
        let mut runs = 0;
        let facts = loop {
            runs += 1;
            let sink = Breaking { store: open(&data).await, left: AtomicUsize::new(step) };
            match load(&sink, &request).await {
                Some(Report { summary, end: End::Complete }) => break facts(&sink.store, summary),
                _ => assert!(runs < 40, "comes to no end"),
            }
        };
        assert!(runs > 1, "never broken off");
        assert_eq!(facts, expected, "every {step} batches");
    }
}
