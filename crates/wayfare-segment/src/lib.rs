//! Segments: who is meant by a definition.
//!
//! Holds the definition (one JSON form for web app, API, CLI and exports), its checks, the fast evaluator over
//! [`columns`], and the slow [`reference`] evaluator that the fast one must equal. It never knows where data is
//! stored, reads no clock and waits for nothing. Open [`definition`] first.

pub mod column_builder;
pub mod columns;
