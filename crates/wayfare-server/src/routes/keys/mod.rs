//! `/api/v1/keys`

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod rotate_secret;
pub(crate) mod show;
