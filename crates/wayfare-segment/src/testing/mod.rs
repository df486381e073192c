//! Random data and definitions, for tests.
