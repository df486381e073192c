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

pub use gather::{EVENTS, gather};
pub use gathered::Gathered;

use crate::cells::Cell;
use crate::column::{Column, ColumnType};
use crate::positions::{POSITION, Window};
use crate::source::Range;
use event::Event;
use std::collections::HashMap;
use wayfare_model::time::Instant;

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
    /// The window of commit positions of an incremental export: what is behind it does not count, and of whom something
    /// happened within it in a journey, everything of that journey is in. A late event can give messages of one pass to
    /// another, and so a row may come again as it was; one that changed is never missing.
    pub positions: Option<Window>,
}

impl Wanted {
    /// The columns before attributes; what only some exports have stands last.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns = match self.rows {
            Rows::Passes => pass_rows::columns(),
            Rows::Messages => message_rows::columns(),
        };
        if self.dry_runs {
            columns.push(Column::new("is_dry_run", ColumnType::Boolean));
        }
        if self.positions.is_some() {
            columns.push(Column::new(POSITION, ColumnType::Integer));
        }
        columns
    }

    /// The cells of the columns that only some exports have.
    fn last_cells<'c>(&self, is_dry_run: bool, position: u64) -> impl Iterator<Item = Cell<'c>> + use<'c> {
        let is_dry_run = self.dry_runs.then_some(Cell::Boolean(is_dry_run));
        is_dry_run.into_iter().chain(self.positions.map(|_| Cell::Integer(position as i64)))
    }

    /// Whether only some of what the data hold can be in, for the sake of a window.
    pub fn begins_later(&self) -> bool {
        self.positions.is_some_and(|(from, _)| from > 0)
    }

    /// Before which instant, in microseconds, states see events: that of the evaluation. In a window they see all of them,
    /// whenever these happened: an event that is passed over now is in no later window.
    fn seen_before(&self, as_of: Instant) -> i64 {
        match self.positions {
            Some(_) => i64::MAX,
            None => as_of.micros(),
        }
    }

    /// Whether a row that begins at an instant is in, of whose journey the newest event has that position.
    fn is_in(&self, begin: i64, newest: u64) -> bool {
        self.range.is_none_or(|(from, to)| (from.micros()..to.micros()).contains(&begin))
            && self.positions.is_none_or(|(from, _)| newest >= from)
    }
}

/// By journey: the position of the newest event of a profile.
struct Newest(HashMap<Option<i64>, u64>);

impl Newest {
    fn of(events: &[Event<'_>]) -> Self {
        let mut newest = HashMap::new();
        for event in events {
            let position = newest.entry(event.journey_id).or_insert(event.position);
            *position = event.position.max(*position);
        }
        Self(newest)
    }

    fn of_journey(&self, journey: Option<i64>) -> u64 {
        self.0.get(&journey).copied().unwrap_or_default()
    }
}
