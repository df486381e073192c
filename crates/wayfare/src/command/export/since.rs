//! Flags for what is new since an earlier export.

use crate::failure::Failure;
use clap::Args;
use std::path::Path;
use wayfare_export::manifest::{MANIFEST, Manifest};
use wayfare_export::positions::Positions;
use wayfare_model::problem::Refusal;

#[derive(Debug, Clone, Args)]
pub(super) struct SinceFlags {
    /// Only what came in since: an earlier export's directory, its id (at a server), or a commit position; 0 begins a chain.
    #[arg(long, value_name = "DIR|EXPORT|POSITION", allow_negative_numbers = true)]
    since: Option<String>,
    /// The first commit position that is out again [default: one past the last].
    #[arg(long, value_name = "POSITION", requires = "since")]
    until: Option<u64>,
}

impl SinceFlags {
    /// The window that is asked for; reads the manifest of an earlier export.
    pub fn positions(&self) -> Result<Option<Positions>, Failure> {
        let Some(since) = &self.since else { return Ok(None) };
        let positions = match since.parse() {
            Ok(position) => Positions::since(position),
            // Somebody who writes a number means no directory, unless there is one of that name.
            Err(_) if is_a_number(since) && !Path::new(since).exists() => {
                let message = format!("must be {FORMS}; {since} is none of these");
                return Err(Refusal::new("--since", message).into());
            }
            Err(_) if since.starts_with("exp_") && !Path::new(since).exists() => {
                Positions { from: None, after: Some(since.clone()), to: None }
            }
            Err(_) => Positions::since(end_of(Path::new(since))?),
        };
        Ok(Some(Positions { to: self.until, ..positions }))
    }
}

/// What may be said.
const FORMS: &str = "a commit position (a whole number from 0 on), the directory of a complete export, or the id of an export at a server";

/// Whether a text is a number, of whatever size and sign.
fn is_a_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '_' | ','))
}

/// Where an export ends.
fn end_of(path: &Path) -> Result<u64, Failure> {
    let directory = match path.file_name().and_then(|name| name.to_str()) {
        Some(MANIFEST) => path.parent().unwrap_or(Path::new("")),
        _ => path,
    };
    let manifest = Manifest::read(directory)
        .map_err(|error| Refusal::new("--since", format!("must be {FORMS}: {error}")))?;
    Ok(manifest.position_to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_position() {
        let read = |since: &str| SinceFlags { since: Some(since.into()), until: None }.positions();
        assert_eq!(read("0").ok().flatten(), Some(Positions::since(0)));
        assert_eq!(read("exp_1").ok().flatten().and_then(|since| since.after), Some("exp_1".into()));
        for bad in ["-5", "99999999999999999999999", "1.5", "1_000", "no-such-directory"] {
            let told = read(bad).err().map(|failure| failure.to_string()).unwrap_or_default();
            assert!(told.contains("--since") && told.contains("a whole number from 0 on"), "{bad}: {told}");
            assert_eq!(told.contains("os error"), bad == "no-such-directory", "{told}");
        }
    }
}
