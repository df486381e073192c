//! What a traced evaluation says of each node, with the words that go with it.

use super::milliseconds;
use crate::wire::plan::{ConditionCount, PlanNode};
use std::collections::BTreeMap;
use wayfare_segment::definition::Definition;
use wayfare_segment::evaluate::TracedNode;
use wayfare_segment::words;

/// The nodes of a definition in words, by path.
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// Of a definition.
    pub fn of(definition: &Definition) -> Self {
        Self(words::by_path(definition))
    }

    /// Of the node at a path; what has no words of its own goes by its kind.
    fn at(&self, path: &str, kind: &str) -> String {
        self.0.get(path).cloned().unwrap_or_else(|| kind.replace('_', " "))
    }
}

/// A node, and the nodes that it is made of, as they go out.
pub fn plan(node: &TracedNode, words: &Words) -> PlanNode {
    let TracedNode { path, kind, count, rows, took, parts } = node;
    PlanNode {
        words: words.at(path, kind),
        path: path.clone(),
        kind,
        count: *count,
        rows: *rows,
        took_ms: milliseconds(*took),
        parts: parts.iter().map(|part| plan(part, words)).collect(),
    }
}

/// How many each node means, the outermost first.
pub fn conditions(root: &TracedNode) -> Vec<ConditionCount> {
    fn gather(node: &TracedNode, into: &mut Vec<ConditionCount>) {
        into.push(ConditionCount { path: node.path.clone(), count: node.count });
        node.parts.iter().for_each(|part| gather(part, into));
    }
    let mut counts = Vec::new();
    gather(root, &mut counts);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_has_its_words() {
        let definition = Definition::parse(
            r#"{"all":[{"attribute":"gender","operator":"equals","value":"F"},
                {"not":{"sequence":[{"event":"a"},{"event":"b"}]}}]}"#,
        );
        let words = Words::of(&definition.expect("a definition"));
        assert_eq!(words.at("all[0]", "attribute"), "gender is F");
        assert_eq!(words.at("all[1].not.sequence[1]", "event"), "b happened");
        assert_eq!(words.at("all[1].not", "sequence"), "a happened, then b happened");
        assert!(words.at("", "all").starts_with("gender is F and "));
        assert_eq!(words.at("elsewhere", "in_list"), "in list");
    }
}
