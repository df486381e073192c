//! What the process says: results on stdout, everything else on stderr.

use crate::failure::Failure;
use serde::Serialize;
use std::io::{self, Write};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// How a command that did what was asked ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Exit code 0.
    Done,
    /// Something found wrong, or stopped halfway: exit code 1.
    Failed,
    /// Done, with rejects or values set aside: exit code 3.
    DoneWithRejects,
}

impl End {
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::DoneWithRejects => 3,
        })
    }
}

/// Writes a line to stdout. A reader that went away, such as `head`, is no error of ours.
pub(crate) fn print(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Writes one JSON object to stdout.
pub(crate) fn print_json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(json) => print(&json),
        Err(error) => eprintln!("wayfare: {error}"),
    }
}

/// Starts the log, to stderr; `filter` as in `info` or `wayfare_store=debug`.
pub(crate) fn start_logging(filter: Option<&str>) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter.unwrap_or("warn"))
        .map_err(|error| Failure::refused(format!("log: {error}; write for example `info`")))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false).init();
    Ok(())
}
