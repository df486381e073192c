//! How things stand with people in a journey.

use super::pieces::{Gathered, Walk};
use super::reader::{CodeReader, CodesOf, NumberReader};
use super::scan::{Batch, rows};
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::texts::{Print, Texts};
use crate::columns::{Columns, EventRun, Values};
use crate::definition::JourneyState;
use crate::plan::JourneyPlan;
use std::collections::HashSet;
use wayfare_model::journey::is_completed;

/// An entry or an exit.
#[derive(Clone, Copy)]
struct Passage {
    time: i64,
    row: u32,
    /// The place of the scan that it is of.
    scan: u32,
    /// What stands for the pass's id, where it has one.
    pass: Option<Print>,
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
                walk.visit(piece.bound, |batch| piece.insert_all(&batch));
            })?;
            return self.not(anyone);
        }
        let readers: Vec<PassagesOf<'_>> = scans.iter().map(|scan| PassagesOf::new(scan.run)).collect();
        let start = |first| (Walk::new(&scans, first), Gathered::new());
        let (meant, _) = self.by_pieces(rows(&scans), start, |(walk, passages), piece| {
            walk.visit(piece.bound, |batch| {
                let (first, passage) =
                    (piece.first, readers[batch.scan].passages(&batch, batch.scan >= entries));
                batch.each(|ordinal, row| passages.push((ordinal - first) as usize, passage(row)));
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
        let completed =
            |texts: &Texts| std::iter::once(false).chain(texts.iter().map(is_completed)).collect();
        Self {
            times: NumberReader::new(&run.base.times),
            positions: NumberReader::new(&run.base.positions),
            passes: texts("pass_id"),
            reasons: texts("exit_reason").map(|(codes, texts)| (codes, completed(texts))),
        }
    }

    /// Reads the passages of a batch, by row.
    #[inline]
    fn passages(&self, batch: &Batch<'_>, exit: bool) -> impl Fn(usize) -> Passage {
        let (times, scan) = (self.times, batch.scan as u32);
        let passes = self.passes.as_ref().map(|(codes, texts)| (codes.of(batch.group), *texts));
        let print =
            |(codes, texts): (CodesOf<'_>, &Texts), row| texts.print(codes.get(row).checked_sub(1)? as usize);
        let none = (CodesOf::One(0), &[][..]);
        let reasons = self.reasons.as_ref().filter(|_| exit);
        let (reasons, completed) =
            reasons.map_or(none, |(codes, completed)| (codes.of(batch.group), completed.as_slice()));
        move |row| Passage {
            time: times.get(row),
            row: row as u32,
            scan,
            pass: passes.and_then(|passes| print(passes, row)),
            completed: completed.get(reasons.get(row) as usize) == Some(&true),
            exit,
        }
    }
}

/// With more comparisons than this between entries and exits, these are looked up.
const FEW: usize = 64;

/// The state of someone who has passages, exits first.
fn state(passages: &[Passage], readers: &[PassagesOf<'_>]) -> Option<JourneyState> {
    let (exits, entries) = passages.split_at(passages.partition_point(|passage| passage.exit));
    let many: Option<HashSet<Print>> =
        (entries.len() * exits.len() > FEW).then(|| exits.iter().filter_map(|exit| exit.pass).collect());
    let last = exits.iter().map(|exit| exit.time).max();
    let is_closed = |entry: &Passage| match (entry.pass, &many) {
        (Some(pass), Some(exits)) => exits.contains(&pass),
        (Some(pass), None) => exits.iter().any(|exit| exit.pass == Some(pass)),
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
