//! Which files hold a person, who asked for them, who has them.

use crate::audit::Deed;
use crate::error::ExportError;
use crate::job::{KeptJob, Status};
use crate::people;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;
use wayfare_model::id::ProfileId;
use wayfare_model::time::Instant;
use wayfare_store::{AuditFilter, AuditRow, Store};

/// The most downloads of one export that are told.
const MOST_DOWNLOADS: usize = 1_000;

/// An export that has rows of a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Held {
    /// Its id.
    pub export: String,
    /// When it was complete, or asked for where that is not known.
    pub at: Instant,
    /// Who asked for it.
    pub who: String,
    /// What a row is.
    pub kind: String,
    /// Its rows, of everybody.
    pub rows: Option<u64>,
    /// Whether its files are still here.
    pub files_here: bool,
    /// Where the command line wrote it.
    pub output: Option<String>,
    /// Who had files of it sent, all of one or what is left of it, and where they were delivered to, newest first.
    pub downloads: Vec<Sent>,
}

/// A file that was sent, or all of them at once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sent {
    /// When.
    pub at: Instant,
    /// To whom.
    pub who: String,
    /// From which address it was asked for.
    pub address: Option<String>,
    /// Which file; of a delivery the folder that holds them all, or the addresses that have the link.
    pub file: Option<String>,
}

/// The complete exports that have rows of a person, newest first.
pub async fn of(store: &Store, person: ProfileId) -> Result<Vec<Held>, ExportError> {
    let data = store.data_dir().to_owned();
    let found = crate::prepare::apart(move || people::exports_with(&data, person)).await?;
    let mut held = Vec::with_capacity(found.len());
    for id in found {
        let about =
            |deed: Deed| AuditFilter { deed: Some(deed.name().into()), subject: Some(id.clone()), who: None };
        let completed = store.audit(&about(Deed::ExportCompleted), 1, None).await?.into_iter().next();
        let job = match store.export(&id).await? {
            Some(row) => Some(KeptJob::read(&row)?.job),
            None => None,
        };
        // What was never complete was never given away.
        let Some(completed) =
            completed.filter(|_| job.as_ref().is_none_or(|job| job.status == Status::Complete))
        else {
            continue;
        };
        let mut sent = store.audit(&about(Deed::FileDownloaded), MOST_DOWNLOADS, None).await?;
        let continued = store.audit(&about(Deed::FileContinued), MOST_DOWNLOADS, None).await?;
        let mut continued = never_begun(&sent, continued);
        sent.append(&mut continued);
        sent.extend(store.audit(&about(Deed::ExportDelivered), MOST_DOWNLOADS, None).await?);
        sent.sort_by_key(|row| std::cmp::Reverse(row.number));
        held.push(Held {
            kind: text(&completed, "kind").unwrap_or_default(),
            rows: detail(&completed, "rows").and_then(|rows| rows.as_u64()),
            output: text(&completed, "output"),
            files_here: job.is_some_and(|job| !job.files_gone),
            downloads: sent
                .iter()
                .map(|row| Sent {
                    at: row.at,
                    who: row.who.clone(),
                    address: text(row, "address"),
                    file: text(row, "file").or_else(|| text(row, "to")),
                })
                .collect(),
            export: id,
            at: completed.at,
            who: completed.who,
        });
    }
    held.sort_by(|a, b| (b.at, &b.export).cmp(&(a.at, &a.export)));
    Ok(held)
}

/// Downloads that went on, of files that nobody there had begun: all of a file but its first byte is as good as the file.
fn never_begun(begun: &[AuditRow], continued: Vec<AuditRow>) -> Vec<AuditRow> {
    let by = |row: &AuditRow| (row.who.clone(), text(row, "address"), text(row, "file"));
    let begun: HashSet<_> = begun.iter().map(by).collect();
    continued.into_iter().filter(|row| !begun.contains(&by(row))).collect()
}

/// What the audit says of a deed under a name.
fn detail(row: &AuditRow, name: &str) -> Option<Value> {
    serde_json::from_str::<Value>(&row.detail).ok()?.get(name).cloned()
}

fn text(row: &AuditRow, name: &str) -> Option<String> {
    Some(detail(row, name)?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit;
    use serde_json::json;

    #[test]
    fn whoever_skips_the_first_byte_has_the_file() {
        let row = |number: u64, who: &str, deed: Deed, detail: Value| {
            let at = Instant::parse("2026-09-02T07:00:00Z").unwrap();
            AuditRow { number, ..audit::row(at, who, deed, "exp_1", &detail) }
        };
        let begun = [row(1, "ann", Deed::FileDownloaded, json!({"file": "a", "address": "10.0.0.1"}))];
        let continued = [
            ("ann", "a", "10.0.0.1"),
            ("ann", "b", "10.0.0.1"),
            ("ann", "a", "10.0.0.2"),
            ("signed link", "a", "10.0.0.1"),
        ];
        let continued = continued.into_iter().zip(2..).map(|((who, file, address), number)| {
            let detail = json!({"file": file, "from_byte": 1, "address": address});
            row(number, who, Deed::FileContinued, detail)
        });
        let told = never_begun(&begun, continued.collect());
        let told: Vec<u64> = told.into_iter().map(|row| row.number).collect();
        assert_eq!(told, [3, 4, 5]);
    }
}
