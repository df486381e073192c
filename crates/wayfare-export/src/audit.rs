//! What was done with exports and API keys, by whom: kept with the deed itself, or the deed is not done.

use crate::error::ExportError;
use crate::job::Job;
use crate::jobs::Exports;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wayfare_model::time::Instant;
use wayfare_store::{AuditFilter, AuditRow, Store};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// An export was asked for.
    #[serde(rename = "export.requested")]
    ExportRequested,
    /// Its files were complete.
    #[serde(rename = "export.completed")]
    ExportCompleted,
    /// It failed.
    #[serde(rename = "export.failed")]
    ExportFailed,
    /// Somebody stopped it.
    #[serde(rename = "export.cancelled")]
    ExportCancelled,
    /// Rows of an export were looked at before it was asked for.
    #[serde(rename = "export.previewed")]
    ExportPreviewed,
    /// A link to its files was given out.
    #[serde(rename = "link.made")]
    LinkMade,
    /// All links to its files were taken back.
    #[serde(rename = "links.revoked")]
    LinksRevoked,
    /// A file was sent, from its first byte on.
    #[serde(rename = "file.downloaded")]
    FileDownloaded,
    /// More of a file was sent: a download that went on where it had broken off.
    #[serde(rename = "file.continued")]
    FileContinued,
    /// All files of an export reached a destination, or a letter or message with a link to them did; or some of them, before
    /// it was given up.
    #[serde(rename = "export.delivered")]
    ExportDelivered,
    /// An API key was made.
    #[serde(rename = "key.created")]
    KeyCreated,
    /// Its name, its policy or whether it is disabled was changed.
    #[serde(rename = "key.changed")]
    KeyChanged,
    /// It was taken away.
    #[serde(rename = "key.removed")]
    KeyRemoved,
    /// It got a new secret.
    #[serde(rename = "key.secret_rotated")]
    KeySecretRotated,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::ExportRequested,
        Self::ExportCompleted,
        Self::ExportFailed,
        Self::ExportCancelled,
        Self::ExportPreviewed,
        Self::LinkMade,
        Self::LinksRevoked,
        Self::FileDownloaded,
        Self::FileContinued,
        Self::ExportDelivered,
        Self::KeyCreated,
        Self::KeyChanged,
        Self::KeyRemoved,
        Self::KeySecretRotated,
    ];

    /// The name used in the store and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExportRequested => "export.requested",
            Self::ExportCompleted => "export.completed",
            Self::ExportFailed => "export.failed",
            Self::ExportCancelled => "export.cancelled",
            Self::ExportPreviewed => "export.previewed",
            Self::LinkMade => "link.made",
            Self::LinksRevoked => "links.revoked",
            Self::FileDownloaded => "file.downloaded",
            Self::FileContinued => "file.continued",
            Self::ExportDelivered => "export.delivered",
            Self::KeyCreated => "key.created",
            Self::KeyChanged => "key.changed",
            Self::KeyRemoved => "key.removed",
            Self::KeySecretRotated => "key.secret_rotated",
        }
    }
}

/// Who had a file sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// `signed link`, or who showed a right of their own.
    pub who: String,
    /// The address that the request came from, where it is known.
    pub address: Option<String>,
}

/// A row of the audit.
pub(crate) fn row(at: Instant, who: &str, deed: Deed, subject: &str, detail: &Value) -> AuditRow {
    AuditRow {
        number: 0,
        at,
        who: who.into(),
        deed: deed.name().into(),
        subject: subject.into(),
        detail: detail.to_string(),
    }
}

/// What the audit says of a job beside who and when.
pub(crate) fn detail(job: &Job) -> Value {
    let mut detail = json!({"kind": job.kind, "format": job.format, "filter": job.filter_words});
    if let Some(rows) = job.rows {
        detail["rows"] = json!(rows);
    }
    if let Some(error) = &job.error {
        detail["error"] = json!(error);
    }
    if let Some(email) = &job.email {
        detail["email"] = json!(email);
    }
    detail
}

/// Records an export that the command line wrote.
pub async fn written(
    store: &Store,
    who: &str,
    at: Instant,
    manifest: &crate::manifest::Manifest,
    output: &std::path::Path,
) -> Result<(), ExportError> {
    let filter = manifest.filter.as_ref().map_or("everyone", |filter| &filter.words);
    let detail = json!({
        "kind": manifest.kind, "format": manifest.options.format, "filter": filter, "rows": manifest.rows,
        "output": output.display().to_string(),
    });
    Ok(store.add_audit(&row(at, who, Deed::ExportCompleted, &manifest.id, &detail)).await?)
}

impl Exports {
    /// What was done, newest first: at most `limit`, only what has a number below `before`.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        limit: usize,
        before: Option<u64>,
    ) -> Result<Vec<AuditRow>, ExportError> {
        Ok(self.0.store.audit(filter, limit, before).await?)
    }

    /// Records that a file is sent, before its first byte is: what cannot be recorded is not sent. `first` is the first byte
    /// of what is sent.
    pub async fn sending(&self, id: &str, file: &str, first: u64, to: &Receiver) -> Result<(), ExportError> {
        let deed = if first == 0 { Deed::FileDownloaded } else { Deed::FileContinued };
        let mut detail = json!({"file": file});
        if first > 0 {
            detail["from_byte"] = json!(first);
        }
        if let Some(address) = &to.address {
            detail["address"] = json!(address);
        }
        let row = row((self.0.settings.now)(), &to.who, deed, id, &detail);
        Ok(self.0.store.add_audit(&row).await?)
    }

    /// Records that somebody looked at rows.
    pub(crate) async fn looked(&self, who: &str, kind: &str, rows: u64) -> Result<(), ExportError> {
        let detail = json!({"kind": kind, "rows": rows});
        let row = row((self.0.settings.now)(), who, Deed::ExportPreviewed, "", &detail);
        Ok(self.0.store.add_audit(&row).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_are_kept() {
        for deed in Deed::ALL {
            assert_eq!(serde_json::to_value(deed).unwrap(), deed.name());
        }
    }
}
