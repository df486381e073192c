//! The times that a node sees, and which rows of a run lie in them.

use super::clock::Clock;
use super::mask::{Lanes, masked};
use crate::columns::numbers::Numbers;
use crate::definition::TimeRange;
use crate::moment::Moment;
use crate::plan::{EventPlan, RangePlan};
use std::ops::Range;
use wayfare_model::time::Instant;

/// The times of the events that a node sees: its range, and before the moment of evaluation.
pub(super) fn times(plan: &EventPlan, clock: &Clock) -> Range<i64> {
    let range = match plan.range {
        RangePlan::Ever => i64::MIN..i64::MAX,
        RangePlan::InLast(span) => clock.last(span),
        RangePlan::CalendarLast(span) => clock.calendar_last(span),
        RangePlan::Between(from, to) => from..to,
    };
    range.start..range.end.min(clock.as_of)
}

/// A test whether numbers lie in a range, made for the form that they are kept in.
pub(super) enum Within<'n> {
    /// Offsets from the first to the second lie in it.
    Narrow(&'n [u32], u32, u32),
    /// Offsets from the first to the second lie in it; upper and lower parts.
    Split(&'n [u32], &'n [u16], u64, u64),
    Wide(&'n [i64], Range<i64>),
    /// None does.
    Never,
}

impl<'n> Within<'n> {
    pub fn new(numbers: &'n Numbers, range: &Range<i64>) -> Self {
        // The offsets from the least number at or above the start to the greatest below the end.
        let offsets = |base: i64, unit: i64, bits: u32| {
            let behind = |bound: i64| i128::from(bound) - i128::from(base);
            let first = (behind(range.start) + i128::from(unit) - 1).div_euclid(i128::from(unit)).max(0);
            let last = (behind(range.end) - 1).div_euclid(i128::from(unit)).min((1 << bits) - 1);
            (first <= last).then_some((first as u64, last as u64))
        };
        match numbers {
            Numbers::Narrow { base, unit, offsets: numbers } => match offsets(*base, *unit, 32) {
                Some((first, last)) => Self::Narrow(numbers, first as u32, last as u32),
                None => Self::Never,
            },
            Numbers::Split { base, unit, high, low } => match offsets(*base, *unit, 48) {
                Some((first, last)) => Self::Split(high, low, first, last),
                None => Self::Never,
            },
            Numbers::Wide(numbers) => Self::Wide(numbers, range.clone()),
        }
    }

    /// Which of the 64 rows from `base` on lie in the range; rows behind the end are of no meaning.
    #[inline]
    pub fn mask(&self, base: usize) -> u64 {
        match self {
            Self::Narrow(offsets, first, last) => {
                masked(offsets, base, |block| u32::between(block, *first, *last))
            }
            Self::Split(high, low, first, last) => {
                let (least, most) = ((first >> 16) as u32, (last >> 16) as u32);
                let mut mask = masked(high, base, |block| u32::between(block, least, most));
                // Where the upper part is that of a bound, the lower one decides.
                let mut unclear = mask & masked(high, base, |block| u32::either(block, least, most));
                while unclear != 0 {
                    let row = base + unclear.trailing_zeros() as usize;
                    if let (Some(high), Some(low)) = (high.get(row), low.get(row))
                        && !(*first..=*last).contains(&(u64::from(*high) << 16 | u64::from(*low)))
                    {
                        mask &= !(1 << (row - base));
                    }
                    unclear &= unclear - 1;
                }
                mask
            }
            Self::Wide(numbers, range) => {
                let rest = numbers.get(base..).unwrap_or_default();
                let is_in = |number: &i64| u64::from(range.contains(number));
                rest.iter().take(64).enumerate().fold(0, |mask, (row, number)| mask | is_in(number) << row)
            }
            Self::Never => 0,
        }
    }
}

/// Which events a time range sees at a moment, by their time: `from` is in, `to` is out. A time that is none, which
/// checks refuse, bounds nothing.
pub fn window(range: Option<&TimeRange>, moment: &Moment) -> Range<i64> {
    let clock = Clock::new(moment);
    let instant = |text: &str| Instant::parse(text).ok().map(Instant::micros);
    let seen = match range {
        None | Some(TimeRange::AllTime) => i64::MIN..i64::MAX,
        Some(TimeRange::InLast(span)) => clock.last(*span),
        Some(TimeRange::CalendarLast(span)) => clock.calendar_last(*span),
        Some(TimeRange::Between(from, to)) => {
            instant(from).unwrap_or(i64::MIN)..instant(to).unwrap_or(i64::MAX)
        }
        Some(TimeRange::Before(to)) => i64::MIN..instant(to).unwrap_or(i64::MAX),
        Some(TimeRange::After(from)) => instant(from).unwrap_or(i64::MIN)..i64::MAX,
    };
    seen.start..seen.end.min(clock.as_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rows_lie_in_a_range_in_every_form() {
        for (unit, most) in [(3, 1_000), (1, 1_000_000_000_000), (1, i64::MAX / 4)] {
            let mut numbers: Vec<i64> = (0..190).map(|step| 10 + (most / 190 / unit * step) * unit).collect();
            numbers.push(10 + most / unit * unit);
            numbers.extend([15, 13].map(|near| 10 + (near - 10) / unit * unit));
            let kept = Numbers::of(numbers.clone());
            let near = numbers.iter().step_by(9).flat_map(|number| [number - 1, *number, number + 1]);
            let bounds: Vec<i64> = near.chain([i64::MIN, i64::MAX]).collect();
            for range in bounds.iter().flat_map(|from| bounds.iter().map(move |to| *from..*to)) {
                let within = Within::new(&kept, &range);
                for base in [0, 64, 128] {
                    let rows = &numbers[base..(base + 64).min(numbers.len())];
                    let expected = rows
                        .iter()
                        .enumerate()
                        .fold(0u64, |mask, (row, number)| mask | u64::from(range.contains(number)) << row);
                    let behind = u64::MAX.checked_shl(rows.len() as u32).unwrap_or(0);
                    assert_eq!(within.mask(base) & !behind, expected, "{range:?} in {kept:?}");
                }
            }
        }
    }
}
