//! What a set of profiles is made of: how many have which value of an attribute or of an event's parameter.

use crate::bits::Bits;
use crate::columns::{Columns, EventRun, Values};
use crate::moment::Moment;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use wayfare_model::journey::IS_DRY_RUN;
use wayfare_model::time::{Instant, format_date};

/// Rows between two looks at whether the count was cancelled.
const STRIDE: usize = 1 << 18;

/// Pairs of value and profile that are gathered before repeated ones are let go of.
const MOST_PAIRS: usize = 1 << 22;

/// How a set of profiles is distributed over values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakdown {
    /// The most frequent values as text, each with how many profiles have it: by count descending, then by value.
    pub values: Vec<(String, u64)>,
    /// Profiles without any value.
    pub missing: u64,
    /// Profiles that have values, none of which is among those shown.
    pub other: u64,
    /// How many distinct values there are, shown or not.
    pub distinct: u64,
}

/// By the current values of an attribute or identifier; `None` where it was cancelled.
pub fn attribute(
    columns: &impl Columns,
    name: &str,
    members: &Bits,
    limit: usize,
    cancelled: &AtomicBool,
) -> Option<Breakdown> {
    if name == "profile_id" {
        // Each has its own: the first in the order of values are the first in the order of ordinals.
        let values = members.iter().take(limit).map(|ordinal| (columns.profile_id(ordinal).to_string(), 1));
        let values: Vec<_> = values.collect();
        let other = members.len() - values.len() as u64;
        return Some(Breakdown { values, missing: 0, other, distinct: members.len() });
    }
    let Some(column) = columns.attribute(name) else {
        return Some(Breakdown { values: Vec::new(), missing: members.len(), other: 0, distinct: 0 });
    };
    let mut by_code = vec![0u64; column.values.len() + 1];
    for (seen, ordinal) in members.iter().enumerate() {
        if seen % STRIDE == 0 && cancelled.load(Ordering::Relaxed) {
            return None;
        }
        by_code[column.codes.get(ordinal as usize) as usize] += 1;
    }
    let missing = by_code[0];
    let counted = by_code.iter().enumerate().skip(1).filter(|(_, count)| **count > 0);
    let mut values: Vec<_> =
        counted.map(|(code, count)| (written(&column.values, code - 1), *count)).collect();
    let distinct = values.len() as u64;
    most_frequent_first(&mut values);
    values.truncate(limit);
    let shown: u64 = values.iter().map(|(_, count)| count).sum();
    Some(Breakdown { values, missing, other: members.len() - missing - shown, distinct })
}

/// By the values of a parameter in the events before the moment; a profile counts once for each distinct value that
/// it has. Dry runs are unseen, unless it is their mark that is asked for. `None` where it was cancelled.
pub fn parameter(
    columns: &impl Columns,
    event: &str,
    parameter: &str,
    members: &Bits,
    moment: &Moment,
    limit: usize,
    cancelled: &AtomicBool,
) -> Option<Breakdown> {
    let as_of = moment.as_of.micros();
    let mut names: Vec<String> = Vec::new();
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    let mut most = MOST_PAIRS;
    for run in columns.event(event) {
        let Some(column) = run.parameters.get(parameter) else { continue };
        // Runs code their values each for itself.
        let values: Vec<u32> = (0..column.values.len())
            .map(|index| {
                let name = written(&column.values, index);
                *known.entry(name).or_insert_with_key(|name| {
                    names.push(name.clone());
                    names.len() as u32 - 1
                })
            })
            .collect();
        for (seen, (group, row, ordinal)) in run.rows().enumerate() {
            if seen % STRIDE == 0 && cancelled.load(Ordering::Relaxed) {
                return None;
            }
            let Some(code) = column.code(group, row).checked_sub(1) else { continue };
            let is_past = run.base.times.get(row) < as_of;
            if is_past
                && (parameter == IS_DRY_RUN || !is_dry_run(run, group, row))
                && members.contains(ordinal)
            {
                pairs.push((values[code as usize], ordinal));
                if pairs.len() == most {
                    // Memory grows with distinct pairs, not with events.
                    pairs.sort_unstable();
                    pairs.dedup();
                    most = MOST_PAIRS.max(pairs.len() * 2);
                }
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    let by_value: Vec<&[(u32, u32)]> = pairs.chunk_by(|a, b| a.0 == b.0).collect();
    let mut values: Vec<(&str, &[(u32, u32)])> =
        by_value.iter().map(|pairs| (&*names[pairs[0].0 as usize], *pairs)).collect();
    values.sort_unstable_by(|(a, x), (b, y)| y.len().cmp(&x.len()).then_with(|| a.cmp(b)));
    let ordinals = |values: &[(&str, &[(u32, u32)])]| {
        let mut ordinals = Bits::new(columns.ordinals());
        values.iter().flat_map(|(_, pairs)| *pairs).for_each(|(_, ordinal)| ordinals.insert(*ordinal));
        ordinals
    };
    let (with_any, distinct) = (ordinals(&values).len(), values.len() as u64);
    values.truncate(limit);
    Some(Breakdown {
        missing: members.len() - with_any,
        other: with_any - ordinals(&values).len(),
        distinct,
        values: values.into_iter().map(|(name, pairs)| (name.to_owned(), pairs.len() as u64)).collect(),
    })
}

/// Whether an occurrence is of a dry run: `is_dry_run` true or 1.
fn is_dry_run(run: &EventRun, group: usize, row: usize) -> bool {
    let Some(column) = run.parameters.get(IS_DRY_RUN) else { return false };
    let Some(index) = column.code(group, row).checked_sub(1) else { return false };
    match &*column.values {
        Values::Boolean(values) => values.get(index as usize) == Some(&true),
        Values::Number(values) => values.get(index as usize) == Some(&1.0),
        Values::String(values) => values.get(index as usize).is_some_and(|text| matches!(text, "1" | "true")),
        _ => false,
    }
}

fn most_frequent_first(values: &mut [(String, u64)]) {
    values.sort_unstable_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
}

/// A value as people write it in a definition; an array as JSON.
pub fn written(values: &Values, index: usize) -> String {
    match values {
        Values::Boolean(values) => values[index].to_string(),
        Values::Number(values) => values[index].to_string(),
        Values::Date(values) => format_date(values[index]),
        Values::Datetime(values) => {
            Instant::from_micros(values[index]).map_or_else(String::new, |at| at.to_string())
        }
        Values::String(values) => values.get(index).unwrap_or_default().to_owned(),
        Values::Array { elements, ends } => {
            let start = index.checked_sub(1).map_or(0, |before| ends[before]);
            let elements: Vec<String> = (start..ends[index])
                .map(|at| {
                    let text = written(elements, at as usize);
                    match &**elements {
                        Values::Boolean(_) | Values::Number(_) => text,
                        _ => serde_json::Value::String(text).to_string(),
                    }
                })
                .collect();
            format!("[{}]", elements.join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::Bits;
    use crate::column_builder::ColumnBuilder;
    use crate::columns::{Column, RowsBuilder};
    use std::sync::Arc;
    use wayfare_model::id::ProfileId;
    use wayfare_model::value::{Scalar, ValueType};

    struct Few {
        live: Bits,
        city: Column,
        events: Vec<Arc<EventRun>>,
    }

    impl Columns for Few {
        fn ordinals(&self) -> u32 {
            self.live.bound()
        }
        fn live(&self) -> &Bits {
            &self.live
        }
        fn profile_id(&self, ordinal: u32) -> ProfileId {
            ProfileId::from_first_position(ordinal.into())
        }
        fn attribute(&self, name: &str) -> Option<&Column> {
            (name == "city").then_some(&self.city)
        }
        fn present(&self, _: &str) -> Option<&Column> {
            None
        }
        fn event(&self, _: &str) -> &[Arc<EventRun>] {
            &self.events
        }
    }

    fn column(value_type: ValueType, texts: &[Option<&str>]) -> Column {
        let mut builder = ColumnBuilder::new(value_type);
        texts.iter().for_each(|text| builder.push(*text));
        builder.finish()
    }

    fn few() -> Few {
        let string = ValueType::One(Scalar::String);
        let boolean = ValueType::One(Scalar::Boolean);
        let run = |rows: &[(u32, i64, Option<&str>, Option<&str>)]| {
            let mut builder = RowsBuilder::new(["item", IS_DRY_RUN].into_iter(), |_| usize::MAX);
            for (row, (ordinal, time, item, dry)) in rows.iter().enumerate() {
                builder.push(*ordinal, *time, row as u64);
                item.iter().for_each(|item| builder.set(row, 0, item));
                dry.iter().for_each(|dry| builder.set(row, 1, dry));
            }
            Arc::new(builder.finish(&[]).typed([("item", string), (IS_DRY_RUN, boolean)].into_iter()))
        };
        Few {
            live: Bits::all(5),
            city: column(string, &[Some("b"), Some("a"), Some("b"), None, Some("c")]),
            events: vec![
                run(&[(0, 1, Some("tea"), None), (0, 2, Some("tea"), None), (1, 1, Some("cup"), None)]),
                run(&[(1, 1, Some("tea"), None), (2, 1, Some("pot"), None), (3, 1, None, None)]),
                run(&[(4, 1, Some("tea"), Some("true")), (3, 100, Some("tea"), None)]),
            ],
        }
    }

    fn texts(values: &[(String, u64)]) -> Vec<(&str, u64)> {
        values.iter().map(|(value, count)| (&**value, *count)).collect()
    }

    #[test]
    fn by_attribute() {
        let (few, go_on) = (few(), AtomicBool::new(false));
        let whole = attribute(&few, "city", &few.live, 20, &go_on).unwrap();
        assert_eq!(texts(&whole.values), [("b", 2), ("a", 1), ("c", 1)]);
        assert_eq!((whole.missing, whole.other, whole.distinct), (1, 0, 3));
        let one = attribute(&few, "city", &few.live, 1, &go_on).unwrap();
        assert_eq!((texts(&one.values), one.other, one.distinct), (vec![("b", 2)], 2, 3));
        let none = attribute(&few, "shoe", &few.live, 1, &go_on).unwrap();
        assert_eq!((none.missing, none.distinct), (5, 0));
        let ids = attribute(&few, "profile_id", &few.live, 2, &go_on).unwrap();
        assert_eq!((ids.values.len(), ids.missing, ids.other, ids.distinct), (2, 0, 3, 5));
        assert!(attribute(&few, "city", &few.live, 1, &AtomicBool::new(true)).is_none());
    }

    #[test]
    fn by_parameter() {
        let (few, go_on) = (few(), AtomicBool::new(false));
        let moment = Moment::utc(Instant::from_micros(50).unwrap());
        let of = |parameter: &str, members: &Bits, limit| {
            super::parameter(&few, "purchase", parameter, members, &moment, limit, &go_on).unwrap()
        };
        let whole = of("item", &few.live, 20);
        assert_eq!(texts(&whole.values), [("tea", 2), ("cup", 1), ("pot", 1)]);
        assert_eq!((whole.missing, whole.other, whole.distinct), (2, 0, 3));
        let one = of("item", &few.live, 1);
        assert_eq!((texts(&one.values), one.missing, one.other), (vec![("tea", 2)], 2, 1));
        let mut two = Bits::new(few.live.bound());
        [1, 4].into_iter().for_each(|ordinal| two.insert(ordinal));
        let some = of("item", &two, 20);
        assert_eq!((texts(&some.values), some.missing), (vec![("cup", 1), ("tea", 1)], 1));
        assert_eq!(texts(&of(IS_DRY_RUN, &few.live, 20).values), [("true", 1)]);
    }

    #[test]
    fn arrays_are_json() {
        let tags = column(ValueType::Array(Scalar::String), &[Some(r#"["a","b \"c\""]"#), Some("[]")]);
        assert_eq!(written(&tags.values, 0), r#"["a","b \"c\""]"#);
        assert_eq!(written(&tags.values, 1), "[]");
    }
}
