//! Checks: a definition held against the dictionary gives a plan, or says what is wrong with it and where.

mod comparison;
mod convert;
mod event;

use crate::columns::Needs;
use crate::definition::{Attribute, Definition, Node};
use crate::path::Path;
use crate::plan::{Plan, Predicate};
use comparison::Subject;
use wayfare_model::dictionary::{Dictionary, IDENTIFIERS};
use wayfare_model::problem::Refusal;
use wayfare_model::value::{Scalar, ValueType};

/// A definition whose names are known and whose values fit: it can be evaluated.
#[derive(Debug, Clone)]
pub struct Checked {
    pub(crate) plan: Plan,
    needs: Needs,
    filters: usize,
}

impl Checked {
    /// What its evaluation reads.
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    /// How many filters it has: attribute, event and channel interaction nodes.
    pub fn filters(&self) -> usize {
        self.filters
    }
}

impl Definition {
    /// Holds the definition against the dictionary.
    pub fn check(&self, dictionary: &Dictionary) -> Result<Checked, Refusal> {
        let mut checker = Checker { dictionary, needs: Needs::default(), filters: 0 };
        let plan = checker.node(&Path::Root, &self.root)?;
        Ok(Checked { plan, needs: checker.needs, filters: checker.filters })
    }

    /// How many filters it has: attribute, event and channel interaction nodes.
    pub fn filters(&self) -> usize {
        fn filters(node: &Node) -> usize {
            match node {
                Node::All(nodes) | Node::Any(nodes) => nodes.iter().map(filters).sum(),
                Node::Not(node) => filters(node),
                Node::Attribute(_) | Node::Event(_) => 1,
            }
        }
        filters(&self.root)
    }
}

/// The state of one check.
struct Checker<'d> {
    dictionary: &'d Dictionary,
    needs: Needs,
    filters: usize,
}

impl Checker<'_> {
    fn node(&mut self, path: &Path<'_>, node: &Node) -> Result<Plan, Refusal> {
        match node {
            Node::All(nodes) => Ok(Plan::All(self.nodes(&path.field("all"), nodes)?)),
            Node::Any(nodes) => Ok(Plan::Any(self.nodes(&path.field("any"), nodes)?)),
            Node::Not(node) => Ok(Plan::Not(Box::new(self.node(&path.field("not"), node)?))),
            Node::Attribute(attribute) => self.attribute(path, attribute),
            Node::Event(event) => {
                self.filters += 1;
                Ok(Plan::Event(Box::new(self.event(path, event)?)))
            }
        }
    }

    fn nodes(&mut self, path: &Path<'_>, nodes: &[Node]) -> Result<Vec<Plan>, Refusal> {
        nodes.iter().enumerate().map(|(index, node)| self.node(&path.index(index), node)).collect()
    }

    fn attribute(&mut self, path: &Path<'_>, attribute: &Attribute) -> Result<Plan, Refusal> {
        let Attribute { name, comparison } = attribute;
        let subject = if IDENTIFIERS.contains(&&**name) {
            Subject { name, value_type: ValueType::One(Scalar::String), declared: None }
        } else if let Some(field) = self.dictionary.attributes.get(name) {
            Subject { name, value_type: field.value_type(), declared: field.declared }
        } else {
            return Err(path
                .field("attribute")
                .refuse(format!("no attribute is called `{name}`"))
                .nearest(self.dictionary.nearest_attribute(name)));
        };
        self.filters += 1;
        let test = subject.test(path, comparison)?;
        match &test.predicate {
            _ if &**name == "profile_id" => {}
            Predicate::Exists => {
                self.needs.present.insert(name.to_string());
            }
            _ => {
                self.needs.attributes.insert(name.to_string());
            }
        }
        Ok(Plan::Attribute { name: name.clone(), test })
    }
}
