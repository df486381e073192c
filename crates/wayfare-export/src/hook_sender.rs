//! The sender of hooks: a task of its own beside the worker, so that a hook that does not listen holds up nothing.
//!
//! Everything that must outlive the process stands in the job's record; what is here is only who is due when. An attempt
//! that a restart cuts off is made again, so a receiver may be told twice.

use crate::error::ExportError;
use crate::hook::{self, HookState, HookStatus};
use crate::job::{KeptJob, Status};
use crate::jobs::Inner;
use crate::manifest::MANIFEST;
use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderName};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use wayfare_model::time::Instant;

/// The most hooks that are called at the same time.
const AT_ONCE: usize = 16;
/// The clock is looked at again after so long, should somebody have set it.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// How long the store is left alone when a record could not be kept.
const PAUSE: Duration = Duration::from_secs(5);

/// Who is due when.
#[derive(Default)]
pub(crate) struct Schedule {
    due: Mutex<BTreeSet<(Instant, String)>>,
    changed: Notify,
}

impl Schedule {
    /// Puts a job's hook on the list, where it waits.
    pub fn add(&self, kept: &KeptJob) {
        let next = kept.job.hook.as_ref().and_then(|hook| hook.next_attempt_at);
        if let Some(next) = next {
            self.add_at(kept.job.id.clone(), next);
        }
    }

    fn add_at(&self, id: String, at: Instant) {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).insert((at, id));
        self.changed.notify_one();
    }

    /// The next that is due, or how long until there is one.
    fn next(&self, now: Instant) -> Result<String, Duration> {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((at, _)) = due.first() else { return Err(LONGEST_SLEEP) };
        match u64::try_from(at.micros().saturating_sub(now.micros())) {
            Ok(wait) if wait > 0 => Err(Duration::from_micros(wait).min(LONGEST_SLEEP)),
            _ => due.pop_first().map(|(_, id)| id).ok_or(LONGEST_SLEEP),
        }
    }
}

/// Sends until it is stopped; attempts that are on their way then are made again after the next start.
pub(crate) async fn send(inner: Arc<Inner>) {
    let mut attempts = JoinSet::new();
    loop {
        let mut wait = LONGEST_SLEEP;
        while attempts.len() < AT_ONCE {
            match inner.hooks.next((inner.settings.now)()) {
                Ok(id) => {
                    let inner = inner.clone();
                    attempts.spawn(async move { attempt(&inner, id).await });
                }
                Err(until) => {
                    wait = until;
                    break;
                }
            }
        }
        tokio::select! {
            () = inner.stop.cancelled() => return,
            Some(ended) = attempts.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "calling a hook broke off");
                }
            }
            () = inner.hooks.changed.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Calls a job's hook once and keeps what came of it.
async fn attempt(inner: &Inner, id: String) {
    let ended = match inner.kept(&id).await {
        Ok(kept) => call(inner, &kept).await,
        Err(error) => return again(inner, id, &error),
    };
    let Some(ended) = ended else { return };
    let keep = |kept: &mut KeptJob| {
        // Somebody may have had the job done once more meanwhile; then its next end is told.
        if kept.job.status.is_final() {
            kept.job.hook = Some(ended);
        }
    };
    let recorded = inner.change(&id, keep).await;
    match recorded {
        Ok(kept) => inner.hooks.add(&kept),
        Err(error) => again(inner, id, &error),
    }
}

/// A record that could not be read or kept is no fault of the hook's.
fn again(inner: &Inner, id: String, error: &ExportError) {
    tracing::error!(export = id, %error, "what came of a hook could not be kept; trying again");
    if matches!(error, ExportError::Store(_)) {
        let now = (inner.settings.now)().micros().saturating_add(PAUSE.as_micros() as i64);
        if let Some(at) = Instant::from_micros(now) {
            inner.hooks.add_at(id, at);
        }
    }
}

/// The state of the hook after a call; `None` where it does not wait for one.
async fn call(inner: &Inner, kept: &KeptJob) -> Option<HookState> {
    let state = kept.job.hook.clone().filter(|hook| hook.status == HookStatus::Waiting)?;
    let address = kept.request.hook.as_deref()?;
    if kept.job.files_gone {
        return Some(state.given_up("the files are not kept any more"));
    }
    let sent = match inner.outbound.target(address) {
        Ok(url) => {
            let body = body(inner, kept);
            let sent = inner.outbound.post(&url, &headers(inner, kept), body).await;
            sent.map(drop).map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    let state = state.after(sent, (inner.settings.now)(), inner.settings.hook_retry);
    // The address itself may hold a secret.
    match (&state.status, &state.last_error) {
        (HookStatus::Delivered, _) => tracing::info!(export = kept.job.id, "a hook was told"),
        (_, why) => tracing::warn!(
            export = kept.job.id,
            attempts = state.attempts,
            why = why.as_deref().unwrap_or_default(),
            "a hook could not be told"
        ),
    }
    Some(state)
}

/// Links are made for each attempt, so that one that comes late still works.
fn body(inner: &Inner, kept: &KeptJob) -> Bytes {
    let is_complete = kept.job.status == Status::Complete;
    let url = is_complete.then(|| inner.link_to(&kept.job).url);
    let manifest = is_complete.then(|| inner.link_to_file(&kept.job, MANIFEST).url);
    hook::body(kept, url.as_deref(), manifest.as_deref()).to_string().into()
}

/// The names that the Standard Webhooks give to an id, by which a repetition is known, and the time of the attempt.
fn headers(inner: &Inner, kept: &KeptJob) -> HeaderMap {
    let seconds = (inner.settings.now)().micros().div_euclid(1_000_000).to_string();
    let pairs = [("webhook-id", kept.job.id.as_str()), ("webhook-timestamp", &seconds)];
    let valid = pairs
        .into_iter()
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), value.parse().ok()?)));
    valid.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_due() {
        let schedule = Schedule::default();
        let at = |seconds: i64| Instant::from_micros(seconds * 1_000_000).unwrap();
        assert_eq!(schedule.next(at(0)), Err(LONGEST_SLEEP));
        schedule.add_at("later".into(), at(20));
        schedule.add_at("sooner".into(), at(10));
        assert_eq!(schedule.next(at(7)), Err(Duration::from_secs(3)));
        assert_eq!(schedule.next(at(10)), Ok("sooner".into()));
        assert_eq!(schedule.next(at(10)), Err(Duration::from_secs(10)));
        assert_eq!(schedule.next(at(10_000)), Ok("later".into()));
        schedule.add_at("far".into(), at(1_000_000));
        assert_eq!(schedule.next(at(0)), Err(LONGEST_SLEEP), "the clock may be set");
    }
}
