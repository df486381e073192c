//! Checks: a definition held against the dictionary gives a plan, or says what is wrong with it and where.

mod comparison;
mod computed;
mod convert;
mod event;

pub use computed::CheckedColumn;

use crate::columns::Needs;
use crate::definition::{Attribute, Definition, JourneyNode, Node, Sequence};
use crate::library::Library;
use crate::path::Path;
use crate::plan::{JourneyPlan, Plan, Predicate, SequencePlan};
use comparison::Subject;
use std::collections::BTreeMap;
use std::sync::Arc;
use wayfare_model::dictionary::{Dictionary, IDENTIFIERS};
use wayfare_model::journey;
use wayfare_model::problem::{Refusal, nearest_name};
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

    /// How many filters it has: all nodes but and, or and not.
    pub fn filters(&self) -> usize {
        self.filters
    }
}

/// How many segments may refer to one another in a chain.
const DEEPEST_REFERENCE: usize = 20;

impl Definition {
    /// Holds the definition against the dictionary and against what it may refer to.
    pub fn check(&self, dictionary: &Dictionary, library: &Library) -> Result<Checked, Refusal> {
        let mut checker = Checker::new(dictionary, library);
        let plan = checker.node(&Path::Root, &self.root)?;
        Ok(Checked { plan, needs: checker.needs, filters: self.filters() })
    }

    /// How many filters it has: all nodes but and, or and not.
    pub fn filters(&self) -> usize {
        fn filters(node: &Node) -> usize {
            match node {
                Node::All(nodes) | Node::Any(nodes) => nodes.iter().map(filters).sum(),
                Node::Not(node) => filters(node),
                Node::Attribute(_)
                | Node::Event(_)
                | Node::Sequence(_)
                | Node::Journey(_)
                | Node::Segment(_)
                | Node::List(_) => 1,
            }
        }
        filters(&self.root)
    }
}

/// The state of one check.
struct Checker<'d> {
    dictionary: &'d Dictionary,
    library: &'d Library,
    needs: Needs,
    /// Segments whose check is done.
    segments: BTreeMap<String, Arc<Plan>>,
    /// The segments that are being checked, each referred to by the one before.
    within: Vec<String>,
}

impl<'d> Checker<'d> {
    fn new(dictionary: &'d Dictionary, library: &'d Library) -> Self {
        Self { dictionary, library, needs: Needs::default(), segments: BTreeMap::new(), within: Vec::new() }
    }
}

impl Checker<'_> {
    fn node(&mut self, path: &Path<'_>, node: &Node) -> Result<Plan, Refusal> {
        match node {
            Node::All(nodes) => Ok(Plan::All(self.nodes(&path.field("all"), nodes)?)),
            Node::Any(nodes) => Ok(Plan::Any(self.nodes(&path.field("any"), nodes)?)),
            Node::Not(node) => Ok(Plan::Not(Box::new(self.node(&path.field("not"), node)?))),
            Node::Attribute(attribute) => self.attribute(path, attribute),
            Node::Event(event) => Ok(Plan::Event(Box::new(self.event(path, event)?))),
            Node::Sequence(sequence) => Ok(Plan::Sequence(self.sequence(path, sequence)?)),
            Node::Journey(node) => Ok(Plan::Journey(Box::new(self.journey(path, node)?))),
            Node::Segment(id) => Ok(Plan::Segment(self.segment(&path.field("segment"), id)?)),
            Node::List(id) => match self.library.lists.get(&**id) {
                Some(members) => Ok(Plan::List(members.clone())),
                None => {
                    let known = self.library.lists.keys().map(String::as_str);
                    let refusal = path.field("list").refuse(format!("there is no list `{id}`"));
                    Err(refusal.nearest(nearest_name(id, known)))
                }
            },
        }
    }

    fn sequence(&mut self, path: &Path<'_>, sequence: &Sequence) -> Result<SequencePlan, Refusal> {
        let path = path.field("sequence");
        let steps = sequence.steps.iter().enumerate();
        let steps =
            steps.map(|(index, step)| self.event(&path.index(index), step)).collect::<Result<_, _>>()?;
        Ok(SequencePlan { steps, within: sequence.within })
    }

    fn journey(&mut self, path: &Path<'_>, node: &JourneyNode) -> Result<JourneyPlan, Refusal> {
        let path = path.field("journey");
        Ok(JourneyPlan {
            entries: self.of_journey(&path, journey::ENTER, &node.id, &["pass_id"])?,
            exits: self.of_journey(&path, journey::EXIT, &node.id, &["pass_id", "exit_reason"])?,
            state: node.state,
        })
    }

    /// The plan of a saved segment; an error inside of it is one of the reference.
    fn segment(&mut self, path: &Path<'_>, id: &str) -> Result<Arc<Plan>, Refusal> {
        if let Some(plan) = self.segments.get(id) {
            return Ok(plan.clone());
        }
        if let Some(start) = self.within.iter().position(|known| known == id) {
            let chain = [&self.within[start..], &[id.to_owned()]].concat().join(" → ");
            return Err(path.refuse(format!("refers to itself: {chain}")));
        }
        if self.within.len() == DEEPEST_REFERENCE {
            return Err(path.refuse(format!(
                "is the end of a chain of more than {DEEPEST_REFERENCE} segments that refer to one another"
            )));
        }
        let Some(definition) = self.library.segments.get(id) else {
            let known = self.library.segments.keys().map(String::as_str);
            let refusal = path.refuse(format!("there is no segment `{id}`"));
            return Err(refusal.nearest(nearest_name(id, known)));
        };
        self.within.push(id.to_owned());
        let plan = self.node(&Path::Root, &definition.root);
        self.within.pop();
        let plan = plan.map_err(|inner| {
            let at = if inner.path.is_empty() { String::new() } else { format!(" at {}", inner.path) };
            path.refuse(format!("in the segment `{id}`{at}: {}", inner.message)).nearest(inner.nearest)
        })?;
        let plan = Arc::new(plan);
        self.segments.insert(id.to_owned(), plan.clone());
        Ok(plan)
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
