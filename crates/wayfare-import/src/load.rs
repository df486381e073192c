//! An import from start to summary.

use crate::checkpoint::{State, session};
use crate::control::{Control, Progress};
use crate::error::ImportError;
use crate::file::{InputFile, Records};
use crate::ledger::{Delivery, Ledger};
use crate::pipeline::Arrivals;
use crate::prepare;
use crate::rejects::RejectsAt;
use crate::sink::Sink;
use crate::summary::Summary;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wayfare_store::Checkpoint;

/// What to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Files of profiles, loaded first, in this order.
    pub profiles: Vec<PathBuf>,
    /// Files of events, loaded in this order.
    pub events: Vec<PathBuf>,
    /// Where rejects go.
    pub rejects: RejectsAt,
}

/// An import whose files were looked at and can be read.
#[derive(Debug, Clone)]
pub struct Import {
    files: Arc<[InputFile]>,
    rejects: RejectsAt,
    session: String,
    batch_rows: usize,
}

/// Large enough that a transaction costs little a record, small enough for bounded memory.
const BATCH_ROWS: usize = 20_000;

/// What an import did, and how it ended.
#[derive(Debug)]
pub struct Report {
    /// What it did, earlier runs of the same import included.
    pub summary: Summary,
    /// How it ended.
    pub end: End,
}

/// How an import ended.
#[derive(Debug)]
pub enum End {
    /// All files were read to their end.
    Complete,
    /// It was stopped; the same import goes on from there.
    Interrupted,
    /// It broke off; what the summary counts is kept, and the same import goes on from there.
    Failed(ImportError),
}

impl Import {
    /// Looks at the files, their names, headers and schemas; refuses before anything is loaded.
    pub fn new(request: &Request, control: &Control) -> Result<Self, ImportError> {
        let profiles = request.profiles.iter().map(|path| (Records::Profiles, path));
        let events = request.events.iter().map(|path| (Records::Events, path));
        let files = profiles
            .chain(events)
            .map(|(records, path)| InputFile::inspect(records, path))
            .collect::<Result<Arc<[_]>, _>>()?;
        if files.is_empty() {
            return Err(ImportError::NothingToLoad);
        }
        if let RejectsAt::File(path) = &request.rejects {
            check_rejects(path, &files)?;
        }
        for file in &*files {
            prepare::check(file, &control.stop)?;
        }
        Ok(Self { session: session(&files), files, rejects: request.rejects.clone(), batch_rows: BATCH_ROWS })
    }

    /// Changes how many rows a transaction holds at most.
    pub fn batch_rows(self, rows: usize) -> Self {
        Self { batch_rows: rows.max(1), ..self }
    }

    /// Loads the files, from where an earlier run stopped. An error means that nothing was begun. What is complete is to
    /// be told, and then [forgotten](Self::forget).
    pub async fn run<S: Sink>(&self, sink: &S, control: &Control) -> Result<Report, ImportError> {
        let state = self.begin(sink).await?;
        let mut arrivals = Arrivals::start(self.files.clone(), &state, self.batch_rows, &control.stop);
        let ledger = Arc::new(Mutex::new(Ledger::new(state)?));
        control.progress.send_replace(self.progress(&lock(&ledger)));
        let end = loop {
            let arrival = tokio::select! {
                biased;
                () = control.stop.cancelled() => break End::Interrupted,
                arrival = arrivals.next() => arrival,
            };
            match arrival {
                None => break End::Complete,
                Some(Err(_)) if control.stop.is_cancelled() => break End::Interrupted,
                Some(Err(failure)) => break End::Failed(failure),
                Some(Ok(delivery)) => {
                    if let Err(failure) = self.take(sink, &ledger, delivery).await {
                        break End::Failed(failure);
                    }
                    show(control, &lock(&ledger));
                }
            }
        };
        let end = match end {
            End::Complete => {
                sink.settle().await.map_or_else(|error| End::Failed(store(error)), |()| End::Complete)
            }
            _ => end,
        };
        let summary = lock(&ledger).summary().clone();
        Ok(Report { summary, end })
    }

    /// Forgets how far a complete import is, once its summary was told: killed before that, the same import run again
    /// loads nothing and tells it again.
    pub async fn forget<S: Sink>(&self, sink: &S) -> Result<(), ImportError> {
        sink.clear(&self.session).await.map_err(store)
    }

    /// Finds the state to go on from, or records that the import starts.
    async fn begin<S: Sink>(&self, sink: &S) -> Result<State, ImportError> {
        let recorded = sink.checkpoint(&self.session).await.map_err(store)?;
        if let Some(mut state) = recorded.as_deref().and_then(State::from_json) {
            if let RejectsAt::File(path) = &self.rejects
                && move_rejects(&mut state, path)?
            {
                // Or a run that is killed now would find its own file and take it for another's.
                self.record(sink, &state).await?;
            }
            return Ok(state);
        }
        if let RejectsAt::File(path) = &self.rejects {
            must_be_empty(path)?;
        }
        let rejects = self
            .rejects
            .choose(&self.session)
            .map_err(|source| ImportError::Rejects { path: PathBuf::new(), source })?;
        let state = State::start(rejects);
        // Recorded before the first reject is written, so that a second run finds the same rejects file.
        self.record(sink, &state).await?;
        Ok(state)
    }

    /// Records a state by itself, without records.
    async fn record<S: Sink>(&self, sink: &S, state: &State) -> Result<(), ImportError> {
        let json = state.to_json();
        let checkpoint = Checkpoint { session: self.session.clone(), state: Box::new(|_| Some(json)) };
        sink.accept(Vec::new(), checkpoint).await.map(drop).map_err(store)
    }

    async fn take<S: Sink>(
        &self,
        sink: &S,
        ledger: &Arc<Mutex<Ledger>>,
        mut delivery: Delivery,
    ) -> Result<(), ImportError> {
        let records = std::mem::take(&mut delivery.batch.records);
        let books = ledger.clone();
        let checkpoint = Checkpoint {
            session: self.session.clone(),
            state: Box::new(move |outcomes| lock(&books).settle(&delivery, outcomes)),
        };
        let kept = sink.accept(records, checkpoint).await;
        lock(ledger).confirm(kept.map(|_| ()).map_err(store))
    }

    /// What is shown before this run loads anything.
    fn progress(&self, ledger: &Ledger) -> Progress {
        let (bytes, rows) = (ledger.state().bytes, ledger.summary().rows());
        Progress {
            bytes,
            total_bytes: self.files.iter().map(|file| file.size).sum(),
            resumed_bytes: bytes,
            rows,
            resumed_rows: rows,
            faults: ledger.summary().faults(),
        }
    }
}

fn show(control: &Control, ledger: &Ledger) {
    control.progress.send_modify(|progress| {
        progress.bytes = ledger.state().bytes;
        progress.rows = ledger.summary().rows();
        progress.faults = ledger.summary().faults();
    });
}

fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

fn store(error: impl std::error::Error + Send + Sync + 'static) -> ImportError {
    ImportError::Store(Box::new(error))
}

fn check_rejects(path: &Path, files: &[InputFile]) -> Result<(), ImportError> {
    if path.is_dir() {
        return Err(ImportError::NotAFile { path: path.to_owned(), what: "a directory" });
    }
    match path.canonicalize() {
        Ok(canonical) if files.iter().any(|file| file.canonical == canonical) => {
            Err(ImportError::RejectsOverInput { path: path.to_owned() })
        }
        // A file that is not there yet is no file to load.
        _ => Ok(()),
    }
}

/// Refuses a rejects file that holds something: what another import wrote, or no rejects at all.
fn must_be_empty(path: &Path) -> Result<(), ImportError> {
    match fs::metadata(path) {
        Ok(found) if found.len() > 0 => Err(ImportError::RejectsExist { path: path.to_owned() }),
        // One that cannot be looked at shows itself when it is written.
        _ => Ok(()),
    }
}

/// Goes on in another rejects file than the earlier run, which gets what that one wrote; `false` where it is the same.
fn move_rejects(state: &mut State, path: &Path) -> Result<bool, ImportError> {
    let fault = |source: io::Error| ImportError::Rejects { path: path.to_owned(), source };
    let path = std::path::absolute(path).map_err(fault)?;
    let is_same =
        path.canonicalize().ok().is_some_and(|path| Some(path) == state.rejects.canonicalize().ok());
    if path == state.rejects || is_same {
        return Ok(false);
    }
    must_be_empty(&path)?;
    if state.rejects_length > 0 {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(fault)?;
        }
        let missing = |source| ImportError::Rejects { path: state.rejects.clone(), source };
        fs::metadata(&state.rejects).map_err(missing)?;
        fs::copy(&state.rejects, &path).map_err(fault)?;
        state.summary.rejects_file = Some(path.clone());
    }
    state.rejects = path;
    Ok(true)
}
