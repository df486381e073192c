//! Events of one person `u0`, and of `u1` who has none.

use super::{AS_OF, answers, at};
use crate::testing::World;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::record::{Incoming, event_from_json, profile_from_json};

/// A world from lines `event time params`.
pub(super) fn world(events: &[(&str, &str, &str)]) -> World {
    let profile = |user| {
        let json = format!(r#"{{"user_id":"{user}"}}"#);
        Incoming::Profile(profile_from_json(&json).unwrap().record)
    };
    let mut records = vec![profile("u0"), profile("u1")];
    for (index, (event, time, params)) in events.iter().enumerate() {
        let json = format!(
            r#"{{"event_id":"e{index}","user_id":"u0","event":"{event}","timestamp":"{time}","params":{params}}}"#
        );
        records.push(Incoming::Event(event_from_json(&json).unwrap().record));
    }
    World::new(Dictionary::default(), &records)
}

pub(super) fn check(world: &World, cases: &[(&str, &str)]) {
    for (definition, expected) in cases {
        check_at(world, definition, expected, AS_OF, "UTC");
    }
}

pub(super) fn check_at(world: &World, definition: &str, expected: &str, as_of: &str, zone: &str) {
    match answers(world, definition, &at(as_of, zone)) {
        Ok(answers) => assert_eq!(answers, expected, "{definition}"),
        Err(refusal) => assert_eq!(expected, refusal.path, "{definition}: {refusal}"),
    }
}

fn purchases() -> World {
    world(&[
        ("purchase", "2026-08-31T07:00:00Z", r#"{"amount":0.1,"item":"a","gift":true,"tags":["x"]}"#),
        ("purchase", "2026-08-31T06:59:59.999999Z", r#"{"amount":0.2,"item":"b","gift":false}"#),
        ("purchase", "2026-08-01T00:00:00Z", r#"{"item":"c"}"#),
        // At the moment of evaluation, and after it: unseen.
        ("purchase", "2026-09-01T07:00:00Z", r#"{"amount":100,"item":"z"}"#),
        ("purchase", "2026-09-02T07:00:00Z", r#"{"amount":100,"item":"z"}"#),
        ("visit", "2026-08-01T00:00:00Z", "{}"),
    ])
}

#[test]
fn times() {
    check(
        &purchases(),
        &[
            (r#"{"event":"purchase"}"#, "10"),
            (r#"{"not":{"event":"purchase"}}"#, "01"),
            (r#"{"event":"purchase","times":{"operator":"exactly","value":3}}"#, "10"),
            (r#"{"event":"purchase","times":{"operator":"exactly","value":0}}"#, "01"),
            (r#"{"event":"purchase","times":{"operator":"exactly","value":2}}"#, "00"),
            (r#"{"event":"purchase","times":{"operator":"at_least","value":0}}"#, "11"),
            (r#"{"event":"purchase","times":{"operator":"at_least","value":3}}"#, "10"),
            (r#"{"event":"purchase","times":{"operator":"at_least","value":300}}"#, "00"),
            (r#"{"event":"purchase","times":{"operator":"at_most","value":2}}"#, "01"),
            (r#"{"event":"purchase","times":{"operator":"at_most","value":3}}"#, "11"),
            (r#"{"event":"purchase","times":{"operator":"between","from":0,"to":3}}"#, "11"),
            (r#"{"event":"purchase","times":{"operator":"between","from":1,"to":3}}"#, "10"),
            (r#"{"event":"purchase","times":{"operator":"between","from":3,"to":1}}"#, "00"),
            (r#"{"event":"purchase","times":{"operator":"between","from":1,"to":9007199254740992}}"#, "10"),
            (r#"{"event":"journey_enter","times":{"operator":"exactly","value":0}}"#, "11"),
        ],
    );
}

#[test]
fn time_ranges() {
    let case = |range: &str, times: u32| {
        format!(
            r#"{{"event":"purchase","time_range":{{{range}}},"times":{{"operator":"exactly","value":{times}}}}}"#
        )
    };
    for (range, times) in [
        (r#""operator":"all_time""#, 3),
        (r#""operator":"in_last","value":1,"unit":"day""#, 1),
        (r#""operator":"in_last","value":1,"unit":"day","calendar":false"#, 1),
        (r#""operator":"in_last","value":1,"unit":"minute""#, 0),
        (r#""operator":"in_last","value":1,"unit":"month""#, 2),
        (r#""operator":"in_last","value":5,"unit":"week""#, 3),
        (r#""operator":"between","from":"2026-08-01T00:00:00Z","to":"2026-08-31T07:00:00Z""#, 2),
        (r#""operator":"between","from":"2026-08-31T07:00:00Z","to":"2026-08-01T00:00:00Z""#, 0),
        (r#""operator":"before","value":"2026-08-31T07:00:00Z""#, 2),
        (r#""operator":"after","value":"2026-08-31T10:00:00+03:00""#, 1),
        (r#""operator":"after","value":"2026-09-01T07:00:00Z""#, 0),
    ] {
        check(&purchases(), &[(&case(range, times), if times == 0 { "11" } else { "10" })]);
    }
}

#[test]
fn conditions_and_times_see_the_same_events() {
    let b = r#"{"parameter":"item","operator":"equals","value":"b"}"#;
    let c = r#"{"parameter":"item","operator":"equals","value":"c"}"#;
    let cases = [
        (b.to_owned(), 1),
        (format!(r#"{{"any":[{b},{c}]}}"#), 2),
        (format!(r#"{{"all":[{b},{c}]}}"#), 0),
        (r#"{"all":[]}"#.to_owned(), 3),
        (r#"{"any":[]}"#.to_owned(), 0),
        (format!(r#"{{"not":{b}}}"#), 2),
        (r#"{"parameter":"amount","operator":"not_exists"}"#.to_owned(), 1),
        (r#"{"parameter":"amount","operator":"not_equals","value":0.1}"#.to_owned(), 2),
        (r#"{"parameter":"tags","operator":"not_contains","value":"x"}"#.to_owned(), 2),
        (r#"{"parameter":"item","operator":"in","values":["A","B"],"case_insensitive":true}"#.to_owned(), 2),
    ];
    for (condition, times) in cases {
        let json = format!(
            r#"{{"event":"purchase","where":{condition},"times":{{"operator":"exactly","value":{times}}}}}"#
        );
        check(&purchases(), &[(&json, if times == 0 { "11" } else { "10" })]);
    }
}

#[test]
fn aggregates() {
    let world = purchases();
    let case = |body: &str, expected: &str| {
        check(&world, &[(&format!(r#"{{"event":"purchase","aggregate":{{{body}}}}}"#), expected)]);
    };
    case(r#""function":"sum","parameter":"amount","operator":"exactly","value":0.30000000000000004"#, "10");
    case(r#""function":"sum","parameter":"amount","operator":"at_least","value":"0.4""#, "00");
    case(r#""function":"sum","parameter":"amount","operator":"at_most","value":100"#, "10");
    case(r#""function":"average","parameter":"amount","operator":"between","from":0.1,"to":0.2"#, "10");
    case(r#""function":"minimum","parameter":"amount","operator":"exactly","value":0.1"#, "10");
    case(r#""function":"maximum","parameter":"item","operator":"exactly","value":"c""#, "10");
    case(r#""function":"minimum","parameter":"item","operator":"at_least","value":"b""#, "00");
    case(r#""function":"first","parameter":"item","operator":"exactly","value":"c""#, "10");
    case(r#""function":"last","parameter":"item","operator":"exactly","value":"a""#, "10");
    case(r#""function":"first","parameter":"amount","operator":"exactly","value":0.2"#, "10");
    case(r#""function":"last","parameter":"gift","operator":"exactly","value":true"#, "10");
    case(r#""function":"distinct_count","parameter":"item","operator":"exactly","value":3"#, "10");
    case(r#""function":"distinct_count","parameter":"item","operator":"at_least","value":0"#, "10");
    case(r#""function":"sum","parameter":"item","operator":"exactly","value":1"#, "aggregate.function");
    case(
        r#""function":"minimum","parameter":"gift","operator":"exactly","value":true"#,
        "aggregate.function",
    );
    case(r#""function":"last","parameter":"gift","operator":"at_least","value":true"#, "aggregate.operator");
    case(
        r#""function":"distinct_count","parameter":"tags","operator":"exactly","value":1"#,
        "aggregate.function",
    );
    case(r#""function":"first","parameter":"amount","operator":"exactly","value":"x""#, "aggregate.value");
    case(r#""function":"sum","parameter":"amonut","operator":"exactly","value":1"#, "aggregate.parameter");
    // Both must hold, and only `times` sees absence.
    check(
        &world,
        &[(
            r#"{"event":"purchase","times":{"operator":"exactly","value":2},
            "aggregate":{"function":"sum","parameter":"amount","operator":"at_least","value":0}}"#,
            "00",
        )],
    );
    check(
        &world,
        &[(
            r#"{"event":"purchase","times":{"operator":"exactly","value":0},
            "aggregate":{"function":"sum","parameter":"amount","operator":"at_most","value":0}}"#,
            "00",
        )],
    );
}

#[test]
fn first_and_last_of_equal_times_go_by_arrival() {
    let time = "2026-08-01T00:00:00Z";
    let world = world(&[
        ("purchase", time, r#"{"item":"a"}"#),
        ("purchase", time, r#"{"item":"b"}"#),
        ("purchase", time, "{}"),
    ]);
    check(
        &world,
        &[
            (
                r#"{"event":"purchase","aggregate":{"function":"first","parameter":"item","operator":"exactly","value":"a"}}"#,
                "10",
            ),
            (
                r#"{"event":"purchase","aggregate":{"function":"last","parameter":"item","operator":"exactly","value":"b"}}"#,
                "10",
            ),
        ],
    );
}

#[test]
fn journeys_and_dry_runs() {
    let world = world(&[
        (
            "journey_entered",
            "2026-08-01T00:00:00Z",
            r#"{"journey_id":"1004","name":"bogo","reason":"event"}"#,
        ),
        ("journey_enter", "2026-08-01T00:00:00Z", r#"{"journey_id":1004,"is_dry_run":1}"#),
        (
            "journey_product_action",
            "2026-08-01T00:00:00Z",
            r#"{"journey_id":1007,"channel_code":"EM","action_code":4}"#,
        ),
        ("visit", "2026-08-01T00:00:00Z", r#"{"is_dry_run":"1"}"#),
        ("look", "2026-08-01T00:00:00Z", r#"{"is_dry_run":0}"#),
    ]);
    check(
        &world,
        &[
            (r#"{"event":"journey_entered","times":{"operator":"exactly","value":1}}"#, "10"),
            (
                r#"{"event":"journey_enter","where":{"parameter":"is_dry_run","operator":"equals","value":true}}"#,
                "10",
            ),
            (
                r#"{"event":"journey_enter","where":{"parameter":"is_dry_run","operator":"equals","value":1}}"#,
                "10",
            ),
            (
                r#"{"event":"journey_enter","where":{"not":{"any":[{"parameter":"is_dry_run","operator":"equals","value":true},{"any":[]}]}},"times":{"operator":"exactly","value":1}}"#,
                "10",
            ),
            (
                r#"{"event":"journey_enter","where":{"parameter":"reason","operator":"equals","value":"event"}}"#,
                "10",
            ),
            (
                r#"{"event":"journey_enter","where":{"parameter":"name","operator":"equals","value":"bogo"}}"#,
                "10",
            ),
            (r#"{"event":"visit"}"#, "00"),
            (r#"{"event":"look"}"#, "10"),
            (r#"{"channel_interaction":{"product":"architect"}}"#, "10"),
            (
                r#"{"channel_interaction":{"product":"architect","channel":"e-MAIL","action":"open","journey_id":"1007"}}"#,
                "10",
            ),
            (r#"{"channel_interaction":{"product":"architect","channel":"em","action":"4"}}"#, "10"),
            (r#"{"channel_interaction":{"product":"architect","action":"view"}}"#, "10"),
            (r#"{"channel_interaction":{"product":"architect","channel":"SMS"}}"#, "00"),
            (
                r#"{"channel_interaction":{"product":"architect"},"where":{"parameter":"campaign_id","operator":"exists"},
                "times":{"operator":"exactly","value":0}}"#,
                "11",
            ),
        ],
    );
}
