//! Aggregates: functions of one parameter over the events of each profile.

use super::bits::Bits;
use super::rank::Ranks;
use super::sum::Sum;
use super::{EvaluateError, Run};
use crate::columns::{Columns, EventChunk, Values};
use crate::definition::AggregateFunction;
use crate::plan::{AggregatePlan, AggregateTest, Compare, EventPlan, Predicate};
use roaring::RoaringBitmap;
use std::collections::HashMap;

impl<C: Columns> Run<'_, C> {
    /// The profiles whose aggregate passes; not yet cut to the live ones.
    pub(super) fn aggregated(
        &self,
        plan: &EventPlan,
        aggregate: &AggregatePlan,
    ) -> Result<RoaringBitmap, EvaluateError> {
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

    /// Visits the profile and the number of each row that has one.
    fn numbers(
        &self,
        plan: &EventPlan,
        parameter: &str,
        mut visit: impl FnMut(u32, f64),
    ) -> Result<(), EvaluateError> {
        for chunk in self.columns.event(&plan.event) {
            match chunk.parameters.get(parameter).map(|column| &column.values) {
                None | Some(Values::Number(_)) => {}
                Some(values) if values.is_empty() => {}
                Some(_) => return Err(EvaluateError::OtherType(parameter.to_owned())),
            }
        }
        let bound = self.columns.ordinals();
        self.scan(plan, |_, chunk, row| {
            let ordinal = chunk.ordinals[row];
            if let Some(column) = chunk.parameters.get(parameter)
                && let Values::Number(numbers) = &column.values
                && let Some(index) = column.codes.get(row).checked_sub(1)
                && let Some(number) = numbers.get(index as usize)
                && ordinal < bound
            {
                visit(ordinal, *number);
            }
        })
    }

    /// Sums and means.
    fn summed(
        &self,
        plan: &EventPlan,
        parameter: &str,
        compare: &Compare<f64>,
        mean: bool,
    ) -> Result<RoaringBitmap, EvaluateError> {
        let bound = self.columns.ordinals();
        let mut sums = vec![Sum::default(); bound as usize];
        let mut inexact = Bits::new(bound);
        self.numbers(plan, parameter, |ordinal, number| {
            if !sums[ordinal as usize].add(number) {
                inexact.insert(ordinal);
            }
        })?;
        if !inexact.is_empty() {
            let mut values: HashMap<u32, Vec<f64>> = HashMap::new();
            self.numbers(plan, parameter, |ordinal, number| {
                if inexact.contains(ordinal) {
                    values.entry(ordinal).or_default().push(number);
                }
            })?;
            for (ordinal, values) in values {
                sums[ordinal as usize].correct(&values);
            }
        }
        let passes = |_, sum: &Sum| {
            let value = if mean { sum.mean() } else { sum.get() };
            sum.count() > 0 && compare.holds(&(value + 0.0), f64::total_cmp)
        };
        Ok(Bits::of(&sums, passes).into_bitmap())
    }

    /// Visits chunk, row and rank of each row that has a value.
    fn ranked(
        &self,
        plan: &EventPlan,
        parameter: &str,
        ranks: &Ranks,
        mut visit: impl FnMut(&EventChunk, usize, u32),
    ) -> Result<(), EvaluateError> {
        let bound = self.columns.ordinals();
        self.scan(plan, |index, chunk, row| {
            let code = chunk.parameters.get(parameter).map_or(0, |column| column.codes.get(row));
            let rank = ranks.of(index, code);
            if rank > 0 && chunk.ordinals[row] < bound {
                visit(chunk, row, rank);
            }
        })
    }

    /// Numbers of distinct values.
    fn distinct(
        &self,
        plan: &EventPlan,
        parameter: &str,
        compare: &Compare<f64>,
    ) -> Result<RoaringBitmap, EvaluateError> {
        let ranks = Ranks::new(parameter, self.columns.event(&plan.event))?;
        let mut pairs: Vec<u64> = Vec::new();
        self.ranked(plan, parameter, &ranks, |chunk, row, rank| {
            pairs.push(u64::from(chunk.ordinals[row]) << 32 | u64::from(rank));
        })?;
        pairs.sort_unstable();
        pairs.dedup();
        let passing = pairs.chunk_by(|a, b| a >> 32 == b >> 32).filter_map(|of_one| {
            compare.holds(&(of_one.len() as f64), f64::total_cmp).then_some((of_one[0] >> 32) as u32)
        });
        Ok(passing.collect())
    }

    /// The least, the greatest, the first and the last value.
    fn chosen(
        &self,
        plan: &EventPlan,
        parameter: &str,
        function: AggregateFunction,
        predicate: &Predicate,
    ) -> Result<RoaringBitmap, EvaluateError> {
        let chunks = self.columns.event(&plan.event);
        let ranks = Ranks::new(parameter, chunks)?;
        let passing = ranks.passing(parameter, predicate, chunks, &self.clock)?;
        let bound = self.columns.ordinals() as usize;
        let passes = |rank: u32| rank > 0 && passing[rank as usize];
        match function {
            AggregateFunction::First | AggregateFunction::Last => {
                let last = function == AggregateFunction::Last;
                let mut chosen = vec![(0i64, 0u64, 0u32); bound];
                self.ranked(plan, parameter, &ranks, |chunk, row, rank| {
                    let (time, position) = (chunk.times[row], chunk.positions.get(row).copied().unwrap_or(0));
                    let best = &mut chosen[chunk.ordinals[row] as usize];
                    if best.2 == 0 || ((time, position) > (best.0, best.1)) == last {
                        *best = (time, position, rank);
                    }
                })?;
                Ok(Bits::of(&chosen, |_, (_, _, rank)| passes(*rank)).into_bitmap())
            }
            _ => {
                let most = function == AggregateFunction::Maximum;
                let mut chosen = vec![0u32; bound];
                self.ranked(plan, parameter, &ranks, |chunk, row, rank| {
                    let best = &mut chosen[chunk.ordinals[row] as usize];
                    if *best == 0 || (rank > *best) == most {
                        *best = rank;
                    }
                })?;
                Ok(Bits::of(&chosen, |_, rank| passes(*rank)).into_bitmap())
            }
        }
    }
}
