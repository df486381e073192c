//! What a definition is made of.

use super::names::{AggregateFunction, CountOperator, JourneyState, Operator, Unit};

/// One node of a definition.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// All of these hold; of none, everyone.
    All(Vec<Node>),
    /// Any of these holds; of none, no one.
    Any(Vec<Node>),
    /// The complement.
    Not(Box<Node>),
    /// An attribute or identifier compares.
    Attribute(Attribute),
    /// An event happened so and so often.
    Event(Box<EventNode>),
    /// Events happened one after the other.
    Sequence(Sequence),
    /// How things stand with a person in a journey.
    Journey(JourneyNode),
    /// The people of a saved segment, by its id.
    Segment(Box<str>),
    /// The people of a list, by its id.
    List(Box<str>),
}

/// Events in this order, each strictly later than the one before.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// The steps, at least one; they have neither `times` nor `aggregate`.
    pub steps: Vec<EventNode>,
    /// How long after the first the others may happen, that long included; ever where absent.
    pub within: Option<Span>,
}

/// How things stand with a person in a journey.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyNode {
    /// The journey.
    pub id: Literal,
    /// How things stand.
    pub state: JourneyState,
}

/// A comparison of an attribute or identifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// The attribute's name.
    pub name: Box<str>,
    /// How it compares.
    pub comparison: Comparison,
}

/// An event node, or a channel interaction, which is a form of it.
#[derive(Debug, Clone, PartialEq)]
pub struct EventNode {
    /// Which events.
    pub kind: EventKind,
    /// How many of them; at least one where absent.
    pub times: Option<Times>,
    /// When they happened; ever where absent.
    pub time_range: Option<TimeRange>,
    /// What holds of each.
    pub condition: Option<Condition>,
    /// What holds of them together.
    pub aggregate: Option<Aggregate>,
}

/// Which events a node means.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// Those of this name.
    Event(Box<str>),
    /// Journey product actions of these marks.
    ChannelInteraction(ChannelInteraction),
}

/// The marks of a channel interaction; the product is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChannelInteraction {
    /// Channel code or name.
    pub channel: Option<Box<str>>,
    /// Action code or name.
    pub action: Option<Literal>,
    /// The journey.
    pub journey_id: Option<Literal>,
    /// The journey, by name.
    pub journey_name: Option<Literal>,
    /// The campaign.
    pub campaign_id: Option<Literal>,
}

/// How often something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// How the number compares.
    pub operator: CountOperator,
    /// With what.
    pub operand: CountOperand<u64>,
}

/// What a count or an aggregate is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountOperand<T> {
    /// One value.
    Value(T),
    /// Two bounds, both ends in.
    Bounds(T, T),
}

/// A function of one parameter over the events of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The function.
    pub function: AggregateFunction,
    /// The parameter.
    pub parameter: Box<str>,
    /// How the result compares.
    pub operator: CountOperator,
    /// With what.
    pub operand: CountOperand<Literal>,
}

/// When an event happened. Times are texts as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeRange {
    /// Ever.
    AllTime,
    /// In the last so and so long before the evaluation.
    InLast(Span),
    /// In so many whole days, weeks or months of the calendar, the current one included.
    CalendarLast(Span),
    /// From the first until before the second.
    Between(Box<str>, Box<str>),
    /// Before that instant.
    Before(Box<str>),
    /// At that instant or after it.
    After(Box<str>),
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// How many; at least 1.
    pub value: u64,
    /// Of what.
    pub unit: Unit,
}

/// What holds of one event.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these.
    All(Vec<Condition>),
    /// Any of these.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// A parameter compares.
    Parameter {
        /// The parameter's name.
        name: Box<str>,
        /// How it compares.
        comparison: Comparison,
    },
}

/// How a value compares.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The operator.
    pub operator: Operator,
    /// What it compares with.
    pub operand: Operand,
    /// Whether strings compare under simple case folding.
    pub case_insensitive: bool,
}

/// What an operator compares with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Nothing.
    None,
    /// `value`.
    Value(Literal),
    /// `values`.
    Values(Vec<Literal>),
    /// `from` and `to`.
    Bounds(Literal, Literal),
    /// `value` and `unit`.
    Span(Span),
}

/// A value as written in a definition, before it is converted to a type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Literal {
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as written.
    Number(Box<str>),
    /// The content of a string.
    String(Box<str>),
}

impl Literal {
    /// The text of the value.
    pub fn text(&self) -> &str {
        match self {
            Self::Boolean(true) => "true",
            Self::Boolean(false) => "false",
            Self::Number(text) | Self::String(text) => text,
        }
    }
}

impl EventNode {
    /// The event of that name, at least once, at any time.
    pub fn new(kind: EventKind) -> Self {
        Self { kind, times: None, time_range: None, condition: None, aggregate: None }
    }

    /// The name of the event that is counted.
    pub fn event(&self) -> &str {
        match &self.kind {
            EventKind::Event(name) => name,
            EventKind::ChannelInteraction(_) => wayfare_model::journey::PRODUCT_ACTION,
        }
    }
}

impl Condition {
    /// Whether a parameter is named anywhere in the condition.
    pub fn names(&self, parameter: &str) -> bool {
        match self {
            Self::All(conditions) | Self::Any(conditions) => {
                conditions.iter().any(|condition| condition.names(parameter))
            }
            Self::Not(condition) => condition.names(parameter),
            Self::Parameter { name, .. } => **name == *parameter,
        }
    }
}

impl<T> CountOperand<T> {
    /// The operand by reference.
    pub fn as_ref(&self) -> CountOperand<&T> {
        match self {
            Self::Value(value) => CountOperand::Value(value),
            Self::Bounds(from, to) => CountOperand::Bounds(from, to),
        }
    }
}
