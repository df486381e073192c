//! Simple case folding: the mappings C and S of Unicode's `CaseFolding.txt`, one character to one character.
//!
//! The table is that of the ICU4X crate `icu_casemap`. Full folding (`ß` to `ss`) is another thing.

use icu_casemap::CaseMapper;
use std::borrow::Cow;

/// `text` under simple case folding.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    if text.is_ascii() {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    let mapper = CaseMapper::new();
    Cow::Owned(text.chars().map(|c| mapper.simple_fold(c)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_simple() {
        for (text, folded) in [
            ("abc 1", "abc 1"),
            ("ABC", "abc"),
            ("Straße", "straße"),
            ("ẞ", "ß"),
            ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
            ("ς", "σ"),
            ("İI", "İi"),
            ("ı", "ı"),
            ("K", "k"),
            ("ſ", "s"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }
}
