//! By what activity a definition finds people, and whether an export of a range of time has rows for them.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use wayfare_model::journey;
use wayfare_model::time::Instant;
use wayfare_segment::definition::{
    CountOperand, CountOperator, Definition, EventNode, JourneyState, Node, Times,
};
use wayfare_segment::evaluate::window;
use wayfare_segment::library::Library;
use wayfare_segment::moment::Moment;

/// An event that the definition looks for, also at times that the export leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// The event.
    pub event: String,
    /// The first instant that it looks at; ever where it is missing.
    pub from: Option<Instant>,
    /// The first instant that it looks at no more.
    pub to: Instant,
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event, from, to } = self;
        match from {
            Some(from) => write!(f, "`{event}` from {from} until before {to}"),
            None => write!(f, "`{event}` at any time before {to}"),
        }
    }
}

/// What a node says of the people it finds.
enum Reach {
    /// Nothing of what they did.
    Silent,
    /// They did something that is wanted, within the range: they have a row.
    Within,
    /// They did something that may lie outside of the range.
    Outside(Vec<Outside>),
}

/// What the definition looks for beyond `range`, where people whom it finds by that alone may have no row. Events that are
/// `wanted` give rows.
pub fn outside(
    definition: &Definition,
    library: &Library,
    moment: &Moment,
    range: &Range<i64>,
    wanted: &[&str],
) -> Vec<Outside> {
    let question = Question { library, moment, range, wanted };
    match question.reach(&definition.root, false) {
        Reach::Outside(found) => {
            let mut told: Vec<Outside> = Vec::new();
            for activity in found {
                if !told.contains(&activity) {
                    told.push(activity);
                }
            }
            told
        }
        Reach::Silent | Reach::Within => Vec::new(),
    }
}

struct Question<'a> {
    library: &'a Library,
    moment: &'a Moment,
    range: &'a Range<i64>,
    wanted: &'a [&'a str],
}

impl Question<'_> {
    fn reach(&self, node: &Node, negated: bool) -> Reach {
        match (node, negated) {
            (Node::Not(inner), _) => self.reach(inner, !negated),
            (Node::All(nodes), false) | (Node::Any(nodes), true) => {
                all(nodes.iter().map(|node| self.reach(node, negated)))
            }
            (Node::Any(nodes), false) | (Node::All(nodes), true) => {
                any(nodes.iter().map(|node| self.reach(node, negated)))
            }
            (Node::Event(event), _) if asks_for_activity(event) != negated => self.event(event),
            (Node::Sequence(sequence), false) => all(sequence.steps.iter().map(|step| self.event(step))),
            (Node::Journey(node), false) if node.state != JourneyState::NeverEntered => {
                self.activity(journey::ENTER, i64::MIN..self.moment.as_of.micros())
            }
            // Definitions lead to themselves nowhere: that is refused when they are saved.
            (Node::Segment(id), _) => match self.library.segments.get(&**id) {
                Some(definition) => self.reach(&definition.root, negated),
                None => Reach::Silent,
            },
            (
                Node::Event(_) | Node::Sequence(_) | Node::Journey(_) | Node::Attribute(_) | Node::List(_),
                _,
            ) => Reach::Silent,
        }
    }

    fn event(&self, node: &EventNode) -> Reach {
        self.activity(node.event(), window(node.time_range.as_ref(), self.moment))
    }

    fn activity(&self, event: &str, seen: Range<i64>) -> Reach {
        if seen.is_empty() {
            return Reach::Silent;
        }
        if self.range.start <= seen.start && seen.end <= self.range.end {
            return if self.wanted.contains(&event) { Reach::Within } else { Reach::Silent };
        }
        let Some(to) = Instant::from_micros(seen.end) else { return Reach::Silent };
        Reach::Outside(vec![Outside { event: event.to_owned(), from: Instant::from_micros(seen.start), to }])
    }
}

/// All hold: one that gives rows is enough.
fn all(reaches: impl Iterator<Item = Reach>) -> Reach {
    let mut found = Vec::new();
    for reach in reaches {
        match reach {
            Reach::Within => return Reach::Within,
            Reach::Outside(more) => found.extend(more),
            Reach::Silent => {}
        }
    }
    if found.is_empty() { Reach::Silent } else { Reach::Outside(found) }
}

/// Any holds: each must give rows.
fn any(reaches: impl Iterator<Item = Reach>) -> Reach {
    let (mut found, mut all_within, mut none) = (Vec::new(), true, true);
    for reach in reaches {
        none = false;
        all_within &= matches!(reach, Reach::Within);
        if let Reach::Outside(more) = reach {
            found.extend(more);
        }
    }
    match (found.is_empty(), all_within && !none) {
        (false, _) => Reach::Outside(found),
        (true, true) => Reach::Within,
        (true, false) => Reach::Silent,
    }
}

/// Whether whom the node means did it at least once.
fn asks_for_activity(node: &EventNode) -> bool {
    // An aggregate over no event never holds.
    node.aggregate.is_some() || !node.times.is_some_and(admits_none)
}

fn admits_none(times: Times) -> bool {
    match (times.operator, times.operand) {
        (CountOperator::AtMost, _) => true,
        (_, CountOperand::Value(value)) => value == 0,
        (_, CountOperand::Bounds(least, _)) => least == 0,
    }
}

/// The events that the definition names, and whether it looks for each at or after the moment alone.
pub fn named(definition: &Definition, library: &Library, moment: &Moment) -> BTreeMap<String, bool> {
    let mut names = BTreeMap::new();
    gather(&definition.root, library, moment, &mut names);
    names
}

fn gather(node: &Node, library: &Library, moment: &Moment, names: &mut BTreeMap<String, bool>) {
    let mut event = |node: &EventNode| {
        let later = window(node.time_range.as_ref(), moment).start >= moment.as_of.micros();
        let only_later = names.entry(node.event().to_owned()).or_insert(true);
        *only_later &= later;
    };
    match node {
        Node::All(nodes) | Node::Any(nodes) => {
            nodes.iter().for_each(|node| gather(node, library, moment, names));
        }
        Node::Not(inner) => gather(inner, library, moment, names),
        Node::Event(node) => event(node),
        Node::Sequence(sequence) => sequence.steps.iter().for_each(event),
        Node::Segment(id) => {
            if let Some(definition) = library.segments.get(&**id) {
                gather(&definition.root, library, moment, names);
            }
        }
        Node::Journey(_) | Node::Attribute(_) | Node::List(_) => {}
    }
}
