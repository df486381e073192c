//! The fast evaluator: a checked definition over columns gives the set of ordinals it means.
//!
//! A test is made once for each distinct value of a column and becomes a set of codes; rows are then scanned 64 at a
//! time ([`filter`]). Of events only what the node asks is kept of each profile: a bit, a small number, a sum.
//! Everything is cut to the live profiles, and complements are taken against them.

mod aggregate;
mod attribute;
mod bits;
mod clock;
mod count;
mod filter;
mod journey;
mod predicate;
mod rank;
mod scan;
mod sequence;
mod sum;
mod traced;

pub use traced::{Traced, TracedNode, evaluate_traced};

use crate::check::Checked;
use crate::columns::Columns;
use crate::moment::Moment;
use crate::plan::{EventPlan, Plan};
use clock::Clock;
use roaring::RoaringBitmap;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Why an evaluation gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// It was asked to stop.
    #[error("the evaluation was cancelled")]
    Cancelled,
    /// The data is not of the type that the definition was checked against.
    #[error(
        "the column of `{0}` is not of the type that the dictionary said when the definition was checked"
    )]
    OtherType(String),
}

/// The live profiles that the definition means, by ordinal.
pub fn evaluate(
    checked: &Checked,
    columns: &impl Columns,
    moment: &Moment,
) -> Result<RoaringBitmap, EvaluateError> {
    evaluate_unless(checked, columns, moment, &AtomicBool::new(false))
}

/// The same, unless `cancelled` becomes true while it runs.
pub fn evaluate_unless(
    checked: &Checked,
    columns: &impl Columns,
    moment: &Moment,
    cancelled: &AtomicBool,
) -> Result<RoaringBitmap, EvaluateError> {
    Run { columns, clock: Clock::new(moment), cancelled, segments: RefCell::default() }.node(&checked.plan)
}

/// One evaluation.
struct Run<'a, C> {
    columns: &'a C,
    clock: Clock,
    cancelled: &'a AtomicBool,
    /// What segments mean that were referred to already, by where their plans lie.
    segments: RefCell<HashMap<*const Plan, RoaringBitmap>>,
}

impl<C: Columns> Run<'_, C> {
    /// The live profiles that a node means.
    fn node(&self, plan: &Plan) -> Result<RoaringBitmap, EvaluateError> {
        let live = self.columns.live();
        match plan {
            Plan::All(plans) => {
                let mut all = live.clone();
                for plan in cheapest_first(plans) {
                    if all.is_empty() {
                        break;
                    }
                    match plan {
                        Plan::Not(plan) => all -= self.node(plan)?,
                        plan => all &= self.node(plan)?,
                    }
                }
                Ok(all)
            }
            Plan::Any(plans) => {
                let mut any = RoaringBitmap::new();
                for plan in cheapest_first(plans) {
                    if any.len() == live.len() {
                        break;
                    }
                    any |= self.node(plan)?;
                }
                Ok(any)
            }
            Plan::Not(plan) => Ok(live - self.node(plan)?),
            Plan::Attribute { name, test } => self.attribute(name, test),
            Plan::Event(plan) => self.event(plan),
            Plan::Sequence(plan) => Ok(self.sequence(plan)? & live),
            Plan::Journey(plan) => self.journey(plan),
            Plan::Segment(plan) => {
                let known = self.segments.borrow().get(&Arc::as_ptr(plan)).cloned();
                if let Some(known) = known {
                    return Ok(known);
                }
                let meant = self.node(plan)?;
                self.segments.borrow_mut().insert(Arc::as_ptr(plan), meant.clone());
                Ok(meant)
            }
            Plan::List(members) => {
                self.go_on()?;
                Ok(members.iter().filter_map(|id| self.ordinal(*id)).collect::<RoaringBitmap>() & live)
            }
        }
    }

    fn event(&self, plan: &EventPlan) -> Result<RoaringBitmap, EvaluateError> {
        let live = self.columns.live();
        let Some(aggregate) = &plan.aggregate else { return Ok(self.counted(plan)? & live) };
        let aggregated = self.aggregated(plan, aggregate)? & live;
        // An aggregate passes only where there is an event.
        let any_number = plan.count.least <= 1 && plan.count.most == u64::MAX;
        if aggregated.is_empty() || any_number {
            return Ok(aggregated);
        }
        Ok(aggregated & self.counted(plan)?)
    }

    /// Stops the evaluation where that was asked for.
    fn go_on(&self) -> Result<(), EvaluateError> {
        match self.cancelled.load(Ordering::Relaxed) {
            true => Err(EvaluateError::Cancelled),
            false => Ok(()),
        }
    }
}

/// Attributes are a scan of profiles, events one of many times as many rows: what attributes decide needs no scan.
fn cheapest_first(plans: &[Plan]) -> Vec<&Plan> {
    fn cost(plan: &Plan) -> usize {
        match plan {
            Plan::All(plans) | Plan::Any(plans) => plans.iter().map(cost).sum(),
            Plan::Not(plan) => cost(plan),
            Plan::Segment(plan) => cost(plan),
            Plan::Attribute { .. } | Plan::List(_) => 1,
            Plan::Event(_) => 100,
            Plan::Sequence(plan) => 300 * plan.steps.len(),
            Plan::Journey(_) => 300,
        }
    }
    let mut plans: Vec<_> = plans.iter().collect();
    plans.sort_by_cached_key(|plan| cost(plan));
    plans
}
