//! Endpoints, messages and tests as lines for a person.

use serde_json::Value;

/// A line for each element of a list.
pub fn each(answer: &Value, list: &str, line: fn(&Value) -> String) -> Vec<String> {
    answer.get(list).and_then(Value::as_array).into_iter().flatten().map(line).collect()
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, member: &str) -> u64 {
    value.get(member).and_then(Value::as_u64).unwrap_or_default()
}

/// An endpoint on a line.
pub fn endpoint(endpoint: &Value) -> String {
    let queue = endpoint.get("queue").unwrap_or(&Value::Null);
    let state = match (endpoint.get("disabled").and_then(Value::as_bool), text(queue, "failing_since")) {
        (Some(true), _) => "disabled".to_owned(),
        (_, "") => "ok".to_owned(),
        (_, since) => {
            let breaker = if text(queue, "breaker") == "open" { ", one is tried at a time" } else { "" };
            format!("failing since {since}{breaker}")
        }
    };
    format!(
        "{}  {}  {state}: {} waiting, {} given up",
        text(endpoint, "id"),
        text(endpoint, "url"),
        number(queue, "waiting"),
        number(queue, "dead"),
    )
}

/// An endpoint on several lines.
pub fn endpoint_in_full(of: &Value) -> Vec<String> {
    let mut lines = vec![endpoint(of)];
    if !text(of, "description").is_empty() {
        lines.push(text(of, "description").to_owned());
    }
    let events = of.get("events").and_then(Value::as_array).into_iter().flatten();
    let events: Vec<&str> = events.filter_map(Value::as_str).collect();
    let events = if events.is_empty() { "everything".to_owned() } else { events.join(", ") };
    lines.push(format!("told of {events}"));
    if number(of, "live_secrets") == 2 {
        lines.push(match text(of, "old_secret_until") {
            "" => "two secrets are live, until the next change".to_owned(),
            until => format!("two secrets are live, until {until}"),
        });
    }
    if let Some(next) = of.pointer("/queue/next_attempt_at").and_then(Value::as_str) {
        lines.push(format!("next attempt at {next}"));
    }
    lines
}

/// An endpoint, and the secret that is told this once.
pub fn with_secret(answer: &Value) -> Vec<String> {
    let mut lines = endpoint_in_full(answer.get("endpoint").unwrap_or(&Value::Null));
    lines.push(format!("secret, told this once: {}", text(answer, "secret")));
    lines
}

/// A step of a test.
pub fn step(step: &Value) -> String {
    let mark = if step.get("ok").and_then(Value::as_bool) == Some(true) { "ok    " } else { "failed" };
    format!("{mark}  {}: {}", text(step, "step"), text(step, "words"))
}

/// A message on a line.
pub fn message(message: &Value) -> String {
    let attempts = number(message, "attempts");
    let more = match (text(message, "last_error"), text(message, "next_attempt_at")) {
        ("", _) => String::new(),
        (why, "") => format!(": {why}"),
        (why, next) => format!(": {why}; next at {next}"),
    };
    format!(
        "{}  {}  {} to {}  {}, {attempts} attempts{more}",
        text(message, "id"),
        text(message, "created_at"),
        text(message, "type"),
        text(message, "endpoint"),
        text(message, "state"),
    )
}

/// What was sent once more: a message, or how many.
pub fn replayed(answer: &Value) -> Vec<String> {
    match answer.get("replayed").and_then(Value::as_u64) {
        Some(1) => vec!["1 message is sent once more".to_owned()],
        Some(count) => vec![format!("{count} messages are sent once more")],
        None => vec![message(answer)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words() {
        let failing = json!({"id": "ep_1", "url": "https://x.example", "disabled": false, "description": "orders",
            "events": ["export.failed"], "live_secrets": 2, "old_secret_until": "2026-09-02T00:00:00Z",
            "queue": {"waiting": 3, "dead": 1, "breaker": "open", "failures": 7,
                "failing_since": "2026-09-01T00:00:00Z", "next_attempt_at": "2026-09-01T01:00:00Z"}});
        let waiting = json!({"id": "msg_1", "endpoint": "ep_1", "type": "export.failed", "state": "waiting",
            "created_at": "2026-09-01T00:00:00Z", "attempts": 2, "last_error": "the answer was 500",
            "next_attempt_at": "2026-09-01T00:01:00Z"});
        let mut lines = endpoint_in_full(&failing);
        lines.push(message(&waiting));
        lines.extend(replayed(&waiting));
        lines.extend(replayed(&json!({"replayed": 2})));
        lines.push(step(&json!({"step": "name", "ok": false, "words": "no such name"})));
        lines.extend(with_secret(&json!({"endpoint": {"id": "ep_2", "queue": {}}, "secret": "whsec_x"})));
        assert_eq!(
            lines,
            [
                "ep_1  https://x.example  failing since 2026-09-01T00:00:00Z, one is tried at a time: 3 waiting, 1 given up",
                "orders",
                "told of export.failed",
                "two secrets are live, until 2026-09-02T00:00:00Z",
                "next attempt at 2026-09-01T01:00:00Z",
                "msg_1  2026-09-01T00:00:00Z  export.failed to ep_1  waiting, 2 attempts: the answer was 500; next at 2026-09-01T00:01:00Z",
                "msg_1  2026-09-01T00:00:00Z  export.failed to ep_1  waiting, 2 attempts: the answer was 500; next at 2026-09-01T00:01:00Z",
                "2 messages are sent once more",
                "failed  name: no such name",
                "ep_2    ok: 0 waiting, 0 given up",
                "told of everything",
                "secret, told this once: whsec_x",
            ]
        );
    }
}
