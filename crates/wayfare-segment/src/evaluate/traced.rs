//! An evaluation that tells of each node by itself.
//!
//! For now each node is evaluated anew for itself: right, and as slow as the definition is deep.

use super::{EvaluateError, Run};
use crate::check::Checked;
use crate::columns::Columns;
use crate::moment::Moment;
use crate::plan::{EventPlan, Plan};
use roaring::RoaringBitmap;
use std::cell::RefCell;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Whom a definition means, and how that came about.
#[derive(Debug, Clone)]
pub struct Traced {
    /// The live profiles that the definition means, by ordinal.
    pub members: RoaringBitmap,
    /// The outermost node.
    pub root: TracedNode,
}

/// One node of a traced evaluation.
#[derive(Debug, Clone)]
pub struct TracedNode {
    /// Where in the definition the node stands; empty at the root.
    pub path: String,
    /// What kind of node it is.
    pub kind: &'static str,
    /// How many live profiles it means, whatever stands around it.
    pub count: u64,
    /// How many rows were looked at.
    pub rows: u64,
    /// How long it took, with its parts.
    pub took: Duration,
    /// The nodes that it is made of.
    pub parts: Vec<TracedNode>,
}

/// Evaluates each node of a definition, unless `cancelled` becomes true while it runs.
pub fn evaluate_traced(
    checked: &Checked,
    columns: &impl Columns,
    moment: &Moment,
    cancelled: &AtomicBool,
) -> Result<Traced, EvaluateError> {
    let clock = super::Clock::new(moment);
    let run = Run { columns, clock, cancelled, segments: RefCell::default() };
    let (members, root) = run.traced(&checked.plan, String::new())?;
    Ok(Traced { members, root })
}

impl<C: Columns> Run<'_, C> {
    fn traced(&self, plan: &Plan, path: String) -> Result<(RoaringBitmap, TracedNode), EvaluateError> {
        let start = Instant::now();
        let member = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let event_rows = |plan: &EventPlan| {
            self.columns.event(&plan.event).iter().map(|chunk| chunk.ordinals.len() as u64).sum::<u64>()
        };
        let mut parts = Vec::new();
        let (kind, rows) = match plan {
            Plan::All(plans) | Plan::Any(plans) => {
                let kind = if matches!(plan, Plan::All(_)) { "all" } else { "any" };
                let list = member(kind);
                for (index, plan) in plans.iter().enumerate() {
                    parts.push(self.traced(plan, format!("{list}[{index}]"))?.1);
                }
                (kind, 0)
            }
            Plan::Not(plan) => {
                parts.push(self.traced(plan, member("not"))?.1);
                ("not", 0)
            }
            Plan::Attribute { .. } => ("attribute", u64::from(self.columns.ordinals())),
            Plan::Event(plan) => ("event", event_rows(plan)),
            Plan::Sequence(plan) => ("sequence", plan.steps.iter().map(event_rows).sum()),
            Plan::Journey(plan) => ("journey", event_rows(&plan.entries) + event_rows(&plan.exits)),
            Plan::Segment(_) => ("segment", 0),
            Plan::List(members) => ("list", members.len() as u64),
        };
        let members = self.node(plan)?;
        let rows = rows + parts.iter().map(|part| part.rows).sum::<u64>();
        let node = TracedNode { path, kind, count: members.len(), rows, took: start.elapsed(), parts };
        Ok((members, node))
    }
}
