//! What the fast evaluator sees of the data: columns by dense profile ordinal and columns of events.
//!
//! A profile's *ordinal* is its rank by first commit position among all profiles ever made, so ordinals never
//! change and ascend with profile ids. A store loads what a definition [`Needs`] and hands it over as [`Columns`];
//! evaluation itself is a pure function and never waits for data.

pub mod buffer;
pub mod numbers;
pub mod text_codes;
pub mod texts;

mod build;
mod column;
mod merge;
mod order;
mod run;
mod text_run;

pub use build::RowsBuilder;
pub use column::{Codes, Column, Values};
pub use merge::merge;
pub use run::{EventRun, MIXED, RunBase, RunColumn};
pub use text_run::{TextColumn, TextRun};

use crate::bits::Bits;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wayfare_model::id::ProfileId;

/// What a definition reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Attributes and identifiers, by their own names.
    pub attributes: BTreeSet<String>,
    /// Attributes and identifiers of which only matters who has them.
    pub present: BTreeSet<String>,
    /// Events, by their own names, each with the parameters that are read.
    pub events: BTreeMap<String, BTreeSet<String>>,
}

/// Data at one commit position.
pub trait Columns {
    /// One more than the highest ordinal.
    fn ordinals(&self) -> u32;
    /// Ordinals of all live profiles: the population.
    fn live(&self) -> &Bits;
    /// The id of the profile of an ordinal.
    fn profile_id(&self, ordinal: u32) -> ProfileId;
    /// An attribute or identifier by ordinal; one row an ordinal. A column may be shorter than
    /// [`ordinals`](Self::ordinals): what lies behind its end is missing. `profile_id` itself is never asked for.
    fn attribute(&self, name: &str) -> Option<&Column>;
    /// Who has an attribute or identifier: a column of which every value is `true`, otherwise like
    /// [`attribute`](Self::attribute).
    fn present(&self, name: &str) -> Option<&Column>;
    /// The occurrences of an event, in runs of any size and order; each occurrence stands in one run, once.
    fn event(&self, name: &str) -> &[Arc<EventRun>];
}
