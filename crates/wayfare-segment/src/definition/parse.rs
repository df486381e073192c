//! From JSON text to nodes.

use super::names::{
    AggregateFunction, CountOperator, JourneyState, OperandKind, Operator, TimeOperator, Unit,
};
use super::node::{
    Aggregate, Attribute, ChannelInteraction, Comparison, Condition, CountOperand, EventKind, EventNode,
    JourneyNode, Node, Operand, Sequence, Span, TimeRange, Times,
};
use super::object::{Object, array};
use super::{DEEPEST, Definition, MOST_NODES, PRODUCT};
use crate::path::Path;
use serde_json::value::RawValue;
use wayfare_model::problem::{Refusal, nearest_name};

/// What makes an object a node of a kind; exactly one of them is given.
const KINDS: [&str; 10] = [
    "all",
    "any",
    "not",
    "attribute",
    "event",
    "channel_interaction",
    "sequence",
    "journey",
    "segment",
    "list",
];
/// The same for conditions.
const CONDITION_KINDS: [&str; 4] = ["all", "any", "not", "parameter"];
/// What may stand beside `event` or `channel_interaction`.
const EVENT_MEMBERS: [&str; 4] = ["times", "time_range", "where", "aggregate"];
/// What may stand beside `attribute` or `parameter`.
const COMPARISON_MEMBERS: [&str; 7] =
    ["operator", "value", "values", "from", "to", "unit", "case_insensitive"];

/// Reads a definition.
pub(super) fn definition(json: &str) -> Result<Definition, Refusal> {
    let raw: &RawValue =
        serde_json::from_str(json).map_err(|error| Path::Root.refuse(format!("is not JSON: {error}")))?;
    Ok(Definition { root: node(&Path::Root, raw, &mut Budget::new())? })
}

/// How deep and how large the definition has become.
pub(super) struct Budget {
    depth: usize,
    nodes: usize,
}

impl Budget {
    /// Nothing was read yet.
    pub fn new() -> Self {
        Self { depth: 0, nodes: 0 }
    }

    /// Counts a node while `read` reads it.
    fn within<T>(
        &mut self,
        path: &Path<'_>,
        read: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        if self.depth == DEEPEST {
            return Err(path.refuse(format!("lies deeper than {DEEPEST} levels, which is the limit")));
        }
        if self.nodes == MOST_NODES {
            return Err(path.refuse("is one node too many: a definition has at most 10,000"));
        }
        self.depth += 1;
        self.nodes += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }
}

/// Reads a node.
pub(super) fn node(path: &Path<'_>, raw: &RawValue, budget: &mut Budget) -> Result<Node, Refusal> {
    budget.within(path, |budget| {
        let object = Object::read(path, raw, "a node")?;
        let kind = only_kind(path, &object, &KINDS)?;
        let at = path.field(kind);
        match kind {
            "all" => {
                object.allow(&["all"])?;
                Ok(Node::All(children(&at, object.require("all")?, budget, node)?))
            }
            "any" => {
                object.allow(&["any"])?;
                Ok(Node::Any(children(&at, object.require("any")?, budget, node)?))
            }
            "not" => {
                object.allow(&["not"])?;
                Ok(Node::Not(Box::new(node(&at, object.require("not")?, budget)?)))
            }
            "attribute" => {
                allow_with(&object, "attribute", &COMPARISON_MEMBERS)?;
                let name = object.text("attribute")?;
                Ok(Node::Attribute(Attribute { name, comparison: comparison(path, &object)? }))
            }
            "event" => {
                allow_with(&object, "event", &EVENT_MEMBERS)?;
                let name = wayfare_model::journey::canonical_event(&object.text("event")?).into();
                Ok(Node::Event(Box::new(event(path, &object, EventKind::Event(name), budget)?)))
            }
            "channel_interaction" => {
                allow_with(&object, "channel_interaction", &EVENT_MEMBERS)?;
                let marks = channel_interaction(&at, object.require("channel_interaction")?)?;
                let kind = EventKind::ChannelInteraction(marks);
                Ok(Node::Event(Box::new(event(path, &object, kind, budget)?)))
            }
            "sequence" => {
                object.allow(&["sequence", "within"])?;
                Ok(Node::Sequence(sequence(path, &object, budget)?))
            }
            "journey" => {
                object.allow(&["journey"])?;
                let journey = Object::read(&at, object.require("journey")?, "the state in a journey")?;
                journey.allow(&["id", "state"])?;
                let state =
                    journey.word("state", JourneyState::from_name, JourneyState::ALL, JourneyState::name)?;
                Ok(Node::Journey(JourneyNode { id: journey.literal("id")?, state }))
            }
            "segment" => {
                object.allow(&["segment"])?;
                Ok(Node::Segment(object.text("segment")?))
            }
            _ => {
                object.allow(&["list"])?;
                Ok(Node::List(object.text("list")?))
            }
        }
    })
}

/// Steps, which are event nodes without `times` and `aggregate`, and how far apart they may lie.
fn sequence(path: &Path<'_>, object: &Object<'_>, budget: &mut Budget) -> Result<Sequence, Refusal> {
    let at = path.field("sequence");
    let steps = children(&at, object.require("sequence")?, budget, |path, raw, budget| {
        match node(path, raw, budget)? {
            Node::Event(step) if step.times.is_some() => {
                Err(path.field("times").refuse("does not go with a step of a sequence"))
            }
            Node::Event(step) if step.aggregate.is_some() => {
                Err(path.field("aggregate").refuse("does not go with a step of a sequence"))
            }
            Node::Event(step) => Ok(*step),
            _ => {
                Err(path.refuse("must be an `event` or a `channel_interaction`: the steps of a sequence are"))
            }
        }
    })?;
    if steps.is_empty() {
        return Err(at.refuse("has no step; give at least one"));
    }
    let within = match object.get("within") {
        None => None,
        Some(raw) => {
            let at = path.field("within");
            let object = Object::read(&at, raw, "a length of time")?;
            object.allow(&["value", "unit"])?;
            Some(span(&object)?)
        }
    };
    Ok(Sequence { steps, within })
}

/// The one member that says of what kind an object is.
fn only_kind(path: &Path<'_>, object: &Object<'_>, kinds: &[&'static str]) -> Result<&'static str, Refusal> {
    let mut given = kinds.iter().filter(|kind| object.has(kind));
    let Some(kind) = given.next() else {
        // An unknown member close to a kind is more likely a slip than a node without a kind.
        let is_no_member = |name: &&str| !COMPARISON_MEMBERS.contains(name) && !EVENT_MEMBERS.contains(name);
        let slip = object.names().filter(is_no_member).find_map(|name| {
            nearest_name(name, kinds.iter().copied()).map(|nearest| (name.to_owned(), nearest))
        });
        return Err(match slip {
            Some((name, nearest)) => path.field(&name).refuse("is not known here").nearest(Some(nearest)),
            None => match object.names().next() {
                Some(name) if is_no_member(&name) => {
                    path.field(name).refuse(format!("is not known here; give one of {}", kinds.join(", ")))
                }
                _ => path.refuse(format!("gives none of {}", kinds.join(", "))),
            },
        });
    };
    match given.next() {
        None => Ok(kind),
        Some(second) => Err(path
            .field(second)
            .refuse(format!("cannot stand beside `{kind}`; put both under `all` or `any`"))),
    }
}

fn allow_with(object: &Object<'_>, kind: &str, members: &[&str]) -> Result<(), Refusal> {
    let mut known = vec![kind];
    known.extend(members);
    object.allow(&known)
}

fn children<T>(
    path: &Path<'_>,
    raw: &RawValue,
    budget: &mut Budget,
    child: fn(&Path<'_>, &RawValue, &mut Budget) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    let elements = array(path, raw)?;
    elements.into_iter().enumerate().map(|(index, raw)| child(&path.index(index), raw, budget)).collect()
}

fn comparison(path: &Path<'_>, object: &Object<'_>) -> Result<Comparison, Refusal> {
    let operator = object.word("operator", Operator::from_name, Operator::ALL, Operator::name)?;
    allow_operand(path, object, operator.name(), operator.operand())?;
    let operand = match operator.operand() {
        OperandKind::None => Operand::None,
        OperandKind::Value => Operand::Value(object.literal("value")?),
        OperandKind::Values => Operand::Values(object.literals("values")?),
        OperandKind::Bounds => Operand::Bounds(object.literal("from")?, object.literal("to")?),
        OperandKind::Span => Operand::Span(span(object)?),
    };
    Ok(Comparison { operator, operand, case_insensitive: object.flag("case_insensitive")? })
}

/// Refuses operands that an operator does not take.
fn allow_operand(
    path: &Path<'_>,
    object: &Object<'_>,
    operator: &str,
    kind: OperandKind,
) -> Result<(), Refusal> {
    for member in ["value", "values", "from", "to", "unit"] {
        if object.has(member) && !kind.members().contains(&member) {
            let takes = match kind.members() {
                [] => "nothing".to_owned(),
                members => members.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and "),
            };
            return Err(path
                .field(member)
                .refuse(format!("does not go with `{operator}`, which takes {takes}")));
        }
    }
    Ok(())
}

fn span(object: &Object<'_>) -> Result<Span, Refusal> {
    let value = object.whole("value", 1)?;
    Ok(Span { value, unit: object.word("unit", Unit::from_name, Unit::ALL, Unit::name)? })
}

/// Reads what stands beside the kind of an event node.
pub(super) fn event(
    path: &Path<'_>,
    object: &Object<'_>,
    kind: EventKind,
    budget: &mut Budget,
) -> Result<EventNode, Refusal> {
    let mut node = EventNode::new(kind);
    if let Some(raw) = object.get("times") {
        node.times = Some(times(&path.field("times"), raw)?);
    }
    if let Some(raw) = object.get("time_range") {
        node.time_range = Some(time_range(&path.field("time_range"), raw)?);
    }
    if let Some(raw) = object.get("where") {
        let event = node.event().to_owned();
        node.condition = Some(condition(&path.field("where"), raw, &event, budget)?);
    }
    if let Some(raw) = object.get("aggregate") {
        node.aggregate = Some(aggregate(&path.field("aggregate"), raw, node.event())?);
    }
    Ok(node)
}

/// Reads the marks of a channel interaction.
pub(super) fn channel_interaction(path: &Path<'_>, raw: &RawValue) -> Result<ChannelInteraction, Refusal> {
    let object = Object::read(path, raw, "a channel interaction")?;
    object.allow(&["product", "channel", "action", "journey_id", "journey_name", "campaign_id"])?;
    let product = object.text("product")?;
    if &*product != PRODUCT {
        return Err(path
            .field("product")
            .refuse(format!("must be `{PRODUCT}`, the only product"))
            .nearest(Some(PRODUCT.to_owned())));
    }
    Ok(ChannelInteraction {
        channel: object.optional_text("channel")?,
        action: object.optional_literal("action")?,
        journey_id: object.optional_literal("journey_id")?,
        journey_name: object.optional_literal("journey_name")?,
        campaign_id: object.optional_literal("campaign_id")?,
    })
}

fn times(path: &Path<'_>, raw: &RawValue) -> Result<Times, Refusal> {
    let object = Object::read(path, raw, "a number of times")?;
    object.allow(&["operator", "value", "from", "to"])?;
    let operator = count_operator(path, &object)?;
    let operand = match operator {
        CountOperator::Between => CountOperand::Bounds(object.whole("from", 0)?, object.whole("to", 0)?),
        _ => CountOperand::Value(object.whole("value", 0)?),
    };
    Ok(Times { operator, operand })
}

fn count_operator(path: &Path<'_>, object: &Object<'_>) -> Result<CountOperator, Refusal> {
    let operator =
        object.word("operator", CountOperator::from_name, CountOperator::ALL, CountOperator::name)?;
    allow_operand(path, object, operator.name(), operator.operand())?;
    Ok(operator)
}

fn aggregate(path: &Path<'_>, raw: &RawValue, event: &str) -> Result<Aggregate, Refusal> {
    let object = Object::read(path, raw, "an aggregate")?;
    object.allow(&["function", "parameter", "operator", "value", "from", "to"])?;
    let function = object.word(
        "function",
        AggregateFunction::from_name,
        AggregateFunction::ALL,
        AggregateFunction::name,
    )?;
    let parameter = parameter_name(&object, event)?;
    let operator = count_operator(path, &object)?;
    let operand = match operator {
        CountOperator::Between => CountOperand::Bounds(object.literal("from")?, object.literal("to")?),
        _ => CountOperand::Value(object.literal("value")?),
    };
    Ok(Aggregate { function, parameter, operator, operand })
}

/// The parameter that is named, under its canonical name.
pub(super) fn parameter_name(object: &Object<'_>, event: &str) -> Result<Box<str>, Refusal> {
    let written = object.text("parameter")?;
    Ok(wayfare_model::journey::canonical_parameter(event, &written).into())
}

fn time_range(path: &Path<'_>, raw: &RawValue) -> Result<TimeRange, Refusal> {
    let object = Object::read(path, raw, "a time range")?;
    object.allow(&["operator", "value", "unit", "from", "to", "calendar"])?;
    let operator = object.word("operator", TimeOperator::from_name, TimeOperator::ALL, TimeOperator::name)?;
    allow_operand(path, &object, operator.name(), operator.operand())?;
    if object.has("calendar") && operator != TimeOperator::InLast {
        return Err(path.field("calendar").refuse(format!("does not go with `{}`", operator.name())));
    }
    Ok(match operator {
        TimeOperator::AllTime => TimeRange::AllTime,
        TimeOperator::InLast if object.flag("calendar")? => {
            let span = span(&object)?;
            if matches!(span.unit, Unit::Minute | Unit::Hour) {
                return Err(path.field("unit").refuse(format!(
                    "`{}` does not go with `calendar`, which counts days, weeks and months",
                    span.unit.name()
                )));
            }
            TimeRange::CalendarLast(span)
        }
        TimeOperator::InLast => TimeRange::InLast(span(&object)?),
        TimeOperator::Between => TimeRange::Between(object.text("from")?, object.text("to")?),
        TimeOperator::Before => TimeRange::Before(object.text("value")?),
        TimeOperator::After => TimeRange::After(object.text("value")?),
    })
}

fn condition(
    path: &Path<'_>,
    raw: &RawValue,
    event: &str,
    budget: &mut Budget,
) -> Result<Condition, Refusal> {
    budget.within(path, |budget| {
        let object = Object::read(path, raw, "a condition")?;
        let kind = only_kind(path, &object, &CONDITION_KINDS)?;
        let at = path.field(kind);
        let list = |budget: &mut Budget| {
            object.allow(&[kind])?;
            let elements = array(&at, object.require(kind)?)?;
            let read = |(index, raw)| condition(&at.index(index), raw, event, budget);
            elements.into_iter().enumerate().map(read).collect::<Result<Vec<_>, Refusal>>()
        };
        match kind {
            "all" => Ok(Condition::All(list(budget)?)),
            "any" => Ok(Condition::Any(list(budget)?)),
            "not" => {
                object.allow(&["not"])?;
                Ok(Condition::Not(Box::new(condition(&at, object.require("not")?, event, budget)?)))
            }
            _ => {
                allow_with(&object, "parameter", &COMPARISON_MEMBERS)?;
                let name = parameter_name(&object, event)?;
                Ok(Condition::Parameter { name, comparison: comparison(path, &object)? })
            }
        }
    })
}
