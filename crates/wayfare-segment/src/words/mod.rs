//! Definitions in plain English, for lists, mails and manifests.

mod comparison;
mod computed;
mod event;
mod paths;

pub use paths::by_path;

use crate::definition::{Attribute, Definition, JourneyState, Node};

/// What a definition means, in words: `entered journey 1004 and gender is F`.
pub fn describe(definition: &Definition) -> String {
    node(&definition.root, Place::Alone)
}

/// Where a phrase stands, which decides whether it needs brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Alone,
    InAnd,
    InOr,
}

fn node(node: &Node, place: Place) -> String {
    match node {
        Node::All(nodes) => match &nodes[..] {
            [] => "everyone".to_owned(),
            [one] => self::node(one, place),
            nodes => {
                joined(nodes.iter().map(|node| self::node(node, Place::InAnd)), " and ", place, Place::InAnd)
            }
        },
        Node::Any(nodes) => match &nodes[..] {
            [] => "no one".to_owned(),
            [one] => self::node(one, place),
            nodes => {
                joined(nodes.iter().map(|node| self::node(node, Place::InOr)), " or ", place, Place::InOr)
            }
        },
        Node::Not(inner) => match &**inner {
            Node::Not(inner) => self::node(inner, place),
            Node::Event(event) if event.times.is_none() && event.aggregate.is_none() => {
                clause(event::never(event), place)
            }
            Node::Segment(id) => format!("is not in the segment {id}"),
            Node::List(id) => format!("is not on the list {id}"),
            inner => format!("not ({})", self::node(inner, Place::Alone)),
        },
        Node::Attribute(Attribute { name, comparison }) => comparison::phrase(name, comparison, None),
        Node::Event(event) => clause(event::phrase(event), place),
        Node::Sequence(sequence) => {
            let steps: Vec<String> =
                sequence.steps.iter().map(|step| clause(event::phrase(step), Place::InAnd)).collect();
            let within = sequence.within.map(|span| {
                format!(
                    ", all within {} {}{}",
                    span.value,
                    span.unit.name(),
                    if span.value == 1 { "" } else { "s" }
                )
            });
            let phrase = format!("{}{}", steps.join(", then "), within.unwrap_or_default());
            if place == Place::Alone { phrase } else { format!("({phrase})") }
        }
        Node::Journey(journey) => {
            let id = comparison::shown(&journey.id);
            match journey.state {
                JourneyState::Active => format!("is in journey {id} now"),
                JourneyState::Completed => format!("completed journey {id}"),
                JourneyState::Exited => format!("left journey {id} before its end"),
                JourneyState::NeverEntered => format!("never entered journey {id}"),
            }
        }
        Node::Segment(id) => format!("is in the segment {id}"),
        Node::List(id) => format!("is on the list {id}"),
    }
}

/// A clause that ends in conditions stands in brackets beside others, which would read as conditions of it.
fn clause(phrase: String, place: Place) -> String {
    match place != Place::Alone && phrase.contains(" where ") {
        true => format!("({phrase})"),
        false => phrase,
    }
}

/// Phrases joined by a word, in brackets where they stand under the other word.
fn joined(phrases: impl Iterator<Item = String>, word: &str, place: Place, own: Place) -> String {
    let joined = phrases.collect::<Vec<_>>().join(word);
    match place == Place::Alone || place == own {
        true => joined,
        false => format!("({joined})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, words: &str) {
        let definition = Definition::parse(json).unwrap();
        assert_eq!(describe(&definition), words, "{json}");
    }

    #[test]
    fn attributes() {
        check(r#"{"all":[]}"#, "everyone");
        check(r#"{"any":[]}"#, "no one");
        check(r#"{"attribute":"gender","operator":"equals","value":"F"}"#, "gender is F");
        check(r#"{"attribute":"gender","operator":"not_equals","value":""}"#, "gender is not “”");
        check(r#"{"attribute":"country","operator":"in","values":["TR","DE"]}"#, "country is one of TR, DE");
        check(r#"{"attribute":"country","operator":"in","values":[]}"#, "country is one of nothing");
        check(
            r#"{"attribute":"city","operator":"equals","value":"New York","case_insensitive":true}"#,
            "city is “New York” in any case",
        );
        check(r#"{"attribute":"income","operator":"at_least","value":80000}"#, "income is at least 80000");
        check(r#"{"attribute":"income","operator":"between","from":1,"to":2}"#, "income is between 1 and 2");
        check(r#"{"attribute":"email","operator":"not_exists"}"#, "email is missing");
        check(r#"{"attribute":"email","operator":"exists"}"#, "email is known");
        check(
            r#"{"attribute":"born","operator":"anniversary_in_next","value":1,"unit":"week"}"#,
            "born has its anniversary in the next week",
        );
        check(
            r#"{"attribute":"seen_at","operator":"in_last","value":30,"unit":"day"}"#,
            "seen_at is in the last 30 days",
        );
        check(r#"{"attribute":"tags","operator":"contains_any","values":["a"]}"#, "tags contains any of a");
    }

    #[test]
    fn events() {
        check(r#"{"event":"purchase"}"#, "purchase happened");
        check(r#"{"not":{"event":"purchase"}}"#, "purchase never happened");
        check(
            r#"{"event":"purchase","times":{"operator":"at_least","value":3},
                "time_range":{"operator":"in_last","value":30,"unit":"day"},
                "where":{"any":[{"parameter":"amount","operator":"greater_than","value":10},
                                {"not":{"parameter":"item","operator":"exists"}}]}}"#,
            "purchase happened at least 3 times in the last 30 days where amount is greater than 10 or not (item is known)",
        );
        check(
            r#"{"event":"purchase","aggregate":{"function":"sum","parameter":"amount","operator":"at_least","value":100}}"#,
            "purchase happened with a sum of amount of at least 100",
        );
        check(
            r#"{"event":"purchase","times":{"operator":"between","from":0,"to":1},
                "time_range":{"operator":"between","from":"2026-01-01T00:00:00Z","to":"2026-02-01T00:00:00Z"}}"#,
            "purchase happened between 0 and 1 times from 2026-01-01T00:00:00Z until before 2026-02-01T00:00:00Z",
        );
        check(
            r#"{"event":"purchase","times":{"operator":"at_most","value":1},"time_range":{"operator":"after","value":"2026-01-01T00:00:00Z"}}"#,
            "purchase happened at most once since 2026-01-01T00:00:00Z",
        );
    }

    #[test]
    fn journeys() {
        check(
            r#"{"all":[{"event":"journey_enter","where":{"parameter":"journey_id","operator":"equals","value":1004}},
                       {"attribute":"gender","operator":"equals","value":"F"}]}"#,
            "entered journey 1004 and gender is F",
        );
        check(
            r#"{"event":"journey_enter","times":{"operator":"exactly","value":0},
                "where":{"parameter":"journey_name","operator":"equals","value":"Spring sale"}}"#,
            "never entered journey “Spring sale”",
        );
        check(r#"{"event":"journey_exit"}"#, "left a journey");
        check(
            r#"{"event":"journey_exit","where":{"all":[
                {"parameter":"journey_id","operator":"equals","value":1004},
                {"parameter":"exit_reason","operator":"equals","value":"goal_reached"}]}}"#,
            "left journey 1004 where exit_reason is goal_reached",
        );
        check(
            r#"{"all":[
                {"channel_interaction":{"product":"architect","channel":"EM","action":"SEND","journey_id":1007}},
                {"not":{"channel_interaction":{"product":"architect","channel":"em","action":"open","journey_id":1007}}}]}"#,
            "e-mail SEND in journey 1007 happened and e-mail VIEW in journey 1007 never happened",
        );
        check(
            r#"{"channel_interaction":{"product":"architect","action":1,"journey_name":"x","campaign_id":5},
                "times":{"operator":"exactly","value":2}}"#,
            "SEND in journey x of campaign 5 happened exactly twice",
        );
        check(r#"{"channel_interaction":{"product":"architect"}}"#, "any channel interaction happened");
        check(
            r#"{"event":"journey_product_action","where":{"all":[
                {"parameter":"action_code","operator":"in","values":[4,2]},
                {"parameter":"channel_code","operator":"equals","value":"WAB"}]}}"#,
            "journey_product_action happened where action_code is one of 4 (VIEW), 2 (CLICK) and channel_code is WAB (WhatsApp)",
        );
    }

    #[test]
    fn sequences_states_and_references() {
        check(
            r#"{"sequence":[{"event":"journey_enter"},{"event":"purchase"}],"within":{"value":7,"unit":"day"}}"#,
            "entered a journey, then purchase happened, all within 7 days",
        );
        check(
            r#"{"all":[{"sequence":[{"event":"a"},{"event":"b"}]},{"segment":"seg_1"}]}"#,
            "(a happened, then b happened) and is in the segment seg_1",
        );
        check(r#"{"journey":{"id":1004,"state":"active"}}"#, "is in journey 1004 now");
        check(r#"{"journey":{"id":1004,"state":"exited"}}"#, "left journey 1004 before its end");
        check(r#"{"not":{"list":"lst_1"}}"#, "is not on the list lst_1");
        let within = |value: u32, unit: &str| {
            format!(
                r#"{{"event":"a","time_range":{{"operator":"in_last","value":{value},"unit":"{unit}","calendar":true}}}}"#
            )
        };
        check(&within(1, "day"), "a happened today");
        check(&within(1, "week"), "a happened this week");
        check(&within(3, "month"), "a happened in the last 3 months of the calendar");
    }

    #[test]
    fn brackets_stand_where_they_are_needed() {
        let a = r#"{"attribute":"a","operator":"exists"}"#;
        let b = r#"{"attribute":"b","operator":"exists"}"#;
        check(
            &format!(r#"{{"all":[{a},{{"any":[{a},{b}]}}]}}"#),
            "a is known and (a is known or b is known)",
        );
        check(&format!(r#"{{"any":[{a},{{"any":[{a},{b}]}}]}}"#), "a is known or a is known or b is known");
        check(&format!(r#"{{"not":{{"all":[{a},{b}]}}}}"#), "not (a is known and b is known)");
        check(&format!(r#"{{"not":{{"not":{a}}}}}"#), "a is known");
        let event = r#"{"event":"e","where":{"parameter":"p","operator":"exists"}}"#;
        check(&format!(r#"{{"all":[{event},{a}]}}"#), "(e happened where p is known) and a is known");
        check(&format!(r#"{{"all":[{event}]}}"#), "e happened where p is known");
    }
}
