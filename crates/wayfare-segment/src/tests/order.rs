//! Sequences, states in journeys and calendar ranges, of one person `u0`, and of `u1` who has no event.

use super::events::{check, check_at, world};

const DAY: &str = r#""within":{"value":1,"unit":"day"}"#;

fn sequence(steps: &[&str], rest: &str) -> String {
    let steps: Vec<String> = steps.iter().map(|step| format!(r#"{{"event":"{step}"}}"#)).collect();
    let comma = if rest.is_empty() { "" } else { "," };
    format!(r#"{{"sequence":[{}]{comma}{rest}}}"#, steps.join(","))
}

#[test]
fn steps_follow_one_another() {
    let world = world(&[
        ("a", "2026-08-01T00:00:00Z", "{}"),
        ("b", "2026-08-01T00:00:00Z", "{}"),
        ("a", "2026-08-03T00:00:00Z", "{}"),
        ("b", "2026-08-04T00:00:00Z", "{}"),
        ("c", "2026-08-04T00:00:00.000001Z", "{}"),
        // Too late for the evaluation.
        ("d", "2026-09-02T00:00:00Z", "{}"),
    ]);
    for (steps, rest, expected) in [
        (&["a"][..], "", "10"),
        (&["a", "b"], "", "10"),
        // Of two at the same time none is later.
        (&["b", "a", "b"], "", "10"),
        (&["b", "b", "b"], "", "00"),
        (&["a", "a", "a"], "", "00"),
        (&["c", "a"], "", "00"),
        (&["a", "d"], "", "00"),
        // The second `a` and the second `b` are a day apart, which is in time; `c` is a microsecond too late.
        (&["a", "b"], DAY, "10"),
        (&["a", "c"], DAY, "00"),
        (&["b", "c"], DAY, "10"),
        (&["a", "b", "c"], r#""within":{"value":25,"unit":"hour"}"#, "10"),
        (&["a", "a", "b"], r#""within":{"value":2,"unit":"day"}"#, "00"),
        (&["a", "a", "b"], r#""within":{"value":3,"unit":"day"}"#, "10"),
    ] {
        check(&world, &[(&sequence(steps, rest), expected)]);
    }
    let not = format!(r#"{{"not":{}}}"#, sequence(&["a", "b"], ""));
    check(&world, &[(&not, "01")]);
}

#[test]
fn a_step_has_a_range_and_conditions() {
    let world = world(&[
        ("a", "2026-08-01T00:00:00Z", r#"{"n":1}"#),
        ("a", "2026-08-02T00:00:00Z", r#"{"n":2}"#),
        ("b", "2026-08-03T00:00:00Z", r#"{"n":1}"#),
    ]);
    let case = |condition: &str| {
        format!(
            r#"{{"sequence":[{{"event":"a",{condition}}},{{"event":"b"}}],"within":{{"value":1,"unit":"day"}}}}"#
        )
    };
    check(
        &world,
        &[
            (&case(r#""where":{"parameter":"n","operator":"equals","value":2}"#), "10"),
            (&case(r#""where":{"parameter":"n","operator":"equals","value":1}"#), "00"),
            (&case(r#""time_range":{"operator":"before","value":"2026-08-02T00:00:00Z"}"#), "00"),
        ],
    );
}

#[test]
fn states_in_a_journey() {
    let enter = |time, pass| ("journey_enter", time, pass);
    let exit = |time, params| ("journey_exit", time, params);
    let first = "2026-08-01T00:00:00Z";
    let second = "2026-08-02T00:00:00Z";
    let third = "2026-08-03T00:00:00Z";
    for (events, state) in [
        (vec![], "never_entered"),
        (vec![enter(first, r#"{"journey_id":2}"#)], "never_entered"),
        (vec![enter(first, r#"{"journey_id":1,"is_dry_run":true}"#)], "never_entered"),
        (vec![enter("2026-09-02T00:00:00Z", r#"{"journey_id":1}"#)], "never_entered"),
        (vec![enter(first, r#"{"journey_id":1}"#)], "active"),
        (vec![enter(first, r#"{"journey_id":1}"#), exit(first, r#"{"journey_id":1}"#)], "exited"),
        (vec![exit(first, r#"{"journey_id":1}"#), enter(second, r#"{"journey_id":1}"#)], "active"),
        (vec![exit(first, r#"{"journey_id":1,"exit_reason":"goal"}"#)], "completed"),
        // The pass decides, not the time.
        (
            vec![
                enter(first, r#"{"journey_id":1,"pass_id":"p"}"#),
                exit(second, r#"{"journey_id":1,"pass_id":"q","exit_reason":"goal"}"#),
            ],
            "active",
        ),
        (
            vec![
                enter(second, r#"{"journey_id":1,"pass_id":"p"}"#),
                exit(first, r#"{"journey_id":1,"pass_id":"p","exit_reason":"goal_reached"}"#),
            ],
            "completed",
        ),
        // The newest exit decides; of one time, the one that arrived last.
        (
            vec![
                exit(second, r#"{"journey_id":1,"exit_reason":"completed"}"#),
                exit(first, r#"{"journey_id":1,"exit_reason":"timeout"}"#),
            ],
            "completed",
        ),
        (
            vec![
                exit(third, r#"{"journey_id":1,"exit_reason":"completed"}"#),
                exit(third, r#"{"journey_id":1,"exit_reason":"timeout"}"#),
            ],
            "exited",
        ),
    ] {
        let world = world(&events);
        for asked in ["active", "completed", "exited", "never_entered"] {
            let definition = format!(r#"{{"journey":{{"id":1,"state":"{asked}"}}}}"#);
            let of_nobody = u8::from(asked == "never_entered");
            let expected = format!("{}{of_nobody}", u8::from(asked == state));
            check(&world, &[(&definition, &expected)]);
        }
    }
}

#[test]
fn whole_days_weeks_and_months() {
    // A Tuesday, 10:00 in Istanbul.
    let (as_of, zone) = ("2026-09-01T07:00:00Z", "Europe/Istanbul");
    for (event, value, unit, expected) in [
        ("2026-08-31T21:00:00Z", 1, "day", "10"),
        ("2026-08-31T20:59:59Z", 1, "day", "00"),
        ("2026-08-30T21:00:00Z", 2, "day", "10"),
        // Monday.
        ("2026-08-30T21:00:00Z", 1, "week", "10"),
        ("2026-08-30T20:59:59Z", 1, "week", "00"),
        ("2026-08-23T21:00:00Z", 2, "week", "10"),
        ("2026-08-31T21:00:00Z", 1, "month", "10"),
        ("2026-08-31T20:59:59Z", 1, "month", "00"),
        ("2026-07-31T21:00:00Z", 2, "month", "10"),
        ("2025-09-30T21:00:00Z", 12, "month", "10"),
        ("2026-09-01T07:00:00Z", 1, "day", "00"),
        ("0001-01-01T00:00:00Z", 9_007_199_254_740_992_u64, "month", "10"),
    ] {
        let definition = format!(
            r#"{{"event":"a","time_range":{{"operator":"in_last","value":{value},"unit":"{unit}","calendar":true}}}}"#
        );
        check_at(&world(&[("a", event, "{}")]), &definition, expected, as_of, zone);
    }
    // The first day of 2018 with summer time began at one in the night in São Paulo.
    let definition =
        r#"{"event":"a","time_range":{"operator":"in_last","value":1,"unit":"day","calendar":true}}"#;
    for (event, expected) in [("2018-11-04T03:00:00Z", "10"), ("2018-11-04T02:59:59Z", "00")] {
        let world = world(&[("a", event, "{}")]);
        check_at(&world, definition, expected, "2018-11-04T12:00:00Z", "America/Sao_Paulo");
    }
}
