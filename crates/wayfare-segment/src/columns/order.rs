//! In what order the rows of a run stand.
//!
//! A group's rows are cut by time into *slices* of about as many rows each; within a slice they stand by ordinal. So a
//! time range reads the slices that it touches, and what is kept of each profile meanwhile is written from the first
//! profile to the last, and not here and there in memory: the difference is that of the caches.

/// Rows of a slice at most. With more, each walk through the profiles would do more; with less, a time range would read
/// less beside its ends. Tests have few rows, and several slices all the same.
const MOST_ROWS: usize = if cfg!(test) { 64 } else { 1 << 13 };

/// A row to be put in order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    /// Whose it is.
    pub ordinal: u32,
    /// Where it is found now.
    pub place: u32,
    /// When it happened.
    pub time: i64,
    /// Its commit position.
    pub position: i64,
}

/// Puts the rows of a group in order; gives the number of rows of each of its slices.
pub(super) fn slice(rows: &mut [Placed]) -> Vec<u32> {
    let mut lengths = Vec::with_capacity(rows.len().div_ceil(MOST_ROWS));
    cut(rows, rows.len().div_ceil(MOST_ROWS), &mut lengths);
    lengths
}

fn cut(rows: &mut [Placed], slices: usize, lengths: &mut Vec<u32>) {
    if slices <= 1 {
        let key = |row: &Placed| (row.ordinal, row.time, row.position);
        if !rows.is_sorted_by_key(key) {
            rows.sort_unstable_by_key(key);
        }
        if !rows.is_empty() {
            lengths.push(rows.len() as u32);
        }
        return;
    }
    let before = slices / 2;
    let middle = rows.len() * before / slices;
    let key = |row: &Placed| (row.time, row.position);
    if !rows.is_sorted_by_key(key) {
        rows.select_nth_unstable_by_key(middle, key);
    }
    let (earlier, later) = rows.split_at_mut(middle);
    cut(earlier, before, lengths);
    cut(later, slices - before, lengths);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_follow_one_another_in_time_and_each_goes_from_the_first_profile_to_the_last() {
        for count in [0, 1, 100, MOST_ROWS, MOST_ROWS + 1, 5 * MOST_ROWS - 3] {
            let mut state = 7u64;
            let mut rows: Vec<Placed> = (0..count as u32)
                .map(|place| {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let (ordinal, time) = ((state >> 33) as u32 % 1_000, (state >> 40) as i64 % 100);
                    Placed { ordinal, place, time, position: i64::from(place) }
                })
                .collect();
            let lengths = slice(&mut rows);
            assert_eq!(lengths.len(), count.div_ceil(MOST_ROWS));
            assert_eq!(lengths.iter().sum::<u32>() as usize, count);
            let mut places: Vec<u32> = rows.iter().map(|row| row.place).collect();
            let (mut rest, mut last) = (rows.as_slice(), None);
            for length in lengths {
                let (of_slice, behind) = rest.split_at(length as usize);
                assert!(of_slice.len() <= MOST_ROWS);
                assert!(of_slice.is_sorted_by_key(|row| (row.ordinal, row.time, row.position)));
                let times = of_slice.iter().map(|row| (row.time, row.position));
                assert!(times.clone().min() > last);
                (rest, last) = (behind, times.max());
            }
            places.sort_unstable();
            assert!(places.into_iter().eq(0..count as u32));
        }
    }
}
