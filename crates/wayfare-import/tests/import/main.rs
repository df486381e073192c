//! Imports from files into a sink in memory, which decides as the store does.
#![allow(missing_docs, clippy::unwrap_used)]

mod bad_input;
mod formats;
mod memory;
mod resume;
mod store;
