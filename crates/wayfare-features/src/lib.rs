//! One set of features for shared dependencies.
//!
//! Cargo compiles a dependency once for each set of features that a build asks of it, and all that stand on it
//! with it. Without this crate, building one room alone would compile the engine a second time. It holds no code.
