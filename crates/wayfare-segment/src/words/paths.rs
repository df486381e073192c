//! The nodes of a definition in words, by where they stand.

use super::Place;
use crate::definition::{Definition, Node};
use std::collections::BTreeMap;

/// What each node of a definition means, in words, by its path; steps of sequences too.
pub fn by_path(definition: &Definition) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    gather(&definition.root, String::new(), &mut words);
    words
}

fn gather(node: &Node, path: String, words: &mut BTreeMap<String, String>) {
    let member = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match node {
        Node::All(nodes) | Node::Any(nodes) => {
            let list = member(if matches!(node, Node::All(_)) { "all" } else { "any" });
            for (index, node) in nodes.iter().enumerate() {
                gather(node, format!("{list}[{index}]"), words);
            }
        }
        Node::Not(inner) => gather(inner, member("not"), words),
        Node::Sequence(sequence) => {
            let list = member("sequence");
            for (index, step) in sequence.steps.iter().enumerate() {
                gather(&Node::Event(Box::new(step.clone())), format!("{list}[{index}]"), words);
            }
        }
        Node::Attribute(_) | Node::Event(_) | Node::Journey(_) | Node::Segment(_) | Node::List(_) => {}
    }
    words.insert(path, super::node(node, Place::Alone));
}
