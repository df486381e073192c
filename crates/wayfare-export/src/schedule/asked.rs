//! What people do with schedules: look, make, change, pause, resume, run now, take away.

use super::kept::{self, Draft, Run, Schedule};
use super::rule::Due;
use super::rule_form::{RuleForm, zone};
use super::state::{later, leave};
use crate::error::ExportError;
use crate::jobs::Exports;
use wayfare_model::time::Instant;
use wayfare_segment::library;
use wayfare_store::ScheduleRow;

/// The most due times that are listed at once.
pub const MOST_DUE: usize = 1_000;

/// A schedule as it is listed.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The schedule.
    pub schedule: Schedule,
    /// The next due time; none where it is paused.
    pub next: Option<Due>,
    /// Its newest run.
    pub last: Option<Run>,
}

/// The first due times of a rule after an instant, at most so many.
pub fn due_times(
    rule: &RuleForm,
    time_zone: &str,
    after: Instant,
    most: usize,
) -> Result<Vec<Due>, ExportError> {
    let rule = rule.read("rule")?;
    let zone = zone(time_zone, "time_zone")?;
    Ok(rule.dues_after(&zone, after).take(most.min(MOST_DUE)).collect())
}

impl Exports {
    /// Schedules, newest first: at most `limit`, those after `cursor`; and the cursor of the next page.
    pub async fn schedules(
        &self,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<(Vec<Listed>, Option<String>), ExportError> {
        let before = match cursor {
            None => None,
            Some(id) => Some((self.schedule_row(id).await?.created_at, id.to_owned())),
        };
        let mut rows = self.0.store.schedules(limit.saturating_add(1), before).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| row.id.clone());
        let mut listed = Vec::with_capacity(rows.len());
        for row in &rows {
            listed.push(self.listed(row).await?);
        }
        Ok((listed, next))
    }

    /// One schedule.
    pub async fn schedule(&self, id: &str) -> Result<Listed, ExportError> {
        self.listed(&self.schedule_row(id).await?).await
    }

    /// Makes a schedule. Its first run is due after now.
    pub async fn add_schedule(&self, draft: Draft, by: &str) -> Result<Listed, ExportError> {
        let draft = self.checked(draft).await?;
        let now = (self.0.settings.now)();
        let schedule = Schedule {
            id: Schedule::new_id(),
            draft,
            paused: false,
            pauses: Vec::new(),
            revision: 1,
            chain_revision: 1,
            created_at: now,
            created_by: by.into(),
            changed_at: now,
            changed_by: by.into(),
        };
        let row = schedule.row(now)?;
        self.0.store.add_schedule(&row).await?;
        self.listed(&row).await
    }

    /// Changes a schedule that is at `revision`. Under another rule or zone the next run is due after now; where another
    /// export is made, a chain of incremental runs begins anew.
    pub async fn change_schedule(
        &self,
        id: &str,
        draft: Draft,
        revision: u64,
        by: &str,
    ) -> Result<Listed, ExportError> {
        let draft = self.checked(draft).await?;
        self.change(id, by, Some(revision), |schedule, _| {
            let same = |a: &Draft, b: &Draft| {
                Ok::<_, ExportError>(serde_json::to_string(&a.request)? == serde_json::to_string(&b.request)?)
            };
            if !same(&schedule.draft, &draft)? || schedule.draft.incremental != draft.incremental {
                schedule.chain_revision = schedule.revision + 1;
            }
            schedule.draft = draft;
            Ok(())
        })
        .await
    }

    /// Begins no runs any more but those that somebody asks for, or goes on. What is so already stays as it is.
    pub async fn pause_schedule(&self, id: &str, paused: bool, by: &str) -> Result<Listed, ExportError> {
        let row = self.schedule_row(id).await?;
        if Schedule::read(&row)?.paused == paused {
            return self.listed(&row).await;
        }
        self.change(id, by, None, |schedule, now| {
            schedule.pause(paused, now);
            Ok(())
        })
        .await
    }

    /// Asks for a run now, beside those that the rule makes due; the same key gives the same run. It begins when the run that
    /// is under way is over.
    pub async fn run_schedule(&self, id: &str, by: &str, key: Option<&str>) -> Result<Run, ExportError> {
        let _one_at_a_time = self.0.scheduling.lock().await;
        let row = self.schedule_row(id).await?;
        let schedule = Schedule::read(&row)?;
        let now = (self.0.settings.now)();
        let key = key.map_or_else(|| uuid::Uuid::now_v7().to_string(), |key| format!("{by}\n{key}"));
        let mut run = Run::asked(id, now, by, &key);
        if self.0.store.schedule_run(&run.id).await?.is_none() {
            let within = schedule.terms()?.expected_within;
            run.expected_by = within.and_then(|within| later(now, within));
            self.0.keep_runs(id, row.decided_until, &[&run]).await?;
            self.advance(id, now).await?;
        }
        let row = self.0.store.schedule_run(&run.id).await?;
        row.as_ref().map_or_else(|| Err(ExportError::NoSuch { what: "schedule", id: id.into() }), Run::read)
    }

    /// The runs of a schedule, latest due time first: at most `limit`, those after `cursor`; and the cursor of the next page.
    pub async fn schedule_runs(
        &self,
        id: &str,
        limit: usize,
        cursor: Option<(Instant, String)>,
    ) -> Result<(Vec<Run>, Option<(Instant, String)>), ExportError> {
        self.schedule_row(id).await?;
        let mut rows = self.0.store.schedule_runs(id, limit.saturating_add(1), cursor).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| (row.due_at, row.id.clone()));
        Ok((rows.iter().map(Run::read).collect::<Result<_, _>>()?, next))
    }

    /// Takes a schedule away with its history. Exports that it made stay; one that is under way goes on.
    pub async fn remove_schedule(&self, id: &str) -> Result<(), ExportError> {
        let _one_at_a_time = self.0.scheduling.lock().await;
        match self.0.store.remove_schedule(id).await? {
            true => Ok(()),
            false => Err(ExportError::NoSuch { what: "schedule", id: id.into() }),
        }
    }

    async fn schedule_row(&self, id: &str) -> Result<ScheduleRow, ExportError> {
        self.0
            .store
            .schedule(id)
            .await?
            .ok_or_else(|| ExportError::NoSuch { what: "schedule", id: id.into() })
    }

    async fn listed(&self, row: &ScheduleRow) -> Result<Listed, ExportError> {
        let schedule = Schedule::read(row)?;
        let terms = schedule.terms()?;
        let after = (self.0.settings.now)().max(row.decided_until);
        let next = terms.rule.dues_after(&terms.zone, after).next().filter(|_| !schedule.paused);
        let last = self.0.store.schedule_runs(&row.id, 1, None).await?;
        let last = last.first().map(Run::read).transpose()?;
        Ok(Listed { schedule, next, last })
    }

    /// A draft that was held against the data, under a name without spaces around it.
    async fn checked(&self, draft: Draft) -> Result<Draft, ExportError> {
        draft.check()?;
        let request = draft.request_of(Some(crate::positions::Positions::since(0)), None);
        let snapshot = self.0.store.snapshot().await?;
        self.0.doable(&request, &snapshot).await.map_err(|error| error.within("request"))?;
        // Each run asks for its export, which is refused where it cannot be sent: told now, and not by runs that fail.
        let (to, kind, now) = (&request.destinations, request.kind.name(), (self.0.settings.now)());
        let named = self.0.deliveries_to(to, None, "", kind, now).await;
        named.map_err(|error| error.within("request"))?;
        let name = library::name(&draft.name).map_err(|why| ExportError::refused("name", why))?;
        Ok(Draft { name, ..draft })
    }

    /// Changes a schedule to its next revision, after everything was done that was due under the one before.
    async fn change(
        &self,
        id: &str,
        by: &str,
        revision: Option<u64>,
        change: impl FnOnce(&mut Schedule, Instant) -> Result<(), ExportError>,
    ) -> Result<Listed, ExportError> {
        let _one_at_a_time = self.0.scheduling.lock().await;
        // One now for all of it: nothing can come due between what is decided before and from when the change counts.
        let now = (self.0.settings.now)();
        let refuse_other = |known: u64| match revision {
            Some(revision) if revision != known => {
                Err(ExportError::Outdated { what: "schedule", revision: known })
            }
            _ => Ok(()),
        };
        refuse_other(self.schedule_row(id).await?.revision)?;
        self.advance(id, now).await?;
        let row = self.schedule_row(id).await?;
        refuse_other(row.revision)?;
        let before = Schedule::read(&row)?;
        let mut schedule = before.clone();
        change(&mut schedule, now)?;
        schedule.revision += 1;
        schedule.changed_at = now;
        schedule.changed_by = by.into();
        let is_rule_same = (&before.draft.rule, &before.draft.time_zone)
            == (&schedule.draft.rule, &schedule.draft.time_zone);
        let is_resumed = before.paused && !schedule.paused;
        if !is_rule_same {
            self.leave_rule(id, now).await?;
        }
        // Where the clock was ahead for a while, what is decided lies ahead too; it falls back to now with these changes.
        let decided_until = match is_rule_same {
            true if is_resumed => row.decided_until.min(now),
            true => row.decided_until,
            false => now,
        };
        schedule.forget_pauses(decided_until)?;
        let row = schedule.row(decided_until)?;
        if !self.0.store.change_schedule(&row).await? {
            return Err(ExportError::Outdated {
                what: "schedule",
                revision: self.schedule_row(id).await?.revision,
            });
        }
        // What was held back goes on now, not at the next look.
        self.advance(id, now).await?;
        self.schedule(id).await
    }

    /// Writes down what is due under a rule that is about to go, a step at a time, as there may be years of it; whoever calls
    /// holds `scheduling`.
    async fn leave_rule(&self, id: &str, now: Instant) -> Result<(), ExportError> {
        loop {
            let Some(row) = self.0.store.schedule(id).await? else { return Ok(()) };
            let before = kept::state(&row, &self.0.store.open_schedule_runs(id).await?)?;
            let after = leave(&Schedule::read(&row)?.terms()?, before.clone(), now);
            self.0.keep_changes(id, &before, &after.state).await?;
            if !after.more {
                return Ok(());
            }
        }
    }
}
