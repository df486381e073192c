//! How far an export is, as a person or a program wants to hear it; always on stderr.

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// How progress is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressFlag {
    /// A bar where stderr is a terminal, nothing elsewhere.
    #[default]
    Auto,
    /// A line now and then.
    Plain,
    /// A JSON object a line now and then.
    Json,
    /// Nothing.
    None,
}

/// Lines are at least that far apart.
const BETWEEN: Duration = Duration::from_secs(1);

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The job waits for its turn.
    Queued,
    /// Rows are written.
    Running,
    /// Files are brought from the server.
    Downloading,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Downloading => "downloading",
        }
    }

    /// What is counted.
    fn unit(self) -> &'static str {
        match self {
            Self::Downloading => "bytes",
            Self::Queued | Self::Running => "rows",
        }
    }
}

/// Who tells it.
pub(super) struct Watch {
    how: ProgressFlag,
    bar: ProgressBar,
    last: Option<(Stage, Instant, u64)>,
}

impl Watch {
    pub fn new(how: ProgressFlag) -> Self {
        let seen = how == ProgressFlag::Auto && std::io::stderr().is_terminal();
        let bar = if seen { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        Self { how, bar, last: None }
    }

    /// So many rows or bytes are there, of so many.
    pub fn tell(&mut self, stage: Stage, count: u64, of: Option<u64>) {
        let is_new = self.last.is_none_or(|(known, _, _)| known != stage);
        match self.how {
            ProgressFlag::None => {}
            ProgressFlag::Auto => {
                if is_new {
                    self.bar.set_style(style(stage));
                    self.last = Some((stage, Instant::now(), count));
                }
                if let Some(of) = of {
                    self.bar.set_length(of);
                }
                self.bar.set_position(count);
            }
            ProgressFlag::Plain | ProgressFlag::Json => {
                let is_due = self.last.is_none_or(|(_, at, last)| at.elapsed() >= BETWEEN && last != count);
                if is_new
                    || is_due
                    || (of == Some(count) && self.last.is_some_and(|(_, _, last)| last != count))
                {
                    self.last = Some((stage, Instant::now(), count));
                    eprintln!("{}", line(self.how, stage, count, of));
                }
            }
        }
    }

    /// Nothing more is to come.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(stage: Stage) -> ProgressStyle {
    let template = match stage {
        Stage::Queued => "{spinner} waiting for its turn",
        Stage::Running => "{bar:30} {human_pos} of {human_len} rows, {per_sec}, {eta} left",
        Stage::Downloading => "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn line(how: ProgressFlag, stage: Stage, count: u64, of: Option<u64>) -> String {
    let (name, unit) = (stage.name(), stage.unit());
    if how == ProgressFlag::Json {
        let mut object = Map::new();
        object.insert("status".into(), name.into());
        object.insert(unit.into(), count.into());
        object.insert("of".into(), of.map_or(Value::Null, Value::from));
        return Value::Object(object).to_string();
    }
    match of {
        _ if stage == Stage::Queued => name.to_owned(),
        Some(of) => format!("{name}: {count} of {of} {unit}"),
        None => format!("{name}: {count} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let (plain, json) = (ProgressFlag::Plain, ProgressFlag::Json);
        assert_eq!(line(plain, Stage::Queued, 0, None), "queued");
        assert_eq!(line(plain, Stage::Running, 3, Some(9)), "running: 3 of 9 rows");
        assert_eq!(line(plain, Stage::Downloading, 3, None), "downloading: 3 bytes");
        assert_eq!(line(json, Stage::Running, 3, Some(9)), r#"{"status":"running","rows":3,"of":9}"#);
        assert_eq!(
            line(json, Stage::Downloading, 3, None),
            r#"{"status":"downloading","bytes":3,"of":null}"#
        );
    }
}
