//! Definitions: the one JSON form of a segment, parsed.
//!
//! Parsing knows the form and the names that the language itself has; which events, parameters and attributes exist
//! and whether a value fits is the business of [`check`](crate::check). Values stay as they were written.

mod computed;
mod json;
mod names;
mod node;
mod object;
mod parse;

pub use computed::{Computed, ComputedColumn, Measure};
pub use names::{
    AggregateFunction, CountOperator, JourneyState, OperandKind, Operator, OperatorTypes, TimeOperator, Unit,
};
pub use node::{
    Aggregate, Attribute, ChannelInteraction, Comparison, Condition, CountOperand, EventKind, EventNode,
    JourneyNode, Literal, Node, Operand, Sequence, Span, TimeRange, Times,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use wayfare_model::problem::Refusal;

/// The deepest nesting of nodes; the root is the first level, a `where` lies one level below its event.
pub const DEEPEST: usize = 100;
/// The most nodes, conditions in `where` included.
pub const MOST_NODES: usize = 10_000;
/// The only product whose channel interactions are known.
pub const PRODUCT: &str = "architect";
/// The members that make a node one of events.
const EVENT_KINDS: [&str; 2] = ["event", "channel_interaction"];

/// A segment definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The outermost node.
    pub root: Node,
}

impl Definition {
    /// Everyone.
    pub fn everyone() -> Self {
        Self { root: Node::All(Vec::new()) }
    }

    /// Reads a definition from its JSON text. Safe for text of any depth and size.
    pub fn parse(json: &str) -> Result<Self, Refusal> {
        parse::definition(json)
    }

    /// Reads a definition from JSON that was parsed already.
    pub fn from_value(json: &serde_json::Value) -> Result<Self, Refusal> {
        Self::parse(&json.to_string())
    }

    /// The definition as JSON, under canonical names.
    pub fn to_json(&self) -> serde_json::Value {
        json::node(&self.root)
    }
}

impl Serialize for Definition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Definition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Raw text has no limit of depth of its own, so the limit of definitions is the one that holds.
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse(raw.get()).map_err(serde::de::Error::custom)
    }
}
