//! Random data, random definitions and columns in memory, for the tests of this crate and of stores.
//!
//! Everything comes from a seed: a failure prints it, and the same seed gives the same case again. [`records`] makes
//! records as they come in; [`World`] accepts them the way a store does and knows what is then true;
//! [`MemoryColumns`] serves it to the fast evaluator; [`definition`] asks random questions of it.

mod columns;
mod definitions;
mod moments;
mod random;
mod records;
mod world;

pub use columns::MemoryColumns;
pub use definitions::{computed, definition};
pub use moments::moment;
pub use random::{Random, cases};
pub use records::{declared, records};
pub use world::World;
