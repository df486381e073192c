//! One order over the distinct values of all runs: a value's rank stands for the value.

use super::EvaluateError;
use super::clock::Clock;
use super::predicate::passing;
use crate::columns::{EventRun, RunColumn, Values};
use crate::plan::{Predicate, Test};
use std::cmp::Ordering;
use std::sync::Arc;

/// Ranks start at 1; 0 is missing.
pub(super) struct Ranks {
    /// For each run the rank of each code.
    of_code: Vec<Vec<u32>>,
    distinct: u32,
}

impl Ranks {
    /// Ranks of a parameter's values.
    pub fn new(parameter: &str, runs: &[Arc<EventRun>]) -> Result<Self, EvaluateError> {
        let columns: Vec<Option<&RunColumn>> =
            runs.iter().map(|run| run.parameters.get(parameter).map(|column| &**column)).collect();
        let first = columns.iter().flatten().find(|column| !column.values.is_empty());
        let Some(first) = first else {
            return Ok(Self { of_code: vec![vec![0]; runs.len()], distinct: 0 });
        };
        macro_rules! ranked {
            ($variant:ident, $order:expr) => {{
                let lists = columns
                    .iter()
                    .map(|column| match column.map(|column| &*column.values) {
                        None => Ok(Vec::new()),
                        Some(Values::$variant(values)) => Ok(values.iter().collect()),
                        Some(values) if values.is_empty() => Ok(Vec::new()),
                        Some(_) => Err(EvaluateError::OtherType(parameter.to_owned())),
                    })
                    .collect::<Result<Vec<Vec<_>>, _>>()?;
                Ok(Self::of_lists(&lists, $order))
            }};
        }
        match &*first.values {
            Values::Boolean(_) => ranked!(Boolean, bool::cmp),
            // Zero has two signs, and they are equal.
            Values::Number(_) => ranked!(Number, |a: &f64, b: &f64| (a + 0.0).total_cmp(&(b + 0.0))),
            Values::Date(_) => ranked!(Date, i32::cmp),
            Values::Datetime(_) => ranked!(Datetime, i64::cmp),
            Values::String(_) => ranked!(String, str::cmp),
            Values::Array { .. } => Err(EvaluateError::OtherType(parameter.to_owned())),
        }
    }

    /// Sorts all values with where they come from, and gives out ranks in one pass over them.
    fn of_lists<T: ?Sized>(lists: &[Vec<&T>], order: impl Fn(&T, &T) -> Ordering) -> Self {
        let mut all: Vec<(&T, u32, u32)> = Vec::with_capacity(lists.iter().map(|list| list.len()).sum());
        for (run, list) in lists.iter().enumerate() {
            all.extend(list.iter().zip(1..).map(|(value, code)| (*value, run as u32, code)));
        }
        all.sort_unstable_by(|(a, ..), (b, ..)| order(a, b));
        let mut of_code: Vec<Vec<u32>> = lists.iter().map(|list| vec![0; list.len() + 1]).collect();
        let mut distinct = 0;
        let mut before: Option<&T> = None;
        for (value, run, code) in all {
            if before.is_none_or(|before| order(before, value).is_ne()) {
                distinct += 1;
            }
            before = Some(value);
            of_code[run as usize][code as usize] = distinct;
        }
        Self { of_code, distinct }
    }

    /// How many different values there are.
    pub fn distinct(&self) -> u32 {
        self.distinct
    }

    /// For each code of a run its rank.
    pub fn of_codes(&self, run: usize) -> &[u32] {
        self.of_code.get(run).map_or(&[], Vec::as_slice)
    }

    /// For each rank whether its value passes.
    pub fn passing(
        &self,
        parameter: &str,
        predicate: &Predicate,
        runs: &[Arc<EventRun>],
        clock: &Clock,
    ) -> Result<Vec<bool>, EvaluateError> {
        let mut of_rank = vec![false; self.distinct as usize + 1];
        let test = Test { negated: false, predicate: predicate.clone() };
        for (run, ranks) in runs.iter().zip(&self.of_code) {
            if let Some(column) = run.parameters.get(parameter) {
                let passing = passing(parameter, &test, &column.values, clock)?;
                for (rank, passes) in ranks.iter().zip(passing) {
                    of_rank[*rank as usize] |= passes;
                }
            }
        }
        Ok(of_rank)
    }
}
