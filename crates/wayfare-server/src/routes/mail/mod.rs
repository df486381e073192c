//! `/api/v1/mail`: letters that became files because no relay is configured, and a test letter.

pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod test;
