//! What an export tells while it runs, and how it is stopped.

use crate::error::ExportError;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How far an export is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Rows written.
    pub rows: u64,
    /// Rows that will be written; unknown until they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_expected: Option<u64>,
    /// Bytes written.
    pub bytes: u64,
    /// 0 to 100, by rows.
    pub percent: f64,
    /// How many seconds are left at the rate so far; unknown before rows were written. Never kept.
    #[serde(skip)]
    pub seconds_left: Option<u64>,
}

/// How many seconds the rest takes where `written` rows took `elapsed`; `None` while there is nothing to go by.
fn seconds_left(written: u64, left: u64, elapsed: Duration) -> Option<u64> {
    match (written, left) {
        (_, 0) => Some(0),
        (0, _) => None,
        (written, left) => Some((elapsed.as_secs_f64() * left as f64 / written as f64).ceil() as u64),
    }
}

/// The running figures of one export, shared by its writer and whoever watches.
#[derive(Debug, Clone, Default)]
pub struct Control {
    figures: Arc<Figures>,
    cancel: CancellationToken,
    interrupt: CancellationToken,
}

#[derive(Debug, Default)]
struct Figures {
    /// Rows of the tables before the one that is written.
    before: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
    /// One more than the rows expected; 0 while they are unknown.
    expected: AtomicU64,
    /// When rows were first written, and how many there were before: those of finished parts took no time now.
    begun: OnceLock<(Instant, u64)>,
}

impl Control {
    /// Nothing written, nobody stopped it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops when `cancel` is cancelled, for good; and when `interrupt` is, to go on after a restart.
    pub fn stopped_by(cancel: CancellationToken, interrupt: CancellationToken) -> Self {
        Self { figures: Arc::default(), cancel, interrupt }
    }

    /// Stopped with this one, with figures of its own.
    pub(crate) fn apart(&self) -> Self {
        Self { figures: Arc::default(), ..self.clone() }
    }

    /// Stops the export for good.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// What ends when the export is cancelled.
    pub fn cancel_token(&self) -> &CancellationToken {
        &self.cancel
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let rows = self.figures.before.load(Ordering::Relaxed) + self.figures.rows.load(Ordering::Relaxed);
        let rows_expected = self.figures.expected.load(Ordering::Relaxed).checked_sub(1);
        let percent = match rows_expected {
            None => 0.0,
            Some(0) => 100.0,
            // One digit after the point is what a progress bar can show.
            Some(expected) => (rows as f64 * 1000.0 / expected as f64).floor().min(1000.0) / 10.0,
        };
        let left = rows_expected.and_then(|expected| {
            let (since, before) = self.figures.begun.get()?;
            seconds_left(rows.saturating_sub(*before), expected.saturating_sub(rows), since.elapsed())
        });
        let bytes = self.figures.bytes.load(Ordering::Relaxed);
        Progress { rows, rows_expected, bytes, percent, seconds_left: left }
    }

    /// Fails where the export is to stop.
    pub fn check(&self) -> Result<(), ExportError> {
        if self.cancel.is_cancelled() {
            Err(ExportError::Cancelled)
        } else if self.interrupt.is_cancelled() {
            Err(ExportError::Interrupted)
        } else {
            Ok(())
        }
    }

    /// Gives the work's result, or the reason to stop where that comes first.
    pub async fn unless_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, ExportError>>,
    ) -> Result<T, ExportError> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(ExportError::Cancelled),
            () = self.interrupt.cancelled() => Err(ExportError::Interrupted),
            done = work => done,
        }
    }

    pub(crate) fn expect_rows(&self, rows: u64) {
        self.figures.expected.store(rows.saturating_add(1), Ordering::Relaxed);
    }

    /// A table begins behind so many rows of others.
    pub(crate) fn begin_table(&self, before: u64) {
        self.figures.rows.store(0, Ordering::Relaxed);
        self.figures.before.store(before, Ordering::Relaxed);
    }

    /// Writing begins, behind `rows` rows that are written already.
    pub(crate) fn begin(&self, rows: u64) {
        self.set_rows(rows);
        self.figures.begun.get_or_init(|| (Instant::now(), rows));
    }

    pub(crate) fn set_rows(&self, rows: u64) {
        self.figures.rows.store(rows, Ordering::Relaxed);
    }

    pub(crate) fn add_bytes(&self, bytes: u64) {
        self.figures.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left() {
        let check = |written, left, seconds, expected| {
            assert_eq!(
                seconds_left(written, left, Duration::from_secs(seconds)),
                expected,
                "{written} {left}"
            );
        };
        check(0, 10, 5, None);
        check(10, 0, 5, Some(0));
        check(0, 0, 0, Some(0));
        check(100, 300, 10, Some(30));
        check(3, 1, 10, Some(4));
    }

    #[test]
    fn rows_of_finished_parts_took_no_time() {
        let control = Control::new();
        assert_eq!(control.progress().seconds_left, None);
        control.expect_rows(1_000);
        control.begin(900);
        assert_eq!(control.progress().seconds_left, None);
        std::thread::sleep(Duration::from_millis(20));
        control.set_rows(901);
        let left = control.progress().seconds_left;
        assert!(left.is_some_and(|left| left >= 2), "99 rows at 20 ms each: {left:?}");
    }
}
