//! What the process says: results on stdout, everything else on stderr.

use crate::failure::Failure;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
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

/// Says a line on stdout that is no result, such as where the service is; what said it goes on where nobody hears.
pub(crate) fn print(line: &str) {
    let _ = write_to(&mut io::stdout().lock(), line);
}

/// Says one JSON object in the same way.
pub(crate) fn print_json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(json) => print(&json),
        Err(error) => eprintln!("wayfare: {error}"),
    }
}

/// Writes a line of results to stdout.
pub(crate) fn write_line(line: &str) -> Result<(), Failure> {
    written(write_to(&mut io::stdout().lock(), line))
}

/// Writes one JSON object of results to stdout.
pub(crate) fn write_json(value: &impl Serialize) -> Result<(), Failure> {
    write_line(&serde_json::to_string(value).map_err(Failure::failed)?)
}

/// What became of results written to stdout. A reader that went away, such as `head`, has seen enough; anything else
/// means that results are missing.
pub(crate) fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("stdout: {error}")))
        }
        _ => Ok(()),
    }
}

fn write_to(out: &mut impl Write, line: &str) -> io::Result<()> {
    writeln!(out, "{line}")?;
    out.flush()
}

/// Starts the log, to stderr; `filter` as in `info` or `wayfare_store=debug`.
pub(crate) fn start_logging(filter: Option<&str>) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter.unwrap_or("warn"))
        .map_err(|error| Failure::refused(format!("log: {error}; write for example `info`")))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        // A file or a collector of logs has no colours.
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .init();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reader_that_went_away_is_no_failure() {
        assert!(written(Ok(())).is_ok());
        assert!(written(Err(io::ErrorKind::BrokenPipe.into())).is_ok());
        let failure = written(Err(io::ErrorKind::StorageFull.into())).expect_err("results are missing");
        assert!(failure.to_string().starts_with("stdout: "), "{failure}");
    }
}
