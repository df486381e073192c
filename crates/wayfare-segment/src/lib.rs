//! Segments: who is meant by a definition.
//!
//! Holds the definition (one JSON form for web app, API, CLI and exports), its checks, the fast evaluator over
//! [`columns`], and the slow [`reference`] evaluator that the fast one must equal. It never knows where data is
//! stored, reads no clock and waits for nothing. Open [`definition`] first.
//!
//! The way of a definition: [`Definition::parse`](definition::Definition::parse) reads its form,
//! [`check`](definition::Definition::check) holds it against the dictionary and gives a typed plan,
//! [`evaluate`](evaluate::evaluate) runs the plan over columns.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod bits;
pub mod breakdown;
pub mod check;
pub mod column_builder;
pub mod columns;
pub mod definition;
pub mod evaluate;
pub mod library;
pub mod moment;
pub mod reference;
pub mod schema;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod uses;
pub mod words;

mod fold;
mod path;
mod plan;
#[cfg(test)]
mod tests;
