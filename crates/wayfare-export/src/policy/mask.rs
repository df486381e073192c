//! Stars in the place of letters and digits.

use super::rule::LONGEST_MASK;

/// The value with a star for every character but plain punctuation and spaces, and but the last `keep_last` of them.
/// Where there are no more than these, all of them go; what is longer than 64 characters is cut at the front.
pub fn mask(value: &str, keep_last: usize) -> String {
    let hides = |c: char| !(c.is_ascii_punctuation() || c == ' ');
    let hidden = value.chars().filter(|c| hides(*c)).count();
    let stars = if hidden > keep_last { hidden - keep_last } else { hidden };
    let mut seen = 0;
    let masked = value.chars().map(|c| {
        let is_hidden = hides(c);
        seen += usize::from(is_hidden);
        if is_hidden && seen <= stars { '*' } else { c }
    });
    let masked: Vec<char> = masked.collect();
    masked[masked.len().saturating_sub(LONGEST_MASK)..].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks() {
        for (value, keep_last, expected) in [
            ("+90 555 12", 2, "+** *** 12"),
            ("ann@example.com", 0, "***@*******.***"),
            ("ann@example.com", 3, "***@*******.com"),
            ("Şule-Ünal", 1, "****-***l"),
            ("12", 2, "**"),
            ("1", 4, "*"),
            ("", 2, ""),
            ("日本語", 1, "**語"),
            ("a\u{301}b", 0, "***"),
            ("🙂", 0, "*"),
        ] {
            assert_eq!(mask(value, keep_last), expected, "{value} {keep_last}");
        }
        assert_eq!(mask(&"x".repeat(500), 2), format!("{}xx", "*".repeat(62)));
        assert_eq!(mask(&"x".repeat(64), 0).len(), 64);
    }
}
