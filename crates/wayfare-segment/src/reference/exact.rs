//! Sums without rounding: a whole number of the smallest unit that a float can be made of.

/// A sum of floats in units of 2^-1074, in two's complement over 32-bit digits, the lowest first.
#[derive(Debug, Clone)]
pub(super) struct ExactSum {
    digits: Vec<u32>,
}

/// The largest float has 2,098 bits in that unit; the rest is room for 2^60 of them and a sign.
const DIGITS: usize = 68;
const SMALLEST: i32 = -1074;

impl ExactSum {
    /// Nothing.
    pub fn zero() -> Self {
        Self { digits: vec![0; DIGITS] }
    }

    /// Adds a finite float.
    pub fn add(&mut self, value: f64) {
        let bits = value.to_bits();
        let exponent = (bits >> 52 & 0x7FF) as usize;
        let fraction = bits & ((1 << 52) - 1);
        // Subnormal floats have no leading one and the exponent of the smallest normal ones.
        let (mantissa, shift) =
            if exponent == 0 { (fraction, 0) } else { (fraction | 1 << 52, exponent - 1) };
        let mut other = vec![0u32; DIGITS];
        let wide = u128::from(mantissa) << (shift % 32);
        for part in 0..3 {
            other[shift / 32 + part] = (wide >> (32 * part)) as u32;
        }
        if value.is_sign_negative() {
            negate(&mut other);
        }
        let mut carry = 0u64;
        for (digit, other) in self.digits.iter_mut().zip(other) {
            carry += u64::from(*digit) + u64::from(other);
            *digit = carry as u32;
            carry >>= 32;
        }
    }

    /// The nearest float; of two equally near the even one.
    pub fn rounded(&self) -> f64 {
        let negative = self.digits.last().is_some_and(|digit| digit >> 31 == 1);
        let mut digits = self.digits.clone();
        if negative {
            negate(&mut digits);
        }
        let bit = |at: usize| digits[at / 32] >> (at % 32) & 1 == 1;
        let Some(highest) = (0..DIGITS * 32).rev().find(|at| bit(*at)) else { return 0.0 };
        // 53 bits are kept, from `lowest` up.
        let lowest = highest.saturating_sub(52);
        let mut mantissa =
            (lowest..=highest).rev().fold(0u64, |mantissa, at| mantissa << 1 | u64::from(bit(at)));
        if lowest > 0 && bit(lowest - 1) {
            let more_than_half = (0..lowest - 1).any(bit);
            if more_than_half || mantissa % 2 == 1 {
                mantissa += 1;
            }
        }
        // Two steps, since a single power of two may lie below the floats.
        let exponent = lowest as i32 + SMALLEST;
        let half = exponent / 2;
        let size = mantissa as f64 * 2f64.powi(half) * 2f64.powi(exponent - half);
        if negative { -size } else { size }
    }
}

fn negate(digits: &mut [u32]) {
    let mut carry = true;
    for digit in digits {
        let (negated, over) = (!*digit).overflowing_add(u32::from(carry));
        *digit = negated;
        carry = over;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], expected: f64) {
        let mut sum = ExactSum::zero();
        values.iter().for_each(|value| sum.add(*value));
        assert_eq!(sum.rounded(), expected, "{values:?}");
    }

    #[test]
    fn sums() {
        check(&[], 0.0);
        check(&[1.0, 2.0], 3.0);
        check(&[-1.5], -1.5);
        check(&[0.1; 10], 1.0);
        check(&[1e16, 1.0, -1e16], 1.0);
        check(&[f64::MAX, f64::MAX, -f64::MAX], f64::MAX);
        check(&[f64::MAX, f64::MAX], f64::INFINITY);
        check(&[5e-324, 5e-324], 1e-323);
        check(&[1.0, 2f64.powi(-53)], 1.0);
        check(&[1.0, 2f64.powi(-53), 5e-324], 1.0 + 2f64.powi(-52));
    }
}
