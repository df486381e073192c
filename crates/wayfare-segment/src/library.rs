//! What a definition may refer to: saved segments and lists, by id.

use crate::definition::{Definition, Node};
use crate::path::Path;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wayfare_model::id::ProfileId;
use wayfare_model::name::{is_blank, line_fault};
use wayfare_model::problem::Refusal;

/// Saved segments and lists as they stand for one evaluation.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// The definitions of segments, by id.
    pub segments: BTreeMap<String, Arc<Definition>>,
    /// The members of lists, by id; ascending.
    pub lists: BTreeMap<String, Arc<[ProfileId]>>,
}

/// What a definition refers to itself, not by way of others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Ids of segments.
    pub segments: BTreeSet<String>,
    /// Ids of lists.
    pub lists: BTreeSet<String>,
}

/// The longest name of a segment or list, in characters.
pub const LONGEST_NAME: usize = 200;

/// A name that people can read, of a segment, list, schedule, destination or key, without outer space; or what is wrong
/// with it.
pub fn name(written: &str) -> Result<String, &'static str> {
    let name = written.trim();
    if is_blank(name) {
        return Err("is empty; give one that people know it by");
    }
    if name.chars().count() > LONGEST_NAME {
        return Err("is longer than 200 characters");
    }
    match line_fault(name) {
        Some(fault) => Err(fault),
        None => Ok(name.to_owned()),
    }
}

impl Library {
    /// Refuses a definition, whose library this is, that leads to the segment it is to be kept as: by itself or by way of
    /// others.
    pub fn refuse_cycle(&self, definition: &Definition, id: &str) -> Result<(), Refusal> {
        match self.reference_to(&Path::Root, &definition.root, id) {
            Some(path) => Err(Refusal::new(path, format!("leads back to {id} itself"))),
            None => Ok(()),
        }
    }

    /// Where a node refers to a segment, by itself or by way of others.
    fn reference_to(&self, path: &Path<'_>, node: &Node, id: &str) -> Option<String> {
        let list = |name: &'static str, nodes: &[Node]| {
            let path = path.field(name);
            nodes.iter().enumerate().find_map(|(index, node)| self.reference_to(&path.index(index), node, id))
        };
        match node {
            Node::All(nodes) => list("all", nodes),
            Node::Any(nodes) => list("any", nodes),
            Node::Not(node) => self.reference_to(&path.field("not"), node, id),
            Node::Segment(known) => {
                let mut seen = BTreeSet::new();
                self.leads(known, id, &mut seen).then(|| path.field("segment").to_string())
            }
            Node::List(_) | Node::Attribute(_) | Node::Event(_) | Node::Sequence(_) | Node::Journey(_) => {
                None
            }
        }
    }

    /// Whether one segment leads to another.
    fn leads(&self, from: &str, to: &str, seen: &mut BTreeSet<String>) -> bool {
        from == to
            || seen.insert(from.to_owned())
                && self.segments.get(from).is_some_and(|definition| {
                    definition.references().segments.iter().any(|next| self.leads(next, to, seen))
                })
    }
}

impl Definition {
    /// What the definition refers to itself.
    pub fn references(&self) -> References {
        fn gather(node: &Node, into: &mut References) {
            match node {
                Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| gather(node, into)),
                Node::Not(node) => gather(node, into),
                Node::Segment(id) => {
                    into.segments.insert(id.to_string());
                }
                Node::List(id) => {
                    into.lists.insert(id.to_string());
                }
                Node::Attribute(_) | Node::Event(_) | Node::Sequence(_) | Node::Journey(_) => {}
            }
        }
        let mut references = References::default();
        gather(&self.root, &mut references);
        references
    }
}
