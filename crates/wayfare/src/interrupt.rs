//! Being asked to stop: Ctrl-C or a termination signal.

use crate::failure::Failure;
use tokio::signal::unix::{SignalKind, signal};

/// Waits until the process is asked to stop.
pub(crate) async fn asked_to_stop() -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.map_err(Failure::failed),
        _ = terminate.recv() => Ok(()),
    }
}
