//! Schedules and runs as lines, out of a server's answers.

use crate::command::export::text;
use serde_json::Value;

fn part(of: &Value, member: &str) -> String {
    text(of, member).unwrap_or_default()
}

/// A schedule on a line.
pub fn said(schedule: &Value) -> String {
    let next = match (schedule.get("paused").and_then(Value::as_bool), schedule.get("next")) {
        (Some(true), _) => "paused".to_owned(),
        (_, Some(next)) => format!("next {}", part(next, "local")),
        _ => "never due again".to_owned(),
    };
    let last = schedule.get("last_run").map_or_else(
        || "no run yet".to_owned(),
        |run| format!("last {} {}", part(run, "due_at"), status(run)),
    );
    format!("{}  {}  {}; {next}; {last}", part(schedule, "id"), part(schedule, "name"), rule(schedule))
}

/// A schedule on several lines.
pub fn details(schedule: &Value) -> Vec<String> {
    let is = |member: &str| schedule.get(member).and_then(Value::as_bool).unwrap_or(false);
    let mut lines = vec![said(schedule)];
    lines.push(format!(
        "{}; missed runs are {}",
        if is("incremental") {
            "each run has what came in since the last complete one"
        } else {
            "each run has everything"
        },
        if is("backfill") { "made later, in order" } else { "skipped" },
    ));
    if let Some(within) = schedule.get("expected_within_seconds").and_then(Value::as_u64) {
        let notify =
            text(schedule, "notify").map_or_else(String::new, |to| format!(", else {to} gets an e-mail"));
        lines.push(format!("expected within {within} seconds{notify}"));
    }
    lines.push(format!(
        "revision {}, changed {} by {}",
        schedule.get("revision").and_then(Value::as_u64).unwrap_or(0),
        part(schedule, "changed_at"),
        part(schedule, "changed_by"),
    ));
    lines.extend(schedule.get("request").map(|request| format!("request: {request}")));
    lines.extend(schedule.get("last_run").map(|run| format!("last run: {}", self::run(run))));
    lines
}

/// When a schedule is due.
fn rule(schedule: &Value) -> String {
    let Some(rule) = schedule.get("rule") else { return String::new() };
    let zone = part(schedule, "time_zone");
    let number = |member: &str| rule.get(member).and_then(Value::as_u64).unwrap_or(0);
    match part(rule, "every").as_str() {
        "minutes" => format!("every {} minutes", number("minutes")),
        "hour" => format!("every hour at minute {} of UTC", number("minute")),
        "week" => {
            let days = rule.get("weekdays").and_then(Value::as_array).cloned().unwrap_or_default();
            let days: Vec<&str> = days.iter().filter_map(Value::as_str).collect();
            format!("every {} at {} {zone}", days.join(", "), part(rule, "at"))
        }
        "month" => {
            let day = text(rule, "day")
                .map_or_else(|| format!("day {}", number("day")), |_| "the last day".to_owned());
            format!("every month on {day} at {} {zone}", part(rule, "at"))
        }
        _ => format!("every day at {} {zone}", part(rule, "at")),
    }
}

/// A run on a line.
pub fn run(run: &Value) -> String {
    let export = text(run, "export_id").map_or_else(String::new, |id| format!("  {id}"));
    let asked = text(run, "asked_by").map_or_else(String::new, |by| format!(", asked for by {by}"));
    let why = text(run, "why").map_or_else(String::new, |why| format!(": {why}"));
    format!("{}  due {}{asked}  {}{export}{why}", part(run, "id"), part(run, "due_at"), status(run))
}

fn status(run: &Value) -> String {
    match run.get("missed_at") {
        Some(_) => format!("{}, not in time", part(run, "status")),
        None => part(run, "status"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn in_words() {
        let run = json!({"id": "run_1", "due_at": "2026-09-01T03:00:00Z", "status": "failed", "export_id": "exp_1",
            "missed_at": "2026-09-01T04:00:00Z", "why": "the disk is full"});
        let schedule = json!({"id": "sch_1", "name": "Opens", "rule": {"every": "week", "weekdays": ["monday"], "at": "06:00"},
            "time_zone": "Europe/Istanbul", "incremental": true, "backfill": true, "paused": false, "revision": 3,
            "expected_within_seconds": 3600, "notify": "ana@example.com", "changed_at": "2026-09-01T00:00:00Z",
            "changed_by": "API key", "request": {"kind": "events"}, "last_run": run,
            "next": {"at": "2026-09-07T03:00:00Z", "local": "2026-09-07T06:00:00+03:00"}});
        assert_eq!(
            details(&schedule),
            [
                "sch_1  Opens  every monday at 06:00 Europe/Istanbul; next 2026-09-07T06:00:00+03:00; last 2026-09-01T03:00:00Z failed, not in time",
                "each run has what came in since the last complete one; missed runs are made later, in order",
                "expected within 3600 seconds, else ana@example.com gets an e-mail",
                "revision 3, changed 2026-09-01T00:00:00Z by API key",
                "request: {\"kind\":\"events\"}",
                "last run: run_1  due 2026-09-01T03:00:00Z  failed, not in time  exp_1: the disk is full",
            ]
        );
        let rules = [
            (json!({"every": "minutes", "minutes": 15}), "every 15 minutes"),
            (json!({"every": "hour"}), "every hour at minute 0 of UTC"),
            (json!({"every": "day", "at": "06:00"}), "every day at 06:00 UTC"),
            (json!({"every": "month", "day": 31, "at": "06:00"}), "every month on day 31 at 06:00 UTC"),
            (
                json!({"every": "month", "day": "last", "at": "06:00"}),
                "every month on the last day at 06:00 UTC",
            ),
        ];
        for (form, words) in rules {
            assert_eq!(rule(&json!({"rule": form, "time_zone": "UTC"})), words);
        }
    }
}
