//! Exact sums: the float nearest to the true sum, whatever the order of the values.

/// A sum of one profile, kept as two floats that together hold it exactly nearly always. All of it lies side by side,
/// so that adding to a profile touches memory once.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    high: f64,
    low: f64,
    count: u32,
}

impl Sum {
    /// Adds a value; `false` where two floats do not hold the sum exactly.
    #[inline]
    pub fn add(&mut self, value: f64) -> bool {
        let (high, error) = two_sum(self.high, value);
        let (low, lost) = two_sum(self.low, error);
        *self = Self { high, low, count: self.count + 1 };
        lost == 0.0
    }

    /// The sum, rounded once.
    pub fn get(&self) -> f64 {
        self.high + self.low
    }

    /// The mean, also where the sum lies beyond the floats.
    pub fn mean(&self) -> f64 {
        match self.high.is_finite() {
            true => self.get() / f64::from(self.count),
            false => self.low / f64::from(self.count) * UNIT,
        }
    }

    /// How many values were added.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Puts the exact sum of all its values in its place.
    pub fn correct(&mut self, values: &[f64]) {
        self.high = exact_sum(values);
        self.low = if self.high.is_finite() { 0.0 } else { sum_in_units(values) };
    }
}

/// `a + b` rounded, and what the rounding lost (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    let a_part = sum - b_part;
    (sum, (a - a_part) + (b - b_part))
}

/// The float nearest to the sum of all values.
fn exact_sum(values: &[f64]) -> f64 {
    let sum = sum_of_partials(values);
    if sum.is_finite() {
        return sum;
    }
    // A partial sum lies beyond the largest float although the whole may not.
    sum_in_units(values) * UNIT
}

/// What large values are counted in, so that no sum of them is too large: 2^100.
const UNIT: f64 = (1u128 << 100) as f64;

/// The sum in [`UNIT`]s.
fn sum_in_units(values: &[f64]) -> f64 {
    let smaller: Vec<f64> = values.iter().map(|value| value / UNIT).collect();
    sum_of_partials(&smaller)
}

/// Shewchuk's sum: partials that do not overlap, smallest first, rounded together at the end.
fn sum_of_partials(values: &[f64]) -> f64 {
    let mut partials: Vec<f64> = Vec::new();
    for value in values {
        let mut carried = *value;
        let mut kept = 0;
        for index in 0..partials.len() {
            let (sum, lost) = two_sum(carried, partials[index]);
            if lost != 0.0 {
                partials[kept] = lost;
                kept += 1;
            }
            carried = sum;
        }
        partials.truncate(kept);
        partials.push(carried);
    }
    let Some(mut sum) = partials.pop() else { return 0.0 };
    while let Some(partial) = partials.pop() {
        let (rounded, lost) = two_sum(sum, partial);
        sum = rounded;
        if lost != 0.0 {
            // Half-way cases round by the sign of what lies below.
            if let Some(below) = partials.last()
                && (lost < 0.0) == (*below < 0.0)
            {
                let doubled = lost * 2.0;
                let up = sum + doubled;
                if up - sum == doubled {
                    sum = up;
                }
            }
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_round_once() {
        for (values, sum) in [
            (vec![], 0.0),
            (vec![0.1; 10], 1.0),
            (vec![1e16, 1.0, -1e16], 1.0),
            (vec![1e308, 1e308, -1e308], 1e308),
            (vec![1e308, 1e308], f64::INFINITY),
            (vec![1.0, 2f64.powi(-53), 2f64.powi(-106)], 1.0 + 2f64.powi(-52)),
            (vec![1.0, 2f64.powi(-53)], 1.0),
        ] {
            assert_eq!(exact_sum(&values), sum, "{values:?}");
        }
    }

    #[test]
    fn two_floats_know_when_they_do_not_suffice() {
        let mut sum = Sum::default();
        assert!(sum.add(0.1) && sum.add(0.2) && sum.add(-0.3));
        assert_eq!(sum.get(), exact_sum(&[0.1, 0.2, -0.3]));
        let mut sum = Sum::default();
        assert!(sum.add(1e40) && sum.add(1.0) && !sum.add(1e-40));
        let mut sum = Sum::default();
        assert!(sum.add(1e308) && !sum.add(1e308));
        sum.correct(&[1e308, 1e308]);
        assert_eq!((sum.get(), sum.mean()), (f64::INFINITY, 1e308));
    }
}
