//! Passes through journeys and the messages in them, put together from the three journey events.
//!
//! What belongs together is decided for one profile at a time by pure functions over its events: [`story`] first, which
//! calls [`messages`] and [`passes`]. Around it, [`gather`] writes what is needed of the lake into temporary buckets of
//! neighbouring profiles, [`gathered`] reads them back a few at a time, and [`pass_rows`] and [`message_rows`] make
//! rows. The rules in words: `docs/exports.md`.

mod buckets;
mod event;
mod gather;
mod gathered;
mod json;
mod message_rows;
mod messages;
mod pass_rows;
mod passes;
mod path;
mod record;
#[cfg(test)]
mod reference;
mod row_batch;
mod story;
mod texts;

pub use gather::gather;
pub use gathered::Gathered;
pub use message_rows::columns as message_columns;
pub use pass_rows::columns as pass_columns;

use crate::source::Range;

/// What a row is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// A pass through a journey.
    Passes,
    /// A message with what became of it.
    Messages,
}

/// The column of passes and of messages that holds the profile.
pub const JOURNEY_PROFILE: usize = 1;

/// Which passes or messages are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What a row is made of.
    pub rows: Rows,
    /// The journeys, ascending; all of them where it is missing.
    pub journeys: Option<Vec<i64>>,
    /// When a pass was entered, or the first thing happened with a message.
    pub range: Option<Range>,
    /// Whether dry runs are in, too.
    pub dry_runs: bool,
}
