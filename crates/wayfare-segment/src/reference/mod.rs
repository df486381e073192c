//! The slow evaluator: rows, loops and nothing shared with the fast one but the parsed definition.
//!
//! Written to be read beside the specification, one function a rule. It has its own reading of values ([`value`]),
//! its own calendar ([`calendar`]), its own folding ([`folding`]) and its own sums ([`exact`]), so that a mistake
//! would have to be made twice to go unseen.

mod calendar;
mod compare;
mod computed;
mod event;
mod exact;
mod explain;
mod folding;
mod journey;
mod sequence;
mod value;

use crate::definition::{Attribute, Definition, Node};
use crate::library::Library;
use crate::moment::Moment;
use compare::{Subject, compares};
use std::collections::BTreeSet;
use value::Value;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::id::ProfileId;
use wayfare_model::problem::Refusal;
use wayfare_model::record::Identity;
use wayfare_model::time::Instant;
use wayfare_model::value::{Scalar, SourceValue, ValueType};

pub use computed::computed;
pub use explain::{Because, Explanation, ShownEvent, explain};

/// One live profile with everything that is known of it.
#[derive(Debug, Clone)]
pub struct ReferenceProfile {
    /// Its id.
    pub id: ProfileId,
    /// What leads to it.
    pub identifiers: Identity,
    /// Its attributes, current values.
    pub attributes: Vec<(String, SourceValue)>,
    /// Its events, each once, in any order.
    pub events: Vec<ReferenceEvent>,
}

/// One event of a profile.
#[derive(Debug, Clone)]
pub struct ReferenceEvent {
    /// The event's name.
    pub event: String,
    /// When it happened.
    pub timestamp: Instant,
    /// Its commit position: the order of arrival.
    pub position: u64,
    /// Its parameters.
    pub params: Vec<(String, SourceValue)>,
}

/// The profiles that a definition means. What the fast evaluator refuses is refused here too, in fewer words.
pub fn evaluate(
    definition: &Definition,
    dictionary: &Dictionary,
    library: &Library,
    profiles: &[ReferenceProfile],
    moment: &Moment,
) -> Result<BTreeSet<ProfileId>, Refusal> {
    let question = Question { dictionary, library, moment, depth: 0 };
    question.holds(&definition.root, &anyone(dictionary, moment))?;
    let mut meant = BTreeSet::new();
    for profile in profiles {
        if question.holds(&definition.root, profile)? {
            meant.insert(profile.id);
        }
    }
    Ok(meant)
}

/// Someone who did everything once and of whom nothing is known. Whether a definition is refused must not depend on
/// the data; asking it of this person reaches each part of it.
fn anyone(dictionary: &Dictionary, moment: &Moment) -> ReferenceProfile {
    let known = dictionary.events().iter().map(|event| event.name.to_string());
    let journeys = wayfare_model::journey::EVENTS.iter().map(|name| name.to_string());
    let event = |event| ReferenceEvent { event, timestamp: moment.as_of, position: 0, params: Vec::new() };
    ReferenceProfile {
        id: ProfileId::from_first_position(0),
        identifiers: Identity::default(),
        attributes: Vec::new(),
        events: known.chain(journeys).map(event).collect(),
    }
}

/// What is asked beside the definition.
struct Question<'a> {
    dictionary: &'a Dictionary,
    library: &'a Library,
    moment: &'a Moment,
    /// How many segments that refer to one another led here.
    depth: usize,
}

fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new("", why))
}

impl Question<'_> {
    /// Whether a node holds of a profile. Every part is asked, also where the answer is known before.
    fn holds(&self, node: &Node, profile: &ReferenceProfile) -> Result<bool, Refusal> {
        match node {
            Node::All(nodes) => {
                let mut all = true;
                for node in nodes {
                    all &= self.holds(node, profile)?;
                }
                Ok(all)
            }
            Node::Any(nodes) => {
                let mut any = false;
                for node in nodes {
                    any |= self.holds(node, profile)?;
                }
                Ok(any)
            }
            Node::Not(node) => Ok(!self.holds(node, profile)?),
            Node::Attribute(attribute) => self.attribute_holds(attribute, profile),
            Node::Event(node) => self.event_holds(node, profile),
            Node::Sequence(sequence) => self.sequence_holds(sequence, profile),
            Node::Journey(node) => self.journey_holds(node, profile),
            Node::Segment(id) => match self.library.segments.get(&**id) {
                // A chain that has no end is a circle.
                Some(_) if self.depth == 20 => refuse(format!("{id} lies too deep")),
                Some(segment) => {
                    let inner = Question { depth: self.depth + 1, ..*self };
                    inner.holds(&segment.root, profile)
                }
                None => refuse(format!("no segment {id}")),
            },
            Node::List(id) => match self.library.lists.get(&**id) {
                Some(members) => Ok(members.contains(&profile.id)),
                None => refuse(format!("no list {id}")),
            },
        }
    }

    /// Whether an attribute or identifier compares as asked.
    fn attribute_holds(&self, attribute: &Attribute, profile: &ReferenceProfile) -> Result<bool, Refusal> {
        let identifier = |text: &Option<Box<str>>| text.as_deref().map(|text| Value::Text(text.to_owned()));
        let text = ValueType::One(Scalar::String);
        let (value_type, declared, value) = match &*attribute.name {
            "profile_id" => (text, None, Some(Value::Text(profile.id.to_string()))),
            "user_id" => (text, None, identifier(&profile.identifiers.user_id)),
            "email" => (text, None, identifier(&profile.identifiers.email)),
            "phone_number" => (text, None, identifier(&profile.identifiers.phone_number)),
            name => {
                let Some(field) = self.dictionary.attributes.get(name) else {
                    return refuse(format!("no attribute {name}"));
                };
                let source = profile.attributes.iter().find(|(known, _)| known == name);
                let value = source.and_then(|(_, source)| Value::read(&source.text, field.value_type()));
                (field.value_type(), field.declared, value)
            }
        };
        compares(&Subject { value_type, declared, value }, &attribute.comparison, self.moment)
    }
}
