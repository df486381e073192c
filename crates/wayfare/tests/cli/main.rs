//! The built binary, from outside: what it says on stdout, and how it ends.

#![allow(clippy::unwrap_used, missing_docs)]

mod product;
mod segments;
