//! Schedules: exports that are made again and again, when a rule in a time zone says so.
//!
//! [`rule`] says when runs are due and [`state`] what is done about it; both are pure. [`kept`] is what stands in the
//! store, [`asked`] what people do with schedules, [`tend`] the task that carries out what is due, and [`missed`] the
//! letter about runs that did not complete in time.

pub mod asked;
pub mod kept;
mod missed;
pub mod rule;
pub mod rule_form;
pub mod state;
pub(crate) mod tend;
#[cfg(test)]
mod virtual_clock;

pub use asked::Listed;
pub use kept::{Draft, Pause, Run, RunStatus, Schedule};
pub use rule::{Change, Due, Rule};
pub use rule_form::RuleForm;

/// Counts runs that did not complete by the time they were expected.
pub const RUNS_MISSED: &str = "wayfare_schedule_runs_missed_total";
