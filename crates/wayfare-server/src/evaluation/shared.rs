//! Equal questions share one evaluation: it runs once, and as long as one of them waits.

use super::limits::estimated_bytes;
use super::{Evaluation, Limits, Question};
use crate::problem::{Code, Problem};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant as Clock;
use tokio::sync::Semaphore;
use wayfare_model::time::Instant;
use wayfare_segment::check::Checked;
use wayfare_segment::columns::Needs;
use wayfare_segment::evaluate::{EvaluateError, Traced, evaluate_traced, evaluate_unless};
use wayfare_segment::library::Library;
use wayfare_segment::moment::Moment;
use wayfare_segment::words;
use wayfare_store::{Snapshot, Store};

/// Where questions are asked. Clones share it.
#[derive(Clone)]
pub struct Evaluations(Arc<Inner>);

struct Inner {
    limits: Limits,
    room: Arc<Semaphore>,
    /// What runs now. Only those who wait keep an evaluation alive, so that it is cancelled with the last of them.
    running: Mutex<HashMap<String, WeakShared<Running>>>,
}

type Running = BoxFuture<'static, Result<Arc<Evaluation>, Problem>>;

impl Evaluations {
    /// Evaluations within limits.
    pub fn new(limits: Limits) -> Self {
        // A semaphore has its own most; nobody means to run more than that.
        let at_once = limits.at_once.clamp(1, Semaphore::MAX_PERMITS);
        Self(Arc::new(Inner { limits, room: Arc::new(Semaphore::new(at_once)), running: Mutex::default() }))
    }

    /// Answers a question over what is there now.
    ///
    /// Dropping the future cancels the work on its thread too, unless others wait for the same.
    pub async fn ask(&self, store: &Store, question: Question) -> Result<Arc<Evaluation>, Problem> {
        self.ask_of(store.snapshot().await?, question).await
    }

    /// Answers a question over a snapshot.
    pub async fn ask_of(&self, snapshot: Snapshot, question: Question) -> Result<Arc<Evaluation>, Problem> {
        let answer = async {
            let library = snapshot.library(&question.definition).await?;
            if let Some(policy) = &question.policy {
                policy.check_definition(&question.definition, &library).map_err(Problem::definition)?;
            }
            let checked = question.definition.check(snapshot.dictionary(), &library);
            let checked = checked.map_err(|refusal| match &question.policy {
                Some(policy) => Problem::definition(policy.without_dropped(refusal)),
                None => Problem::definition(refusal),
            })?;
            let mut needs = checked.needs().clone();
            add(&mut needs, &question.beside);
            let segments = library.segments.len();
            let bytes = estimated_bytes(&needs, checked.filters(), segments, snapshot.ordinals());
            self.0.limits.check_memory(bytes)?;
            let key = key(&question, &library, snapshot.position());
            self.join(key, || evaluated(self.0.room.clone(), snapshot, question, checked, needs)).await
        };
        self.in_time(answer).await
    }

    /// Does more work on an answer, off the threads that answer and in its turn; `work` ends early with `None` where
    /// its flag is raised, which happens when nobody waits any more.
    pub async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&AtomicBool) -> Option<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.0.room.clone().acquire_owned().await.map_err(|error| Problem::internal(&error))?;
        let cancel = CancelOnDrop::default();
        let flag = cancel.flag();
        let worked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&flag)
        });
        let worked = worked.await;
        cancel.done();
        worked?.ok_or_else(given_up)
    }

    /// What is answered within the time that a request has; else it is dropped.
    pub async fn in_time<T>(&self, answer: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        let limits = &self.0.limits;
        tokio::time::timeout(limits.time, answer).await.unwrap_or_else(|_| Err(limits.too_slow()))
    }

    /// The evaluation of that key that runs already, else the one that `start` gives.
    fn join<F>(&self, key: String, start: impl FnOnce() -> F) -> Shared<Running>
    where
        F: Future<Output = Result<Arc<Evaluation>, Problem>> + Send + 'static,
    {
        let mut running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is done already may be as of an earlier time than this request.
        let known = running.get(&key).and_then(WeakShared::upgrade).filter(|known| known.peek().is_none());
        if let Some(known) = known {
            metrics::counter!(crate::metrics::EVALUATIONS_SHARED).increment(1);
            return known;
        }
        running.retain(|_, known| known.upgrade().is_some());
        let shared = start().boxed().shared();
        if let Some(weak) = shared.downgrade() {
            running.insert(key, weak);
        }
        shared
    }
}

/// What two questions have in common that may share an evaluation. Segments may change without any record, so what
/// they mean is part of it.
fn key(question: &Question, library: &Library, position: u64) -> String {
    let as_of = question.when.as_of.map(Instant::micros);
    let zone = question.when.zone.iana_name();
    let mut key = format!(
        "{position} {as_of:?} {zone:?} {} {:?}\n{}",
        question.traced,
        question.beside,
        question.definition.to_json()
    );
    for (id, segment) in &library.segments {
        // Writing to a string cannot fail.
        let _ = write!(key, "\n{id} {}", segment.to_json());
    }
    key
}

fn add(needs: &mut Needs, beside: &Needs) {
    needs.attributes.extend(beside.attributes.iter().cloned());
    needs.present.extend(beside.present.iter().cloned());
    for (event, parameters) in &beside.events {
        needs.events.entry(event.clone()).or_default().extend(parameters.iter().cloned());
    }
}

/// Waits for its turn, loads the columns and evaluates.
async fn evaluated(
    room: Arc<Semaphore>,
    snapshot: Snapshot,
    question: Question,
    checked: Checked,
    needs: Needs,
) -> Result<Arc<Evaluation>, Problem> {
    let moment = question.when.moment();
    let turn = room.acquire_owned().await.map_err(|error| Problem::internal(&error))?;
    let start = Clock::now();
    let columns = Arc::new(snapshot.columns(&needs).await?);
    let filters = checked.filters();
    let cancel = CancelOnDrop::default();
    let (seen, flag, at) = (Arc::clone(&columns), cancel.flag(), moment.clone());
    let work = move || {
        // Given back when the thread is done, also where nobody waits for it any more.
        let _turn = turn;
        answered(&checked, &seen, &at, question.traced, &flag)
    };
    let evaluated = tokio::task::spawn_blocking(work).await;
    cancel.done();
    let (members, root) = evaluated?.map_err(|error| match error {
        EvaluateError::Cancelled => given_up(),
        other => Problem::internal(&other),
    })?;
    let took = start.elapsed();
    metrics::histogram!(crate::metrics::EVALUATION_SECONDS).record(took.as_secs_f64());
    let words = words::describe(&question.definition);
    Ok(Arc::new(Evaluation { snapshot, columns, moment, members, root, filters, words, took }))
}

fn given_up() -> Problem {
    Problem::new(Code::Cancelled, "The evaluation was given up.")
}

type Answer = (wayfare_segment::bits::Bits, Option<wayfare_segment::evaluate::TracedNode>);

fn answered(
    checked: &Checked,
    columns: &wayfare_store::LoadedColumns,
    moment: &Moment,
    traced: bool,
    flag: &AtomicBool,
) -> Result<Answer, EvaluateError> {
    if traced {
        let Traced { members, root } = evaluate_traced(checked, columns, moment, flag)?;
        return Ok((members, Some(root)));
    }
    Ok((evaluate_unless(checked, columns, moment, flag)?, None))
}

/// Raises its flag when it is dropped before the work is done.
#[derive(Default)]
struct CancelOnDrop {
    flag: Arc<AtomicBool>,
    done: bool,
}

impl CancelOnDrop {
    /// The flag, for those who do the work.
    fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }

    /// The work is done.
    fn done(mut self) {
        self.done = true;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if !self.done {
            self.flag.store(true, Ordering::Relaxed);
            metrics::counter!(crate::metrics::EVALUATIONS_CANCELLED).increment(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn evaluations() -> Evaluations {
        Evaluations::new(Limits::default())
    }

    /// Runs until it is dropped, and counts how often that happens.
    fn endless(dropped: &Arc<AtomicBool>) -> impl Future<Output = Result<Arc<Evaluation>, Problem>> + use<> {
        let cancel = CancelOnDrop { flag: dropped.clone(), done: false };
        async move {
            let _cancel = cancel;
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn equal_questions_share_one_evaluation_until_the_last_goes() {
        let evaluations = evaluations();
        let dropped = Arc::new(AtomicBool::new(false));
        let first = evaluations.join("a".to_owned(), || endless(&dropped));
        let never = || -> BoxFuture<'static, _> { panic!("the one that runs is shared") };
        let second = evaluations.join("a".to_owned(), never);
        let mut second = std::pin::pin!(second);
        assert!(tokio::time::timeout(Duration::from_millis(10), &mut second).await.is_err());
        drop(first);
        assert!(!dropped.load(Ordering::Relaxed), "another waits");
        let other = Arc::new(AtomicBool::new(false));
        let third = evaluations.join("b".to_owned(), || endless(&other));
        drop(third);
        assert!(other.load(Ordering::Relaxed), "nobody else asks that");
        second.set(evaluations.join("c".to_owned(), || endless(&other)));
        assert!(dropped.load(Ordering::Relaxed), "nobody waits any more");
        let again = Arc::new(AtomicBool::new(false));
        let mut started = false;
        let _fresh = evaluations.join("a".to_owned(), || {
            started = true;
            endless(&again)
        });
        assert!(started, "what was cancelled is not shared");
    }

    #[tokio::test]
    async fn who_waits_too_long_is_told_and_the_work_ends() {
        let limits = Limits { time: Duration::from_millis(5), ..Limits::default() };
        let evaluations = Evaluations::new(limits);
        let dropped = Arc::new(AtomicBool::new(false));
        let running = evaluations.join("a".to_owned(), || endless(&dropped));
        let problem = evaluations.in_time(running).await.err().unwrap();
        assert_eq!(problem.code(), Code::TooSlow);
        assert!(problem.detail().contains("0.005 s"), "{}", problem.detail());
        assert!(dropped.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn what_is_done_is_not_shared() {
        let evaluations = evaluations();
        let ended = || async { Err(Problem::new(Code::Cancelled, "done")) };
        let first = evaluations.join("a".to_owned(), ended);
        assert!(first.clone().await.is_err());
        let mut started = false;
        let _second = evaluations.join("a".to_owned(), || {
            started = true;
            ended()
        });
        assert!(started);
        drop(first);
    }
}
