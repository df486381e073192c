//! The real router over a real store in a temporary directory.

#![allow(clippy::unwrap_used, missing_docs)]

mod cases;
mod documents;
mod downloads;
mod key_cases;
mod keys;
mod paging;
mod raw;
mod records;
mod refusals;
mod saved_segments;
mod schedules;
mod segments;
mod service;
mod sign_in;
mod strangers;
mod walk;
mod webhook_cases;
