//! Aggregates: functions of one parameter over the events of each profile.

use super::pieces::{PROFILES, Walk};
use super::rank::Ranks;
use super::reader::{CodeReader, NumberReader};
use super::scan::{Batch, RunScan, rows};
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::{Columns, Values};
use crate::definition::AggregateFunction;
use crate::plan::{AggregatePlan, AggregateTest, Compare, EventPlan, Predicate, Test};

impl<C: Columns> Evaluation<'_, C> {
    /// The profiles whose aggregate passes; not yet cut to the live ones.
    pub(super) fn aggregated(
        &self,
        plan: &EventPlan,
        aggregate: &AggregatePlan,
    ) -> Result<Bits, EvaluateError> {
        let AggregatePlan { function, parameter, test } = aggregate;
        match (function, test) {
            (AggregateFunction::Sum, AggregateTest::Number(compare)) => {
                self.summed(plan, parameter, compare, false)
            }
            (AggregateFunction::Average, AggregateTest::Number(compare)) => {
                self.summed(plan, parameter, compare, true)
            }
            (_, AggregateTest::Number(compare)) => self.distinct(plan, parameter, compare),
            (function, AggregateTest::Value(predicate)) => self.chosen(plan, parameter, *function, predicate),
        }
    }

    /// The scans of the runs of which a parameter has numbers, with these.
    pub(super) fn numbers(
        &self,
        plan: &EventPlan,
        parameter: &str,
    ) -> Result<(Vec<RunScan<'_>>, Vec<NumbersOf<'_>>), EvaluateError> {
        let mut scans = self.scans(plan)?;
        let runs = self.columns.event(&plan.event);
        let mut numbers = Vec::with_capacity(scans.len());
        for run in runs {
            match run.parameters.get(parameter).map(|column| &*column.values) {
                None | Some(Values::Number(_)) => {}
                Some(values) if values.is_empty() => {}
                Some(_) => return Err(EvaluateError::OtherType(parameter.to_owned())),
            }
        }
        scans.retain(|scan| match scan.run.parameters.get(parameter) {
            Some(column) => match &*column.values {
                Values::Number(values) => {
                    numbers.push(NumbersOf { codes: CodeReader::new(column), values });
                    true
                }
                _ => false,
            },
            None => false,
        });
        Ok((scans, numbers))
    }

    /// The scans of the runs that have a parameter, with its codes and the ranks of these.
    fn ranked<'r>(
        &self,
        plan: &EventPlan,
        parameter: &str,
        ranks: &'r Ranks,
    ) -> Result<(Vec<RunScan<'_>>, Vec<RanksOf<'_, 'r>>), EvaluateError> {
        let mut scans = self.scans(plan)?;
        let mut of_scans = Vec::with_capacity(scans.len());
        scans.retain(|scan| match scan.run.parameters.get(parameter) {
            Some(column) => {
                of_scans.push(RanksOf { codes: CodeReader::new(column), ranks: ranks.of_codes(scan.index) });
                true
            }
            None => false,
        });
        Ok((scans, of_scans))
    }

    /// Numbers of distinct values.
    fn distinct(
        &self,
        plan: &EventPlan,
        parameter: &str,
        compare: &Compare<f64>,
    ) -> Result<Bits, EvaluateError> {
        let ranks = Ranks::new(parameter, self.columns.event(&plan.event))?;
        let (scans, ranked) = self.ranked(plan, parameter, &ranks)?;
        let passes = |count: u32| compare.holds(&f64::from(count), f64::total_cmp);
        if ranks.distinct() <= u64::BITS {
            // A bit a value.
            let start = |first| (Walk::new(&scans, first), vec![0u64; PROFILES as usize]);
            let (bits, _) = self.by_pieces(rows(&scans), start, |(walk, seen), piece| {
                seen.fill(0);
                walk.visit(piece.bound, |batch| {
                    ranked[batch.scan].each(&batch, piece.first, seen, |seen, rank| *seen |= 1 << (rank - 1));
                });
                piece.insert_where(&seen[..piece.len()], |seen| *seen != 0 && passes(seen.count_ones()));
            })?;
            return Ok(bits);
        }
        let start = |first| (Walk::new(&scans, first), Vec::<u64>::new());
        let (bits, _) = self.by_pieces(rows(&scans), start, |(walk, pairs), piece| {
            pairs.clear();
            walk.visit(piece.bound, |batch| {
                let RanksOf { codes, ranks } = ranked[batch.scan];
                batch.each_code(&codes, |ordinal, _, code| match ranks.get(code as usize) {
                    None | Some(0) => {}
                    Some(rank) => pairs.push(u64::from(ordinal) << 32 | u64::from(*rank)),
                });
            });
            pairs.sort_unstable();
            pairs.dedup();
            let of_each = pairs.chunk_by(|a, b| a >> 32 == b >> 32);
            let passing = of_each.filter(|pairs| passes(pairs.len() as u32));
            passing.for_each(|pairs| piece.insert((pairs[0] >> 32) as u32));
        })?;
        Ok(bits)
    }

    /// The least, the greatest, the first and the last value.
    fn chosen(
        &self,
        plan: &EventPlan,
        parameter: &str,
        function: AggregateFunction,
        predicate: &Predicate,
    ) -> Result<Bits, EvaluateError> {
        match (function, predicate) {
            (AggregateFunction::First, _) => self.at_an_end(plan, parameter, predicate, false),
            (AggregateFunction::Last, _) => self.at_an_end(plan, parameter, predicate, true),
            (_, Predicate::Number(compare)) => {
                let most = function == AggregateFunction::Maximum;
                self.extreme_numbers(plan, parameter, compare, most)
            }
            _ => self.extremes(plan, parameter, function == AggregateFunction::Maximum, predicate),
        }
    }

    /// The least or the greatest number.
    fn extreme_numbers(
        &self,
        plan: &EventPlan,
        parameter: &str,
        compare: &Compare<f64>,
        most: bool,
    ) -> Result<Bits, EvaluateError> {
        let (scans, numbers) = self.numbers(plan, parameter)?;
        // Numbers are finite: what lies beyond them all stands for none.
        let none = if most { f64::NEG_INFINITY } else { f64::INFINITY };
        let start = |first| (Walk::new(&scans, first), vec![none; PROFILES as usize]);
        let (bits, _) = self.by_pieces(rows(&scans), start, |(walk, chosen), piece| {
            chosen.fill(none);
            walk.visit(piece.bound, |batch| {
                let numbers = &numbers[batch.scan];
                match most {
                    true => numbers.each(&batch, piece.first, chosen, |best, number| {
                        *best = if number > *best { number } else { *best };
                    }),
                    false => numbers.each(&batch, piece.first, chosen, |best, number| {
                        *best = if number < *best { number } else { *best };
                    }),
                }
            });
            let holds = |number: &f64| *number != none && compare.holds(&(number + 0.0), f64::total_cmp);
            piece.insert_where(&chosen[..piece.len()], holds);
        })?;
        Ok(bits)
    }

    /// The first or the last value: by time, then by arrival.
    fn at_an_end(
        &self,
        plan: &EventPlan,
        parameter: &str,
        predicate: &Predicate,
        last: bool,
    ) -> Result<Bits, EvaluateError> {
        let test = Test { negated: false, predicate: predicate.clone() };
        let mut scans = self.scans(plan)?;
        let mut ends: Vec<EndsOf<'_>> = Vec::with_capacity(scans.len());
        scans.retain(|scan| scan.run.parameters.contains_key(parameter));
        for scan in &scans {
            let Some(column) = scan.run.parameters.get(parameter) else { continue };
            ends.push(EndsOf {
                codes: CodeReader::new(column),
                times: NumberReader::new(&scan.run.base.times),
                positions: NumberReader::new(&scan.run.base.positions),
                passing: super::predicate::passing(parameter, &test, &column.values, &self.clock)?,
            });
        }
        let none = Chosen { time: if last { i64::MIN } else { i64::MAX }, ..Chosen::default() };
        let start = |first| (Walk::new(&scans, first), vec![none; PROFILES as usize]);
        let (bits, _) = self.by_pieces(rows(&scans), start, |(walk, chosen), piece| {
            chosen.fill(none);
            walk.visit(piece.bound, |batch| {
                let EndsOf { codes, times, positions, .. } = &ends[batch.scan];
                let (chosen, first, scan) = (&mut chosen[..], piece.first, batch.scan as u32);
                let is_later = |row: usize, best: &Chosen| {
                    positions.get(row) > ends[best.scan as usize].positions.get(best.row as usize)
                };
                batch.each_code(codes, |ordinal, row, code| {
                    let Some(best) = chosen.get_mut((ordinal - first) as usize) else { return };
                    let time = times.get(row);
                    let is_better = match last {
                        _ if time == best.time && best.code > 0 => is_later(row, best) == last,
                        true => time >= best.time,
                        false => time <= best.time,
                    };
                    if is_better && code > 0 {
                        *best = Chosen { time, row: row as u32, scan, code };
                    }
                });
            });
            let passes = |chosen: &Chosen| {
                chosen.code > 0 && ends[chosen.scan as usize].passing.get(chosen.code as usize) == Some(&true)
            };
            piece.insert_where(&chosen[..piece.len()], passes);
        })?;
        Ok(bits)
    }

    /// The least or the greatest value of any type.
    fn extremes(
        &self,
        plan: &EventPlan,
        parameter: &str,
        most: bool,
        predicate: &Predicate,
    ) -> Result<Bits, EvaluateError> {
        let runs = self.columns.event(&plan.event);
        let ranks = Ranks::new(parameter, runs)?;
        let passing = ranks.passing(parameter, predicate, runs, &self.clock)?;
        let (scans, ranked) = self.ranked(plan, parameter, &ranks)?;
        let start = |first| (Walk::new(&scans, first), vec![0u32; PROFILES as usize]);
        let (bits, _) = self.by_pieces(rows(&scans), start, |(walk, chosen), piece| {
            chosen.fill(0);
            walk.visit(piece.bound, |batch| {
                ranked[batch.scan].each(&batch, piece.first, chosen, |best, rank| {
                    if *best == 0 || (rank > *best) == most {
                        *best = rank;
                    }
                });
            });
            piece.insert_where(&chosen[..piece.len()], |rank| *rank > 0 && passing[*rank as usize]);
        })?;
        Ok(bits)
    }
}

/// The numbers of a parameter in a run.
pub(super) struct NumbersOf<'c> {
    pub codes: CodeReader<'c>,
    pub values: &'c [f64],
}

impl NumbersOf<'_> {
    /// Visits what is kept of the profile of each row, with its number.
    #[inline]
    pub fn each<K>(&self, batch: &Batch<'_>, first: u32, kept: &mut [K], visit: impl Fn(&mut K, f64)) {
        let values = self.values;
        batch.each_code(&self.codes, |ordinal, _, code| {
            if let (Some(number), Some(kept)) =
                (value(values, code), kept.get_mut((ordinal - first) as usize))
            {
                visit(kept, number);
            }
        });
    }
}

/// The value of a code.
#[inline]
pub(super) fn value(values: &[f64], code: u32) -> Option<f64> {
    values.get(code.wrapping_sub(1) as usize).copied()
}

/// The ranks of a parameter's values in a run.
#[derive(Clone, Copy)]
struct RanksOf<'c, 'r> {
    codes: CodeReader<'c>,
    ranks: &'r [u32],
}

impl RanksOf<'_, '_> {
    /// Visits what is kept of the profile of each row that has a value, with its rank.
    #[inline]
    fn each<K>(&self, batch: &Batch<'_>, first: u32, kept: &mut [K], visit: impl Fn(&mut K, u32)) {
        let ranks = self.ranks;
        batch.each_code(&self.codes, |ordinal, _, code| {
            if let (Some(rank @ 1..), Some(kept)) =
                (ranks.get(code as usize), kept.get_mut((ordinal - first) as usize))
            {
                visit(kept, *rank);
            }
        });
    }
}

/// What tells the first and the last value in a run.
struct EndsOf<'c> {
    codes: CodeReader<'c>,
    times: NumberReader<'c>,
    positions: NumberReader<'c>,
    /// By code.
    passing: Vec<bool>,
}

/// The first or the last event of a profile that has a value.
#[derive(Clone, Copy, Default)]
struct Chosen {
    time: i64,
    row: u32,
    /// The place of the scan that it is of.
    scan: u32,
    /// Of its value; 0 where there is no event.
    code: u32,
}
