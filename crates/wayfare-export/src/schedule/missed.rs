//! What is told of runs that were not complete in time: an event each, and a letter in text and HTML.

use super::kept::{Run, RunStatus, Schedule};
use super::rule::local;
use super::rule_form::zone;
use crate::error::ExportError;
use crate::letter;
use crate::mail::Letter;
use crate::webhook::{Event, EventType};
use minijinja::{Value, context};
use serde_json::json;
use wayfare_model::time::Instant;

/// Runs that one letter lists; the rest it counts.
const LISTED: usize = 20;

/// A missed run as the event that webhook endpoints are told of.
pub fn event(schedule: &Schedule, run: &Run, now: Instant) -> Event {
    let mut data = json!({
        "schedule": schedule.id,
        "name": schedule.draft.name,
        "run": run.id,
        "due_at": run.due,
        "expected_by": run.expected_by,
        "status": run.status.name(),
    });
    if let Some(export) = &run.job {
        data["export_id"] = json!(export);
    }
    if let Some(why) = &run.why {
        data["why"] = json!(why);
    }
    Event::new(EventType::ScheduleMissed, run.id.clone(), run.missed_at.unwrap_or(now), data)
}

/// Writes the letter about runs that are missed, of which there is at least one.
pub fn letter(schedule: &Schedule, to: &str, runs: &[Run], public_url: &str) -> Result<Letter, ExportError> {
    let zone = zone(&schedule.draft.time_zone, "time_zone")?;
    let clock = |at| local(&zone, at).unwrap_or_default().replacen('T', " ", 1);
    let listed = runs.iter().take(LISTED).map(|run| {
        let expected_by = run.expected_by.map(clock).unwrap_or_default();
        context! { due => clock(run.due), expected_by => expected_by, state => state(run) }
    });
    let listed: Vec<Value> = listed.collect();
    let what = match runs.len() {
        1 => format!("A run of “{}” is late", schedule.draft.name),
        several => format!("{several} runs of “{}” are late", schedule.draft.name),
    };
    let values = context! {
        what => &what,
        name => &schedule.draft.name,
        id => &schedule.id,
        time_zone => &schedule.draft.time_zone,
        backfill => schedule.draft.backfill,
        runs => listed,
        more => runs.len().saturating_sub(LISTED),
        link => format!("{}/schedules?schedule={}", public_url.trim_end_matches('/'), schedule.id),
    };
    letter::write(to, what.clone(), "run_missed", &values)
}

fn state(run: &Run) -> String {
    let said = match run.status {
        RunStatus::Waiting => "has not begun",
        RunStatus::Running => "is not done",
        RunStatus::Complete => "was complete too late",
        RunStatus::Failed => "failed",
        RunStatus::Cancelled => "was cancelled",
        RunStatus::Skipped => "was skipped",
    };
    match &run.why {
        Some(why) => format!("{said}: {why}"),
        None => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wayfare_model::time::Instant;

    #[test]
    fn the_letter() {
        let at = |text: &str| Instant::parse(text).unwrap();
        let schedule: Schedule = serde_json::from_value(serde_json::json!({
            "id": "sch_1", "paused": false, "revision": 1, "chain_revision": 1,
            "created_at": "2026-09-01T00:00:00Z", "created_by": "web app",
            "changed_at": "2026-09-01T00:00:00Z", "changed_by": "web app",
            "draft": {"name": "Opens <daily> & more", "request": {"kind": "profiles", "format": "csv"},
                "rule": {"every": "day", "at": "06:00"}, "time_zone": "Europe/Istanbul", "incremental": false,
                "backfill": true, "expected_within_seconds": 3600, "notify": "ana@example.com"}
        }))
        .unwrap();
        let mut runs: Vec<Run> = ["2026-09-02T03:00:00Z", "2026-09-03T03:00:00Z"]
            .map(|due| Run {
                expected_by: Some(at(&due.replace("T03", "T04"))),
                ..Run::scheduled("sch_1", at(due))
            })
            .to_vec();
        runs[0].status = RunStatus::Failed;
        runs[0].why = Some("the disk is full".into());
        let letter = letter(&schedule, "ana@example.com", &runs, "https://wayfare.example/").unwrap();
        insta::assert_snapshot!("missed_text", format!("Subject: {}\n\n{}", letter.subject, letter.text));
        insta::assert_snapshot!("missed_html", letter.html);
        assert!(!letter.html.contains("<daily>"));
    }
}
