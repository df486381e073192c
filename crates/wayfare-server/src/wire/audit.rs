//! The audit, and which files hold a person.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use wayfare_export::AuditRow;
use wayfare_export::lineage;

/// A page of the audit, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// What was done.
    pub entries: Vec<AuditEntry>,
    /// What leads on, where there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

/// One thing that was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its number, ascending.
    pub number: u64,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// By whom.
    pub who: String,
    /// What: `export.requested`, `export.completed`, `export.failed`, `export.cancelled`, `export.previewed`, `link.made`,
    /// `links.revoked`, `file.downloaded` (from its first byte on), `file.continued`, `export.delivered`, `key.created`,
    /// `key.changed`, `key.removed` or `key.secret_rotated`.
    pub deed: String,
    /// With what: the id of an export or an API key; empty where there is none.
    pub subject: String,
    /// More of it: what was asked for, how many rows, which file, from which address.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub detail: Box<RawValue>,
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        let detail = RawValue::from_string(row.detail).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Self {
            number: row.number,
            at: row.at.to_string(),
            who: row.who,
            deed: row.deed,
            subject: row.subject,
            detail,
        }
    }
}

/// The exports that have rows of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProfileExports {
    /// Complete ones, newest first.
    pub exports: Vec<HeldBy>,
}

/// An export that has rows of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldBy {
    /// Its id.
    pub id: String,
    /// When it was complete.
    #[schema(format = DateTime)]
    pub at: String,
    /// Who asked for it.
    pub who: String,
    /// What a row is.
    pub kind: String,
    /// Its rows, of everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rows: Option<u64>,
    /// Whether its files are still here.
    pub files_here: bool,
    /// Where the command line wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub output: Option<String>,
    /// Who had files of it sent, and where they were delivered to, newest first.
    pub downloads: Vec<SentTo>,
}

/// A file that was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct SentTo {
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// To whom.
    pub who: String,
    /// From which address it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub address: Option<String>,
    /// Which file; of a delivery the folder that holds them all, or the addresses that have the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub file: Option<String>,
}

impl From<lineage::Held> for HeldBy {
    fn from(held: lineage::Held) -> Self {
        let sent = |sent: lineage::Sent| SentTo {
            at: sent.at.to_string(),
            who: sent.who,
            address: sent.address,
            file: sent.file,
        };
        Self {
            id: held.export,
            at: held.at.to_string(),
            who: held.who,
            kind: held.kind,
            rows: held.rows,
            files_here: held.files_here,
            output: held.output,
            downloads: held.downloads.into_iter().map(sent).collect(),
        }
    }
}
