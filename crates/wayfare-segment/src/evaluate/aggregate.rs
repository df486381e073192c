//! Aggregates: functions of one parameter over the events of each profile.

use super::parts::Parts;
use super::rank::Ranks;
use super::scan::{Row, RunScan, times};
use super::sum::Sum;
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::{Columns, EventRun, Values};
use crate::definition::AggregateFunction;
use crate::plan::{AggregatePlan, AggregateTest, Compare, EventPlan, Predicate, Test};
use std::cell::RefCell;
use std::collections::HashMap;

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

    /// Visits the profile and the number of each row that has one, in the order of parts of the profiles; of all
    /// profiles, or only of some.
    fn numbers(
        &self,
        plan: &EventPlan,
        parameter: &str,
        only: Option<&Bits>,
        mut visit: impl FnMut(u32, f64),
    ) -> Result<(), EvaluateError> {
        for run in self.columns.event(&plan.event) {
            match run.parameters.get(parameter).map(|column| &*column.values) {
                None | Some(Values::Number(_)) => {}
                Some(values) if values.is_empty() => {}
                Some(_) => return Err(EvaluateError::OtherType(parameter.to_owned())),
            }
        }
        let bound = self.columns.ordinals();
        let times = times(plan, &self.clock);
        if times.is_empty() {
            return Ok(());
        }
        let mut parts: Parts<f64> = Parts::new(bound);
        for run in self.columns.event(&plan.event) {
            let Some(column) = run.parameters.get(parameter) else { continue };
            let Values::Number(numbers) = &*column.values else { continue };
            let Some(scan) = RunScan::new(plan, run, &times, &self.clock)? else { continue };
            self.scan_run(&scan, |Row { ordinal, group, row }| {
                if let Some(index) = column.code(group, row).checked_sub(1)
                    && let Some(number) = numbers.get(index as usize)
                    && ordinal < bound
                    && only.is_none_or(|only| only.contains(ordinal))
                {
                    parts.push(ordinal, *number);
                    if parts.is_full() {
                        parts.pass_on(&mut visit);
                    }
                }
            })?;
        }
        parts.pass_on(visit);
        Ok(())
    }

    /// Sums and means.
    fn summed(
        &self,
        plan: &EventPlan,
        parameter: &str,
        compare: &Compare<f64>,
        mean: bool,
    ) -> Result<Bits, EvaluateError> {
        if !self.has_negatives(plan, parameter) {
            return self.summed_roughly(plan, parameter, compare, mean);
        }
        let bound = self.columns.ordinals();
        let mut sums = vec![Sum::default(); bound as usize];
        let mut inexact = Bits::new(bound);
        self.numbers(plan, parameter, None, |ordinal, number| {
            if !sums[ordinal as usize].add(number) {
                inexact.insert(ordinal);
            }
        })?;
        for (ordinal, values) in self.numbers_of(plan, parameter, &inexact)? {
            sums[ordinal as usize].correct(&values);
        }
        Ok(Bits::of(&sums, |_, sum| sum.count() > 0 && sum_passes(compare, sum, mean)))
    }

    fn has_negatives(&self, plan: &EventPlan, parameter: &str) -> bool {
        self.columns.event(&plan.event).iter().any(|run| match run.parameters.get(parameter) {
            Some(column) => match &*column.values {
                Values::Number(numbers) => numbers.iter().any(|number| *number < 0.0),
                _ => false,
            },
            None => false,
        })
    }

    /// Sums and means of numbers of which none is negative: added as they come, such a sum is off by a share of itself
    /// that is known, and only of the few people whose sum lies that near to a bound the exact one is needed.
    fn summed_roughly(
        &self,
        plan: &EventPlan,
        parameter: &str,
        compare: &Compare<f64>,
        mean: bool,
    ) -> Result<Bits, EvaluateError> {
        let bound = self.columns.ordinals();
        let mut seen = Bits::new(bound);
        let mut passing = Bits::new(bound);
        let mut unclear = Bits::new(bound);
        let mut counts = vec![0u32; if mean { bound as usize } else { 0 }];
        with_zeros(bound as usize, |sums| {
            let mut rows = 0u64;
            let added = self.numbers(plan, parameter, None, |ordinal, number| {
                sums[ordinal as usize] += number;
                if let Some(count) = counts.get_mut(ordinal as usize) {
                    *count += 1;
                }
                seen.insert(ordinal);
                rows += 1;
            });
            // Each addition, and the division of a mean, is off by half a unit in the last place at most; twice that
            // covers how these add up.
            let off = (rows + 1) as f64 * f64::EPSILON;
            for ordinal in seen.iter() {
                let sum = std::mem::take(&mut sums[ordinal as usize]);
                let value = if mean { sum / f64::from(counts[ordinal as usize]) } else { sum };
                match holds_between(compare, value * (1.0 - off), value * (1.0 + off)) {
                    Some(true) => passing.insert(ordinal),
                    Some(false) => {}
                    None => unclear.insert(ordinal),
                }
            }
            added
        })?;
        for (ordinal, values) in self.numbers_of(plan, parameter, &unclear)? {
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
        Ok(passing)
    }

    /// All numbers of some profiles.
    fn numbers_of(
        &self,
        plan: &EventPlan,
        parameter: &str,
        of: &Bits,
    ) -> Result<HashMap<u32, Vec<f64>>, EvaluateError> {
        let mut values: HashMap<u32, Vec<f64>> = HashMap::new();
        if !of.is_empty() {
            self.numbers(plan, parameter, Some(of), |ordinal, number| {
                values.entry(ordinal).or_default().push(number);
            })?;
        }
        Ok(values)
    }

    /// Visits run, row and rank of each row that has a value.
    fn ranked(
        &self,
        plan: &EventPlan,
        parameter: &str,
        ranks: &Ranks,
        mut visit: impl FnMut(&EventRun, Row, u32),
    ) -> Result<(), EvaluateError> {
        let bound = self.columns.ordinals();
        self.scan(plan, |index, run, row| {
            let code = run.parameters.get(parameter).map_or(0, |column| column.code(row.group, row.row));
            let rank = ranks.of(index, code);
            if rank > 0 && row.ordinal < bound {
                visit(run, row, rank);
            }
        })
    }

    /// Numbers of distinct values.
    fn distinct(
        &self,
        plan: &EventPlan,
        parameter: &str,
        compare: &Compare<f64>,
    ) -> Result<Bits, EvaluateError> {
        let ranks = Ranks::new(parameter, self.columns.event(&plan.event))?;
        let passes = |count: u32| compare.holds(&f64::from(count), f64::total_cmp);
        if ranks.distinct() <= u64::BITS {
            // A bit a value.
            let mut seen = vec![0u64; self.columns.ordinals() as usize];
            let mut parts: Parts<u32> = Parts::new(self.columns.ordinals());
            let mut see = |ordinal: u32, rank: u32| seen[ordinal as usize] |= 1 << (rank - 1);
            self.ranked(plan, parameter, &ranks, |_, row, rank| {
                parts.push(row.ordinal, rank);
                if parts.is_full() {
                    parts.pass_on(&mut see);
                }
            })?;
            parts.pass_on(see);
            return Ok(Bits::of(&seen, |_, values| *values != 0 && passes(values.count_ones())));
        }
        let mut pairs: Vec<u64> = Vec::new();
        self.ranked(plan, parameter, &ranks, |_, row, rank| {
            pairs.push(u64::from(row.ordinal) << 32 | u64::from(rank));
        })?;
        pairs.sort_unstable();
        pairs.dedup();
        let of_each = pairs.chunk_by(|a, b| a >> 32 == b >> 32);
        let mut bits = Bits::new(self.columns.ordinals());
        of_each
            .filter(|pairs| passes(pairs.len() as u32))
            .for_each(|pairs| bits.insert((pairs[0] >> 32) as u32));
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
        let bound = self.columns.ordinals();
        let mut chosen = vec![0f64; bound as usize];
        let mut seen = Bits::new(bound);
        self.numbers(plan, parameter, None, |ordinal, number| {
            let best = &mut chosen[ordinal as usize];
            if !seen.contains(ordinal) || (number > *best) == most {
                *best = number;
            }
            seen.insert(ordinal);
        })?;
        let mut passing = Bits::new(bound);
        let holds = |ordinal: &u32| compare.holds(&(chosen[*ordinal as usize] + 0.0), f64::total_cmp);
        seen.iter().filter(holds).for_each(|ordinal| passing.insert(ordinal));
        Ok(passing)
    }

    /// The first or the last value: by time, then by arrival.
    fn at_an_end(
        &self,
        plan: &EventPlan,
        parameter: &str,
        predicate: &Predicate,
        last: bool,
    ) -> Result<Bits, EvaluateError> {
        let bound = self.columns.ordinals();
        let test = Test { negated: false, predicate: predicate.clone() };
        let times = times(plan, &self.clock);
        let mut seen = Bits::new(bound);
        let mut passing = Bits::new(bound);
        if times.is_empty() {
            return Ok(passing);
        }
        // Of each profile when its event was, and its position.
        let mut chosen = vec![(0i64, 0i64); bound as usize];
        let mut choose = |ordinal: u32, Occurred { time, position, passes }: Occurred| {
            let best = &mut chosen[ordinal as usize];
            if !seen.contains(ordinal) || ((time, position) > *best) == last {
                *best = (time, position);
                seen.insert(ordinal);
                passing.set(ordinal, passes);
            }
        };
        let mut parts: Parts<Occurred> = Parts::new(bound);
        for run in self.columns.event(&plan.event) {
            let Some(column) = run.parameters.get(parameter) else { continue };
            let passes = super::predicate::passing(parameter, &test, &column.values, &self.clock)?;
            let Some(scan) = RunScan::new(plan, run, &times, &self.clock)? else { continue };
            self.scan_run(&scan, |Row { ordinal, group, row }| {
                let code = column.code(group, row);
                if code > 0 && ordinal < bound {
                    let (time, position) = (run.base.times.get(row), run.base.positions.get(row));
                    let passes = passes.get(code as usize) == Some(&true);
                    parts.push(ordinal, Occurred { time, position, passes });
                    if parts.is_full() {
                        parts.pass_on(&mut choose);
                    }
                }
            })?;
        }
        parts.pass_on(choose);
        Ok(passing)
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
        let mut chosen = vec![0u32; self.columns.ordinals() as usize];
        self.ranked(plan, parameter, &ranks, |_, row, rank| {
            let best = &mut chosen[row.ordinal as usize];
            if *best == 0 || (rank > *best) == most {
                *best = rank;
            }
        })?;
        Ok(Bits::of(&chosen, |_, rank| *rank > 0 && passing[*rank as usize]))
    }
}

/// An event with a value.
#[derive(Clone, Copy, Default)]
struct Occurred {
    time: i64,
    position: i64,
    passes: bool,
}

/// Whether a sum, or the mean, passes.
fn sum_passes(compare: &Compare<f64>, sum: &Sum, mean: bool) -> bool {
    let value = if mean { sum.mean() } else { sum.get() };
    compare.holds(&(value + 0.0), f64::total_cmp)
}

/// Whether all numbers from one to another compare so, or none does; `None` where they differ or that is not finite.
fn holds_between(compare: &Compare<f64>, from: f64, to: f64) -> Option<bool> {
    if !to.is_finite() {
        return None;
    }
    let (first, last) = (from + 0.0, to + 0.0);
    let at = |number: f64| compare.holds(&number, f64::total_cmp);
    match compare {
        Compare::OneOf(list) if first < last => {
            (!list.iter().any(|wanted| (first..=last).contains(wanted))).then_some(false)
        }
        Compare::Between(least, most) if !at(first) && !at(last) => {
            (first > *most || last < *least).then_some(false)
        }
        _ => (at(first) == at(last)).then(|| at(first)),
    }
}

thread_local! {
    static ZEROS: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with so many zeros, which it must leave as it found them: to make them anew takes longer than many a
/// scan.
fn with_zeros<T>(count: usize, work: impl FnOnce(&mut [f64]) -> T) -> T {
    let mut zeros = ZEROS.take();
    zeros.resize(count.max(zeros.len()), 0.0);
    let result = work(&mut zeros[..count]);
    ZEROS.set(zeros);
    result
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
            assert_eq!(holds_between(&compare, from, to), decided, "{compare:?} {from} {to}");
        }
    }
}
