//! Aggregates: functions of one parameter over the events of each profile.

use super::pieces::{PROFILES, Told, Walk};
use super::rank::Ranks;
use super::reader::{CodeReader, NumberReader};
use super::scan::{Batch, RunScan, rows};
use super::sum::Sum;
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
    fn numbers(
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

    /// Sums and means.
    fn summed(
        &self,
        plan: &EventPlan,
        parameter: &str,
        compare: &Compare<f64>,
        mean: bool,
    ) -> Result<Bits, EvaluateError> {
        let (scans, numbers) = self.numbers(plan, parameter)?;
        let is_negative = |numbers: &NumbersOf<'_>| numbers.values.iter().any(|number| *number < 0.0);
        let (mut passing, unclear) = match numbers.iter().any(is_negative) {
            true => self.summed_twice(&scans, &numbers, compare, mean)?,
            false => self.summed_roughly(&scans, &numbers, compare, mean)?,
        };
        if !unclear.is_empty() {
            self.sum_again(&scans, &numbers, &unclear, compare, mean, &mut passing)?;
        }
        Ok(passing)
    }

    /// Sums and means of numbers of any sign, in two floats each; and the few people whose sum these do not hold.
    fn summed_twice(
        &self,
        scans: &[RunScan<'_>],
        numbers: &[NumbersOf<'_>],
        compare: &Compare<f64>,
        mean: bool,
    ) -> Result<(Bits, Vec<u32>), EvaluateError> {
        let zeros = || vec![(Sum::default(), true); PROFILES as usize];
        let start = |first| (Walk::new(scans, first), (zeros(), Vec::new()));
        let (bits, states) = self.by_pieces(rows(scans), start, |(walk, (sums, unclear)), piece| {
            sums.fill((Sum::default(), true));
            walk.visit(piece.bound, |batch| {
                numbers[batch.scan].each(&batch, piece.first, sums, |(sum, exact), number| {
                    *exact &= sum.add(number);
                });
            });
            let sums = &sums[..piece.len()];
            piece.insert_where(sums, |(sum, exact)| {
                *exact && sum.count() > 0 && sum_passes(compare, sum, mean)
            });
            let inexact = sums.iter().zip(piece.first..).filter(|((_, exact), _)| !exact);
            unclear.extend(inexact.map(|(_, ordinal)| ordinal));
        })?;
        Ok((bits, unclear_of(states)))
    }

    /// Sums and means of numbers of which none is negative: added as they come, such a sum is off by a share of itself
    /// that is known, and only of the few people whose sum lies that near to a bound the exact one is needed.
    fn summed_roughly(
        &self,
        scans: &[RunScan<'_>],
        numbers: &[NumbersOf<'_>],
        compare: &Compare<f64>,
        mean: bool,
    ) -> Result<(Bits, Vec<u32>), EvaluateError> {
        let rows = rows(scans);
        // Each addition, and the division of a mean, is off by half a unit in the last place at most; twice that covers
        // how these add up.
        let off = (rows + 1) as f64 * f64::EPSILON;
        let bounds = Bounds::new(compare);
        let zeros = || vec![(0f64, 0u32); PROFILES as usize];
        let start = |first| (Walk::new(scans, first), (zeros(), Vec::new()));
        let (bits, states) = self.by_pieces(rows, start, |(walk, (sums, unclear)), piece| {
            sums.fill((0.0, 0));
            walk.visit(piece.bound, |batch| {
                numbers[batch.scan].each(&batch, piece.first, sums, |(sum, count), number| {
                    *sum += number;
                    *count += 1;
                });
            });
            piece.insert_clear(&sums[..piece.len()], unclear, |(sum, count)| {
                let value = if mean { sum / f64::from(*count) } else { *sum };
                let told = bounds.tell(value * (1.0 - off), value * (1.0 + off));
                // Of no number at all a mean is none, which no comparison holds of.
                Told { holds: told.holds & (*count > 0), fails: told.fails | (*count == 0) }
            });
        })?;
        Ok((bits, unclear_of(states)))
    }

    /// Adds exactly the numbers of some people, in ascending order, and says who of them passes.
    fn sum_again(
        &self,
        scans: &[RunScan<'_>],
        numbers: &[NumbersOf<'_>],
        of: &[u32],
        compare: &Compare<f64>,
        mean: bool,
        passing: &mut Bits,
    ) -> Result<(), EvaluateError> {
        let start = |first| (Walk::new(scans, first), Vec::<(u32, Vec<f64>)>::new());
        let (_, states) = self.by_pieces(rows(scans), start, |(walk, found), piece| {
            let place = |ordinal: u32| of.partition_point(|known| *known < ordinal);
            let of = &of[place(piece.first)..place(piece.bound)];
            let mut values: Vec<Vec<f64>> = vec![Vec::new(); of.len()];
            walk.visit(piece.bound, |batch| {
                let NumbersOf { codes, values: numbers } = &numbers[batch.scan];
                batch.each_code(codes, |ordinal, _, code| {
                    if let Ok(known) = of.binary_search(&ordinal)
                        && let Some(number) = value(numbers, code)
                    {
                        values[known].push(number);
                    }
                });
            });
            found.extend(of.iter().copied().zip(values));
        })?;
        for (ordinal, values) in states.into_iter().flat_map(|(_, found)| found) {
            let mut sum = Sum::default();
            // All of them are added: the count counts.
            let exact = values.iter().fold(true, |exact, value| sum.add(*value) & exact);
            if !exact {
                sum.correct(&values);
            }
            if sum_passes(compare, &sum, mean) {
                passing.insert(ordinal);
            }
        }
        Ok(())
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
struct NumbersOf<'c> {
    codes: CodeReader<'c>,
    values: &'c [f64],
}

impl NumbersOf<'_> {
    /// Visits what is kept of the profile of each row, with its number.
    #[inline]
    fn each<K>(&self, batch: &Batch<'_>, first: u32, kept: &mut [K], visit: impl Fn(&mut K, f64)) {
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
fn value(values: &[f64], code: u32) -> Option<f64> {
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

/// What the threads found unclear, together.
fn unclear_of<W, S>(states: Vec<(W, (S, Vec<u32>))>) -> Vec<u32> {
    states.into_iter().flat_map(|(_, (_, unclear))| unclear).collect()
}

/// Whether a sum, or the mean, passes.
fn sum_passes(compare: &Compare<f64>, sum: &Sum, mean: bool) -> bool {
    let value = if mean { sum.mean() } else { sum.get() };
    compare.holds(&(value + 0.0), f64::total_cmp)
}

/// What a comparison asks of a number that is known to lie between two others.
enum Bounds<'p> {
    /// That it lies between these, or is one of them.
    Interval(f64, f64),
    /// That it is one of these.
    OneOf(&'p [f64]),
}

impl<'p> Bounds<'p> {
    fn new(compare: &'p Compare<f64>) -> Self {
        match compare {
            Compare::OneOf(list) => Self::OneOf(list),
            Compare::Less(bound) => Self::Interval(f64::NEG_INFINITY, bound.next_down()),
            Compare::AtMost(bound) => Self::Interval(f64::NEG_INFINITY, *bound),
            Compare::Greater(bound) => Self::Interval(bound.next_up(), f64::INFINITY),
            Compare::AtLeast(bound) => Self::Interval(*bound, f64::INFINITY),
            Compare::Between(from, to) => Self::Interval(*from, *to),
        }
    }

    /// Whether all numbers from one to another compare so, or none does; neither where that is not finite.
    #[inline]
    fn tell(&self, from: f64, to: f64) -> Told {
        let is_finite = to.is_finite();
        match self {
            Self::Interval(least, most) => Told {
                holds: is_finite & (from >= *least) & (to <= *most),
                fails: is_finite & ((to < *least) | (from > *most)),
            },
            Self::OneOf(list) => {
                let may_be = list.iter().any(|wanted| (from..=to).contains(wanted));
                Told { holds: is_finite & may_be & (from == to), fails: is_finite & !may_be }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_sums_is_decided_where_all_of_it_compares_alike() {
        for (compare, from, to, decided) in [
            (Compare::AtLeast(100.0), 99.0, 101.0, None),
            (Compare::AtLeast(100.0), 100.0, 101.0, Some(true)),
            (Compare::Less(100.0), 100.0, 101.0, Some(false)),
            (Compare::Between(1.0, 2.0), 0.5, 2.5, None),
            (Compare::Between(1.0, 2.0), 2.5, 2.6, Some(false)),
            (Compare::Between(1.0, 2.0), 1.5, 2.6, None),
            (Compare::OneOf(vec![1.0, 5.0]), 2.0, 4.0, Some(false)),
            (Compare::OneOf(vec![1.0, 5.0]), 2.0, 5.0, None),
            (Compare::OneOf(vec![0.0]), 0.0, 0.0, Some(true)),
            (Compare::AtLeast(1.0), f64::MAX, f64::INFINITY, None),
        ] {
            let told = Bounds::new(&compare).tell(from, to);
            let told = if told.holds { Some(true) } else { told.fails.then_some(false) };
            assert_eq!(told, decided, "{compare:?} {from} {to}");
        }
    }
}
