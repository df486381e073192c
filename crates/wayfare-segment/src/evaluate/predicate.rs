//! Which distinct values of a column pass a test. Each is tested once, whatever the number of rows.

use super::EvaluateError;
use super::clock::Clock;
use crate::columns::Values;
use crate::fold::fold;
use crate::plan::{
    Clock as ClockTest, Elements, Predicate, Quantifier, Test, TextCompare, TextTest, TimeTest,
};
use std::cmp::Ordering;
use std::ops::Range;

/// For code 0 (missing) and each value's code, whether it passes.
pub(super) fn passing(
    name: &str,
    test: &Test,
    values: &Values,
    clock: &Clock,
) -> Result<Vec<bool>, EvaluateError> {
    let mut passing = Vec::with_capacity(values.len() + 1);
    passing.push(test.negated);
    let mut add = |passes: bool| passing.push(passes != test.negated);
    match (&test.predicate, values) {
        (Predicate::Exists, values) => (0..values.len()).for_each(|_| add(true)),
        // An empty column may have been built before its type was known.
        (_, values) if values.is_empty() => {}
        (Predicate::Boolean(wanted), Values::Boolean(values)) => {
            values.iter().for_each(|value| add(wanted.contains(value)));
        }
        (Predicate::Number(compare), Values::Number(values)) => {
            values.iter().for_each(|value| add(compare.holds(&(value + 0.0), f64::total_cmp)));
        }
        (Predicate::Date(test), Values::Date(values)) => dates(test, values, clock, add),
        (Predicate::Datetime(test), Values::Datetime(values)) => datetimes(test, values, clock, add),
        (Predicate::Text(test), Values::String(values)) => {
            values.iter().for_each(|value| add(text_passes(test, value)));
        }
        (Predicate::Array(quantifier, wanted), Values::Array { elements, ends }) => {
            let has = arrays(*quantifier, wanted, elements, ends).ok_or_else(|| other_type(name))?;
            has.into_iter().for_each(add);
        }
        _ => return Err(other_type(name)),
    }
    Ok(passing)
}

fn other_type(name: &str) -> EvaluateError {
    EvaluateError::OtherType(name.to_owned())
}

fn dates(test: &TimeTest<i32>, values: &[i32], clock: &Clock, mut add: impl FnMut(bool)) {
    match test {
        TimeTest::Compare(compare) => values.iter().for_each(|day| add(compare.holds(day, i32::cmp))),
        TimeTest::Clock(ClockTest::InLast, span) => within(&clock.last_days(*span), values, add),
        TimeTest::Clock(ClockTest::InNext, span) => within(&clock.next_days(*span), values, add),
        TimeTest::Clock(ClockTest::AnniversaryInNext, span) => {
            let end = clock.next_days(*span).end;
            values.iter().for_each(|day| add(clock.anniversary_before(*day, end)));
        }
    }
}

fn datetimes(test: &TimeTest<i64>, values: &[i64], clock: &Clock, mut add: impl FnMut(bool)) {
    match test {
        TimeTest::Compare(compare) => values.iter().for_each(|time| add(compare.holds(time, i64::cmp))),
        TimeTest::Clock(ClockTest::InLast, span) => within(&clock.last(*span), values, add),
        TimeTest::Clock(ClockTest::InNext, span) => within(&clock.next(*span), values, add),
        TimeTest::Clock(ClockTest::AnniversaryInNext, span) => {
            let end = clock.next_days(*span).end;
            values.iter().for_each(|time| add(clock.anniversary_before(clock.local_day(*time), end)));
        }
    }
}

fn within<T: PartialOrd>(range: &Range<T>, values: &[T], add: impl FnMut(bool)) {
    values.iter().map(|value| range.contains(value)).for_each(add);
}

/// Whether a text passes.
pub(super) fn text_passes(test: &TextTest, value: &str) -> bool {
    match test.fold {
        true => text_compares(&test.how, &fold(value)),
        false => text_compares(&test.how, value),
    }
}

fn text_compares(how: &TextCompare, value: &str) -> bool {
    match how {
        TextCompare::Compare(compare) => compare.holds(value, |value: &str, bound| value.cmp(bound)),
        TextCompare::Contains(part) => value.contains(&**part),
        TextCompare::StartsWith(part) => value.starts_with(&**part),
        TextCompare::EndsWith(part) => value.ends_with(&**part),
    }
}

/// For each array whether it has the wanted elements; `None` where the types differ.
fn arrays(quantifier: Quantifier, wanted: &Elements, elements: &Values, ends: &[u32]) -> Option<Vec<bool>> {
    Some(match (wanted, elements) {
        (Elements::Boolean(wanted), Values::Boolean(elements)) => {
            each(quantifier, wanted, elements, ends, Ord::cmp)
        }
        (Elements::Number(wanted), Values::Number(elements)) => {
            // Zero has two signs, and they are equal.
            each(quantifier, wanted, elements, ends, |a, b| (a + 0.0).total_cmp(&(b + 0.0)))
        }
        (Elements::Date(wanted), Values::Date(elements)) => {
            each(quantifier, wanted, elements, ends, Ord::cmp)
        }
        (Elements::Datetime(wanted), Values::Datetime(elements)) => {
            each(quantifier, wanted, elements, ends, Ord::cmp)
        }
        (Elements::Text { fold: false, wanted }, Values::String(elements)) => {
            let elements: Vec<Box<str>> = elements.iter().map(Box::from).collect();
            each(quantifier, wanted, &elements, ends, Ord::cmp)
        }
        (Elements::Text { fold: true, wanted }, Values::String(elements)) => {
            let folded: Vec<Box<str>> = elements.iter().map(|element| fold(element).into()).collect();
            each(quantifier, wanted, &folded, ends, Ord::cmp)
        }
        // Of empty arrays alone no element has a type.
        (_, elements) if elements.is_empty() => {
            let vacuous = match wanted {
                Elements::Boolean(wanted) => wanted.is_empty(),
                Elements::Number(wanted) => wanted.is_empty(),
                Elements::Date(wanted) => wanted.is_empty(),
                Elements::Datetime(wanted) => wanted.is_empty(),
                Elements::Text { wanted, .. } => wanted.is_empty(),
            };
            vec![vacuous && quantifier == Quantifier::All; ends.len()]
        }
        _ => return None,
    })
}

fn each<T>(
    quantifier: Quantifier,
    wanted: &[T],
    elements: &[T],
    ends: &[u32],
    order: impl Fn(&T, &T) -> Ordering,
) -> Vec<bool> {
    let mut sorted: Vec<&T> = wanted.iter().collect();
    sorted.sort_unstable_by(|a, b| order(a, b));
    sorted.dedup_by(|a, b| order(a, b).is_eq());
    // Of each wanted element the last array, counted from 1, that was seen to have it.
    let mut had_by = vec![0u32; sorted.len()];
    let (mut start, mut number) = (0, 0);
    let mut one = |end: &u32| {
        let array = elements.get(start..*end as usize).unwrap_or_default();
        start = *end as usize;
        number += 1;
        let mut had = 0;
        for element in array {
            if let Ok(index) = sorted.binary_search_by(|known| order(known, element)) {
                had += usize::from(std::mem::replace(&mut had_by[index], number) != number);
            }
        }
        match quantifier {
            Quantifier::Any => had > 0,
            Quantifier::All => had == sorted.len(),
        }
    };
    ends.iter().map(&mut one).collect()
}
