//! The ends of exports as events, kept with the record of the export and the audit in one transaction.

use super::Webhooks;
use super::message::{Event, EventType};
use crate::audit::{self, Deed};
use crate::error::ExportError;
use crate::job::{KeptJob, Status};
use crate::jobs::Inner;
use crate::link::Link;
use serde_json::json;
use wayfare_model::time::Instant;
use wayfare_store::{AuditRow, ExportRow};

impl Inner {
    /// Keeps how a job ended, the messages that tell it and what the audit says of it: all or nothing, and each once.
    pub(crate) async fn save_ended(&self, kept: &KeptJob) -> Result<(), ExportError> {
        let now = (self.settings.now)();
        let _one_at_a_time = self.changing.lock().await;
        let kept = self.with_kept_links(kept).await?;
        let job = &kept.job;
        let Some(event) = event(&kept, now, |kept| self.link_to(&kept.job)) else {
            let by = self.running_as(&job.id).and_then(|running| running.stopped_by);
            let by = by.as_deref().unwrap_or(&job.requested_by);
            let audited = audit::row(now, by, Deed::ExportCancelled, &job.id, &audit::detail(job));
            return Ok(self.store.put_export_audited(&kept.row()?, &audited).await?);
        };
        let deed = match event.kind {
            EventType::ExportCompleted => Deed::ExportCompleted,
            _ => Deed::ExportFailed,
        };
        let audited = audit::row(now, &job.requested_by, deed, &job.id, &audit::detail(job));
        self.webhooks.keep_export(&kept.row()?, &audited, &event).await
    }
}

impl Webhooks {
    async fn keep_export(
        &self,
        row: &ExportRow,
        audited: &AuditRow,
        event: &Event,
    ) -> Result<(), ExportError> {
        let messages = self.messages_of(event);
        let sequences = self.0.store.put_ended_export(row, audited, &messages).await?;
        self.queue(&messages, &sequences);
        Ok(())
    }
}

/// The event that the end of a job is. That somebody stopped it is none.
pub(crate) fn event(kept: &KeptJob, now: Instant, link: impl FnOnce(&KeptJob) -> Link) -> Option<Event> {
    let job = &kept.job;
    let kind = match job.status {
        Status::Complete => EventType::ExportCompleted,
        Status::Failed => EventType::ExportFailed,
        Status::Queued | Status::Running | Status::Cancelled => return None,
    };
    let mut data = json!({
        "id": job.id,
        "kind": job.kind,
        "status": job.status.name(),
        "attempt": job.attempts,
        "format": job.format.name(),
        "filter_words": job.filter_words,
        "requested_by": job.requested_by,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "warnings": job.warnings,
    });
    if kind == EventType::ExportCompleted {
        let link = link(kept);
        data["rows"] = json!(job.rows);
        data["bytes"] = json!(job.bytes);
        data["files"] = json!(job.parts.len());
        data["position"] = json!(job.position);
        data["link"] = json!(link);
    }
    if let Some(error) = &job.error {
        data["error"] = json!(error);
    }
    let key = format!("{}/{}", job.id, job.attempts);
    Some(Event::new(kind, key, job.finished_at.unwrap_or(now), data))
}
