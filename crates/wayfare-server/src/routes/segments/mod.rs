//! `/api/v1/segments`

pub(crate) mod breakdown;
pub(crate) mod change;
pub(crate) mod changes;
pub(crate) mod count;
pub(crate) mod create;
pub(crate) mod explain;
pub(crate) mod list;
pub(crate) mod members;
pub(crate) mod plan;
pub(crate) mod remove;
mod saved;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod versions;
