//! The sender of hooks: a task of its own beside the worker, so that a hook that does not listen holds up nothing.
//!
//! Everything that must outlive the process stands in the job's record; what is here is only who is due when. An attempt
//! that a restart cuts off is made again, so a receiver may be told twice.

use crate::error::ExportError;
use crate::hook::{self, HookState, HookStatus};
use crate::job::{KeptJob, Status};
use crate::jobs::Inner;
use crate::manifest::MANIFEST;
use crate::outbound::host;
use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderName};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use url::Url;
use wayfare_model::time::Instant;

/// The most hooks that are called at the same time.
const AT_ONCE: usize = 16;
/// The most of them at one host, so that one that hangs holds up no other.
const AT_ONCE_EACH: usize = 2;
/// The clock is looked at again after so long, should somebody have set it.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// How long the store is left alone when a record could not be kept.
const PAUSE: Duration = Duration::from_secs(5);

/// An export, and the host that is told of it.
type Way = (String, String);

/// Who is due when.
#[derive(Default)]
pub(crate) struct Schedule {
    ways: Mutex<Ways>,
    changed: Notify,
}

#[derive(Default)]
struct Ways {
    due: BTreeSet<(Instant, Way)>,
    /// How many calls are under way at which host.
    busy: BTreeMap<String, usize>,
}

impl Schedule {
    /// Puts a job's hook on the list, where it waits.
    pub fn add(&self, kept: &KeptJob) {
        let next = kept.job.hook.as_ref().and_then(|hook| hook.next_attempt_at);
        if let Some(next) = next {
            // One that cannot be read is told so by the attempt.
            let url = kept.request.hook.as_deref().and_then(|address| Url::parse(address).ok());
            let host = url.as_ref().map(host).unwrap_or_default();
            self.add_at((kept.job.id.clone(), host), next);
        }
    }

    fn add_at(&self, way: Way, at: Instant) {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner).due.insert((at, way));
        self.changed.notify_one();
    }

    /// The next that is due and whose host is not busy, or how long until one may be.
    fn next(&self, now: Instant) -> Result<Way, Duration> {
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free = |(_, host): &Way| ways.busy.get(host).is_none_or(|busy| *busy < AT_ONCE_EACH);
        let free = ways.due.iter().take_while(|(at, _)| *at <= now).find(|(_, way)| is_free(way)).cloned();
        if let Some(free) = free {
            ways.due.remove(&free);
            *ways.busy.entry(free.1.1.clone()).or_default() += 1;
            return Ok(free.1);
        }
        let later = ways.due.iter().find(|(at, _)| *at > now);
        let wait = later.and_then(|(at, _)| u64::try_from(at.micros().saturating_sub(now.micros())).ok());
        Err(wait.map_or(LONGEST_SLEEP, |micros| Duration::from_micros(micros).min(LONGEST_SLEEP)))
    }

    fn ended(&self, (_, host): &Way) {
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        let left = ways.busy.get(host).copied().unwrap_or_default().saturating_sub(1);
        match left {
            0 => ways.busy.remove(host),
            left => ways.busy.insert(host.clone(), left),
        };
        self.changed.notify_one();
    }
}

/// A call under way, which counts as such until this is dropped, however it ends.
struct UnderWay {
    inner: Arc<Inner>,
    way: Way,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.inner.hooks.ended(&self.way);
    }
}

/// Sends until it is stopped; attempts that are on their way then are made again after the next start.
pub(crate) async fn send(inner: Arc<Inner>) {
    let mut attempts = JoinSet::new();
    loop {
        let mut wait = LONGEST_SLEEP;
        while attempts.len() < AT_ONCE {
            match inner.hooks.next((inner.settings.now)()) {
                Ok(way) => {
                    let under_way = UnderWay { inner: inner.clone(), way };
                    attempts.spawn(async move { attempt(&under_way.inner, &under_way.way).await });
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
async fn attempt(inner: &Inner, way: &Way) {
    let (id, _) = way;
    let called = match inner.kept(id).await {
        Ok(kept) => kept,
        Err(error) => return again(inner, way, &error),
    };
    let Some(ended) = call(inner, &called).await else { return };
    let keep = |kept: &mut KeptJob| {
        // Somebody may have had the job done once more meanwhile; then its next end is told.
        if kept.job.status.is_final() && kept.job.attempts == called.job.attempts {
            kept.job.hook = Some(ended);
        }
    };
    let recorded = inner.change(id, keep).await;
    match recorded {
        Ok(kept) => inner.hooks.add(&kept),
        Err(error) => again(inner, way, &error),
    }
}

/// A record that could not be read or kept is no fault of the hook's.
fn again(inner: &Inner, way: &Way, error: &ExportError) {
    tracing::error!(export = way.0, %error, "what came of a hook could not be kept; trying again");
    if matches!(error, ExportError::Store(_)) {
        let now = (inner.settings.now)().micros().saturating_add(PAUSE.as_micros() as i64);
        if let Some(at) = Instant::from_micros(now) {
            inner.hooks.add_at(way.clone(), at);
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
        let way = |export: &str| (export.to_owned(), "x.example".to_owned());
        assert_eq!(schedule.next(at(0)), Err(LONGEST_SLEEP));
        schedule.add_at(way("later"), at(20));
        schedule.add_at(way("sooner"), at(10));
        assert_eq!(schedule.next(at(7)), Err(Duration::from_secs(3)));
        assert_eq!(schedule.next(at(10)), Ok(way("sooner")));
        assert_eq!(schedule.next(at(10)), Err(Duration::from_secs(10)));
        assert_eq!(schedule.next(at(10_000)), Ok(way("later")));
        schedule.add_at(way("far"), at(1_000_000));
        assert_eq!(schedule.next(at(0)), Err(LONGEST_SLEEP), "the clock may be set");
    }

    #[test]
    fn a_host_that_hangs_holds_up_no_other() {
        let schedule = Schedule::default();
        let at = Instant::from_micros(10_000_000).unwrap();
        let way = |export: &str, host: &str| (export.to_owned(), host.to_owned());
        for export in 0..AT_ONCE {
            schedule.add_at(way(&format!("{export:02}"), "hangs.example"), at);
        }
        schedule.add_at(way("99", "answers.example"), at);
        let begun: Vec<Way> = std::iter::from_fn(|| schedule.next(at).ok()).collect();
        let expected = [way("00", "hangs.example"), way("01", "hangs.example"), way("99", "answers.example")];
        assert_eq!(begun, expected);
        schedule.ended(&begun[1]);
        assert_eq!(schedule.next(at), Ok(way("02", "hangs.example")));
        assert_eq!(schedule.next(at), Err(LONGEST_SLEEP));
    }
}
