//! `/api/v1/schedules`

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod draft;
pub(crate) mod due;
pub(crate) mod list;
pub(crate) mod pause;
pub(crate) mod remove;
pub(crate) mod resume;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod show;
