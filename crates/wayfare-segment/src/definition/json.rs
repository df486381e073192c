//! From nodes back to JSON.

use super::node::{
    Aggregate, ChannelInteraction, Comparison, Condition, CountOperand, EventKind, EventNode, Literal, Node,
    Operand, Span, TimeRange, Times,
};
use super::{PRODUCT, TimeOperator};
use serde_json::{Map, Value, json};

/// A node as JSON.
pub(super) fn node(node: &Node) -> Value {
    match node {
        Node::All(nodes) => json!({ "all": nodes.iter().map(self::node).collect::<Vec<_>>() }),
        Node::Any(nodes) => json!({ "any": nodes.iter().map(self::node).collect::<Vec<_>>() }),
        Node::Not(node) => json!({ "not": self::node(node) }),
        Node::Attribute(attribute) => {
            let mut out = Map::new();
            out.insert("attribute".into(), json!(attribute.name));
            comparison(&attribute.comparison, &mut out);
            Value::Object(out)
        }
        Node::Event(event) => self::event(event),
        Node::Sequence(sequence) => {
            let mut out = Map::new();
            out.insert("sequence".into(), sequence.steps.iter().map(self::event).collect());
            if let Some(Span { value, unit }) = sequence.within {
                out.insert("within".into(), json!({ "value": value, "unit": unit.name() }));
            }
            Value::Object(out)
        }
        Node::Journey(journey) => {
            json!({ "journey": { "id": literal(&journey.id), "state": journey.state.name() } })
        }
        Node::Segment(id) => json!({ "segment": id }),
        Node::List(id) => json!({ "list": id }),
    }
}

fn event(event: &EventNode) -> Value {
    let mut out = Map::new();
    match &event.kind {
        EventKind::Event(name) => out.insert("event".into(), json!(name)),
        EventKind::ChannelInteraction(marks) => out.insert("channel_interaction".into(), self::marks(marks)),
    };
    if let Some(Times { operator, operand }) = event.times {
        let mut times = Map::new();
        times.insert("operator".into(), json!(operator.name()));
        count_operand(operand, |count| json!(count), &mut times);
        out.insert("times".into(), Value::Object(times));
    }
    if let Some(range) = &event.time_range {
        out.insert("time_range".into(), time_range(range));
    }
    if let Some(condition) = &event.condition {
        out.insert("where".into(), self::condition(condition));
    }
    if let Some(Aggregate { function, parameter, operator, operand }) = &event.aggregate {
        let mut aggregate = Map::new();
        aggregate.insert("function".into(), json!(function.name()));
        aggregate.insert("parameter".into(), json!(parameter));
        aggregate.insert("operator".into(), json!(operator.name()));
        count_operand(operand.as_ref(), literal, &mut aggregate);
        out.insert("aggregate".into(), Value::Object(aggregate));
    }
    Value::Object(out)
}

fn marks(marks: &ChannelInteraction) -> Value {
    let mut out = Map::new();
    out.insert("product".into(), json!(PRODUCT));
    if let Some(channel) = &marks.channel {
        out.insert("channel".into(), json!(channel));
    }
    for (name, value) in [
        ("action", &marks.action),
        ("journey_id", &marks.journey_id),
        ("journey_name", &marks.journey_name),
        ("campaign_id", &marks.campaign_id),
    ] {
        if let Some(value) = value {
            out.insert(name.into(), literal(value));
        }
    }
    Value::Object(out)
}

fn count_operand<T>(operand: CountOperand<T>, value: impl Fn(T) -> Value, out: &mut Map<String, Value>) {
    match operand {
        CountOperand::Value(of) => {
            out.insert("value".into(), value(of));
        }
        CountOperand::Bounds(from, to) => {
            out.insert("from".into(), value(from));
            out.insert("to".into(), value(to));
        }
    }
}

fn time_range(range: &TimeRange) -> Value {
    let name = |operator: TimeOperator| operator.name();
    match range {
        TimeRange::AllTime => json!({ "operator": name(TimeOperator::AllTime) }),
        TimeRange::InLast(Span { value, unit }) => {
            json!({ "operator": name(TimeOperator::InLast), "value": value, "unit": unit.name() })
        }
        TimeRange::CalendarLast(Span { value, unit }) => json!({
            "operator": name(TimeOperator::InLast), "value": value, "unit": unit.name(), "calendar": true,
        }),
        TimeRange::Between(from, to) => {
            json!({ "operator": name(TimeOperator::Between), "from": from, "to": to })
        }
        TimeRange::Before(value) => json!({ "operator": name(TimeOperator::Before), "value": value }),
        TimeRange::After(value) => json!({ "operator": name(TimeOperator::After), "value": value }),
    }
}

fn condition(condition: &Condition) -> Value {
    match condition {
        Condition::All(list) => json!({ "all": list.iter().map(self::condition).collect::<Vec<_>>() }),
        Condition::Any(list) => json!({ "any": list.iter().map(self::condition).collect::<Vec<_>>() }),
        Condition::Not(condition) => json!({ "not": self::condition(condition) }),
        Condition::Parameter { name, comparison } => {
            let mut out = Map::new();
            out.insert("parameter".into(), json!(name));
            self::comparison(comparison, &mut out);
            Value::Object(out)
        }
    }
}

fn comparison(comparison: &Comparison, out: &mut Map<String, Value>) {
    out.insert("operator".into(), json!(comparison.operator.name()));
    match &comparison.operand {
        Operand::None => {}
        Operand::Value(value) => {
            out.insert("value".into(), literal(value));
        }
        Operand::Values(values) => {
            out.insert("values".into(), values.iter().map(literal).collect());
        }
        Operand::Bounds(from, to) => {
            out.insert("from".into(), literal(from));
            out.insert("to".into(), literal(to));
        }
        Operand::Span(Span { value, unit }) => {
            out.insert("value".into(), json!(value));
            out.insert("unit".into(), json!(unit.name()));
        }
    }
    if comparison.case_insensitive {
        out.insert("case_insensitive".into(), json!(true));
    }
}

/// A number goes out as it was written where the JSON library's numbers keep that text, else as the text itself,
/// which means the same to a definition.
fn literal(literal: &Literal) -> Value {
    match literal {
        Literal::Boolean(value) => json!(value),
        Literal::String(text) => json!(text),
        Literal::Number(text) => match text.parse::<serde_json::Number>() {
            Ok(number) if number.to_string() == **text => Value::Number(number),
            _ => json!(text),
        },
    }
}
