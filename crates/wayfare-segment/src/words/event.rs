//! Event nodes in words.

use super::comparison::{self, Meaning, shown};
use super::{Place, joined};
use crate::definition::{
    Aggregate, AggregateFunction, ChannelInteraction, Comparison, Condition, CountOperand, CountOperator,
    EventKind, EventNode, Literal, Operand, Operator, Span, TimeRange, Times, Unit,
};
use wayfare_model::journey;

/// An event node, as a clause.
pub(super) fn phrase(node: &EventNode) -> String {
    let none = Some(0);
    let most = node.times.and_then(|times| match (times.operator, times.operand) {
        (CountOperator::Exactly | CountOperator::AtMost, CountOperand::Value(most)) => Some(most),
        (_, CountOperand::Bounds(0, most)) => Some(most),
        _ => None,
    });
    if most == none && node.aggregate.is_none() {
        return never(node);
    }
    let (clause, modifiers) = occurrence(node);
    let times = node.times.map(|times| format!(" {}", self::times(times))).unwrap_or_default();
    format!("{clause}{times}{modifiers}")
}

/// That an event did not happen.
pub(super) fn never(node: &EventNode) -> String {
    let (subject, verb, rest) = subject(node);
    let clause = match verb {
        Some(verb) => format!("never {verb} {subject}"),
        None => format!("{subject} never happened"),
    };
    format!("{clause}{}", modifiers(node, &rest))
}

/// What happened, as a clause, and when and under what conditions.
pub(super) fn occurrence(node: &EventNode) -> (String, String) {
    let (subject, verb, rest) = subject(node);
    let clause = match verb {
        Some(verb) => format!("{verb} {subject}"),
        None => format!("{subject} happened"),
    };
    (clause, modifiers(node, &rest))
}

/// What happened: its name, the verb where the name needs none, and the conditions that neither says.
fn subject(node: &EventNode) -> (String, Option<&'static str>, Vec<&Condition>) {
    let conditions: Vec<&Condition> = match &node.condition {
        None => Vec::new(),
        Some(Condition::All(conditions)) => conditions.iter().collect(),
        Some(condition) => vec![condition],
    };
    let name = match &node.kind {
        EventKind::ChannelInteraction(marks) => return (interaction(marks), None, conditions),
        EventKind::Event(name) => name,
    };
    let verb = match &**name {
        journey::ENTER => "entered",
        journey::EXIT => "left",
        _ => return (name.to_string(), None, conditions),
    };
    let named = conditions.iter().position(|condition| journey_of(condition).is_some());
    let journey = named.and_then(|index| journey_of(conditions[index]));
    let subject =
        journey.map_or_else(|| "a journey".to_owned(), |journey| format!("journey {}", shown(journey)));
    let rest = conditions.iter().enumerate().filter(|(index, _)| Some(*index) != named);
    (subject, Some(verb), rest.map(|(_, condition)| *condition).collect())
}

/// The journey that a condition names, by id or by name.
fn journey_of(condition: &Condition) -> Option<&Literal> {
    match condition {
        Condition::Parameter {
            name,
            comparison:
                Comparison { operator: Operator::Equals, operand: Operand::Value(value), case_insensitive: false },
        } if matches!(&**name, "journey_id" | "journey_name") => Some(value),
        _ => None,
    }
}

/// `e-mail VIEW in journey 1007 of campaign 10041`.
fn interaction(marks: &ChannelInteraction) -> String {
    let channel = marks.channel.as_deref().map(|written| match journey::channel(written) {
        Some(channel) if channel.name.contains(char::is_whitespace) || channel.name.contains('-') => {
            channel.name[..1].to_lowercase() + &channel.name[1..]
        }
        Some(channel) => channel.name.to_owned(),
        None => written.to_owned(),
    });
    let action = marks.action.as_ref().map(|written| {
        let named = journey::action_named(written.text());
        let action = named.or_else(|| journey::action(written.text().parse().ok()?));
        match action {
            Some(action) => action.name.to_owned(),
            None if written.text().eq_ignore_ascii_case("OPEN") => "VIEW".to_owned(),
            None => written.text().to_owned(),
        }
    });
    let mut phrase = match (channel, action) {
        (Some(channel), Some(action)) => format!("{channel} {action}"),
        (Some(channel), None) => format!("any {channel} interaction"),
        (None, Some(action)) => action,
        (None, None) => "any channel interaction".to_owned(),
    };
    for (word, mark) in [
        ("in journey", &marks.journey_id),
        ("in journey", &marks.journey_name),
        ("of campaign", &marks.campaign_id),
    ] {
        if let Some(mark) = mark {
            phrase = format!("{phrase} {word} {}", shown(mark));
        }
    }
    phrase
}

fn times(times: Times) -> String {
    let number = |number: &u64| match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        number => format!("{number} times"),
    };
    match times.operand {
        CountOperand::Bounds(from, to) => format!("between {from} and {to} times"),
        operand => comparison::count(times.operator, &operand, number),
    }
}

/// Whole days, weeks or months with the current one.
fn calendar(span: Span) -> String {
    match (span.value, span.unit) {
        (1, Unit::Day) => "today".to_owned(),
        (1, unit) => format!("this {}", unit.name()),
        _ => format!("in the last {} of the calendar", comparison::span(span)),
    }
}

/// When, under what conditions, and with what aggregate.
fn modifiers(node: &EventNode, rest: &[&Condition]) -> String {
    let mut out = String::new();
    match &node.time_range {
        None | Some(TimeRange::AllTime) => {}
        Some(TimeRange::InLast(span)) => out += &format!(" in the last {}", comparison::span(*span)),
        Some(TimeRange::CalendarLast(span)) => out += &format!(" {}", calendar(*span)),
        Some(TimeRange::Between(from, to)) => out += &format!(" from {from} until before {to}"),
        Some(TimeRange::Before(value)) => out += &format!(" before {value}"),
        Some(TimeRange::After(value)) => out += &format!(" since {value}"),
    }
    if let Some(Aggregate { function, parameter, operator, operand }) = &node.aggregate {
        let function = match function {
            AggregateFunction::Sum => "a sum of",
            AggregateFunction::Average => "an average of",
            AggregateFunction::Minimum => "a minimum of",
            AggregateFunction::Maximum => "a maximum of",
            AggregateFunction::DistinctCount => "a number of different values of",
            AggregateFunction::First => "a first",
            AggregateFunction::Last => "a last",
        };
        let compared = comparison::count(*operator, operand, shown);
        out += &format!(" with {function} {parameter} of {compared}");
    }
    match rest {
        [] => {}
        [one] => out += &format!(" where {}", condition(one, Place::InOr)),
        conditions => {
            let phrases = conditions.iter().map(|condition| self::condition(condition, Place::InAnd));
            out += &format!(" where {}", joined(phrases, " and ", Place::Alone, Place::InAnd));
        }
    }
    out
}

fn condition(condition: &Condition, place: Place) -> String {
    match condition {
        Condition::All(conditions) => match &conditions[..] {
            [] => "anything".to_owned(),
            [one] => self::condition(one, place),
            conditions => joined(
                conditions.iter().map(|condition| self::condition(condition, Place::InAnd)),
                " and ",
                place,
                Place::InAnd,
            ),
        },
        Condition::Any(conditions) => match &conditions[..] {
            [] => "nothing".to_owned(),
            [one] => self::condition(one, place),
            conditions => joined(
                conditions.iter().map(|condition| self::condition(condition, Place::InOr)),
                " or ",
                place,
                Place::InOr,
            ),
        },
        Condition::Not(condition) => format!("not ({})", self::condition(condition, Place::Alone)),
        Condition::Parameter { name, comparison } => {
            let meaning: Option<Meaning> = match &**name {
                "action_code" => Some(|value| Some(journey::action(value.text().parse().ok()?)?.name)),
                "channel_code" => Some(|value| Some(journey::channel(value.text())?.name)),
                _ => None,
            };
            comparison::phrase(name, comparison, meaning)
        }
    }
}
