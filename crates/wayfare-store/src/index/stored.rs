//! The runs in files: opened at start, followed up with every flush, merged as they grow many.

use super::manifest::{Manifest, RunName};
use super::rows::{Rows, keys, read_tail};
use super::run_file;
use crate::error::StoreError;
use crate::store::{Inner, blocking};
use crate::tail::Published;
use std::collections::{BTreeMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};
use wayfare_segment::columns::{TextRun, merge};

/// Rows of a run that is made at once while the index is made from the lake, at most and where the budget is small.
const ROWS_AT_ONCE: std::ops::RangeInclusive<usize> = 100_000..=4_000_000;
/// Runs of about the same size that are merged into one.
const MERGED_AT_ONCE: usize = 4;
/// Runs of up to some thousand rows count as alike: 4^5.
const SMALLEST_CLASS: u32 = 5;
/// How often a reader looks again where files are gone that the manifest named.
const ATTEMPTS: u32 = 5;

/// The runs in files, and the manifest that names them.
#[derive(Debug)]
pub(super) struct Stored {
    folder: PathBuf,
    /// Held by whoever adds what was flushed.
    following: Mutex<()>,
    /// Held for a moment only.
    state: Mutex<State>,
}

/// What there is now.
#[derive(Debug, Default)]
pub(super) struct State {
    manifest: Manifest,
    runs: BTreeMap<String, Arc<TextRun>>,
}

/// A run that was written and is not in the manifest yet.
struct Written {
    event: String,
    name: RunName,
    run: Arc<TextRun>,
}

/// Runs that are to become one.
pub(super) struct Merge {
    event: String,
    files: Vec<RunName>,
    runs: Vec<Arc<TextRun>>,
}

impl Stored {
    /// Opens what is there and belongs to the lake as it is; nothing where that is nothing.
    pub async fn open(folder: &Path, store: &Inner) -> Result<Self, StoreError> {
        let state = State::open(folder, store).await?;
        if store.writer().is_ok() {
            remove_unknown(folder, &state.manifest);
        }
        Ok(Self { folder: folder.to_owned(), following: Mutex::new(()), state: Mutex::new(state) })
    }

    /// What there is now.
    pub async fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().await
    }

    /// Adds the runs of what lies before `to`, which the lake or the view's inbox holds; `false` where someone else is
    /// about to, or nothing is to be added.
    pub async fn follow(
        &self,
        store: &Inner,
        view: &Published,
        to: u64,
        lake: i64,
    ) -> Result<bool, StoreError> {
        let Ok(_one_at_a_time) = self.following.try_lock() else { return Ok(false) };
        let from = self.state().await.manifest.position;
        if from >= to {
            return Ok(false);
        }
        super::check_room(store)?;
        std::fs::create_dir_all(&self.folder).map_err(StoreError::file(&self.folder))?;
        let in_inbox = view.tail.first().is_some_and(|batch| batch.first <= from);
        let written = match in_inbox {
            true => self.of_inbox(store, view, from, to).await?,
            false => self.of_lake(store, view, from).await?,
        };
        let to = if in_inbox { to } else { view.lake.position };
        let time = store.lake.time_of(lake).await?;
        let mut state = self.state().await;
        let mut manifest = state.manifest.clone();
        for Written { event, name, run } in written {
            state.runs.insert(name.file.clone(), run);
            manifest.events.entry(event).or_default().push(name);
        }
        manifest.position = to;
        manifest.lake = time.map(|time| (lake, time));
        state.commit(&self.folder, manifest)?;
        Ok(true)
    }

    /// Reads what the inbox holds.
    async fn of_inbox(
        &self,
        store: &Inner,
        view: &Published,
        from: u64,
        to: u64,
    ) -> Result<Vec<Written>, StoreError> {
        let events = view.dictionary.events();
        let mut rows: Vec<Rows<'_>> =
            events.iter().map(|event| Rows::of_all(event, store.options.distinct_values)).collect();
        let mut all: Vec<Option<&mut Rows<'_>>> = rows.iter_mut().map(Some).collect();
        read_tail(store, view, from..to, &mut all)?;
        let mut written = Vec::new();
        for (event, rows) in events.iter().zip(rows).filter(|(_, rows)| rows.len() > 0) {
            written.push(self.write(event.name.to_string(), rows.finish()).await?);
        }
        Ok(written)
    }

    /// Reads what the lake holds from a position on, event by event, some millions of rows a run.
    async fn of_lake(&self, store: &Inner, view: &Published, from: u64) -> Result<Vec<Written>, StoreError> {
        let rows_at_once = (store.options.column_bytes / super::BYTES_A_ROW)
            .clamp(*ROWS_AT_ONCE.start(), *ROWS_AT_ONCE.end());
        let mut written = Vec::new();
        for event in view.dictionary.events() {
            let mut rows = Rows::of_all(event, store.options.distinct_values);
            let mut stream = rows.open_lake(store, view, from..view.lake.position).await?;
            while rows.read_batch(store, &mut stream).await? {
                if rows.len() >= rows_at_once {
                    written.push(self.write(event.name.to_string(), rows.take()).await?);
                }
            }
            if rows.len() > 0 {
                written.push(self.write(event.name.to_string(), rows.finish()).await?);
            }
        }
        Ok(written)
    }

    async fn write(&self, event: String, run: TextRun) -> Result<Written, StoreError> {
        let name = RunName { file: self.state().await.manifest.name(), rows: run.base.len() as u64 };
        let path = self.folder.join(&name.file);
        let run = blocking(move || {
            run_file::write(&path, &run)?;
            // What was in memory is let go of: from now on it is read from the file.
            run_file::read(&path).map(Arc::new)
        })
        .await?;
        Ok(Written { event, name, run })
    }

    /// Puts a merged run in the place of those it was made of.
    pub async fn replace(&self, merge: Merge, merged: TextRun) -> Result<(), StoreError> {
        let Written { event, name, run } = self.write(merge.event, merged).await?;
        let mut state = self.state().await;
        let mut manifest = state.manifest.clone();
        let files = manifest.events.entry(event).or_default();
        if let Some(place) = files.iter().position(|run| Some(run) == merge.files.first()) {
            files.splice(place..place + merge.files.len(), [name.clone()]);
            state.runs.insert(name.file, run);
            state.commit(&self.folder, manifest)?;
        }
        Ok(())
    }
}

impl State {
    async fn open(folder: &Path, store: &Inner) -> Result<Self, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(manifest) = manifest_of_this_lake(folder, store).await? else { break };
            let open = |run: &RunName| Ok((run.file.clone(), open(folder, run)?));
            match manifest.files().map(open).collect::<Result<_, StoreError>>() {
                Ok(runs) => return Ok(Self { manifest, runs }),
                // A writer beside this process merged meanwhile.
                Err(StoreError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    tracing::warn!(%error, "the index cannot be read and is made anew");
                    break;
                }
            }
        }
        Ok(Self { manifest: Manifest::new(), ..Self::default() })
    }

    /// One past the last position that the runs hold.
    pub fn position(&self) -> u64 {
        self.manifest.position
    }

    /// The runs of one event.
    pub fn event(&self, event: &str) -> Vec<Arc<TextRun>> {
        self.manifest.events.get(event).map_or_else(Vec::new, |files| self.runs_of(files))
    }

    fn runs_of(&self, files: &[RunName]) -> Vec<Arc<TextRun>> {
        files.iter().filter_map(|run| self.runs.get(&run.file).cloned()).collect()
    }

    fn commit(&mut self, folder: &Path, manifest: Manifest) -> Result<(), StoreError> {
        manifest.write(folder)?;
        let before: HashSet<String> = self.runs.keys().cloned().collect();
        self.manifest = manifest;
        let named: HashSet<&str> = self.manifest.files().map(|run| run.file.as_str()).collect();
        self.runs.retain(|file, _| named.contains(file.as_str()));
        for file in before.iter().filter(|file| !named.contains(file.as_str())) {
            if let Err(error) = std::fs::remove_file(folder.join(file)) {
                tracing::warn!(%error, file, "a file of the index that is no longer used stays");
            }
        }
        Ok(())
    }

    /// Runs that should become one: the newest of an event, where as many as are merged at once are about as large.
    pub fn due_for_merge(&self, most_rows: u64) -> Option<Merge> {
        for (event, files) in &self.manifest.events {
            let Some(newest) = files.last() else { continue };
            let class = |rows: u64| rows.max(1).ilog(MERGED_AT_ONCE as u64);
            let alike = |run: &&RunName| class(run.rows) <= class(newest.rows).max(SMALLEST_CLASS);
            let count = files.iter().rev().take_while(alike).count();
            let merged = &files[files.len() - count..];
            if count >= MERGED_AT_ONCE && merged.iter().map(|run| run.rows).sum::<u64>() <= most_rows {
                return Some(Merge {
                    event: event.clone(),
                    files: merged.to_vec(),
                    runs: self.runs_of(merged),
                });
            }
        }
        None
    }
}

impl Merge {
    pub fn event(&self) -> &str {
        &self.event
    }

    /// The run of all rows.
    pub fn run(&self) -> TextRun {
        let runs: Vec<&TextRun> = self.runs.iter().map(|run| &**run).collect();
        merge(&runs, keys(&self.event))
    }
}

/// One past the last position that the runs hold, by the manifest alone; 0 where there are none of this lake.
pub(super) async fn position(folder: &Path, store: &Inner) -> Result<u64, StoreError> {
    Ok(manifest_of_this_lake(folder, store).await?.map_or(0, |manifest| manifest.position))
}

/// What the manifest says, if there is one and it belongs to the lake as it is.
async fn manifest_of_this_lake(folder: &Path, store: &Inner) -> Result<Option<Manifest>, StoreError> {
    let Some(manifest) = Manifest::read(folder)? else { return Ok(None) };
    let belongs = store.lake.was(manifest.lake.as_ref()).await?;
    if belongs && manifest.position <= store.published().position {
        return Ok(Some(manifest));
    }
    tracing::info!("the index does not belong to this lake and is made anew");
    Ok(None)
}

/// Removes what an earlier process left behind.
fn remove_unknown(folder: &Path, manifest: &Manifest) {
    let named: HashSet<&str> = manifest.files().map(|run| run.file.as_str()).collect();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_left = |name: &str| name.ends_with(".part") || name.ends_with(".run") && !named.contains(name);
        if name.to_str().is_some_and(is_left)
            && let Err(error) = std::fs::remove_file(entry.path())
        {
            tracing::warn!(%error, file = ?name, "a file of the index that is of no use stays");
        }
    }
}

fn open(folder: &Path, run: &RunName) -> Result<Arc<TextRun>, StoreError> {
    run_file::read_checked(&folder.join(&run.file)).map(Arc::new)
}
