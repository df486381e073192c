//! How far something is, on stderr, and stopping it.

use crate::failure::Failure;
use crate::interrupt::asked_to_stop;
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};
use wayfare_export::{Control, Progress};

/// Where no bar can be drawn, a line says how far it is that often.
const A_LINE: Duration = Duration::from_secs(2);

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counted {
    /// Rows, of as many as are expected.
    Rows,
    /// Bytes, of so many.
    Bytes(u64),
}

/// How it is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    /// What is counted.
    pub counted: Counted,
    /// Whether lines are written where no bar can be drawn.
    pub lines: bool,
}

/// Waits for work while it is shown how far it is; asked to stop, the work is told to.
pub(super) async fn watched<T>(
    work: impl Future<Output = Result<T, Failure>>,
    control: &Control,
    shown: Shown,
) -> Result<T, Failure> {
    let bar = ProgressBar::new_spinner();
    let template = match shown.counted {
        Counted::Rows => "{bar:30} {human_pos} of {human_len} rows, {per_sec}, {eta} left",
        Counted::Bytes(_) => "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let lines = shown.lines && !std::io::stderr().is_terminal();
    let mut said = Instant::now();
    tokio::pin!(work);
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            stopped = asked_to_stop(), if !control.cancel_token().is_cancelled() => {
                stopped?;
                control.cancel();
            }
            _ = tick.tick() => {
                let progress = control.progress();
                move_to(&bar, shown.counted, &progress);
                if lines && said.elapsed() >= A_LINE {
                    eprintln!("wayfare: {}", line(shown.counted, &progress));
                    said = Instant::now();
                }
            }
        }
    };
    bar.finish_and_clear();
    if lines && result.is_ok() {
        eprintln!("wayfare: {}", line(shown.counted, &control.progress()));
    }
    result
}

fn move_to(bar: &ProgressBar, counted: Counted, progress: &Progress) {
    let (length, position) = match counted {
        Counted::Rows => (progress.rows_expected, progress.rows),
        Counted::Bytes(bytes) => (Some(bytes), progress.bytes),
    };
    if let Some(length) = length {
        bar.set_length(length);
    }
    bar.set_position(position);
}

fn line(counted: Counted, progress: &Progress) -> String {
    let bytes = HumanBytes(progress.bytes);
    match (counted, progress.rows_expected) {
        (Counted::Bytes(all), _) => format!("{bytes} of {} read", HumanBytes(all)),
        (Counted::Rows, None) => "counting rows".to_owned(),
        (Counted::Rows, Some(expected)) => {
            let left = progress.seconds_left.map_or_else(String::new, |left| format!(", {left} s left"));
            let (rows, expected) = (HumanCount(progress.rows), HumanCount(expected));
            format!("{rows} of {expected} rows, {} %, {bytes}{left}", progress.percent)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_says() {
        let progress = Progress {
            rows: 1_500,
            rows_expected: Some(6_000),
            bytes: 2_048,
            percent: 25.0,
            seconds_left: Some(9),
        };
        assert_eq!(line(Counted::Rows, &progress), "1,500 of 6,000 rows, 25 %, 2.00 KiB, 9 s left");
        assert_eq!(line(Counted::Bytes(4_096), &progress), "2.00 KiB of 4.00 KiB read");
        assert_eq!(line(Counted::Rows, &Progress::default()), "counting rows");
    }
}
