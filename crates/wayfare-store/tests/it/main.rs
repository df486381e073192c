//! The store from outside, in one binary.
#![allow(missing_docs, reason = "tests say what they hold in their names")]

mod concurrent;
mod life;
mod random;
mod schedules;
