//! `wayfare import`.

use super::Common;
use super::place::within;
use crate::configuration::Configuration;
use crate::failure::{Failure, with_causes};
use crate::interrupt::asked_to_stop;
use crate::output::{End, write_json, write_line};
use clap::Args;
use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use serde_json::json;
use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use wayfare_import::{
    Control, Counts, End as Ended, Import, ImportError, Kind, Progress, RejectsAt, Request, Summary,
};
use wayfare_store::{Access, Store};

/// Where no bar can be drawn, a line says how far it is that often.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Loads files of profiles and events, durably, from where it was stopped.
#[derive(Debug, Args)]
pub(crate) struct ImportCommand {
    #[command(flatten)]
    pub common: Common,
    /// A file of profiles: .ndjson, .csv or .parquet, perhaps .gz or .zst. May be given again.
    #[arg(long, value_name = "FILE")]
    profiles: Vec<PathBuf>,
    /// A file of events, loaded after all profiles. May be given again.
    #[arg(long, value_name = "FILE")]
    events: Vec<PathBuf>,
    /// Where rows and values that cannot be kept are written; a new file in `DATA/rejects` where it is not given.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

impl ImportCommand {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let rejects = match self.rejects {
            Some(file) => {
                check_rejects(configuration.data(), &file)?;
                RejectsAt::File(file)
            }
            None => RejectsAt::Folder(configuration.data().join("rejects")),
        };
        let request = Request { profiles: self.profiles, events: self.events, rejects };
        let control = Control::default();
        // Before anything else, so that an early Ctrl-C ends the import as a later one does.
        let stopping = tokio::spawn(stop_when_asked(control.clone()));
        let import = Import::new(&request, &control)?;
        let store = Store::open(configuration.data(), configuration.store(Access::Write, false)).await?;
        let showing = tokio::spawn(show(control.clone()));
        let report = import.run(&store, &control).await;
        stopping.abort();
        drop(control);
        // Takes the bar away before anything else is written.
        showing.abort();
        let _ = showing.await;
        let report = report?;
        let broken = match &report.end {
            Ended::Complete => None,
            Ended::Interrupted => Some("stopped; the same command goes on from here".to_owned()),
            Ended::Failed(error) => Some(with_causes(error)),
        };
        say(&report.summary, broken.as_deref(), self.common.json)?;
        if broken.is_none() {
            import.forget(&store).await?;
        }
        Ok(match broken {
            Some(_) => End::Failed,
            None if report.summary.has_rejects() => End::DoneWithRejects,
            None => End::Done,
        })
    }
}

/// Refuses a rejects file among the store's own files, of which only those in `DATA/rejects` are rejects.
fn check_rejects(data: &Path, file: &Path) -> Result<(), Failure> {
    let folder = Path::new("rejects");
    match within(data, file)? {
        Some(inside) if inside == folder || !inside.starts_with(folder) => Err(Failure::refused(format!(
            "--rejects {}: lies in the data directory; name a file elsewhere, or one in {}",
            file.display(),
            data.join(folder).display()
        ))),
        _ => Ok(()),
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error.kind() {
            Kind::Refused => Self::refused(with_causes(&error)),
            Kind::Failed => Self::failed(with_causes(&error)),
        }
    }
}

/// Stops the import when asked, and the process when asked again: what was loaded is safe either way.
#[expect(clippy::disallowed_methods, reason = "asked twice, it ends at once, as a killed process would")]
async fn stop_when_asked(control: Control) -> Result<(), Failure> {
    asked_to_stop().await?;
    eprintln!("wayfare: stopping after this batch");
    control.stop();
    asked_to_stop().await?;
    std::process::exit(1);
}

/// The summary, also of an import that did not come to its end.
fn say(summary: &Summary, broken: Option<&str>, json: bool) -> Result<(), Failure> {
    let written = if json {
        let mut object = json!(summary);
        if let (Some(message), Some(members)) = (broken, object.as_object_mut()) {
            members.insert("error".into(), json!({"path": "", "message": message, "nearest": null}));
        }
        write_json(&object)
    } else {
        let mut said = format!("profiles  {}\nevents    {}", rows(&summary.profiles), rows(&summary.events));
        if let Some(path) = &summary.rejects_file {
            let values = HumanCount(summary.values_rejected);
            said += &format!("\n{values} values set aside; reasons are in {}", path.display());
        }
        write_line(&said)
    };
    if let Some(message) = broken {
        eprintln!("wayfare: {message}");
    }
    written
}

fn rows(counts: &Counts) -> String {
    format!(
        "{} read: {} accepted, {} there already, {} rejected",
        HumanCount(counts.read),
        HumanCount(counts.accepted),
        HumanCount(counts.duplicate),
        HumanCount(counts.rejected)
    )
}

/// Draws a bar, or where stderr is no terminal writes a line now and then.
async fn show(control: Control) {
    let started = Instant::now();
    let mut progress = control.watch();
    if !stderr().is_terminal() {
        loop {
            tokio::time::sleep(LINE_EVERY).await;
            eprintln!("wayfare: {}", line(&progress.borrow_and_update(), started.elapsed()));
        }
    }
    let bar = ClearedBar(ProgressBar::new(0).with_style(style()));
    while progress.changed().await.is_ok() {
        let now = progress.borrow_and_update().clone();
        bar.0.set_length(now.total_bytes);
        bar.0.set_position(now.bytes);
        bar.0.set_message(line(&now, started.elapsed()));
    }
}

/// A bar that goes away with its task.
struct ClearedBar(ProgressBar);

impl Drop for ClearedBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Rows so far, their rate and the time left, both by this run alone.
fn line(progress: &Progress, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    let rate = (progress.rows - progress.resumed_rows) as f64 / seconds;
    let mut line = format!("{} rows, {} rows/s", HumanCount(progress.rows), HumanCount(rate as u64));
    let byte_rate = progress.bytes.saturating_sub(progress.resumed_bytes) as f64 / seconds;
    if byte_rate > 0.0 {
        let left = progress.total_bytes.saturating_sub(progress.bytes) as f64 / byte_rate;
        line += &format!(", {} left", HumanDuration(Duration::from_secs_f64(left.min(1e9))));
    }
    if progress.faults > 0 {
        line += &format!(", {} rejects", HumanCount(progress.faults));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_stay_out_of_the_store() {
        let data = std::env::temp_dir().join("wayfare-no-such-data");
        let taken = |path: &str| check_rejects(&data, &data.join(path)).is_ok();
        for path in ["wayfare.db", "lock", "lake/x.ndjson", "rejects", "rejects/../lake.db", "rejects.ndjson"]
        {
            assert!(!taken(path), "{path}");
        }
        for path in ["rejects/mine.ndjson", "rejects/a/b.ndjson", "../wayfare-rejects.ndjson"] {
            assert!(taken(path), "{path}");
        }
    }

    #[test]
    fn what_a_progress_line_says() {
        let progress = Progress {
            bytes: 600,
            total_bytes: 1_000,
            resumed_bytes: 200,
            rows: 30_000,
            resumed_rows: 10_000,
            faults: 2,
        };
        let said = line(&progress, Duration::from_secs(10));
        assert_eq!(said, "30,000 rows, 2,000 rows/s, 10 seconds left, 2 rejects");
        assert_eq!(line(&Progress::default(), Duration::ZERO), "0 rows, 0 rows/s");
    }
}
