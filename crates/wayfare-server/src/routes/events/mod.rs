//! `/api/v1/events`

pub(crate) mod ingest;
