//! Occurrences of one event, sorted for the questions that are asked.
//!
//! A run's rows stand in *groups* of equal values of a few parameters (a journey, a campaign, an action) and of near
//! times; within a group by ordinal, then by time, then by arrival. So a question about a journey reads the rows of that
//! journey, a time range the groups that it touches, and whoever keeps something of each profile writes it from the
//! first profile to the last. A parameter that is the same throughout a group is kept once a group: of most parameters of
//! journeys no row takes a byte.

use super::buffer::Buffer;
use super::column::{Codes, Values};
use super::numbers::Numbers;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// In place of a group's code: its rows differ.
pub const MIXED: u32 = u32::MAX;

/// What all questions about a run share.
#[derive(Debug, Clone, Default)]
pub struct RunBase {
    /// Whose events they are.
    pub ordinals: Buffer<u32>,
    /// When they happened, in microseconds since the epoch.
    pub times: Numbers,
    /// Commit positions: the order of arrival.
    pub positions: Numbers,
    /// For each group, one past its last row; it starts where the one before ended.
    pub ends: Buffer<u32>,
    /// For each group, its least time.
    pub firsts: Buffer<i64>,
    /// For each group, its greatest time.
    pub lasts: Buffer<i64>,
    /// By ordinal the [mark](Numbers::marks) of the latest time, 0 where there is none; empty where it was not worth its
    /// place.
    pub latest: Buffer<u32>,
    /// The least and the greatest time; `None` of no rows.
    pub span: Option<(i64, i64)>,
}

/// A run with those of its parameters that were asked for.
#[derive(Debug, Clone, Default)]
pub struct EventRun {
    /// Rows without parameters.
    pub base: Arc<RunBase>,
    /// By their own names; one that no row has is absent.
    pub parameters: BTreeMap<String, Arc<RunColumn>>,
    /// Rows at this position or behind are not to be seen.
    pub before: Option<u64>,
}

/// A parameter of a run.
#[derive(Debug, Clone)]
pub struct RunColumn {
    /// For each group the code of all its rows, or [`MIXED`].
    pub groups: Buffer<u32>,
    /// A code a row; absent where no group is mixed.
    pub rows: Option<Codes>,
    /// The distinct values; a code is one more than the place of its value, 0 is missing.
    pub values: Arc<Values>,
}

impl RunColumn {
    /// The code of a row, which stands in that group.
    #[inline]
    pub fn code(&self, group: usize, row: usize) -> u32 {
        code(&self.groups, self.rows.as_ref(), group, row)
    }
}

/// The code of a row, which stands in that group: the group's, or where its rows differ its own.
#[inline]
pub(super) fn code(groups: &[u32], rows: Option<&Codes>, group: usize, row: usize) -> u32 {
    match (groups.get(group), rows) {
        (Some(&MIXED), Some(codes)) => codes.get(row),
        (Some(&MIXED) | None, _) => 0,
        (Some(code), _) => *code,
    }
}

impl RunBase {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.ordinals.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ordinals.is_empty()
    }

    /// The rows of a group; none of a group that is not there.
    #[inline]
    pub fn group(&self, group: usize) -> Range<usize> {
        let Some(end) = self.ends.get(group) else { return 0..0 };
        let start = if group == 0 { 0 } else { self.ends[group - 1] };
        start as usize..*end as usize
    }

    /// The groups and their rows.
    pub fn groups(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        (0..self.ends.len()).map(|group| (group, self.group(group)))
    }
}

impl EventRun {
    /// Group, row and ordinal of every row that is to be seen.
    pub fn rows(&self) -> impl Iterator<Item = (usize, usize, u32)> {
        let rows = self.base.groups().flat_map(|(group, rows)| rows.map(move |row| (group, row)));
        let rows = rows.filter(|(_, row)| self.is_seen(*row));
        rows.map(|(group, row)| (group, row, self.base.ordinals[row]))
    }

    /// Whether a row is to be seen.
    #[inline]
    pub fn is_seen(&self, row: usize) -> bool {
        self.before.is_none_or(|before| (self.base.positions.get(row) as u64) < before)
    }
}
