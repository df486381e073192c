//! The letters that became files: listed and read for the web app.

use crate::error::ExportError;
use mail_parser::{Address, Message, MessageParser};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;
use wayfare_model::time::Instant;

/// The most letters that are listed: each of them is read whole.
pub const MOST_LISTED: usize = 500;

/// A letter in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedMail {
    /// `mail_…`
    pub id: String,
    /// To whom.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// When it was written.
    pub date: Option<Instant>,
}

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// `mail_…`
    pub id: String,
    /// Whom it comes from.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// When it was written.
    pub date: Option<Instant>,
    /// The body as HTML.
    pub html: String,
    /// The body as text.
    pub text: String,
}

/// The newest letters, newest first; [`MOST_LISTED`] at the most.
pub fn list(directory: &Path) -> Result<Vec<ListedMail>, ExportError> {
    let mut ids = ids(directory)?;
    // Ids ascend with time.
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.truncate(MOST_LISTED);
    let mut listed = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(Mail { id, to, subject, date, .. }) = read(directory, &id)? {
            listed.push(ListedMail { id, to, subject, date });
        }
    }
    Ok(listed)
}

/// Removes the letters that were written longer ago than they are kept.
pub fn sweep(directory: &Path, now: Instant, keep: Duration) -> Result<(), ExportError> {
    let keep = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
    let Some(before) = Instant::from_micros(now.micros().saturating_sub(keep)) else { return Ok(()) };
    for id in ids(directory)? {
        if written_at(&id).is_some_and(|at| at < before) {
            let path = directory.join(format!("{id}.eml"));
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(ExportError::file(&path)(error));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// The ids of all letters, in no order.
fn ids(directory: &Path) -> Result<Vec<String>, ExportError> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ExportError::file(directory)(error)),
    };
    let ids = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".eml").map(str::to_owned))
        .filter(|id| is_id(id));
    Ok(ids.collect())
}

/// When a letter was written, which its id begins with.
fn written_at(id: &str) -> Option<Instant> {
    let millis = i64::from_str_radix(id.strip_prefix("mail_")?.get(..12)?, 16).ok()?;
    Instant::from_micros(millis.checked_mul(1_000)?)
}

/// The letter of that id; `None` where there is none, or it cannot be read as one.
pub fn read(directory: &Path, id: &str) -> Result<Option<Mail>, ExportError> {
    if !is_id(id) {
        return Ok(None);
    }
    let path = directory.join(format!("{id}.eml"));
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ExportError::file(&path)(error)),
    };
    Ok(MessageParser::default().parse(&bytes).map(|message| mail(id, &message)))
}

/// Ids become file names, so nothing but our own form is looked for.
fn is_id(id: &str) -> bool {
    id.strip_prefix("mail_").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
    })
}

fn mail(id: &str, message: &Message<'_>) -> Mail {
    Mail {
        id: id.into(),
        from: addresses(message.from()),
        to: addresses(message.to()),
        subject: message.subject().unwrap_or_default().into(),
        date: message.date().and_then(|date| Instant::from_micros(date.to_timestamp() * 1_000_000)),
        html: message.body_html(0).map(Into::into).unwrap_or_default(),
        text: message.body_text(0).map(Into::into).unwrap_or_default(),
    }
}

fn addresses(addresses: Option<&Address<'_>>) -> String {
    let written: Vec<_> = addresses
        .into_iter()
        .flat_map(|addresses| addresses.iter())
        .map(|address| match (address.name(), address.address()) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (_, address) => address.unwrap_or_default().to_owned(),
        })
        .collect();
    written.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::letter_id;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000).unwrap()
    }

    fn write(directory: &Path, seconds: i64) -> String {
        let id = letter_id(at(seconds), "x");
        let letter = "From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n\r\nx\r\n";
        std::fs::write(directory.join(format!("{id}.eml")), letter).unwrap();
        id
    }

    #[test]
    fn only_the_newest_are_listed() {
        let directory = tempfile::tempdir().unwrap();
        let ids: Vec<String> = (0..510).map(|seconds| write(directory.path(), seconds)).collect();
        let listed = list(directory.path()).unwrap();
        assert_eq!(listed.len(), MOST_LISTED);
        assert_eq!((&listed[0].id, &listed[MOST_LISTED - 1].id), (&ids[509], &ids[10]));
        assert!(read(directory.path(), &ids[0]).unwrap().is_some(), "the others are still there");
    }

    #[test]
    fn letters_are_kept_for_some_time() {
        let directory = tempfile::tempdir().unwrap();
        let day = Duration::from_secs(86_400);
        let [old, young] = [1_000_000, 1_000_001].map(|seconds| write(directory.path(), seconds));
        std::fs::write(directory.path().join("notes.txt"), "x").unwrap();
        sweep(directory.path(), at(1_086_401), day).unwrap();
        assert!(read(directory.path(), &old).unwrap().is_none());
        assert!(read(directory.path(), &young).unwrap().is_some());
        assert!(directory.path().join("notes.txt").exists());
        sweep(&directory.path().join("none"), at(1_086_401), day).unwrap();
    }
}
