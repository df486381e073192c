//! `/api/user`: what the peer's clients ask about names before they export.

pub(crate) mod columns;
