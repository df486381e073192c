//! `/api/v1/exports`

pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod deliver;
pub(crate) mod dictionary;
pub(crate) mod file;
pub(crate) mod link;
pub(crate) mod list;
pub(crate) mod manifest;
pub(crate) mod preview;
pub(crate) mod retry;
pub(crate) mod revoke_links;
pub(crate) mod show;
pub(crate) mod verify;
