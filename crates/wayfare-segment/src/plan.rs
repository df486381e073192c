//! What the fast evaluator runs: a definition with its names found and its values converted.

use crate::definition::{AggregateFunction, JourneyState, Span};
use std::sync::Arc;
use wayfare_model::id::ProfileId;

/// One node.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    All(Vec<Plan>),
    Any(Vec<Plan>),
    Not(Box<Plan>),
    Attribute {
        name: Box<str>,
        test: Test,
    },
    Event(Box<EventPlan>),
    Sequence(SequencePlan),
    Journey(Box<JourneyPlan>),
    /// A saved segment; the same wherever it is referred to, so that it is evaluated once.
    Segment(Arc<Plan>),
    List(Arc<[ProfileId]>),
}

/// Events one after the other.
#[derive(Debug, Clone)]
pub(crate) struct SequencePlan {
    pub steps: Vec<EventPlan>,
    pub within: Option<Span>,
}

/// The entries to and the exits from one journey, and the state that is asked for.
#[derive(Debug, Clone)]
pub(crate) struct JourneyPlan {
    pub entries: EventPlan,
    pub exits: EventPlan,
    pub state: JourneyState,
}

/// A test of one value that may be missing.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    /// Whether the complement of `predicate` is meant; it is true of what is missing.
    pub negated: bool,
    /// False of what is missing.
    pub predicate: Predicate,
}

/// What holds of a value that is there.
#[derive(Debug, Clone)]
pub(crate) enum Predicate {
    Exists,
    Boolean(Vec<bool>),
    Number(Compare<f64>),
    Date(TimeTest<i32>),
    Datetime(TimeTest<i64>),
    Text(TextTest),
    Array(Quantifier, Elements),
}

/// How a value compares.
#[derive(Debug, Clone)]
pub(crate) enum Compare<T> {
    OneOf(Vec<T>),
    Less(T),
    AtMost(T),
    Greater(T),
    AtLeast(T),
    Between(T, T),
}

impl<T> Compare<T> {
    /// Whether `value` compares so under `order`.
    pub fn holds<V: ?Sized>(&self, value: &V, order: impl Fn(&V, &T) -> std::cmp::Ordering) -> bool {
        match self {
            Self::OneOf(list) => list.binary_search_by(|known| order(value, known).reverse()).is_ok(),
            Self::Less(bound) => order(value, bound).is_lt(),
            Self::AtMost(bound) => order(value, bound).is_le(),
            Self::Greater(bound) => order(value, bound).is_gt(),
            Self::AtLeast(bound) => order(value, bound).is_ge(),
            Self::Between(from, to) => order(value, from).is_ge() && order(value, to).is_le(),
        }
    }
}

/// How a day or an instant compares.
#[derive(Debug, Clone)]
pub(crate) enum TimeTest<T> {
    Compare(Compare<T>),
    Clock(Clock, Span),
}

/// How a day or an instant lies to the time of evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    InLast,
    InNext,
    AnniversaryInNext,
}

/// How a text compares; its operands are folded already where `fold` says so.
#[derive(Debug, Clone)]
pub(crate) struct TextTest {
    pub fold: bool,
    pub how: TextCompare,
}

/// See [`TextTest`].
#[derive(Debug, Clone)]
pub(crate) enum TextCompare {
    Compare(Compare<Box<str>>),
    Contains(Box<str>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
}

/// How many of the wanted elements an array must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Any,
    All,
}

/// The wanted elements of an array.
#[derive(Debug, Clone)]
pub(crate) enum Elements {
    Boolean(Vec<bool>),
    Number(Vec<f64>),
    Date(Vec<i32>),
    Datetime(Vec<i64>),
    Text { fold: bool, wanted: Vec<Box<str>> },
}

/// A computed column.
#[derive(Debug, Clone)]
pub(crate) enum ComputedPlan {
    Count(EventPlan),
    FirstTime(EventPlan),
    LastTime(EventPlan),
    Sum(EventPlan, Box<str>),
    Member(Plan),
}

/// An event node.
#[derive(Debug, Clone)]
pub(crate) struct EventPlan {
    pub event: Box<str>,
    pub range: RangePlan,
    /// What holds of each event; that it is no dry run is among it, where dry runs are unseen.
    pub condition: Option<ConditionPlan>,
    pub count: CountRange,
    pub aggregate: Option<AggregatePlan>,
}

/// How many events, both ends in; empty where `least` is more than `most`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CountRange {
    pub least: u64,
    pub most: u64,
}

/// When events happened, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RangePlan {
    Ever,
    InLast(Span),
    CalendarLast(Span),
    /// From the first until before the second.
    Between(i64, i64),
}

/// What holds of one event.
#[derive(Debug, Clone)]
pub(crate) enum ConditionPlan {
    All(Vec<ConditionPlan>),
    Any(Vec<ConditionPlan>),
    Not(Box<ConditionPlan>),
    Parameter { name: Box<str>, test: Test },
}

/// What holds of the events of a person together.
#[derive(Debug, Clone)]
pub(crate) struct AggregatePlan {
    pub function: AggregateFunction,
    pub parameter: Box<str>,
    pub test: AggregateTest,
}

/// How an aggregate compares.
#[derive(Debug, Clone)]
pub(crate) enum AggregateTest {
    /// A sum, a mean, a number of values.
    Number(Compare<f64>),
    /// One of the values.
    Value(Predicate),
}
