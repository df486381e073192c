//! Simple case folding, derived from the case mappings of the standard library.
//!
//! A character folds to the lower case of its upper case, where each is one character. The few characters for which
//! that differs from the mappings C and S of `CaseFolding.txt` are listed.

/// A text under simple case folding.
pub(super) fn folded(text: &str) -> String {
    text.chars().map(folded_char).collect()
}

fn folded_char(c: char) -> char {
    match c {
        // Dotless i stands for itself.
        'ı' => 'ı',
        // Pairs of the same letter whose upper case is three characters, or two.
        '\u{1FD3}' => '\u{390}',
        '\u{1FE3}' => '\u{3B0}',
        'ﬅ' => 'ﬆ',
        _ => match single(c.to_uppercase()) {
            // Cherokee folds to its upper case, which is older.
            Some(upper @ '\u{13A0}'..='\u{13F5}') => upper,
            Some(upper) => single(upper.to_lowercase()).unwrap_or(c),
            None => single(c.to_lowercase()).unwrap_or(c),
        },
    }
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two tables may be of different versions of Unicode; what one of them does not know yet may differ.
    #[test]
    fn both_foldings_agree_on_all_letters_known_here() {
        let differing: Vec<char> = ('\0'..=char::MAX)
            .filter(|c| c.is_alphabetic())
            .filter(|c| crate::fold::fold(&c.to_string()) != folded_char(*c).to_string())
            .collect();
        assert_eq!(differing, Vec::<char>::new());
    }
}
