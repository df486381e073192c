//! How things stand with people in a journey.

use super::pieces::{Gathered, Walk};
use super::reader::{CodeReader, NumberReader};
use super::scan::{Row, rows};
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::texts::Texts;
use crate::columns::{Columns, EventRun, Values};
use crate::definition::JourneyState;
use crate::plan::JourneyPlan;
use std::collections::HashSet;

/// Exit reasons that mean that a journey was completed.
const COMPLETED: [&str; 3] = ["completed", "goal", "goal_reached"];

/// An entry or an exit.
#[derive(Clone, Copy, Default)]
struct Passage {
    time: i64,
    row: u32,
    /// The place of the scan that it is of.
    scan: u32,
    /// The code of the pass's id; 0 where it has none.
    pass: u32,
    /// Of exits, whether its reason says that the journey was completed.
    completed: bool,
    exit: bool,
}

/// What the passages of a run are read from.
struct PassagesOf<'c> {
    times: NumberReader<'c>,
    positions: NumberReader<'c>,
    passes: Option<(CodeReader<'c>, &'c Texts)>,
    reasons: Option<(CodeReader<'c>, Vec<bool>)>,
}

impl<C: Columns> Evaluation<'_, C> {
    /// The live profiles of whom the state is true.
    pub(super) fn journey(&self, plan: &JourneyPlan) -> Result<Bits, EvaluateError> {
        let mut scans = self.scans(&plan.entries)?;
        let entries = scans.len();
        scans.extend(self.scans(&plan.exits)?);
        if plan.state == JourneyState::NeverEntered {
            let start = |first| Walk::new(&scans, first);
            let (anyone, _) = self.by_pieces(rows(&scans), start, |walk, piece| {
                walk.visit(piece.bound, |_, row| piece.insert(row.ordinal));
            })?;
            return self.not(anyone);
        }
        let readers: Vec<PassagesOf<'_>> = scans.iter().map(|scan| PassagesOf::new(scan.run)).collect();
        let start = |first| (Walk::new(&scans, first), Gathered::new());
        let (meant, _) = self.by_pieces(rows(&scans), start, |(walk, passages), piece| {
            walk.visit(piece.bound, |place, row| {
                let passage = readers[place].passage(row, place >= entries);
                passages.push(piece.place(row.ordinal), Passage { scan: place as u32, ..passage });
            });
            passages.of_each(|place, passages| {
                if state(passages, &readers) == Some(plan.state) {
                    piece.insert(piece.first + place as u32);
                }
            });
        })?;
        self.alive(meant)
    }
}

impl<'c> PassagesOf<'c> {
    fn new(run: &'c EventRun) -> Self {
        let texts = |name: &str| {
            let column = run.parameters.get(name)?;
            match &*column.values {
                Values::String(texts) => Some((CodeReader::new(column), texts)),
                _ => None,
            }
        };
        let completed = |texts: &Texts| {
            let is_completed = |reason: &str| COMPLETED.contains(&reason);
            std::iter::once(false).chain(texts.iter().map(is_completed)).collect()
        };
        Self {
            times: NumberReader::new(&run.base.times),
            positions: NumberReader::new(&run.base.positions),
            passes: texts("pass_id"),
            reasons: texts("exit_reason").map(|(codes, texts)| (codes, completed(texts))),
        }
    }

    #[inline]
    fn passage(&self, row: Row, exit: bool) -> Passage {
        let completed = |(codes, completed): &(CodeReader<'_>, Vec<bool>)| {
            completed.get(codes.code(row) as usize) == Some(&true)
        };
        Passage {
            time: self.times.get(row.row),
            row: row.row as u32,
            scan: 0,
            pass: self.passes.as_ref().map_or(0, |(codes, _)| codes.code(row)),
            completed: exit && self.reasons.as_ref().is_some_and(completed),
            exit,
        }
    }

    /// The id of a pass.
    #[inline]
    fn pass(&self, passage: &Passage) -> Option<&'c [u8]> {
        let (_, texts) = self.passes.as_ref()?;
        texts.bytes(passage.pass.checked_sub(1)? as usize)
    }
}

/// With more comparisons than this between entries and exits, these are looked up.
const FEW: usize = 64;

/// The state of someone who has passages, entries first.
fn state(passages: &[Passage], readers: &[PassagesOf<'_>]) -> Option<JourneyState> {
    let (entries, exits) = passages.split_at(passages.partition_point(|passage| !passage.exit));
    let pass = |passage: &Passage| readers.get(passage.scan as usize)?.pass(passage);
    let many: Option<HashSet<&[u8]>> =
        (entries.len() * exits.len() > FEW).then(|| exits.iter().filter_map(pass).collect());
    let last = exits.iter().map(|exit| exit.time).max();
    let is_closed = |entry: &Passage| match (pass(entry), &many) {
        (Some(id), Some(exits)) => exits.contains(id),
        (Some(id), None) => exits.iter().any(|exit| pass(exit) == Some(id)),
        (None, _) => last.is_some_and(|last| last >= entry.time),
    };
    if !entries.iter().all(is_closed) {
        return Some(JourneyState::Active);
    }
    let newest_of = exits.iter().filter(|exit| Some(exit.time) == last);
    let position = |exit: &&Passage| {
        readers.get(exit.scan as usize).map(|reader| reader.positions.get(exit.row as usize))
    };
    let newest = match exits {
        [only] => only,
        _ => newest_of.max_by_key(position)?,
    };
    Some(if newest.completed { JourneyState::Completed } else { JourneyState::Exited })
}
