//! A hook: an address that is told how an export ended, again and again until it listens or too long went by.
//!
//! What happens next is a pure function of what happened before; [`crate::hook_sender`] carries it out.

use crate::error::ExportError;
use crate::job::{Job, KeptJob, Status};
use crate::outbound::target;
use crate::request::Surface;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use wayfare_model::time::Instant;

/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3_600);
/// After so long without success a hook is given up.
pub(crate) const GIVEN_UP_AFTER: Duration = Duration::from_secs(3 * 24 * 3_600);

/// Where a hook stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookStatus {
    /// It is called when its time comes.
    Waiting,
    /// It answered with success.
    Delivered,
    /// It was given up.
    Failed,
}

impl HookStatus {
    /// The name used in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// What became of a hook so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookState {
    /// Where it stands.
    pub status: HookStatus,
    /// Attempts that ended.
    pub attempts: u32,
    /// When the job was over, which is when the first attempt was due.
    pub since: Instant,
    /// When the next attempt is due, while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Instant>,
    /// When it answered with success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Instant>,
    /// Why the newest attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

impl HookState {
    /// A hook that is due now.
    pub fn due(now: Instant) -> Self {
        Self {
            status: HookStatus::Waiting,
            attempts: 0,
            since: now,
            next_attempt_at: Some(now),
            delivered_at: None,
            last_error: None,
        }
    }

    /// The state after an attempt that ended at `now`: the wait starts at `first` and doubles with each failure.
    pub fn after(mut self, outcome: Result<(), String>, now: Instant, first: Duration) -> Self {
        self.attempts = self.attempts.saturating_add(1);
        self.next_attempt_at = None;
        match outcome {
            Ok(()) => {
                self.status = HookStatus::Delivered;
                self.delivered_at = Some(now);
                self.last_error = None;
            }
            Err(why) => {
                let next = later(now, wait(self.attempts, first));
                match next.filter(|next| Some(*next) <= later(self.since, GIVEN_UP_AFTER)) {
                    Some(next) => self.next_attempt_at = Some(next),
                    None => self.status = HookStatus::Failed,
                }
                self.last_error = Some(why);
            }
        }
        self
    }

    /// The same, given up for good.
    pub fn given_up(mut self, why: &str) -> Self {
        self.status = HookStatus::Failed;
        self.next_attempt_at = None;
        self.last_error = Some(why.to_owned());
        self
    }
}

/// How long is waited after so many failed attempts.
pub(crate) fn wait(failed: u32, first: Duration) -> Duration {
    let doubled = 1u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX);
    first.saturating_mul(doubled).min(LONGEST_WAIT)
}

/// So long after an instant; `None` where the calendar ends before.
pub(crate) fn later(from: Instant, by: Duration) -> Option<Instant> {
    Instant::from_micros(from.micros().checked_add(i64::try_from(by.as_micros()).ok()?)?)
}

/// Refuses what is no address of a hook; `path` is where the request has it.
pub(crate) fn check(address: &str, path: &str) -> Result<(), ExportError> {
    // Whether private ones are allowed is the service's to say, which looks again.
    target::read(address, true).map(drop).map_err(|error| ExportError::refused(path, error.to_string()))
}

/// Whether a text is an address that could be called.
pub fn is_address(text: &str) -> bool {
    target::read(text, true).is_ok()
}

/// Whether the end of a job is told to its hook. The v1 surface knows no form for bad news.
pub(crate) fn is_told(kept: &KeptJob) -> bool {
    kept.request.hook.is_some()
        && match kept.surface {
            Surface::V1 => kept.job.status == Status::Complete,
            Surface::Native | Surface::V2 => kept.job.status.is_final(),
        }
}

/// What a hook is sent. `url` leads to the file, or to the list of files; `manifest` to the manifest.
pub(crate) fn body(kept: &KeptJob, url: Option<&str>, manifest: Option<&str>) -> serde_json::Value {
    let Job { id, status, rows, bytes, parts, error, warnings, .. } = &kept.job;
    match kept.surface {
        Surface::V1 => json!({ "url": url }),
        surface => {
            let id_name = if surface == Surface::V2 { "export_id" } else { "id" };
            let mut body = json!({ id_name: id, "status": status.name() });
            let is_complete = *status == Status::Complete;
            if is_complete {
                body["url"] = json!(url);
                body["manifest"] = json!(manifest);
                body["rows"] = json!(rows);
                body["bytes"] = json!(bytes);
                body["files"] = json!(parts.len());
                body["warnings"] = json!(warnings);
            }
            if let Some(error) = error {
                body["error"] = json!(error);
            }
            body
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        let start = Instant::parse("2026-09-02T07:00:00Z").unwrap();
        later(start, Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn waits_double_and_end_after_three_days() {
        let first = Duration::from_secs(10);
        let (mut state, mut now, mut waits) = (HookState::due(at(0)), at(0), Vec::new());
        while let Some(next) = state.next_attempt_at {
            waits.push((next.micros() - now.micros()) / 1_000_000);
            now = next;
            state = state.after(Err("the answer was 500".into()), now, first);
        }
        assert_eq!(
            waits[..14],
            [0, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 20_480, 21_600]
        );
        assert!(waits[14..].iter().all(|wait| *wait == 21_600));
        assert_eq!((state.status, state.attempts as usize), (HookStatus::Failed, waits.len()));
        assert!(now > at(2 * 86_400) && now <= at(3 * 86_400), "{now}");
        assert_eq!(state.last_error.as_deref(), Some("the answer was 500"));
    }

    #[test]
    fn success_ends_it() {
        let state = HookState::due(at(0)).after(Err("no".into()), at(1), Duration::from_secs(10));
        assert_eq!((state.status, state.next_attempt_at), (HookStatus::Waiting, Some(at(11))));
        let state = state.after(Ok(()), at(12), Duration::from_secs(10));
        assert_eq!((state.status, state.attempts), (HookStatus::Delivered, 2));
        assert_eq!((state.next_attempt_at, state.delivered_at, state.last_error), (None, Some(at(12)), None));
    }

    #[test]
    fn waits_never_overflow() {
        assert_eq!(wait(u32::MAX, Duration::MAX), LONGEST_WAIT);
        assert_eq!(wait(0, Duration::from_secs(1)), Duration::from_secs(1));
        assert_eq!(wait(40, Duration::from_secs(1)), LONGEST_WAIT);
    }
}
