//! Exports over a small lake in memory: what ends up in the files, and what verify says of it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod against;
mod computed;
mod events;
mod files;
mod forms;
mod hostile;
mod journeys;
mod memory_lake;
mod policies;
mod resume;
mod verify;
