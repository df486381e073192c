//! `/api/v1/mail`: letters that became files because no relay is configured.

pub(crate) mod list;
pub(crate) mod show;
