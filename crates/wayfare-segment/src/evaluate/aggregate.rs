//! Aggregates: functions of one parameter over the events of each profile.

use super::rank::Ranks;
use super::sum::Sum;
use super::scan::{Row, RunScan, times};
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::{Columns, EventRun, Values};
use crate::definition::AggregateFunction;
use crate::plan::{AggregatePlan, AggregateTest, Compare, EventPlan, Predicate};
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

    /// Visits the profile and the number of each row that has one.
    fn numbers(
        &self,
        plan: &EventPlan,
        parameter: &str,
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
        for run in self.columns.event(&plan.event) {
            let Some(column) = run.parameters.get(parameter) else { continue };
            let Values::Number(numbers) = &*column.values else { continue };
            let Some(scan) = RunScan::new(plan, run, &times, &self.clock)? else { continue };
            self.scan_run(&scan, |Row { ordinal, group, row }| {
                if let Some(index) = column.code(group, row).checked_sub(1)
                    && let Some(number) = numbers.get(index as usize)
                    && ordinal < bound
                {
                    visit(ordinal, *number);
                }
            })?;
        }
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
        Ok(Bits::of(&sums, passes))
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
        let mut pairs: Vec<u64> = Vec::new();
        self.ranked(plan, parameter, &ranks, |_, row, rank| {
            pairs.push(u64::from(row.ordinal) << 32 | u64::from(rank));
        })?;
        pairs.sort_unstable();
        pairs.dedup();
        let passing = pairs.chunk_by(|a, b| a >> 32 == b >> 32).filter_map(|of_one| {
            compare.holds(&(of_one.len() as f64), f64::total_cmp).then_some((of_one[0] >> 32) as u32)
        });
        let mut bits = Bits::new(self.columns.ordinals());
        passing.for_each(|ordinal| bits.insert(ordinal));
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
        let runs = self.columns.event(&plan.event);
        let ranks = Ranks::new(parameter, runs)?;
        let passing = ranks.passing(parameter, predicate, runs, &self.clock)?;
        let bound = self.columns.ordinals() as usize;
        let passes = |rank: u32| rank > 0 && passing[rank as usize];
        match function {
            AggregateFunction::First | AggregateFunction::Last => {
                let last = function == AggregateFunction::Last;
                let mut chosen = vec![(0i64, 0i64, 0u32); bound];
                self.ranked(plan, parameter, &ranks, |run, Row { ordinal, row, .. }, rank| {
                    let (time, position) = (run.base.times.get(row), run.base.positions.get(row));
                    let best = &mut chosen[ordinal as usize];
                    if best.2 == 0 || ((time, position) > (best.0, best.1)) == last {
                        *best = (time, position, rank);
                    }
                })?;
                Ok(Bits::of(&chosen, |_, (_, _, rank)| passes(*rank)))
            }
            _ => {
                let most = function == AggregateFunction::Maximum;
                let mut chosen = vec![0u32; bound];
                self.ranked(plan, parameter, &ranks, |_, row, rank| {
                    let best = &mut chosen[row.ordinal as usize];
                    if *best == 0 || (rank > *best) == most {
                        *best = rank;
                    }
                })?;
                Ok(Bits::of(&chosen, |_, rank| passes(*rank)))
            }
        }
    }
}
