//! An evaluation that tells of each node whom it means, what it read and how long that took.

use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::check::Checked;
use crate::columns::Columns;
use crate::moment::Moment;
use crate::plan::Plan;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// An answer with how it came about.
#[derive(Debug, Clone)]
pub struct Traced {
    /// The live profiles that the definition means, by ordinal.
    pub members: Bits,
    /// The outermost node.
    pub root: TracedNode,
}

/// One node of an evaluation.
#[derive(Debug, Clone)]
pub struct TracedNode {
    /// Where in the definition it stands; empty at the root.
    pub path: String,
    /// What kind of node it is: `all`, `any`, `not`, `attribute`, `event`, `sequence`, `journey`, `segment`, `list`.
    pub kind: &'static str,
    /// How many live profiles it means, whatever the nodes beside it mean.
    pub count: u64,
    /// Rows of events and values of attributes that were looked at for it and for its parts.
    pub rows: u64,
    /// How long it took, its parts included.
    pub took: Duration,
    /// The nodes that it is made of.
    pub parts: Vec<TracedNode>,
}

/// Evaluates every node whole, also where its neighbours alone decide: what each node means by itself is part of the
/// answer.
pub fn evaluate_traced(
    checked: &Checked,
    columns: &impl Columns,
    moment: &Moment,
    cancelled: &AtomicBool,
) -> Result<Traced, EvaluateError> {
    let (members, root) = Evaluation::new(columns, moment, cancelled).traced(&checked.plan, String::new())?;
    Ok(Traced { members, root })
}

impl<C: Columns> Evaluation<'_, C> {
    fn traced(&self, plan: &Plan, path: String) -> Result<(Bits, TracedNode), EvaluateError> {
        let (start, looked_at) = (Instant::now(), self.looked_at.get());
        let member = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let list = |name: &str, plans: &[Plan]| {
            let at = member(name);
            plans
                .iter()
                .enumerate()
                .map(|(index, plan)| self.traced(plan, format!("{at}[{index}]")))
                .collect::<Result<Vec<_>, _>>()
        };
        let (bits, parts) = match plan {
            Plan::All(plans) => {
                let parts = list("all", plans)?;
                let mut all = self.columns.live().clone();
                parts.iter().for_each(|(bits, _)| all.and(bits));
                (all, parts)
            }
            Plan::Any(plans) => {
                let parts = list("any", plans)?;
                let mut any = Bits::new(self.columns.ordinals());
                parts.iter().for_each(|(bits, _)| any.or(bits));
                (any, parts)
            }
            Plan::Not(plan) => {
                let part = self.traced(plan, member("not"))?;
                (self.not(part.0.clone())?, vec![part])
            }
            plan => (self.node(plan)?, Vec::new()),
        };
        let node = TracedNode {
            kind: kind(plan),
            count: bits.len(),
            rows: self.looked_at.get() - looked_at,
            took: start.elapsed(),
            parts: parts.into_iter().map(|(_, node)| node).collect(),
            path,
        };
        Ok((bits, node))
    }
}

fn kind(plan: &Plan) -> &'static str {
    match plan {
        Plan::All(_) => "all",
        Plan::Any(_) => "any",
        Plan::Not(_) => "not",
        Plan::Attribute { .. } => "attribute",
        Plan::Event(_) => "event",
        Plan::Sequence(_) => "sequence",
        Plan::Journey(_) => "journey",
        Plan::Segment(_) => "segment",
        Plan::List(_) => "list",
    }
}
