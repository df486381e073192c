//! Tests of the crate as a whole; each file is one kind of question.

mod properties;
