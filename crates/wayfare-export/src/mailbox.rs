//! The letters that became files: listed and read for the web app.

use crate::error::ExportError;
use mail_parser::{Address, Message, MessageParser};
use serde::{Deserialize, Serialize};
use std::path::Path;
use wayfare_model::time::Instant;

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

/// All letters, newest first.
pub fn list(directory: &Path) -> Result<Vec<ListedMail>, ExportError> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ExportError::file(directory)(error)),
    };
    let mut ids: Vec<_> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".eml").map(str::to_owned))
        .filter(|id| is_id(id))
        .collect();
    // Ids ascend with time.
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let mut listed = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(Mail { id, to, subject, date, .. }) = read(directory, &id)? {
            listed.push(ListedMail { id, to, subject, date });
        }
    }
    Ok(listed)
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
