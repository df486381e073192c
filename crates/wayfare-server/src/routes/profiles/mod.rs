//! `/api/v1/profiles`

pub(crate) mod events;
pub(crate) mod exports;
pub(crate) mod ingest;
pub(crate) mod search;
pub(crate) mod show;
