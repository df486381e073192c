//! Sums and means of one parameter over the events of each profile.

use super::aggregate::{NumbersOf, value};
use super::pieces::{PROFILES, Told, Walk, joined};
use super::scan::{RunScan, rows};
use super::sum::Sum;
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::Columns;
use crate::plan::{Compare, EventPlan};

impl<C: Columns> Evaluation<'_, C> {
    /// Sums and means.
    pub(super) fn summed(
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
        for (ordinal, sum) in self.exact_sums(scans, numbers, of)? {
            if sum_passes(compare, &sum, mean) {
                passing.insert(ordinal);
            }
        }
        Ok(())
    }

    /// The exact sums of some people, in ascending order.
    fn exact_sums(
        &self,
        scans: &[RunScan<'_>],
        numbers: &[NumbersOf<'_>],
        of: &[u32],
    ) -> Result<Vec<(u32, Sum)>, EvaluateError> {
        let start = |first| (Walk::new(scans, first), Vec::<(u32, Sum)>::new());
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
            found.extend(of.iter().copied().zip(values.iter().map(|values| exact_sum(values))));
        })?;
        Ok(states.into_iter().flat_map(|(_, found)| found).collect())
    }

    /// The sum of each of some profiles, in ascending order; NaN where there is no number.
    pub(super) fn sums(
        &self,
        plan: &EventPlan,
        parameter: &str,
        of: &Bits,
    ) -> Result<Vec<f64>, EvaluateError> {
        let (scans, numbers) = self.numbers(plan, parameter)?;
        let zeros = || vec![(Sum::default(), true); PROFILES as usize];
        let start = |first| (Walk::new(&scans, first), ((zeros(), Vec::new()), Vec::new()));
        let (_, states) = self.by_pieces(rows(&scans), start, |(walk, ((sums, told), unclear)), piece| {
            sums.fill((Sum::default(), true));
            walk.visit(piece.bound, |batch| {
                numbers[batch.scan].each(&batch, piece.first, sums, |(sum, exact), number| {
                    *exact &= sum.add(number);
                });
            });
            for ordinal in piece.of(of) {
                let (sum, exact) = &sums[piece.place(ordinal)];
                told.push(if sum.count() == 0 { f64::NAN } else { sum.get() + 0.0 });
                if !exact {
                    unclear.push(ordinal);
                }
            }
        })?;
        let (told, unclear): (Vec<_>, Vec<_>) =
            states.into_iter().map(|(_, ((_, told), unclear))| (told, unclear)).unzip();
        let (mut told, unclear) = (joined(told), unclear.concat());
        if !unclear.is_empty() {
            let exact = self.exact_sums(&scans, &numbers, &unclear)?;
            let mut exact = exact.into_iter().peekable();
            for (ordinal, told) in of.iter().zip(&mut told) {
                if let Some((_, sum)) = exact.next_if(|(known, _)| *known == ordinal) {
                    *told = sum.get() + 0.0;
                }
            }
        }
        Ok(told)
    }
}

/// The sum of all these, exactly; the count counts.
fn exact_sum(values: &[f64]) -> Sum {
    let mut sum = Sum::default();
    // All of them are added, also behind one that two floats do not hold.
    let exact = values.iter().fold(true, |exact, value| sum.add(*value) & exact);
    if !exact {
        sum.correct(values);
    }
    sum
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
