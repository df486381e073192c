//! `/api/v1/audit`: what was done with exports, by whom.

pub(crate) mod list;
