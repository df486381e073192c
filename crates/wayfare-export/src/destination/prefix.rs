//! The folder of a destination that one export goes to: a template, filled in once for each delivery.

use crate::error::ExportError;
use wayfare_model::time::Instant;

/// What a template is where none is given.
pub const DEFAULT: &str = "{date}/{id}";
/// The longest template.
const LONGEST: usize = 500;
/// What may stand in braces.
const PLACES: [&str; 5] = ["date", "time", "id", "kind", "name"];

/// What a template is filled with.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// When the export was asked for, of which `{date}` and `{time}` are made, in UTC.
    pub asked_at: Instant,
    /// The export's id.
    pub id: &'a str,
    /// What its rows are.
    pub kind: &'a str,
    /// The destination's name; what is neither letter nor digit in it becomes a hyphen.
    pub name: &'a str,
}

/// Refuses a template that leads nowhere, or two exports to one place; `path` is where the request has it.
pub fn check(template: &str, path: &str) -> Result<(), ExportError> {
    let refuse = |why: String| Err(ExportError::refused(path, why));
    if template.len() > LONGEST {
        return refuse(format!("must not be longer than {LONGEST} characters"));
    }
    let mut bare = template.to_owned();
    for place in PLACES {
        bare = bare.replace(&format!("{{{place}}}"), "x");
    }
    if bare.contains(['{', '}']) {
        return refuse("may hold {date}, {time}, {id}, {kind} and {name} in braces, and nothing else".into());
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=' | '/');
    if let Some(other) = bare.chars().find(|c| !fits(*c)) {
        return refuse(format!("must not hold {other:?}: letters, digits and - _ . = / may stand in it"));
    }
    if bare.split('/').any(|folder| folder.is_empty() || folder.chars().all(|c| c == '.')) {
        return refuse("must be names of folders with one / between them, none at the ends".into());
    }
    if !template.contains("{id}") {
        return refuse("must hold {id}: two exports in one place would write over each other".into());
    }
    Ok(())
}

/// The folder of an export; a template that [`check`] took makes names without surprises.
pub fn fill(template: &str, facts: &Facts<'_>) -> String {
    let asked_at = facts.asked_at.to_string();
    let (date, rest) = asked_at.split_once('T').unwrap_or((&asked_at, ""));
    let time: String = rest.chars().take(8).filter(char::is_ascii_digit).collect();
    let filled = template
        .replace("{date}", date)
        .replace("{time}", &time)
        .replace("{kind}", facts.kind)
        .replace("{name}", &plain(facts.name));
    filled.replace("{id}", facts.id)
}

/// A name as part of a path.
fn plain(name: &str) -> String {
    let letters: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let words: Vec<&str> = letters.split('-').filter(|word| !word.is_empty()).collect();
    match words.is_empty() {
        true => "destination".into(),
        false => words.join("-"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facts(name: &str) -> Facts<'_> {
        let asked_at = Instant::parse("2026-09-02T07:05:09.25Z").unwrap();
        Facts { asked_at, id: "exp_1", kind: "events", name }
    }

    #[test]
    fn templates() {
        let told = [
            DEFAULT,
            "wayfare/dt={date}/{kind}/{name}-{time}-{id}",
            "{id}",
            "",
            "{date}",
            "{id}/",
            "/{id}",
            "a//{id}",
            "../{id}",
            "{id}/.",
            "{day}/{id}",
            "{id",
            "a b/{id}",
            "a\\{id}",
        ]
        .map(|template| match check(template, "settings.prefix") {
            Ok(()) => format!("{template:?} -> {}", fill(template, &facts("My Bucket, Zürich!"))),
            Err(error) => format!("{template:?}: {error}"),
        });
        insta::assert_snapshot!(told.join("\n"));
    }

    proptest! {
        #[test]
        fn whatever_the_name_the_place_stays_inside(name in ".*", template in "[a-z{}/.=]{0,20}") {
            if check(&template, "prefix").is_ok() {
                let filled = fill(&template, &facts(&name));
                let is_plain = |folder: &str| !folder.is_empty() && !folder.chars().all(|c| c == '.');
                prop_assert!(filled.split('/').all(is_plain), "{filled}");
                let is_filled = !filled.contains(['{', '}', ' ']);
                prop_assert!(filled.is_ascii() && is_filled);
            }
        }
    }
}
