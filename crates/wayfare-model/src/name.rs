//! Names of events, parameters and attributes, and the names they get in the lake.

use std::collections::HashSet;

/// The longest name, in bytes of UTF-8.
pub const LONGEST: usize = 200;
/// The longest user id or other identifier, in bytes of UTF-8.
pub const LONGEST_IDENTIFIER: usize = 512;
/// The most event names: each is a table in the lake.
pub const MOST_EVENTS: usize = 2_000;
/// The most parameters of one event, and the most attributes.
pub const MOST_FIELDS: usize = 500;

/// What is wrong with a text of one line that people write, as names and addresses are, or `None` where nothing is.
/// Control characters break lines of logs, headers of letters and screens apart.
pub fn line_fault(text: &str) -> Option<&'static str> {
    text.chars().any(char::is_control).then_some("has a control character")
}

/// Whether a text shows nothing: it has no characters, or none but white space and those without width.
pub fn is_blank(text: &str) -> bool {
    let has_no_width = |c: char| matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
    text.chars().all(|c| c.is_whitespace() || has_no_width(c))
}

/// Why a name cannot be taken, or `None` where it can.
pub fn fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("is empty")
    } else if name.len() > LONGEST {
        Some("is longer than 200 bytes")
    } else if let Some(fault) = line_fault(name) {
        Some(fault)
    } else if name.trim() != name {
        Some("starts or ends with white space")
    } else {
        None
    }
}

/// Why an identifier cannot be taken, or `None` where it can.
pub fn identifier_fault(value: &str) -> Option<&'static str> {
    if value.is_empty() {
        Some("is empty")
    } else if value.trim().is_empty() {
        // Whoever had one such would be the same person as all others who have.
        Some("is blank")
    } else if value.len() > LONGEST_IDENTIFIER {
        Some("is longer than 512 bytes")
    } else if value.contains('\0') {
        Some("has a NUL character")
    } else {
        None
    }
}

/// Gives lake names: the name itself, made safe as a folder, with `_2`, `_3`, … where it collides with one
/// already given, also without regard to case.
#[derive(Debug, Clone, Default)]
pub struct LakeNames {
    taken: HashSet<String>,
    /// Whether the names are folders too: those keep to characters that every path and every reader spells alike.
    folders: bool,
}

impl LakeNames {
    /// Starts with names that are taken from the start.
    pub fn reserving<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { taken: names.into_iter().map(str::to_lowercase).collect(), folders: false }
    }

    /// Names that are folders too.
    pub fn of_folders() -> Self {
        Self { folders: true, ..Self::default() }
    }

    /// The lake name for `name`, different from all given before.
    pub fn give(&mut self, name: &str) -> String {
        let safe: String = name
            .chars()
            .map(|c| match c {
                '/' | '\\' | '"' | '\'' | ':' | '*' | '?' | '<' | '>' | '|' | '%' => '_',
                _ if self.folders && !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ')) => {
                    '_'
                }
                _ => c,
            })
            .collect();
        let safe = match safe.trim_matches('.') {
            "" => "_".to_owned(),
            trimmed => trimmed.to_owned(),
        };
        let mut candidate = safe.clone();
        let mut count = 2;
        while !self.taken.insert(candidate.to_lowercase()) {
            candidate = format!("{safe}_{count}");
            count += 1;
        }
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lake_names_never_collide_or_leave_their_folder() {
        let mut names = LakeNames::reserving(["timestamp"]);
        let given: Vec<_> = ["purchase", "Purchase", "timestamp", "..", "../x", "a/b", "a_b", "purchase_2"]
            .iter()
            .map(|name| names.give(name))
            .collect();
        assert_eq!(
            given,
            ["purchase", "Purchase_2", "timestamp_2", "_", "_x", "a_b", "a_b_2", "purchase_2_2"]
        );
    }

    #[test]
    fn folders_are_spelled_alike_everywhere() {
        let mut names = LakeNames::of_folders();
        let given: Vec<_> =
            ["Satın alma", "Satin alma", "購入", "x~y#z"].iter().map(|name| names.give(name)).collect();
        assert_eq!(given, ["Sat_n alma", "Satin alma", "__", "x_y_z"]);
    }

    #[test]
    fn faults() {
        assert_eq!(fault("purchase"), None);
        assert!(fault("").is_some() && fault("a\0b").is_some() && fault(" a").is_some());
        assert!(fault(&"x".repeat(201)).is_some());
    }

    #[test]
    fn lines_and_blanks() {
        for bad in ["a\0b", "a\rb", "a\nb", "a\u{1b}[31mb", "\u{7f}"] {
            assert_eq!(line_fault(bad), Some("has a control character"), "{bad:?}");
        }
        assert_eq!(line_fault("Günlük – 日次 👩\u{200d}💻"), None);
        for blank in ["", " \t", "\u{200b}\u{200c}\u{200d}", "\u{2060} \u{feff}", "\u{a0}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        assert!(!is_blank("\u{200b}a"));
    }
}
