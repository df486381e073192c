//! What is done in folders of this machine, each act on a thread that may wait for the disk: one that does not answer, such
//! as a mount whose server is gone, holds up nothing else.
//!
//! Nothing ends such a thread before its disk answers, so a folder has only so many of them.

use super::trouble::{Fault, Trouble};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::{JoinError, JoinHandle};

/// The most acts that are under way in one folder.
const MOST_ACTS: usize = 16;

/// How many acts are under way in which folder.
static ACTS: Mutex<BTreeMap<PathBuf, usize>> = Mutex::new(BTreeMap::new());

/// An act that is counted until it ends.
struct Act(PathBuf);

impl Act {
    fn begin(folder: &Path) -> Result<Self, Trouble> {
        let mut acts = ACTS.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = acts.entry(folder.to_owned()).or_default();
        if *under_way >= MOST_ACTS {
            let said = format!(
                "{}: {MOST_ACTS} acts are under way there, and none ends: its disk may not answer",
                folder.display()
            );
            return Err(Trouble::new(Fault::Unavailable, said));
        }
        *under_way += 1;
        Ok(Self(folder.to_owned()))
    }
}

impl Drop for Act {
    fn drop(&mut self) {
        let mut acts = ACTS.lock().unwrap_or_else(PoisonError::into_inner);
        let left = acts.get(&self.0).copied().unwrap_or_default().saturating_sub(1);
        match left {
            0 => acts.remove(&self.0),
            left => acts.insert(self.0.clone(), left),
        };
    }
}

/// Does something small in a folder.
pub async fn in_time<T: Send + 'static>(
    patience: Duration,
    folder: &Path,
    act: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let done = tokio::time::timeout(patience, begun(folder, act)?).await;
    done.map_err(|_| late(folder, patience)).and_then(ended)
}

/// Does something in a folder for as long as it gets on: it counts the bytes that it has done.
pub async fn while_it_gets_on<T: Send + 'static>(
    patience: Duration,
    folder: &Path,
    act: impl FnOnce(&AtomicU64) -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let bytes = Arc::new(AtomicU64::new(0));
    let counted = bytes.clone();
    let mut act = begun(folder, move || act(&counted))?;
    let mut before = 0;
    loop {
        if let Ok(done) = tokio::time::timeout(patience, &mut act).await {
            return ended(done);
        }
        let now = bytes.load(Ordering::Relaxed);
        if now == before {
            return Err(late(folder, patience));
        }
        before = now;
    }
}

fn begun<T: Send + 'static>(
    folder: &Path,
    act: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<JoinHandle<Result<T, Trouble>>, Trouble> {
    let under_way = Act::begin(folder)?;
    Ok(tokio::task::spawn_blocking(move || {
        let _under_way = under_way;
        act()
    }))
}

fn ended<T>(done: Result<Result<T, Trouble>, JoinError>) -> Result<T, Trouble> {
    done.map_err(|error| Trouble::new(Fault::Files, format!("the act broke off: {error}")))?
}

fn late(folder: &Path, patience: Duration) -> Trouble {
    let said = format!("{}: the disk did not answer within {} seconds", folder.display(), patience.as_secs());
    Trouble::new(Fault::Connection, said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    const SOON: Duration = Duration::from_millis(20);

    /// Waits as on a disk that answers when `answers` is set.
    fn hang(answers: &AtomicBool) {
        while !answers.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[tokio::test]
    async fn a_disk_that_hangs_is_given_up_and_holds_only_so_many_threads() {
        let answers = Arc::new(AtomicBool::new(false));
        let folder = Path::new("/hangs");
        for _ in 0..MOST_ACTS {
            let answers = answers.clone();
            let late = in_time(SOON, folder, move || {
                hang(&answers);
                Ok(())
            });
            assert_eq!(late.await.unwrap_err().fault, Fault::Connection);
        }
        assert_eq!(in_time(SOON, folder, || Ok(())).await.unwrap_err().fault, Fault::Unavailable);
        let patience = Duration::from_secs(60);
        assert_eq!(in_time(patience, Path::new("/answers"), || Ok(7)).await, Ok(7));
        answers.store(true, Ordering::Relaxed);
        while in_time(patience, folder, || Ok(())).await.is_err() {
            tokio::time::sleep(SOON).await;
        }
    }

    #[tokio::test]
    async fn what_gets_on_is_waited_for() {
        let folder = Path::new("/slow");
        let slow = while_it_gets_on(Duration::from_millis(500), folder, |bytes| {
            for _ in 0..15 {
                std::thread::sleep(Duration::from_millis(100));
                bytes.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
        assert_eq!(slow.await, Ok(()));
        let answers = Arc::new(AtomicBool::new(false));
        let until = answers.clone();
        let hung = while_it_gets_on(SOON, folder, move |bytes| {
            bytes.fetch_add(1, Ordering::Relaxed);
            hang(&until);
            Ok(())
        });
        assert_eq!(hung.await.unwrap_err().fault, Fault::Connection);
        answers.store(true, Ordering::Relaxed);
    }
}
