//! `/api/v1/destinations`

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod show;
pub(crate) mod test;
pub(crate) mod test_settings;
