//! The vocabulary of Wayfare: what the words of the product mean, as values.
//!
//! Ids and positions, instants, values as their sources wrote them and the types learned from them,
//! the journey events with their channel and action codes, records as they come in, and the dictionary
//! that says which names exist. Nothing here performs I/O, reads a clock or knows a store.
//!
//! Open [`record`] first: it is what everything else is made from.

pub mod dictionary;
pub mod id;
pub mod journey;
pub mod name;
pub mod problem;
pub mod record;
pub mod time;
pub mod value;
