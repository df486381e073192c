//! Why one profile is, or is not, among those that a definition means: node by node, with what decided.

use super::{Question, ReferenceEvent, ReferenceProfile, calendar};
use crate::definition::{Attribute, Definition, EventNode, JourneyState, Node, TimeRange};
use crate::library::Library;
use crate::moment::Moment;
use crate::words;
use serde::Serialize;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::journey::{ENTER, EXIT};
use wayfare_model::problem::Refusal;
use wayfare_model::time::Instant;

/// Events that are shown of one node at most, the newest.
const MOST_SHOWN: usize = 10;

/// One node, and why it is true or false of the profile.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// Where in the definition the node stands; empty at the root.
    pub path: String,
    /// The node in words.
    pub words: String,
    /// Whether it holds.
    pub holds: bool,
    /// What decided.
    pub because: Because,
    /// The nodes that this one is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Explanation>,
}

/// What decided whether a node holds.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Because {
    /// The nodes that it is made of.
    Parts,
    /// The value of an attribute or identifier; none where it is missing.
    Value {
        /// As the source wrote it.
        value: Option<String>,
    },
    /// The events that the node means, and how many of them there are.
    Events {
        /// How many.
        found: usize,
        /// From when events were looked for; ever where absent.
        from: Option<Instant>,
        /// Until before when.
        until: Instant,
        /// The newest of them.
        newest: Vec<ShownEvent>,
        /// What the aggregate of all of them is; absent where none is asked, or none of them has the parameter.
        #[serde(skip_serializing_if = "Option::is_none")]
        aggregate: Option<String>,
    },
    /// For each step the number of events that it means.
    Steps {
        /// By step.
        found: Vec<usize>,
        /// Events in the order of the steps, one a step; none where no events follow one another so.
        chain: Vec<ShownEvent>,
    },
    /// How things stand in the journey.
    Journey {
        /// The state.
        state: &'static str,
        /// The newest entries.
        entries: Vec<ShownEvent>,
        /// The newest exits.
        exits: Vec<ShownEvent>,
    },
    /// The members of a saved segment.
    Segment,
    /// The members of a list.
    List,
}

/// An event that a node means.
#[derive(Debug, Clone, Serialize)]
pub struct ShownEvent {
    /// When it happened.
    pub timestamp: Instant,
    /// Its commit position.
    pub position: u64,
    /// Its parameters, as the source wrote them.
    pub params: Vec<(String, String)>,
}

/// Explains a definition, which was checked before, for one profile.
pub fn explain(
    definition: &Definition,
    dictionary: &Dictionary,
    library: &Library,
    profile: &ReferenceProfile,
    moment: &Moment,
) -> Result<Explanation, Refusal> {
    let question = Question { dictionary, library, moment, depth: 0 };
    question.explained(&definition.root, String::new(), profile)
}

impl Question<'_> {
    fn explained(
        &self,
        node: &Node,
        path: String,
        profile: &ReferenceProfile,
    ) -> Result<Explanation, Refusal> {
        let member = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let list = |name: &str, nodes: &[Node]| {
            let at = member(name);
            let part = |(index, node)| self.explained(node, format!("{at}[{index}]"), profile);
            nodes.iter().enumerate().map(part).collect::<Result<Vec<_>, Refusal>>()
        };
        let (because, parts) = match node {
            Node::All(nodes) => (Because::Parts, list("all", nodes)?),
            Node::Any(nodes) => (Because::Parts, list("any", nodes)?),
            Node::Not(inner) => (Because::Parts, vec![self.explained(inner, member("not"), profile)?]),
            Node::Attribute(attribute) => {
                (Because::Value { value: self.shown_value(attribute, profile) }, Vec::new())
            }
            Node::Event(event) => (self.shown_events(event, profile)?, Vec::new()),
            Node::Sequence(sequence) => {
                let steps = sequence.steps.iter().map(|step| Ok(self.meant(step, profile)?.len()));
                let found = steps.collect::<Result<_, Refusal>>()?;
                let chain = self.chain(sequence, profile)?.unwrap_or_default();
                (Because::Steps { found, chain: chain.into_iter().map(shown).collect() }, Vec::new())
            }
            Node::Journey(journey) => {
                let mut state = JourneyState::NeverEntered;
                for known in JourneyState::ALL {
                    let asked = crate::definition::JourneyNode { state: *known, ..journey.clone() };
                    if self.journey_holds(&asked, profile)? {
                        state = *known;
                    }
                }
                let [entries, exits] =
                    [ENTER, EXIT].map(|event| Ok(newest(self.of_journey(event, journey, profile)?)));
                (Because::Journey { state: state.name(), entries: entries?, exits: exits? }, Vec::new())
            }
            Node::Segment(id) => {
                let part = match self.library.segments.get(&**id) {
                    Some(segment) if self.depth < 20 => {
                        let inner = Question { depth: self.depth + 1, ..*self };
                        vec![inner.explained(&segment.root, String::new(), profile)?]
                    }
                    _ => Vec::new(),
                };
                (Because::Segment, part)
            }
            Node::List(_) => (Because::List, Vec::new()),
        };
        let holds = self.holds(node, profile)?;
        let words = words::describe(&Definition { root: node.clone() });
        Ok(Explanation { path, words, holds, because, parts })
    }

    fn shown_value(&self, attribute: &Attribute, profile: &ReferenceProfile) -> Option<String> {
        let identifier = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        match &*attribute.name {
            "profile_id" => Some(profile.id.to_string()),
            "user_id" => identifier(&profile.identifiers.user_id),
            "email" => identifier(&profile.identifiers.email),
            "phone_number" => identifier(&profile.identifiers.phone_number),
            name => {
                let value = profile.attributes.iter().find(|(known, _)| known == name);
                value.map(|(_, source)| source.text.to_string())
            }
        }
    }

    /// The events of a profile that an event node means.
    fn meant<'p>(
        &self,
        node: &EventNode,
        profile: &'p ReferenceProfile,
    ) -> Result<Vec<&'p ReferenceEvent>, Refusal> {
        let mut meant = Vec::new();
        for event in profile.events.iter().filter(|event| event.event == node.event()) {
            if self.is_seen(node, event)? {
                meant.push(event);
            }
        }
        Ok(meant)
    }

    fn shown_events(&self, node: &EventNode, profile: &ReferenceProfile) -> Result<Because, Refusal> {
        let meant = self.meant(node, profile)?;
        let aggregate = match &node.aggregate {
            Some(aggregate) => {
                self.aggregate(aggregate, node.event(), &meant)?.map(|value| value.to_string())
            }
            None => None,
        };
        let as_of = self.moment.as_of.micros();
        let written = |text: &str| calendar::read_datetime(text).unwrap_or(as_of);
        let (from, until) = match &node.time_range {
            None | Some(TimeRange::AllTime) => (None, as_of),
            Some(TimeRange::InLast(span)) => (Some(calendar::moved(self.moment, *span, -1)), as_of),
            Some(TimeRange::CalendarLast(span)) => (Some(calendar::start_of_last(self.moment, *span)), as_of),
            Some(TimeRange::Between(from, to)) => (Some(written(from)), written(to).min(as_of)),
            Some(TimeRange::Before(value)) => (None, written(value).min(as_of)),
            Some(TimeRange::After(value)) => (Some(written(value)), as_of),
        };
        Ok(Because::Events {
            found: meant.len(),
            from: from.and_then(Instant::from_micros),
            until: Instant::from_micros(until).unwrap_or(self.moment.as_of),
            newest: newest(meant),
            aggregate,
        })
    }
}

/// The newest of some events.
fn newest(mut events: Vec<&ReferenceEvent>) -> Vec<ShownEvent> {
    events.sort_by_key(|event| std::cmp::Reverse((event.timestamp, event.position)));
    events.into_iter().take(MOST_SHOWN).map(shown).collect()
}

fn shown(event: &ReferenceEvent) -> ShownEvent {
    let params = event.params.iter().map(|(name, value)| (name.clone(), value.text.to_string()));
    ShownEvent { timestamp: event.timestamp, position: event.position, params: params.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference;
    use crate::testing::{Random, World, cases, declared, definition, moment, records};

    /// What an explanation says of its parts makes what it says of the whole, and the whole is what counting says.
    #[test]
    fn explanations_agree_with_themselves_and_with_counts() {
        fn check(of: &Explanation, node: &Node) {
            let holding = of.parts.iter().filter(|part| part.holds).count();
            match node {
                Node::All(_) => assert_eq!(of.holds, holding == of.parts.len(), "{of:?}"),
                Node::Any(_) => assert_eq!(of.holds, holding > 0, "{of:?}"),
                Node::Not(_) => assert_eq!(of.holds, holding == 0, "{of:?}"),
                _ => {}
            }
            match node {
                Node::All(nodes) | Node::Any(nodes) => {
                    of.parts.iter().zip(nodes).for_each(|(part, node)| check(part, node));
                }
                Node::Not(node) => check(&of.parts[0], node),
                _ => {}
            }
        }
        for seed in cases(60) {
            let mut random = Random::new(seed ^ 0xE7);
            let records = records(&mut random, 12);
            let world = World::new(declared(), &records);
            let moment = moment(&mut random, &world);
            let definition = Definition::from_value(&definition(&mut random, &world)).unwrap();
            let (dictionary, library) = (&world.dictionary, &world.library);
            let meant = reference::evaluate(&definition, dictionary, library, &world.profiles, &moment);
            let Ok(meant) = meant else { continue };
            for profile in &world.profiles {
                let explanation = explain(&definition, dictionary, library, profile, &moment).unwrap();
                assert_eq!(explanation.holds, meant.contains(&profile.id), "seed {seed}");
                check(&explanation, &definition.root);
            }
        }
    }
}
