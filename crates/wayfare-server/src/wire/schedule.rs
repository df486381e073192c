//! Schedules and their runs.

use super::export::CreateExport;
use crate::problem::Problem;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use utoipa::{IntoParams, ToSchema};
use wayfare_export::schedule::rule_form::{DayForm, RuleForm};
use wayfare_export::schedule::{self, Due, Listed, RunStatus};

/// A schedule to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSchedule {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The export that is made, without `positions`, `as_of` and `surface`: each run is as of the time it was due.
    pub request: CreateExport,
    /// When runs are due.
    pub rule: ScheduleRule,
    /// By the clock of which time zone, as the IANA database names it. Default: UTC.
    #[schema(example = "Europe/Istanbul")]
    pub time_zone: Option<String>,
    /// Whether each run has only what came in since the last complete one. Default: false.
    pub incremental: Option<bool>,
    /// Whether runs that were missed are made later, one at a time, in order. Default: true.
    pub backfill: Option<bool>,
    /// Within how many seconds of its due time a run is expected to be complete.
    #[schema(minimum = 60, maximum = 2592000)]
    pub expected_within_seconds: Option<u64>,
    /// Who gets an e-mail when a run is not complete in time.
    pub notify: Option<String>,
}

/// A change of a schedule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleChange {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The export that is made.
    pub request: CreateExport,
    /// When runs are due.
    pub rule: ScheduleRule,
    /// By the clock of which time zone. Default: UTC.
    pub time_zone: Option<String>,
    /// Whether each run has only what came in since the last complete one. Default: false.
    pub incremental: Option<bool>,
    /// Whether runs that were missed are made later. Default: true.
    pub backfill: Option<bool>,
    /// Within how many seconds of its due time a run is expected to be complete.
    #[schema(minimum = 60, maximum = 2592000)]
    pub expected_within_seconds: Option<u64>,
    /// Who gets an e-mail when a run is not complete in time.
    pub notify: Option<String>,
    /// The revision that the change was made from: another one meanwhile is a conflict.
    #[schema(minimum = 1)]
    pub revision: u64,
}

/// When runs are due. `minutes` goes with every `minutes`, `minute` with `hour`, `at` with `day`, `week` and `month`,
/// `weekdays` with `week`, `day` with `month`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleRule {
    /// `minutes`, `hour`, `day`, `week` or `month`.
    #[schema(pattern = "^(minutes|hour|day|week|month)$", example = "day")]
    pub every: String,
    /// How many: 5, 6, 10, 12, 15, 20 or 30, counted from the full hour of UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 5, maximum = 30)]
    pub minutes: Option<u8>,
    /// How many minutes past the full hour of UTC. Default: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 59)]
    pub minute: Option<u8>,
    /// The local time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "06:00")]
    pub at: Option<String>,
    /// The days: `monday` to `sunday`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1)]
    pub weekdays: Option<Vec<String>>,
    /// 1 to 31, or `last`. A day that a month lacks is its last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<ScheduleDay>,
}

/// A day of the month.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ScheduleDay {
    /// 1 to 31.
    Number(i64),
    /// `last`.
    Word(String),
}

/// As the room reads it, which says what is expected in the place of what is neither.
impl<'de> Deserialize<'de> for ScheduleDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DayForm::deserialize(deserializer).map(Self::of)
    }
}

impl ScheduleDay {
    fn of(day: DayForm) -> Self {
        match day {
            DayForm::Number(day) => Self::Number(day),
            DayForm::Word(word) => Self::Word(word),
        }
    }
}

impl ScheduleRule {
    /// The rule as the room reads it.
    pub fn into_form(self) -> RuleForm {
        let day = self.day.map(|day| match day {
            ScheduleDay::Number(day) => DayForm::Number(day),
            ScheduleDay::Word(word) => DayForm::Word(word),
        });
        let Self { every, minutes, minute, at, weekdays, .. } = self;
        RuleForm { every, minutes, minute, at, weekdays, day }
    }

    fn of(form: RuleForm) -> Self {
        let RuleForm { every, minutes, minute, at, weekdays, day } = form;
        let day = day.map(ScheduleDay::of);
        Self { every, minutes, minute, at, weekdays, day }
    }
}

/// A time at which a run is due.
#[derive(Debug, Serialize, ToSchema)]
pub struct DueTime {
    /// The instant.
    #[schema(format = DateTime)]
    pub at: String,
    /// What the clock of the time zone shows then.
    #[schema(format = DateTime)]
    pub local: String,
    /// `skipped` where the local time does not exist on that day, so that the run is due when the gap is over; `doubled`
    /// where it comes twice, so that the run is due the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub change: Option<String>,
}

impl From<Due> for DueTime {
    fn from(due: Due) -> Self {
        Self {
            at: due.at.to_string(),
            local: due.local,
            change: due.change.map(|change| change.name().to_owned()),
        }
    }
}

/// A schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct Schedule {
    /// `sch_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The export that is made, in the form of its body.
    #[schema(value_type = Object)]
    pub request: Box<RawValue>,
    /// When runs are due.
    pub rule: ScheduleRule,
    /// By the clock of which time zone.
    pub time_zone: String,
    /// Whether each run has only what came in since the last complete one.
    pub incremental: bool,
    /// Whether runs that were missed are made later.
    pub backfill: bool,
    /// Within how many seconds of its due time a run is expected to be complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expected_within_seconds: Option<u64>,
    /// Who gets an e-mail when a run is not complete in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub notify: Option<String>,
    /// Whether no run begins by itself.
    pub paused: bool,
    /// From 1; each change makes the next.
    pub revision: u64,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who made it.
    pub created_by: String,
    /// When it was changed last.
    #[schema(format = DateTime)]
    pub changed_at: String,
    /// Who changed it.
    pub changed_by: String,
    /// When the next run is due; absent where it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next: Option<DueTime>,
    /// The run that was due last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_run: Option<ScheduleRun>,
}

impl TryFrom<Listed> for Schedule {
    type Error = Problem;

    fn try_from(listed: Listed) -> Result<Self, Problem> {
        let schedule::Schedule { id, draft, paused, revision, .. } = listed.schedule;
        Ok(Self {
            id,
            name: draft.name,
            request: to_raw_value(&draft.request).map_err(|error| Problem::internal(&error))?,
            rule: ScheduleRule::of(draft.rule),
            time_zone: draft.time_zone,
            incremental: draft.incremental,
            backfill: draft.backfill,
            expected_within_seconds: draft.expected_within_seconds,
            notify: draft.notify,
            paused,
            revision,
            created_at: listed.schedule.created_at.to_string(),
            created_by: listed.schedule.created_by,
            changed_at: listed.schedule.changed_at.to_string(),
            changed_by: listed.schedule.changed_by,
            next: listed.next.map(DueTime::from),
            last_run: listed.last.map(ScheduleRun::from),
        })
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleRunStatus {
    /// It waits for the run before it, or for the schedule to be resumed.
    Waiting,
    /// Its export waits or is written.
    Running,
    /// Its export is complete.
    Complete,
    /// Its export failed, or could not be asked for.
    Failed,
    /// Somebody stopped its export.
    Cancelled,
    /// It was never begun; `why` says why.
    Skipped,
}

/// One run of a schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleRun {
    /// `run_…`
    pub id: String,
    /// When it was due: when it was asked for, where somebody asked.
    #[schema(format = DateTime)]
    pub due_at: String,
    /// Who asked for it, where it is none of the rule's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub asked_by: Option<String>,
    /// How far it is.
    pub status: ScheduleRunStatus,
    /// Its export.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub export_id: Option<String>,
    /// When its export was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub started_at: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub finished_at: Option<String>,
    /// When it is expected to be complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub expected_by: Option<String>,
    /// When it was found not to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub missed_at: Option<String>,
    /// Why it is not complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub why: Option<String>,
}

impl From<schedule::Run> for ScheduleRun {
    fn from(run: schedule::Run) -> Self {
        let time = |at: wayfare_model::time::Instant| at.to_string();
        Self {
            id: run.id,
            due_at: time(run.due),
            asked_by: run.asked_by,
            status: match run.status {
                RunStatus::Waiting => ScheduleRunStatus::Waiting,
                RunStatus::Running => ScheduleRunStatus::Running,
                RunStatus::Complete => ScheduleRunStatus::Complete,
                RunStatus::Failed => ScheduleRunStatus::Failed,
                RunStatus::Cancelled => ScheduleRunStatus::Cancelled,
                RunStatus::Skipped => ScheduleRunStatus::Skipped,
            },
            export_id: run.job,
            started_at: run.started_at.map(time),
            finished_at: run.finished_at.map(time),
            expected_by: run.expected_by.map(time),
            missed_at: run.missed_at.map(time),
            why: run.why,
        }
    }
}

/// One page of schedules, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Schedules {
    /// The schedules.
    pub schedules: Vec<Schedule>,
    /// Leads to the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

/// One page of runs, the latest due time first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleRuns {
    /// The runs.
    pub runs: Vec<ScheduleRun>,
    /// Leads to the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SchedulesQuery {
    /// Where the page before ended: its `next_cursor`.
    pub cursor: Option<String>,
    /// How many a page has. Default: 50.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// Which due times.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DueRequest {
    /// When runs are due.
    pub rule: ScheduleRule,
    /// By the clock of which time zone. Default: UTC.
    pub time_zone: Option<String>,
    /// Only due times after it; RFC 3339. Default: now.
    #[schema(format = DateTime)]
    pub after: Option<String>,
    /// How many. Default: 5.
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// Due times.
#[derive(Debug, Serialize, ToSchema)]
pub struct DueTimes {
    /// The first of them first.
    pub due: Vec<DueTime>,
}
