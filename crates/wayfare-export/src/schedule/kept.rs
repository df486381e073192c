//! A schedule and its runs as they are kept.

use super::rule::Rule;
use super::rule_form::{self, RuleForm};
use super::state::{State, Terms};
use crate::error::ExportError;
use crate::hook::{HookState, HookStatus};
use crate::mail::NotSent;
use crate::positions::Positions;
use crate::request::{ExportRequest, Surface};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;
use wayfare_model::time::Instant;
use wayfare_segment::library;
use wayfare_store::{ScheduleRow, ScheduleRunRow};

/// What a run may take before it is missed: a minute to thirty days.
const EXPECTED_WITHIN: std::ops::RangeInclusive<u64> = 60..=30 * 86_400;

/// What people say of a schedule.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What people call it.
    pub name: String,
    /// The export that is made.
    pub request: ExportRequest,
    /// When.
    pub rule: RuleForm,
    /// By the clock of which zone, as the IANA database names it.
    pub time_zone: String,
    /// Whether each run has only what came in since the last complete one.
    pub incremental: bool,
    /// Whether runs that were missed are made later, one at a time, in order.
    pub backfill: bool,
    /// Within how many seconds of its due time a run is expected to be complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_within_seconds: Option<u64>,
    /// Who gets an e-mail when a run is missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<String>,
}

/// A schedule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Schedule {
    /// `sch_…`
    pub id: String,
    /// What people say of it.
    pub draft: Draft,
    /// Whether no run begins by itself.
    pub paused: bool,
    /// When it was paused, as far back as due times are not decided on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// From 1; each change makes the next.
    pub revision: u64,
    /// The revision that changed last what is exported: a chain of incremental runs begins there.
    pub chain_revision: u64,
    /// When it was made.
    pub created_at: Instant,
    /// Who made it.
    pub created_by: String,
    /// When it was changed last.
    pub changed_at: Instant,
    /// Who changed it.
    pub changed_by: String,
}

/// A time for which a schedule was paused: what came due behind its begin, up to its end, was held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When it was paused.
    pub from: Instant,
    /// When it went on; missing while it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Instant>,
}

impl Pause {
    /// Whether a run that is due then is held back.
    pub fn holds(&self, due: Instant) -> bool {
        self.from < due && self.to.is_none_or(|to| due <= to)
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It waits for the run before it, or for the schedule to be resumed.
    Waiting,
    /// Its job waits or is written.
    Running,
    /// Its job is complete.
    Complete,
    /// Its job failed, or could not be asked for.
    Failed,
    /// Somebody stopped its job.
    Cancelled,
    /// It was never begun.
    Skipped,
}

impl RunStatus {
    /// The name used in the store and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }

    /// Whether nothing will change any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}

/// One run of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// `run_…`: made of the schedule and the due time, so that a due time never has two.
    pub id: String,
    /// Whose it is.
    pub schedule: String,
    /// When it was due: when it was asked for, where somebody asked.
    pub due: Instant,
    /// Who asked for it, where it is none of the rule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// Where it stands.
    pub status: RunStatus,
    /// Whether it came due while the schedule was paused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// When it is expected to be complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_by: Option<Instant>,
    /// When it was found not to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_at: Option<Instant>,
    /// What became of the letter about it, where one could not be sent at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<HookState>,
    /// Whether that was told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
    /// Its export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// The schedule's revision when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// When its export was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Instant>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Instant>,
    /// Why it is not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Run {
    /// The run of a due time.
    pub fn scheduled(schedule: &str, due: Instant) -> Self {
        Self::waiting(schedule, due, None, &due.micros().to_string())
    }

    /// A run that somebody asks for; the same key gives the same run.
    pub fn asked(schedule: &str, now: Instant, by: &str, key: &str) -> Self {
        Self::waiting(schedule, now, Some(by.into()), &format!("asked\n{key}"))
    }

    fn waiting(schedule: &str, due: Instant, asked_by: Option<String>, key: &str) -> Self {
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&Sha256::digest(format!("{schedule}\n{key}"))[..16]);
        Self {
            id: format!("run_{}", uuid::Builder::from_custom_bytes(bytes).into_uuid().simple()),
            schedule: schedule.into(),
            due,
            asked_by,
            status: RunStatus::Waiting,
            held: false,
            expected_by: None,
            missed_at: None,
            letter: None,
            told: false,
            job: None,
            revision: None,
            started_at: None,
            finished_at: None,
            why: None,
        }
    }

    /// Never begins it.
    pub fn skip(&mut self, why: &str) {
        self.status = RunStatus::Skipped;
        self.why = Some(why.into());
    }

    /// Adds a word to why it is as it is.
    pub fn note(&mut self, word: &str) {
        self.why = Some(self.why.take().map_or_else(|| word.to_owned(), |why| format!("{why}; {word}")));
    }

    /// Whether it was missed and nobody was told.
    pub fn is_untold(&self) -> bool {
        self.missed_at.is_some() && !self.told
    }

    /// Whether somebody is to be told of it now.
    pub fn is_to_tell(&self, now: Instant) -> bool {
        let is_due = |letter: &HookState| letter.next_attempt_at.is_some_and(|at| at <= now);
        self.is_untold() && self.letter.as_ref().is_none_or(is_due)
    }

    /// Takes down how an attempt at the letter ended: it is tried again like a hook, where it was not refused for good.
    pub(crate) fn after_letter(&mut self, sent: &Result<(), NotSent>, now: Instant, first: Duration) {
        let letter = self.letter.take().unwrap_or_else(|| HookState::due(now));
        let letter = match sent {
            Ok(()) => letter.after(Ok(()), now, first),
            Err(not_sent) if not_sent.is_final => letter.given_up(&not_sent.to_string()),
            Err(not_sent) => letter.after(Err(not_sent.to_string()), now, first),
        };
        if letter.status == HookStatus::Waiting {
            self.letter = Some(letter);
            return;
        }
        self.told = true;
        if let Some(why) = letter.last_error {
            self.note(&why);
        }
    }

    /// Whether something is still to come of it.
    pub fn is_open(&self) -> bool {
        let in_time = || self.status == RunStatus::Complete && self.finished_at <= self.expected_by;
        !self.status.is_final()
            || match self.missed_at {
                Some(_) => !self.told,
                None => self.expected_by.is_some() && !in_time(),
            }
    }

    pub(crate) fn row(&self) -> Result<ScheduleRunRow, ExportError> {
        Ok(ScheduleRunRow {
            id: self.id.clone(),
            schedule: self.schedule.clone(),
            due_at: self.due,
            status: self.status.name().into(),
            finished_at: self.finished_at,
            is_open: self.is_open(),
            run: serde_json::to_string(self)?,
        })
    }

    pub(crate) fn read(row: &ScheduleRunRow) -> Result<Self, ExportError> {
        serde_json::from_str(&row.run)
            .map_err(|error| ExportError::Job { id: row.id.clone(), why: error.to_string() })
    }
}

impl Draft {
    /// The rule and the zone, after everything was checked that can be checked without data.
    pub fn check(&self) -> Result<(Rule, TimeZone), ExportError> {
        let refuse = |path: &str, message: &str| Err(ExportError::refused(path, message));
        library::name(&self.name).map_err(|why| ExportError::refused("name", why))?;
        let rule = self.rule.read("rule")?;
        let zone = rule_form::zone(&self.time_zone, "time_zone")?;
        if self.expected_within_seconds.is_some_and(|within| !EXPECTED_WITHIN.contains(&within)) {
            return refuse("expected_within_seconds", "must lie between 60 and 2592000, which is 30 days");
        }
        if let Some(notify) = &self.notify {
            crate::mail::check_address(notify).map_err(|error| error.at("notify"))?;
            if self.expected_within_seconds.is_none() {
                return refuse(
                    "notify",
                    "tells of runs that are missed: say with `expected_within_seconds` when one is",
                );
            }
        }
        if self.request.surface != Surface::Native {
            return refuse(
                "request.surface",
                "must be native: schedules make exports of the native surface only",
            );
        }
        if self.request.positions.is_some() {
            return refuse("request.positions", "is for each run to say: leave it out and set `incremental`");
        }
        if self.request.as_of.is_some() {
            return refuse("request.as_of", "is for each run to say, which is as of the time it was due");
        }
        let request = self.request_of(Some(Positions::since(0)), None);
        request.check().map_err(|error| error.within("request"))?;
        Ok((rule, zone))
    }

    /// The request of one run; a window only where runs are incremental.
    pub fn request_of(&self, positions: Option<Positions>, as_of: Option<Instant>) -> ExportRequest {
        ExportRequest { positions: positions.filter(|_| self.incremental), as_of, ..self.request.clone() }
    }
}

impl Schedule {
    /// An id that no other schedule has.
    pub fn new_id() -> String {
        format!("sch_{}", uuid::Uuid::now_v7().simple())
    }

    /// What matters for its next step.
    pub(crate) fn terms(&self) -> Result<Terms, ExportError> {
        let within = self.draft.expected_within_seconds;
        Ok(Terms {
            schedule: self.id.clone(),
            rule: self.draft.rule.read("rule")?,
            zone: rule_form::zone(&self.draft.time_zone, "time_zone")?,
            backfill: self.draft.backfill,
            pauses: self.pauses.clone(),
            expected_within: within.and_then(|seconds| i64::try_from(seconds).ok()?.checked_mul(1_000_000)),
        })
    }

    /// Pauses it, or lets it go on.
    pub(crate) fn pause(&mut self, paused: bool, now: Instant) {
        self.paused = paused;
        match paused {
            true => self.pauses.push(Pause { from: now, to: None }),
            false => {
                self.pauses
                    .iter_mut()
                    .filter(|pause| pause.to.is_none())
                    .for_each(|pause| pause.to = Some(now));
            }
        }
    }

    /// Forgets the pauses that are over and hold no due time back that is still to be decided on.
    pub(crate) fn forget_pauses(&mut self, decided_until: Instant) -> Result<(), ExportError> {
        let Terms { rule, zone, .. } = self.terms()?;
        self.pauses.retain(|pause| {
            let due = rule.due_after(&zone, pause.from.max(decided_until));
            pause.to.is_none() || due.is_some_and(|due| pause.holds(due))
        });
        Ok(())
    }

    pub(crate) fn row(&self, decided_until: Instant) -> Result<ScheduleRow, ExportError> {
        Ok(ScheduleRow {
            id: self.id.clone(),
            revision: self.revision,
            created_at: self.created_at,
            decided_until,
            schedule: serde_json::to_string(self)?,
        })
    }

    pub(crate) fn read(row: &ScheduleRow) -> Result<Self, ExportError> {
        let mut schedule: Self = serde_json::from_str(&row.schedule)
            .map_err(|error| ExportError::Job { id: row.id.clone(), why: error.to_string() })?;
        // Versions before did not keep since when it is paused, and held back whatever was not decided on.
        if schedule.paused && schedule.pauses.is_empty() {
            schedule.pauses.push(Pause { from: schedule.created_at, to: None });
        }
        Ok(schedule)
    }
}

/// The state of a schedule, out of its row and its open runs.
pub(crate) fn state(row: &ScheduleRow, runs: &[ScheduleRunRow]) -> Result<State, ExportError> {
    let runs = runs.iter().map(Run::read).collect::<Result<_, _>>()?;
    Ok(State { decided_until: row.decided_until, runs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::trouble::{Fault, Trouble};

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000).unwrap()
    }

    /// An hourly schedule as versions before kept it.
    fn old_row(paused: bool) -> ScheduleRow {
        let schedule = serde_json::json!({
            "id": "sch_1", "paused": paused, "revision": 1, "chain_revision": 1,
            "created_at": at(0), "created_by": "ana", "changed_at": at(0), "changed_by": "ana",
            "draft": {"name": "Hourly", "request": {"kind": "profiles", "format": "csv"}, "rule": {"every": "hour"},
                "time_zone": "UTC", "incremental": false, "backfill": true}
        });
        ScheduleRow {
            id: "sch_1".into(),
            revision: 1,
            created_at: at(0),
            decided_until: at(0),
            schedule: schedule.to_string(),
        }
    }

    #[test]
    fn pauses_are_kept_while_something_that_came_due_in_them_is_not_decided_on() {
        let mut schedule = Schedule::read(&old_row(false)).unwrap();
        assert!(schedule.pauses.is_empty());
        for (paused, now) in [(true, 600), (false, 1_200), (true, 3_500), (false, 7_200), (true, 10_000)] {
            schedule.pause(paused, at(now));
        }
        let kept = schedule.row(at(0)).unwrap();
        let mut schedule = Schedule::read(&kept).unwrap();
        assert!(schedule.paused);
        assert_eq!(schedule.pauses.len(), 3);
        // Nothing came due in the first; in the second two runs did, the last of them at its very end.
        let open = Pause { from: at(10_000), to: None };
        schedule.forget_pauses(at(3_600)).unwrap();
        assert_eq!(schedule.pauses, [Pause { from: at(3_500), to: Some(at(7_200)) }, open]);
        assert_eq!(
            [3_500, 3_501, 7_200, 7_201].map(|due| schedule.pauses[0].holds(at(due))),
            [false, true, true, false]
        );
        schedule.forget_pauses(at(7_200)).unwrap();
        assert_eq!(schedule.pauses, [open]);
    }

    #[test]
    fn a_pause_whose_begin_was_not_kept_holds_everything_back_as_it_did() {
        let mut schedule = Schedule::read(&old_row(true)).unwrap();
        assert!(schedule.terms().unwrap().pauses[0].holds(at(3_600)));
        schedule.pause(false, at(7_200));
        assert_eq!(schedule.pauses, [Pause { from: at(0), to: Some(at(7_200)) }]);
        // Kept once more, it is not taken for paused again.
        assert_eq!(Schedule::read(&schedule.row(at(0)).unwrap()).unwrap().pauses, schedule.pauses);
    }

    #[test]
    fn a_letter_that_cannot_leave_is_tried_again() {
        let first = Duration::from_secs(10);
        let mut run = Run { missed_at: Some(at(0)), ..Run::scheduled("sch_1", at(0)) };
        assert!(run.is_to_tell(at(0)));
        let no = |is_final| {
            let trouble = Trouble::new(Fault::Port, "nobody takes connections at relay:25");
            Err(NotSent { trouble, is_final })
        };
        run.after_letter(&no(false), at(0), first);
        assert_eq!((run.told, run.is_to_tell(at(9)), run.is_to_tell(at(10))), (false, false, true));
        let mut taken = run.clone();
        taken.after_letter(&Ok(()), at(10), first);
        assert_eq!((taken.told, taken.letter, taken.why), (true, None, None));
        run.after_letter(&no(true), at(10), first);
        assert!(run.told && !run.is_to_tell(at(1_000)));
        assert_eq!(run.why.as_deref(), Some("nobody takes connections at relay:25"));
    }
}
