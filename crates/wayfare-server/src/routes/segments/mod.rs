//! `/api/v1/segments`

pub(crate) mod count;
pub(crate) mod members;
pub(crate) mod schema;
