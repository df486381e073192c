//! A sink in memory that can break off at any batch, and what is around an import.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use wayfare_import::{Control, End, Import, ImportError, RejectsAt, Report, Request, Sink};
use wayfare_model::record::{Incoming, SetAside};
use wayfare_store::{Checkpoint, Outcome, Status};

/// Small, so that a test has many batches.
pub const BATCH_ROWS: usize = 100;

/// When a sink breaks off, in terms of the batch that it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// Never.
    Never,
    /// The batch of this number is lost.
    Before(usize),
    /// The batch of this number is kept, but the import does not hear of it.
    After(usize),
}

#[derive(Default)]
struct Kept {
    records: Vec<Incoming>,
    event_ids: HashSet<Box<str>>,
    checkpoints: HashMap<String, String>,
}

/// Keeps records in memory.
#[derive(Default)]
pub struct Memory {
    kept: Mutex<Kept>,
    batches: AtomicUsize,
    breaks: Mutex<Option<Break>>,
    stop_after: Mutex<Option<(usize, Control)>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the sink broke off")]
pub struct Broken;

impl Memory {
    pub fn records(&self) -> Vec<Incoming> {
        self.kept.lock().unwrap().records.clone()
    }

    pub fn sessions(&self) -> usize {
        self.kept.lock().unwrap().checkpoints.len()
    }

    /// How many batches were offered since the sink was last told when to break.
    pub fn batches(&self) -> usize {
        self.batches.load(Ordering::SeqCst)
    }

    pub fn break_at(&self, when: Break) {
        self.batches.store(0, Ordering::SeqCst);
        *self.breaks.lock().unwrap() = Some(when);
    }

    pub fn stop_after(&self, batch: usize, control: &Control) {
        self.batches.store(0, Ordering::SeqCst);
        *self.stop_after.lock().unwrap() = Some((batch, control.clone()));
    }
}

impl Kept {
    fn take(&mut self, record: Incoming) -> Outcome {
        let mut outcome = Outcome { status: Status::Accepted, reason: None, set_aside: Vec::new() };
        if let Incoming::Event(event) = &record {
            if &*event.event == "refused by the store" {
                let reason = Some("the store has no room for this".to_owned());
                return Outcome { status: Status::Rejected, reason, ..outcome };
            }
            if !self.event_ids.insert(event.event_id.clone()) {
                return Outcome { status: Status::Duplicate, ..outcome };
            }
            if event.params.iter().any(|(name, _)| &**name == "misfit") {
                outcome.set_aside.push(SetAside::new("params.misfit", "does not fit"));
            }
        }
        self.records.push(record);
        outcome
    }
}

impl Sink for Memory {
    type Error = Broken;

    async fn accept(&self, records: Vec<Incoming>, checkpoint: Checkpoint) -> Result<Vec<Outcome>, Broken> {
        let batch = self.batches.fetch_add(1, Ordering::SeqCst) + 1;
        let breaks = self.breaks.lock().unwrap().unwrap_or(Break::Never);
        let mut kept = self.kept.lock().unwrap();
        let before = (kept.records.len(), kept.event_ids.clone());
        let outcomes: Vec<_> = records.into_iter().map(|record| kept.take(record)).collect();
        let state = (checkpoint.state)(&outcomes);
        let Some(state) = state.filter(|_| breaks != Break::Before(batch)) else {
            kept.records.truncate(before.0);
            kept.event_ids = before.1;
            return Err(Broken);
        };
        kept.checkpoints.insert(checkpoint.session, state);
        if let Some((last, control)) = &*self.stop_after.lock().unwrap()
            && *last == batch
        {
            control.stop();
        }
        if breaks == Break::After(batch) { Err(Broken) } else { Ok(outcomes) }
    }

    async fn checkpoint(&self, session: &str) -> Result<Option<String>, Broken> {
        Ok(self.kept.lock().unwrap().checkpoints.get(session).cloned())
    }

    async fn settle(&self) -> Result<(), Broken> {
        Ok(())
    }

    async fn clear(&self, session: &str) -> Result<(), Broken> {
        self.kept.lock().unwrap().checkpoints.remove(session);
        Ok(())
    }
}

/// A folder of input files.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    pub fn rejects(&self) -> RejectsAt {
        RejectsAt::Folder(self.0.path().join("rejects"))
    }

    pub fn events(&self, files: &[&Path]) -> Request {
        Request {
            profiles: Vec::new(),
            events: files.iter().map(|path| path.to_path_buf()).collect(),
            rejects: self.rejects(),
        }
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub async fn run(sink: &Memory, request: &Request) -> Result<Report, ImportError> {
    let control = Control::default();
    let import = Import::new(request, &control)?.batch_rows(BATCH_ROWS);
    let report = import.run(sink, &control).await?;
    if matches!(report.end, End::Complete) {
        import.forget(sink).await?;
    }
    Ok(report)
}

/// Runs an import that must come to its end.
pub async fn complete(sink: &Memory, request: &Request) -> Report {
    let report = run(sink, request).await.unwrap();
    assert!(matches!(report.end, End::Complete), "{report:?}");
    report
}

/// The lines of the rejects file.
pub fn rejects(report: &Report) -> Vec<serde_json::Value> {
    let Some(path) = &report.summary.rejects_file else { return Vec::new() };
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
