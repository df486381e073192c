//! `/api/v1/dictionary`

pub(crate) mod show;
pub(crate) mod values;
