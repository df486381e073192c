//! The fast evaluator: a checked definition over columns gives the set of ordinals it means.
//!
//! A test is made once for each distinct value of a column and becomes a set of codes; groups of rows that agree are
//! decided as a whole ([`filter`]), the rows of others are scanned 64 at a time. Of events only what the node asks is
//! kept of each profile: a bit, a small number, a sum. Everything is cut to the live profiles, and complements are
//! taken against them.

mod aggregate;
mod attribute;
mod clock;
mod computed;
mod count;
mod filter;
mod journey;
mod mask;
mod pieces;
mod predicate;
mod rank;
mod reader;
mod scan;
mod sequence;
mod sum;
mod summed;
mod times;
mod trace;

pub use computed::{ComputedValue, ComputedValues, evaluate_column};
pub use times::window;
pub use trace::{Traced, TracedNode, evaluate_traced};

use crate::bits::Bits;
use crate::check::Checked;
use crate::columns::Columns;
use crate::moment::Moment;
use crate::plan::{EventPlan, Plan};
use clock::Clock;
use std::cell::{Cell, RefCell};
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
pub fn evaluate(checked: &Checked, columns: &impl Columns, moment: &Moment) -> Result<Bits, EvaluateError> {
    evaluate_unless(checked, columns, moment, &AtomicBool::new(false))
}

/// The same, unless `cancelled` becomes true while it runs.
pub fn evaluate_unless(
    checked: &Checked,
    columns: &impl Columns,
    moment: &Moment,
    cancelled: &AtomicBool,
) -> Result<Bits, EvaluateError> {
    Evaluation::new(columns, moment, cancelled).node(&checked.plan)
}

/// One evaluation.
struct Evaluation<'a, C> {
    columns: &'a C,
    clock: Clock,
    cancelled: &'a AtomicBool,
    /// What segments mean that were referred to already, by where their plans lie.
    segments: RefCell<HashMap<*const Plan, Bits>>,
    /// Rows of events and values of attributes that were looked at.
    looked_at: Cell<u64>,
}

impl<'a, C: Columns> Evaluation<'a, C> {
    fn new(columns: &'a C, moment: &Moment, cancelled: &'a AtomicBool) -> Self {
        Self {
            columns,
            clock: Clock::new(moment),
            cancelled,
            segments: RefCell::default(),
            looked_at: Cell::new(0),
        }
    }

    /// The live profiles that a node means.
    fn node(&self, plan: &Plan) -> Result<Bits, EvaluateError> {
        let live = self.columns.live();
        match plan {
            Plan::All(plans) => {
                let mut all: Option<Bits> = None;
                for plan in self.cheapest_first(plans) {
                    match (&mut all, plan) {
                        (Some(all), _) if all.is_empty() => break,
                        (Some(all), Plan::Not(plan)) => all.and_not(&self.node(plan)?),
                        (Some(all), plan) => all.and(&self.node(plan)?),
                        (all, plan) => *all = Some(self.node(plan)?),
                    }
                }
                Ok(all.unwrap_or_else(|| live.clone()))
            }
            Plan::Any(plans) => {
                let mut any: Option<Bits> = None;
                for plan in self.cheapest_first(plans) {
                    match &mut any {
                        Some(any) => any.or(&self.node(plan)?),
                        any => *any = Some(self.node(plan)?),
                    }
                }
                Ok(any.unwrap_or_else(|| Bits::new(self.columns.ordinals())))
            }
            Plan::Not(plan) => self.not(self.node(plan)?),
            Plan::Attribute { name, test } => self.attribute(name, test),
            Plan::Event(plan) => self.event(plan),
            Plan::Sequence(plan) => self.alive(self.sequence(plan)?),
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
                let mut listed = Bits::new(self.columns.ordinals());
                members.iter().filter_map(|id| self.ordinal(*id)).for_each(|ordinal| listed.insert(ordinal));
                self.alive(listed)
            }
        }
    }

    fn event(&self, plan: &EventPlan) -> Result<Bits, EvaluateError> {
        let Some(aggregate) = &plan.aggregate else { return self.alive(self.counted(plan)?) };
        let mut aggregated = self.aggregated(plan, aggregate)?;
        aggregated.and(self.columns.live());
        // An aggregate passes only where there is an event.
        let any_number = plan.count.least <= 1 && plan.count.most == u64::MAX;
        if !aggregated.is_empty() && !any_number {
            aggregated.and(&self.counted(plan)?);
        }
        Ok(aggregated)
    }

    /// Cut to the live profiles.
    fn alive(&self, mut bits: Bits) -> Result<Bits, EvaluateError> {
        bits.and(self.columns.live());
        Ok(bits)
    }

    /// The live profiles that are not in a set.
    fn not(&self, bits: Bits) -> Result<Bits, EvaluateError> {
        let mut others = self.columns.live().clone();
        others.and_not(&bits);
        Ok(others)
    }

    /// Stops the evaluation where that was asked for.
    fn go_on(&self) -> Result<(), EvaluateError> {
        match self.cancelled.load(Ordering::Relaxed) {
            true => Err(EvaluateError::Cancelled),
            false => Ok(()),
        }
    }

    fn look_at(&self, rows: usize) {
        self.looked_at.set(self.looked_at.get() + rows as u64);
    }

    /// Attributes are a scan of profiles, events one of many times as many rows: where few are left, none is made.
    fn cheapest_first<'p>(&self, plans: &'p [Plan]) -> Vec<&'p Plan> {
        let mut plans: Vec<_> = plans.iter().collect();
        plans.sort_by_cached_key(|plan| cost(plan));
        plans
    }
}

fn cost(plan: &Plan) -> usize {
    match plan {
        Plan::All(plans) | Plan::Any(plans) => plans.iter().map(cost).sum(),
        // A complement first would be of most profiles.
        Plan::Not(plan) => cost(plan) + 1,
        Plan::Segment(plan) => cost(plan),
        Plan::Attribute { .. } | Plan::List(_) => 1,
        Plan::Event(_) => 100,
        Plan::Sequence(plan) => 300 * plan.steps.len(),
        Plan::Journey(_) => 300,
    }
}
