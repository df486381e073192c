//! What is refused, where, with what words and suggestion.

use super::{AS_OF, at};
use crate::definition::{DEEPEST, Definition, MOST_NODES};
use crate::evaluate::{EvaluateError, evaluate_unless};
use crate::library::Library;
use crate::testing::{MemoryColumns, Random, World};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::problem::Refusal;
use wayfare_model::record::{Incoming, event_from_json, profile_from_json};

fn world() -> World {
    let profile =
        r#"{"user_id":"u","attributes":{"country":"TR","income":1,"vip":true,"born":"2000-01-01"}}"#;
    let event = r#"{"event_id":"e","user_id":"u","event":"purchase","timestamp":"2026-08-01T00:00:00Z",
        "params":{"amount":1,"item":"a"}}"#;
    let records = [
        Incoming::Profile(profile_from_json(profile).unwrap().record),
        Incoming::Event(event_from_json(event).unwrap().record),
    ];
    World::new(Dictionary::default(), &records)
}

fn refused(definition: &str) -> Refusal {
    let world = world();
    match Definition::parse(definition)
        .and_then(|definition| definition.check(&world.dictionary, &world.library))
    {
        Ok(_) => panic!("not refused: {definition}"),
        Err(refusal) => refusal,
    }
}

fn check(definition: &str, path: &str, message: &str, nearest: Option<&str>) {
    let refusal = refused(definition);
    assert_eq!(refusal.path, path, "{definition}: {refusal}");
    assert!(refusal.message.contains(message), "{definition}: {refusal}");
    assert_eq!(refusal.nearest.as_deref(), nearest, "{definition}: {refusal}");
}

#[test]
fn forms() {
    check("", "", "not JSON", None);
    check("{", "", "not JSON", None);
    check("[]", "", "must be a JSON object", None);
    check("{} x", "", "not JSON", None);
    check("{}", "", "gives none of", None);
    check(r#"{"value":1}"#, "", "gives none of", None);
    check(r#"{"any":[{"all":{}}]}"#, "any[0].all", "must be an array", None);
    check(r#"{"al":[]}"#, "al", "not known", Some("all"));
    check(r#"{"evnt":"purchase"}"#, "evnt", "not known", Some("event"));
    check(r#"{"banana_split":1}"#, "banana_split", "not known", None);
    check(r#"{"all":[],"any":[]}"#, "any", "cannot stand beside `all`", None);
    check(r#"{"all":[],"all":[]}"#, "all", "given twice", None);
    check(r#"{"all":[],"comment":"x"}"#, "comment", "not known", None);
    check(r#"{"not":[]}"#, "not", "must be a JSON object", None);
    check(r#"{"attribute":1,"operator":"exists"}"#, "attribute", "must be a string", None);
    check(r#"{"attribute":"\ud800","operator":"exists"}"#, "attribute", "is not valid Unicode", None);
    check(r#"{"attribute":"country"}"#, "operator", "missing", None);
    check(r#"{"attribute":"country","operatr":"exists"}"#, "operatr", "not known", Some("operator"));
    check(
        r#"{"attribute":"country","operator":"equal","value":"x"}"#,
        "operator",
        "not known",
        Some("equals"),
    );
    check(r#"{"attribute":"country","operator":"equals"}"#, "value", "missing", None);
    check(r#"{"attribute":"country","operator":"equals","values":["x"]}"#, "values", "takes `value`", None);
    check(r#"{"attribute":"country","operator":"exists","value":1}"#, "value", "takes nothing", None);
    check(r#"{"attribute":"country","operator":"equals","value":null}"#, "value", "null", None);
    check(r#"{"attribute":"country","operator":"equals","value":{}}"#, "value", "must be a string", None);
    check(r#"{"attribute":"country","operator":"in","values":["x",null]}"#, "values[1]", "null", None);
    check(r#"{"attribute":"country","operator":"in","values":"x"}"#, "values", "must be an array", None);
    check(
        r#"{"attribute":"country","operator":"exists","case_insensitive":1}"#,
        "case_insensitive",
        "true or false",
        None,
    );
    check(r#"{"event":"purchase","time":{}}"#, "time", "not known", Some("times"));
    check(r#"{"event":"purchase","times":{"operator":"exactly","value":-1}}"#, "times.value", "whole", None);
    check(r#"{"event":"purchase","times":{"operator":"exactly","value":1.5}}"#, "times.value", "whole", None);
    check(
        r#"{"event":"purchase","times":{"operator":"equals","value":1}}"#,
        "times.operator",
        "not known",
        None,
    );
    check(r#"{"event":"purchase","times":3}"#, "times", "must be a JSON object", None);
    check(
        r#"{"event":"purchase","time_range":{"operator":"in_next","value":1,"unit":"day"}}"#,
        "time_range.operator",
        "not known",
        None,
    );
    check(
        r#"{"event":"purchase","time_range":{"operator":"in_last","value":1,"unit":"days"}}"#,
        "time_range.unit",
        "not known",
        Some("day"),
    );
    check(
        r#"{"event":"purchase","time_range":{"operator":"before","value":"2026-09-01"}}"#,
        "time_range.value",
        "no time zone",
        None,
    );
}

#[test]
fn names() {
    check(
        r#"{"all":[{"all":[]},{"attribute":"contry","operator":"exists"}]}"#,
        "all[1].attribute",
        "no attribute is called `contry`",
        Some("country"),
    );
    check(r#"{"attribute":"user_di","operator":"exists"}"#, "attribute", "no attribute", Some("user_id"));
    check(r#"{"not":{"event":"purchse"}}"#, "not.event", "no event is called", Some("purchase"));
    check(r#"{"event":"Purchase"}"#, "event", "no event is called", Some("purchase"));
    check(
        r#"{"all":[{"all":[]},{"event":"purchase","where":{"parameter":"amonut","operator":"exists"}}]}"#,
        "all[1].where.parameter",
        "has no parameter called `amonut`",
        Some("amount"),
    );
    check(
        r#"{"event":"purchase","where":{"any":[{"all":[]},{"not":{"parameter":"journey_id","operator":"exists"}}]}}"#,
        "where.any[1].not.parameter",
        "has no parameter",
        None,
    );
    for name in ["timestamp", "event_id"] {
        let json = format!(r#"{{"event":"purchase","where":{{"parameter":"{name}","operator":"exists"}}}}"#);
        check(&json, "where.parameter", "has no parameter", None);
    }
    check(
        r#"{"event":"journey_exit","where":{"parameter":"exit_reson","operator":"exists"}}"#,
        "where.parameter",
        "has no parameter",
        Some("exit_reason"),
    );
}

#[test]
fn channel_interactions() {
    let marks = |marks: &str| format!(r#"{{"channel_interaction":{{{marks}}}}}"#);
    let at = |member: &str| format!("channel_interaction.{member}");
    check(&marks(""), &at("product"), "missing", None);
    check(&marks(r#""product":"architct""#), &at("product"), "only product", Some("architect"));
    let marks = |mark: &str| marks(&format!(r#""product":"architect",{mark}"#));
    check(&marks(r#""channel":"EMM""#), &at("channel"), "no channel", Some("EM"));
    check(&marks(r#""action":"VEIW""#), &at("action"), "no action", Some("VIEW"));
    check(&marks(r#""action":5"#), &at("action"), "no action code", None);
    check(&marks(r#""action":true"#), &at("action"), "no action", None);
    check(&marks(r#""action":"OPEN","channel":"SMS""#), &at("action"), "channel EM only", Some("VIEW"));
    check(&marks(r#""action":"OPEN""#), &at("action"), "channel EM only", Some("VIEW"));
    check(&marks(r#""journey_id":"x""#), &at("journey_id"), "is not a number", None);
    check(&marks(r#""journey":1"#), &at("journey"), "not known", None);
}

#[test]
fn sequences_states_and_references() {
    check(r#"{"all":[{"sequence":[]}]}"#, "all[0].sequence", "has no step", None);
    let step = |members: &str| {
        format!(r#"{{"sequence":[{{"event":"purchase"}},{{"event":"purchase",{members}}}]}}"#)
    };
    let times = step(r#""times":{"operator":"at_least","value":2}"#);
    check(&times, "sequence[1].times", "does not go with a step", None);
    check(&step(r#""wher":{}"#), "sequence[1].wher", "not known", Some("where"));
    check(r#"{"sequence":[{"all":[]}]}"#, "sequence[0]", "must be an `event`", None);
    check(
        r#"{"sequence":[{"event":"purchase"}],"within":{"value":0,"unit":"day"}}"#,
        "within.value",
        "at least 1",
        None,
    );
    check(r#"{"sequence":[{"event":"purchas"}]}"#, "sequence[0].event", "no event", Some("purchase"));
    check(r#"{"journey":{"id":1004,"state":"activ"}}"#, "journey.state", "is no", Some("active"));
    check(r#"{"journey":{"id":"x","state":"active"}}"#, "journey.id", "is not a number", None);
    check(r#"{"journey":{"state":"active"}}"#, "journey.id", "is missing", None);
    check(r#"{"segment":"seg_1"}"#, "segment", "no segment `seg_1`", None);
    check(r#"{"list":"lst_1"}"#, "list", "no list `lst_1`", None);
    check(
        r#"{"event":"purchase","time_range":{"operator":"in_last","value":1,"unit":"hour","calendar":true}}"#,
        "time_range.unit",
        "does not go with `calendar`",
        None,
    );
}

#[test]
fn references_that_lead_astray() {
    let mut library = Library::default();
    let mut save = |id: &str, json: &str| {
        library.segments.insert(id.to_owned(), Arc::new(Definition::parse(json).unwrap()));
    };
    save("seg_a", r#"{"not":{"segment":"seg_b"}}"#);
    save("seg_b", r#"{"all":[{"segment":"seg_a"}]}"#);
    save("seg_bad", r#"{"all":[{"attribute":"contry","operator":"exists"}]}"#);
    save("seg_good", r#"{"attribute":"country","operator":"exists"}"#);
    let refused = |json: &str| {
        let definition = Definition::parse(json).unwrap();
        definition.check(&world().dictionary, &library).map(|_| ()).expect_err(json)
    };
    let circle = refused(r#"{"any":[{"segment":"seg_a"}]}"#);
    assert_eq!(circle.path, "any[0].segment");
    assert!(circle.message.contains("seg_a → seg_b → seg_a"), "{circle}");
    let inside = refused(r#"{"segment":"seg_bad"}"#);
    assert_eq!((&*inside.path, inside.nearest.as_deref()), ("segment", Some("country")));
    assert!(inside.message.contains("in the segment `seg_bad` at all[0].attribute"), "{inside}");
    assert_eq!(refused(r#"{"segment":"seg_goof"}"#).nearest.as_deref(), Some("seg_good"));
}

#[test]
fn depth_and_size() {
    let nested = |depth: usize| "{\"all\":[".repeat(depth - 1) + "{\"any\":[]}" + &"]}".repeat(depth - 1);
    assert!(Definition::parse(&nested(DEEPEST)).is_ok());
    let deep = Definition::parse(&nested(DEEPEST)).unwrap();
    let text = serde_json::to_string(&deep).unwrap();
    assert_eq!(serde_json::from_str::<Definition>(&text).unwrap(), deep);
    for depth in [DEEPEST + 1, 1_000, 100_000] {
        assert!(refused(&nested(depth)).message.contains("deeper than 100"), "{depth}");
    }
    let brackets = "[".repeat(100_000) + &"]".repeat(100_000);
    check(
        &format!(r#"{{"attribute":"country","operator":"equals","value":{brackets}}}"#),
        "value",
        "must be",
        None,
    );
    assert!(refused(&"{\"all\":[".repeat(100_000)).message.contains("not JSON"));
    // A condition lies below its event.
    let condition = |depth: usize| {
        let nots = "{\"not\":".repeat(depth - 2) + "{\"all\":[]}" + &"}".repeat(depth - 2);
        format!(r#"{{"event":"purchase","where":{nots}}}"#)
    };
    assert!(Definition::parse(&condition(DEEPEST)).is_ok());
    assert!(Definition::parse(&condition(DEEPEST + 1)).is_err());
    let wide = |nodes: usize| format!(r#"{{"all":[{}]}}"#, vec![r#"{"all":[]}"#; nodes - 1].join(","));
    assert!(Definition::parse(&wide(MOST_NODES)).is_ok());
    check(&wide(MOST_NODES + 1), "all[9999]", "10,000", None);
}

#[test]
fn needs_are_what_is_read() {
    let definition = Definition::parse(
        r#"{"all":[{"attribute":"country","operator":"exists"},{"attribute":"profile_id","operator":"exists"},
            {"event":"purchase","where":{"parameter":"item","operator":"exists"},
             "aggregate":{"function":"sum","parameter":"amount","operator":"at_least","value":1}},
            {"channel_interaction":{"product":"architect","channel":"EM"}}]}"#,
    );
    let checked = definition.unwrap().check(&world().dictionary, &Library::default()).unwrap();
    assert_eq!(checked.filters(), 4);
    let needs = format!("{:?}", checked.needs());
    assert_eq!(
        needs,
        r#"Needs { attributes: {}, present: {"country"}, events: {"journey_product_action": {"channel_code", "is_dry_run"}, "purchase": {"amount", "item"}} }"#
    );
}

#[test]
fn a_cancelled_evaluation_gives_no_answer() {
    let world = world();
    let checked = Definition::parse(r#"{"event":"purchase"}"#)
        .unwrap()
        .check(&world.dictionary, &Library::default())
        .unwrap();
    let columns = MemoryColumns::new(&world, checked.needs(), &mut Random::new(1));
    let moment = at(AS_OF, "UTC");
    let cancelled = AtomicBool::new(true);
    assert_eq!(evaluate_unless(&checked, &columns, &moment, &cancelled), Err(EvaluateError::Cancelled));
}
