//! `/api/v1/webhooks/endpoints`

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod replay;
pub(crate) mod rotate_secret;
pub(crate) mod show;
pub(crate) mod test;
