//! The task that looks at schedules and carries out what is due.
//!
//! What was decided is kept before it is carried out, and an export is asked for under the id of its run. So whatever is
//! interrupted in between is done again and comes to the same: no run has two exports.

use super::kept::{self, Run, RunStatus, Schedule};
use super::state::{Action, Outcome, State, Step, step};
use super::{RUNS_MISSED, missed};
use crate::destination::trouble::{Fault, Trouble};
use crate::error::ExportError;
use crate::job::Status;
use crate::jobs::{Exports, Inner, id_of_key};
use crate::mail::{NotSent, letter_id};
use crate::positions::Positions;
use std::collections::HashSet;
use std::time::Duration;
use tokio::task::JoinSet;
use wayfare_model::time::Instant;
use wayfare_store::ScheduleRow;

/// How often is looked whether something is due. Times are due at full minutes; nobody waits for more than that.
const LOOK: Duration = Duration::from_secs(1);
/// How long schedules are left alone when one of them could not be kept.
const PAUSE: Duration = Duration::from_secs(5);
/// Schedules that are read at once.
const PAGE: usize = 200;

/// A schedule with runs that are missed and of which somebody is to be told now.
struct News {
    schedule: String,
    runs: Vec<String>,
}

/// Looks at schedules until it is stopped.
pub(crate) async fn tend(exports: Exports) {
    // A slow relay holds up no run and no webhook message: letters are sent beside both, by one task at a time.
    let (mut messages, mut letters) = (JoinSet::new(), JoinSet::new());
    let mut heard = HashSet::new();
    loop {
        let mut news = Vec::new();
        let wait = match look(&exports, &mut news).await {
            true => LOOK,
            false => PAUSE,
        };
        while messages.try_join_next().is_some() {}
        while letters.try_join_next().is_some() {}
        if messages.is_empty() {
            let schedules = unheard(&mut heard, &news);
            if !schedules.is_empty() {
                messages.spawn(tell_endpoints(exports.clone(), schedules));
            }
        }
        if letters.is_empty() && !news.is_empty() {
            let schedules = news.into_iter().map(|news| news.schedule).collect();
            letters.spawn(tell(exports.clone(), schedules));
        }
        tokio::select! {
            () = exports.0.stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// The schedules with runs that are not in `heard`, which becomes all there is to tell now: while a letter waits for its
/// turn, its runs come up at every look.
fn unheard(heard: &mut HashSet<String>, news: &[News]) -> Vec<String> {
    let is_new = |news: &&News| news.runs.iter().any(|run| !heard.contains(run));
    let schedules = news.iter().filter(is_new).map(|news| news.schedule.clone()).collect();
    *heard = news.iter().flat_map(|news| &news.runs).cloned().collect();
    schedules
}

/// Tells webhook endpoints of misses of schedules.
async fn tell_endpoints(exports: Exports, schedules: Vec<String>) {
    for id in schedules {
        if let Err(error) = exports.0.tell_endpoints(&id).await {
            tracing::error!(schedule = id, %error, "misses of a schedule could not be told; trying again");
        }
    }
}

/// Tells of misses of schedules, one after the other.
async fn tell(exports: Exports, schedules: Vec<String>) {
    for id in schedules {
        if let Err(error) = exports.0.tell_missed(&id).await {
            tracing::error!(schedule = id, %error, "misses of a schedule could not be told; trying again");
        }
    }
}

/// Looks at every schedule once; one that cannot be read or kept holds up no other. Tells whether all went well, and of
/// which there is news to tell.
async fn look(exports: &Exports, news: &mut Vec<News>) -> bool {
    let (mut before, mut is_well) = (None, true);
    loop {
        let rows = match exports.0.store.schedules(PAGE, before.take()).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::error!(%error, "schedules could not be read; trying again");
                return false;
            }
        };
        for row in &rows {
            if exports.0.stop.is_cancelled() {
                return is_well;
            }
            match exports.follow(&row.id).await {
                Ok(runs) if runs.is_empty() => {}
                Ok(runs) => news.push(News { schedule: row.id.clone(), runs }),
                Err(error) => {
                    tracing::error!(schedule = row.id, %error, "a schedule could not be followed; trying again");
                    is_well = false;
                }
            }
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE => before = Some((last.created_at, last.id.clone())),
            _ => return is_well,
        }
    }
}

impl Exports {
    /// Does what is to be done about a schedule; gives the runs that are missed and of which somebody is to be told.
    async fn follow(&self, id: &str) -> Result<Vec<String>, ExportError> {
        let _one_at_a_time = self.0.scheduling.lock().await;
        self.advance(id, (self.0.settings.now)()).await
    }

    /// Does what is to be done about a schedule now; whoever calls holds `scheduling`. Gives the runs that are missed and
    /// of which somebody is to be told now.
    pub(crate) async fn advance(&self, id: &str, now: Instant) -> Result<Vec<String>, ExportError> {
        loop {
            // Read anew each time, behind what the step before kept.
            let Some(row) = self.0.store.schedule(id).await? else { return Ok(Vec::new()) };
            let schedule = Schedule::read(&row)?;
            let after = self.advance_once(&row, &schedule, now).await?;
            if !after.more {
                let to_tell = after.state.runs.iter().filter(|run| run.is_to_tell(now));
                return Ok(to_tell.map(|run| run.id.clone()).collect());
            }
        }
    }

    async fn advance_once(
        &self,
        row: &ScheduleRow,
        schedule: &Schedule,
        now: Instant,
    ) -> Result<Step, ExportError> {
        let inner = &self.0;
        let before = kept::state(row, &inner.store.open_schedule_runs(&row.id).await?)?;
        let outcomes = inner.outcomes(&before).await?;
        let after = step(&schedule.terms()?, before.clone(), &outcomes, now);
        let after = inner.without_made(&before, after).await?;
        inner.keep_changes(&schedule.id, &before, &after.state).await?;
        for action in &after.actions {
            let of = |id: &str| after.state.runs.iter().find(|run| run.id == id).cloned();
            match action {
                Action::Missed(run) => of(run).into_iter().for_each(|run| say(schedule, &run)),
                Action::Start(run) => {
                    if let Some(run) = of(run) {
                        let begun = self.begin(schedule, run).await?;
                        inner.keep_runs(&schedule.id, after.state.decided_until, &[&begun]).await?;
                    }
                }
            }
        }
        Ok(after)
    }

    /// Asks for the export of a run. One that cannot be asked for has failed; where the store failed, the run waits on.
    async fn begin(&self, schedule: &Schedule, run: Run) -> Result<Run, ExportError> {
        let now = (self.0.settings.now)();
        let by = format!("schedule {}", schedule.id);
        let positions = match schedule.draft.incremental {
            true => Some(self.0.window_of(schedule).await?),
            false => None,
        };
        let request = schedule.draft.request_of(positions, Some(run.due));
        let run = Run { started_at: Some(now), revision: Some(schedule.revision), ..run };
        let job = match self.create(request, &by, Some(&run.id)).await {
            Ok(job) => job.id,
            // Asked for before an interruption, of a schedule that was changed since: the run has its export.
            Err(ExportError::KeyReused) => id_of_key(&by, &run.id),
            Err(error @ ExportError::Store(_)) => return Err(error),
            Err(error) => {
                tracing::warn!(schedule = schedule.id, run = run.id, %error, "a run could not be asked for");
                let why = Some(error.with_causes());
                return Ok(Run { status: RunStatus::Failed, finished_at: Some(now), why, ..run });
            }
        };
        tracing::info!(schedule = schedule.id, run = run.id, export = job, due = %run.due, "a run began");
        Ok(Run { status: RunStatus::Running, job: Some(job), ..run })
    }
}

impl Inner {
    /// Keeps runs, new or changed, of a schedule that may be gone meanwhile.
    pub(crate) async fn keep_runs(
        &self,
        schedule: &str,
        decided_until: Instant,
        runs: &[&Run],
    ) -> Result<(), ExportError> {
        let rows = runs.iter().map(|run| run.row()).collect::<Result<Vec<_>, _>>()?;
        self.store.record_schedule(schedule, decided_until, &rows).await?;
        Ok(())
    }

    /// Keeps what a step changed.
    pub(crate) async fn keep_changes(
        &self,
        schedule: &str,
        before: &State,
        after: &State,
    ) -> Result<(), ExportError> {
        let changed = after.changed_since(before);
        if !changed.is_empty() || after.decided_until != before.decided_until {
            self.keep_runs(schedule, after.decided_until, &changed).await?;
        }
        Ok(())
    }

    /// The step without runs that were made before: where a clock was ahead, their time comes twice. What was only skipped
    /// is made after all.
    async fn without_made(&self, before: &State, after: Step) -> Result<Step, ExportError> {
        let mut made = HashSet::new();
        for run in after.state.new_since(before) {
            let kept = self.store.schedule_run(&run.id).await?;
            if kept.is_some_and(|row| row.status != RunStatus::Skipped.name()) {
                made.insert(run.id.clone());
            }
        }
        Ok(after.without(&made))
    }

    /// How the exports ended of runs that are under way.
    async fn outcomes(&self, state: &State) -> Result<Vec<Outcome>, ExportError> {
        let mut outcomes = Vec::new();
        for run in &state.runs {
            let Some(id) = run.job.as_deref().filter(|_| run.status == RunStatus::Running) else { continue };
            let job = self.kept(id).await?.job;
            let (status, why) = match job.status {
                Status::Queued | Status::Running => continue,
                Status::Complete => (RunStatus::Complete, None),
                Status::Failed => (RunStatus::Failed, job.error),
                Status::Cancelled => (RunStatus::Cancelled, Some("somebody stopped its export".to_owned())),
            };
            let finished_at = job.finished_at.unwrap_or_else(self.settings.now);
            outcomes.push(Outcome { run: run.id.clone(), status, finished_at, why });
        }
        Ok(outcomes)
    }

    /// Where an incremental run begins: behind the last complete one, or at the start where there is none that exported
    /// the same.
    async fn window_of(&self, schedule: &Schedule) -> Result<Positions, ExportError> {
        let last = self.store.last_complete_run(&schedule.id).await?;
        let last = last.as_ref().map(Run::read).transpose()?;
        let last = last.filter(|run| run.revision >= Some(schedule.chain_revision));
        Ok(match last.and_then(|run| run.job) {
            Some(job) => Positions { from: None, after: Some(job), to: None },
            None => Positions::since(0),
        })
    }

    /// A schedule with its runs that are missed and of which nobody was told.
    async fn untold(&self, id: &str) -> Result<Option<(Schedule, Vec<Run>)>, ExportError> {
        let Some(row) = self.store.schedule(id).await? else { return Ok(None) };
        let mut runs = kept::state(&row, &self.store.open_schedule_runs(id).await?)?.runs;
        runs.retain(Run::is_untold);
        Ok(Some((Schedule::read(&row)?, runs)))
    }

    /// Tells webhook endpoints of runs that are missed: once of each, however often this is done.
    async fn emit_missed(&self, schedule: &Schedule, untold: &[Run]) -> Result<(), ExportError> {
        for run in untold {
            self.webhooks.emit(&missed::event(schedule, run, (self.settings.now)())).await?;
        }
        Ok(())
    }

    /// Tells webhook endpoints of each run of a schedule that is missed and of which nobody was told.
    async fn tell_endpoints(&self, id: &str) -> Result<(), ExportError> {
        match self.untold(id).await? {
            Some((schedule, untold)) => self.emit_missed(&schedule, &untold).await,
            None => Ok(()),
        }
    }

    /// Sends one letter about all runs of a schedule that are missed and of which nobody was told. A letter that cannot be
    /// sent is tried again, each time about all runs that are missed by then.
    async fn tell_missed(&self, id: &str) -> Result<(), ExportError> {
        let Some((schedule, untold)) = self.untold(id).await? else { return Ok(()) };
        let Some(missed_at) = untold.iter().filter_map(|run| run.missed_at).min() else { return Ok(()) };
        // Before a run counts as told its message is kept, also where the first attempt at that failed.
        self.emit_missed(&schedule, &untold).await?;
        let sent = match &schedule.draft.notify {
            None => Ok(()),
            Some(to) => {
                let ids: Vec<&str> = untold.iter().map(|run| run.id.as_str()).collect();
                let about = letter_id(missed_at, &ids.join("\n"));
                match missed::letter(&schedule, to, &untold, &self.settings.public_url) {
                    Ok(letter) => self.mailer.send(&letter, &about, (self.settings.now)()).await.map(drop),
                    Err(error) => Err(NotSent {
                        trouble: Trouble::new(Fault::Settings, error.with_causes()),
                        is_final: true,
                    }),
                }
            }
        };
        if let Err(why) = &sent {
            tracing::warn!(schedule = id, %why, "nobody could be told of missed runs");
        }
        let _one_at_a_time = self.scheduling.lock().await;
        // A run may be further by now than when the letter was written.
        let Some(row) = self.store.schedule(id).await? else { return Ok(()) };
        let runs = kept::state(&row, &self.store.open_schedule_runs(id).await?)?.runs;
        let untold: HashSet<&str> = untold.iter().map(|run| run.id.as_str()).collect();
        let mut told: Vec<Run> = runs.into_iter().filter(|run| untold.contains(run.id.as_str())).collect();
        for run in &mut told {
            run.after_letter(&sent, (self.settings.now)(), self.settings.hook_retry);
        }
        self.keep_runs(id, row.decided_until, &told.iter().collect::<Vec<_>>()).await
    }
}

/// Says that a run is missed, to the log and to whoever counts.
fn say(schedule: &Schedule, run: &Run) {
    metrics::counter!(RUNS_MISSED).increment(1);
    tracing::warn!(
        event = "schedule_run_missed",
        schedule = schedule.id,
        name = schedule.draft.name,
        run = run.id,
        due = %run.due,
        expected_by = run.expected_by.map(tracing::field::display),
        status = run.status.name(),
        "a run was not complete in time"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_told_of_what_is_new_while_letters_wait() {
        let news = |schedule: &str, runs: &[&str]| News {
            schedule: schedule.into(),
            runs: runs.iter().map(|run| (*run).to_owned()).collect(),
        };
        let mut heard = HashSet::new();
        let first = [news("sch_1", &["run_1"]), news("sch_2", &["run_2"])];
        assert_eq!(unheard(&mut heard, &first), ["sch_1", "sch_2"]);
        // The relay hangs: both come up again, and there is one more.
        assert_eq!(unheard(&mut heard, &first), [""; 0]);
        assert_eq!(
            unheard(&mut heard, &[news("sch_1", &["run_1"]), news("sch_2", &["run_2", "run_3"])]),
            ["sch_2"]
        );
        // What is told is forgotten, and what failed is told once more when it comes up again.
        assert_eq!(unheard(&mut heard, &[news("sch_2", &["run_3"])]), [""; 0]);
        assert_eq!(heard.len(), 1);
        assert_eq!(unheard(&mut heard, &[news("sch_1", &["run_1"])]), ["sch_1"]);
    }
}
