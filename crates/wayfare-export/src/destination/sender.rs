//! The sender of exports to their destinations: a task of its own, in which a slow destination holds up no other.
//!
//! Everything that must outlive the process stands in the job's record; what is here is only what is due when. An attempt
//! that a restart cuts off is made again, and goes on with the files that are not there yet.

use super::delivery::{Delivered, Delivery, DeliveryStatus, Recipient};
use super::kinds::Settings;
use super::place::Place;
use super::sealed::Secrets;
use super::{email, upload, webhook};
use crate::audit::{self, Deed};
use crate::error::ExportError;
use crate::job::KeptJob;
use crate::jobs::Inner;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as Clock};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use wayfare_model::time::Instant;

/// The most deliveries that are under way at the same time, beside those that take long.
const AT_ONCE: usize = 16;
/// The most that take long. Each may hold a part of a file in memory.
const MOST_SLOW: usize = 112;
/// An attempt that takes longer gives its place back.
const SLOW: Duration = Duration::from_secs(5);
/// The most of them to one destination.
const AT_ONCE_EACH: usize = 2;
/// The clock is looked at again after so long, should somebody have set it.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// How long the store is left alone when a record could not be kept.
const PAUSE: Duration = Duration::from_secs(5);
/// Files that arrived are written down so often: a record lists them all, and is written anew each time.
const RECORDED_EVERY: Duration = Duration::from_secs(1);

/// An export, and the destination that it goes to.
type Way = (String, String);

/// What is due when.
#[derive(Default)]
pub(crate) struct Schedule {
    ways: Mutex<Ways>,
    changed: Notify,
}

#[derive(Default)]
struct Ways {
    due: BTreeSet<(Instant, Way)>,
    /// With whether the attempt takes long, and has no place any more.
    under_way: BTreeMap<Way, bool>,
}

impl Ways {
    fn slow(&self) -> usize {
        self.under_way.values().filter(|is_slow| **is_slow).count()
    }
}

impl Schedule {
    /// Puts the deliveries of a job on the list that wait for an attempt.
    pub fn add(&self, kept: &KeptJob) {
        for delivery in &kept.job.deliveries {
            if let Some(next) = delivery.next_attempt_at {
                self.add_at((kept.job.id.clone(), delivery.destination.clone()), next);
            }
        }
    }

    fn add_at(&self, way: Way, at: Instant) {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner).due.insert((at, way));
        self.changed.notify_one();
    }

    /// The next that is due, for which there is a place and whose destination is not busy, or how long until one may be.
    fn next(&self, now: Instant) -> Result<Way, Duration> {
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        if ways.under_way.len() - ways.slow() >= AT_ONCE {
            return Err(LONGEST_SLEEP);
        }
        let mut busy: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, destination) in ways.under_way.keys() {
            *busy.entry(destination).or_default() += 1;
        }
        let is_free = |way: &Way| {
            busy.get(way.1.as_str()).is_none_or(|busy| *busy < AT_ONCE_EACH)
                && !ways.under_way.contains_key(way)
        };
        let free = ways.due.iter().take_while(|(at, _)| *at <= now).find(|(_, way)| is_free(way)).cloned();
        if let Some(free) = free {
            ways.due.remove(&free);
            ways.under_way.insert(free.1.clone(), false);
            return Ok(free.1);
        }
        let later = ways.due.iter().find(|(at, _)| *at > now);
        let wait = later.and_then(|(at, _)| u64::try_from(at.micros().saturating_sub(now.micros())).ok());
        Err(wait.map_or(LONGEST_SLEEP, |micros| Duration::from_micros(micros).min(LONGEST_SLEEP)))
    }

    /// An attempt takes long: it gives its place back, as long as there is room for such.
    fn slow_down(&self, way: &Way) {
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        if ways.slow() < MOST_SLOW
            && let Some(is_slow) = ways.under_way.get_mut(way)
        {
            *is_slow = true;
            self.changed.notify_one();
        }
    }

    fn ended(&self, way: &Way) {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner).under_way.remove(way);
        self.changed.notify_one();
    }
}

/// An attempt under way, which counts as such until this is dropped, however it ends.
struct UnderWay {
    inner: Arc<Inner>,
    way: Way,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.inner.deliveries.ended(&self.way);
    }
}

impl UnderWay {
    /// Makes the attempt, which gives its place back where it takes long.
    async fn go(self) {
        let mut attempt = pin!(attempt(&self.inner, &self.way));
        if tokio::time::timeout(SLOW, &mut attempt).await.is_err() {
            self.inner.deliveries.slow_down(&self.way);
            attempt.await;
        }
    }
}

/// Sends until it is stopped.
pub(crate) async fn send(inner: Arc<Inner>) {
    let mut attempts = JoinSet::new();
    loop {
        let wait = loop {
            match inner.deliveries.next((inner.settings.now)()) {
                Ok(way) => {
                    let under_way = UnderWay { inner: inner.clone(), way };
                    attempts.spawn(under_way.go());
                }
                Err(until) => break until,
            }
        };
        tokio::select! {
            () = inner.stop.cancelled() => return,
            Some(ended) = attempts.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a delivery broke off");
                }
            }
            () = inner.deliveries.changed.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Tries one delivery and keeps what came of it.
async fn attempt(inner: &Inner, way: &Way) {
    let (id, destination) = way;
    let kept = match inner.kept(id).await {
        Ok(kept) => kept,
        Err(error) => return again(inner, way, &error),
    };
    let Some(delivery) = kept.job.deliveries.iter().find(|of| of.destination == *destination).cloned() else {
        return;
    };
    let now = (inner.settings.now)();
    match delivery.next_attempt_at {
        Some(at) if at <= now => {}
        Some(at) => return inner.deliveries.add_at(way.clone(), at),
        None => return,
    }
    let before = delivery.clone();
    let ended = match tried(inner, &kept, delivery).await {
        Ok(ended) => ended,
        Err(error) => return again(inner, way, &error),
    };
    told(id, &ended);
    let files = || upload::files(&inner.directory(id)).ok().map(|files| files.len());
    let changed = match arrived(&before, &ended, files) {
        None => inner.change(id, |kept| put(kept, ended)).await,
        Some(detail) => {
            let who = format!("destination {} ({})", ended.name, ended.destination);
            let audited = audit::row((inner.settings.now)(), &who, Deed::ExportDelivered, id, &detail);
            inner.change_audited(id, &audited, |kept| put(kept, ended)).await
        }
    };
    match changed {
        Ok(kept) => inner.deliveries.add(&kept),
        Err(error) => again(inner, way, &error),
    }
}

/// What an attempt brought to where it was sent, for the audit; `None` where that is nothing. What was given up leaves files
/// there as well, of as many as `files` says where that is still known.
fn arrived(before: &Delivery, after: &Delivery, files: impl FnOnce() -> Option<usize>) -> Option<Value> {
    let is_new = |to: &&Recipient| {
        let earlier = before.recipients.iter().find(|known| known.address == to.address);
        to.delivered_at.is_some() && earlier.is_none_or(|known| known.delivered_at.is_none())
    };
    let to: Vec<&str> = after.recipients.iter().filter(is_new).map(|to| to.address.as_str()).collect();
    let mut detail = json!({"destination": after.destination, "attempts": after.attempts});
    match after.status {
        _ if !to.is_empty() => detail["to"] = json!(to.join(", ")),
        DeliveryStatus::Delivered if after.objects.is_empty() => {}
        // Earlier attempts may have brought them: nothing is told of these while there are more to come.
        DeliveryStatus::Waiting => return None,
        DeliveryStatus::Failed | DeliveryStatus::Bounced if after.objects.is_empty() => return None,
        status => {
            detail["file"] = json!(after.folder);
            detail["files"] = json!(after.objects.len());
            detail["bytes"] = json!(after.objects.iter().map(|object| object.bytes).sum::<u64>());
            if status != DeliveryStatus::Delivered {
                if let Some(of) = files() {
                    detail["of"] = json!(of);
                }
                detail["error"] = json!(after.last_error);
            }
        }
    }
    Some(detail)
}

/// Puts a delivery in the place of what it was.
pub(super) fn put(kept: &mut KeptJob, ended: Delivery) {
    if ended.destination == email::REQUEST {
        kept.job.mail_id = ended.recipients.iter().find_map(|of| of.mail_id.clone());
    }
    let mut all = kept.job.deliveries.iter_mut();
    if let Some(delivery) = all.find(|delivery| delivery.destination == ended.destination) {
        *delivery = ended;
    }
}

fn told(id: &str, delivery: &Delivery) {
    let Delivery { destination, attempts, last_error, .. } = delivery;
    match last_error {
        None => tracing::info!(export = id, destination, "an export was delivered"),
        Some(why) => tracing::warn!(export = id, destination, attempts, why, "an export was not delivered"),
    }
}

/// A record that could not be read or kept is no fault of the destination's.
fn again(inner: &Inner, way: &Way, error: &ExportError) {
    tracing::error!(export = way.0, %error, "what came of a delivery could not be kept; trying again");
    if matches!(error, ExportError::Store(_))
        && let Some(at) = crate::hook::later((inner.settings.now)(), PAUSE)
    {
        inner.deliveries.add_at(way.clone(), at);
    }
}

/// The state of a delivery after an attempt.
async fn tried(inner: &Inner, kept: &KeptJob, mut delivery: Delivery) -> Result<Delivery, ExportError> {
    if kept.job.files_gone {
        return Ok(delivery.given_up("the files are not kept any more"));
    }
    if delivery.destination == email::REQUEST {
        let to: Vec<String> = kept.job.email.iter().cloned().collect();
        return email::deliver(inner, kept, delivery, &to).await;
    }
    let Some(row) = inner.store.destination(&delivery.destination).await? else {
        return Ok(delivery.given_up("the destination was deleted"));
    };
    if row.disabled {
        return Ok(delivery.given_up("the destination is disabled"));
    }
    let outcome = match inner.opened(&delivery.destination).await {
        Err(error @ ExportError::Store(_)) => return Err(error),
        Err(error) => Err(error.with_causes()),
        Ok((Settings::Email(email), _)) => return email::deliver(inner, kept, delivery, &email.to).await,
        Ok((Settings::Webhook(to), secrets)) => {
            let told = webhook::deliver(inner, kept, &delivery.destination, &to, &secrets).await;
            told.map_err(|trouble| trouble.said)
        }
        Ok((settings, secrets)) => sent(inner, &kept.job.id, &mut delivery, &settings, &secrets).await?,
    };
    Ok(delivery.after(outcome, (inner.settings.now)(), inner.settings.hook_retry))
}

/// Sends the files that are not there yet; the inner error is what the destination is told to have failed with.
async fn sent(
    inner: &Inner,
    id: &str,
    delivery: &mut Delivery,
    settings: &Settings,
    secrets: &Secrets,
) -> Result<Result<(), String>, ExportError> {
    let files = match upload::files(&inner.directory(id)) {
        Ok(files) => files,
        Err(error) => return Ok(Err(error.with_causes())),
    };
    let mut place = match Place::reach(settings, secrets, inner.around()).await {
        Ok(place) => place,
        Err(trouble) => return Ok(Err(trouble.said)),
    };
    let known: BTreeMap<String, Delivered> =
        delivery.objects.drain(..).map(|object| (object.name.clone(), object)).collect();
    let mut recorded = Clock::now();
    for (name, source) in &files {
        let name = format!("{}/{name}", delivery.folder);
        let before = known.get(&name);
        match upload::send(&mut place, name.clone(), source, before).await {
            Ok(object) => delivery.objects.push(object),
            Err(trouble) => {
                // Those behind it that arrived before are still worth to be known.
                let rest = known.values().filter(|object| !delivery.objects.contains(object));
                let rest: Vec<Delivered> = rest.filter(|object| object.name != name).cloned().collect();
                delivery.objects.extend(rest);
                return Ok(Err(trouble.said));
            }
        }
        if recorded.elapsed() >= RECORDED_EVERY {
            let so_far = delivery.clone();
            inner.change(id, |kept| put(kept, so_far)).await?;
            recorded = Clock::now();
        }
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_destination_holds_up_no_other() {
        let schedule = Schedule::default();
        let at = |seconds: i64| Instant::from_micros(seconds * 1_000_000).unwrap();
        let way = |export: &str, to: &str| (export.to_owned(), to.to_owned());
        for (export, to) in [("1", "slow"), ("2", "slow"), ("3", "slow"), ("3", "quick")] {
            schedule.add_at(way(export, to), at(10));
        }
        assert_eq!(schedule.next(at(7)), Err(Duration::from_secs(3)));
        let taken: Vec<Way> = (0..3).map(|_| schedule.next(at(10)).unwrap()).collect();
        assert_eq!(taken, [way("1", "slow"), way("2", "slow"), way("3", "quick")]);
        assert_eq!(schedule.next(at(10)), Err(LONGEST_SLEEP));
        schedule.add_at(way("1", "slow"), at(10));
        schedule.ended(&way("2", "slow"));
        assert_eq!(schedule.next(at(10)), Ok(way("3", "slow")), "one under way is not begun twice");
    }

    #[test]
    fn attempts_that_take_long_give_their_places_back() {
        let schedule = Schedule::default();
        let at = Instant::from_micros(10_000_000).unwrap();
        let way = |export: usize, to: usize| (format!("{export:02}"), format!("{to:03}"));
        let destinations = (AT_ONCE + MOST_SLOW) / AT_ONCE_EACH;
        for to in 0..=destinations {
            for export in 0..3 {
                schedule.add_at(way(export, to), at);
            }
        }
        let begin = || {
            let begun: Vec<Way> = std::iter::from_fn(|| schedule.next(at).ok()).collect();
            assert_eq!(begun.len(), AT_ONCE);
            begun
        };
        let begun = begin();
        begun.iter().for_each(|way| schedule.slow_down(way));
        for _ in 0..MOST_SLOW / AT_ONCE {
            let begun = begin();
            begun.iter().for_each(|way| schedule.slow_down(way));
        }
        let ways = || {
            let ways = schedule.ways.lock().unwrap();
            let mut each: BTreeMap<String, usize> = BTreeMap::new();
            for (_, to) in ways.under_way.keys() {
                *each.entry(to.clone()).or_default() += 1;
            }
            (ways.slow(), ways.under_way.len(), each.values().max().copied())
        };
        assert_eq!(ways(), (MOST_SLOW, AT_ONCE + MOST_SLOW, Some(AT_ONCE_EACH)), "and no more begin");
        schedule.ended(&begun[0]);
        assert!(schedule.next(at).is_err(), "the places are held by those that take long as well");
    }

    #[test]
    fn files_of_what_was_given_up_are_told() {
        let at = Instant::parse("2026-09-02T07:00:00Z").unwrap();
        let object = |name: &str| Delivered { name: name.into(), bytes: 4, sha256: "00".into() };
        let before = Delivery::asked("dst_1".into(), "Bucket".into(), "x/exp_1".into()).due(at);
        let failed = |delivery: &Delivery| {
            let outcome = Err("cut off".to_owned());
            delivery.clone().after(outcome, at, Duration::from_secs(10))
        };
        let mut waiting = failed(&before);
        waiting.objects = vec![object("x/exp_1/part-00001.csv"), object("x/exp_1/part-00002.csv")];
        assert_eq!(arrived(&before, &waiting, || Some(3)), None);
        // The last attempt brings nothing more, and what lies there stays there.
        let given_up = waiting.clone().given_up("the destination was deleted");
        let told = json!({"destination": "dst_1", "attempts": 1, "file": "x/exp_1", "files": 2, "bytes": 8});
        let with = |more: Value| {
            let mut told = told.clone();
            for (name, value) in more.as_object().unwrap() {
                told[name.as_str()] = value.clone();
            }
            Some(told)
        };
        let why = json!({"of": 3, "error": "the destination was deleted"});
        assert_eq!(arrived(&waiting, &given_up, || Some(3)), with(why));
        let unknown = json!({"error": "the destination was deleted"});
        assert_eq!(arrived(&waiting, &given_up, || None), with(unknown));
        assert_eq!(
            arrived(&before, &before.clone().given_up("the destination was deleted"), || Some(3)),
            None
        );
        let whole = Delivery { status: DeliveryStatus::Delivered, ..waiting.clone() };
        assert_eq!(arrived(&waiting, &whole, || Some(3)), Some(told.clone()));
    }
}
