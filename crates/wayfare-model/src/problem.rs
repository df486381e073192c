//! Refusals: what is wrong with something a person wrote, where exactly, and what they may have meant.

use serde::{Deserialize, Serialize};

/// Something a person wrote that cannot be taken.
///
/// The same members appear in CLI `--json` errors and in HTTP problem documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}{message}{}", prefix(path), suggestion(nearest.as_deref()))]
pub struct Refusal {
    /// Where: `all[1].where.parameter`; empty at the root.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
    /// The known name nearest to the one written.
    pub nearest: Option<String>,
}

fn prefix(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

impl Refusal {
    /// A refusal without a suggestion.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: shortened(path.into()), message: shortened(message.into()), nearest: None }
    }

    /// Adds the known name nearest to the one written.
    pub fn nearest(mut self, nearest: Option<String>) -> Self {
        self.nearest = nearest;
        self
    }
}

/// The longest text that a refusal repeats whole, in characters.
const LONGEST: usize = 1_000;

/// A text without its middle, where it is very long: someone may have written a megabyte where a name belongs.
fn shortened(text: String) -> String {
    if text.len() <= LONGEST {
        return text;
    }
    let count = text.chars().count();
    if count <= LONGEST {
        return text;
    }
    let (start, end): (String, String) =
        (text.chars().take(LONGEST / 2).collect(), text.chars().skip(count - LONGEST / 4).collect());
    format!("{start}… ({} characters more) …{end}", count - LONGEST / 2 - LONGEST / 4)
}

/// The known name nearest to `written`: at most a third of its characters differ, and at least one is allowed to. Nothing is
/// near to nothing: the shortest of the known names is not what somebody meant.
pub fn nearest_name<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    if written.trim().is_empty() {
        return None;
    }
    let written_lower = written.to_lowercase();
    let allowed = (written.chars().count() / 3).max(2);
    let length = written_lower.chars().count();
    known
        .into_iter()
        // Names differ by no less than their lengths do; comparing with a very long text takes very long.
        .filter(|name| length.abs_diff(name.to_lowercase().chars().count()) <= allowed)
        .map(|name| (strsim::damerau_levenshtein(&written_lower, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_very_long_text_is_told_without_its_middle() {
        let refusal = Refusal::new("", format!("no event is called `{}`", "ş".repeat(1_000_000)));
        assert!(
            refusal.message.chars().count() < 1_000 && refusal.message.contains("characters more"),
            "{refusal}"
        );
        assert!(refusal.message.starts_with("no event is called `ş") && refusal.message.ends_with("ş`"));
        assert_eq!(Refusal::new("", "ş".repeat(1_000)).message, "ş".repeat(1_000));
    }

    #[test]
    fn nearest_names() {
        let known = ["country", "income", "gender"];
        assert_eq!(nearest_name("contry", known).as_deref(), Some("country"));
        assert_eq!(nearest_name("Gender", known).as_deref(), Some("gender"));
        assert_eq!(nearest_name("shoe_size", known), None);
        assert_eq!((nearest_name("", ["UCT"]), nearest_name(" ", ["UCT"])), (None, None));
    }
}
