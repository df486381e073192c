//! Watches are made, changed, looked after and taken away. Whoever can count segments looks: see
//! [`Webhooks::watches_due`].

use super::Webhooks;
use super::watch::{LONGEST_MINUTES, SHORTEST_MINUTES, Side, Watch, WatchForm};
use crate::error::ExportError;
use std::sync::PoisonError;
use wayfare_store::WebhookWatchRow;

/// The most watches there may be.
const MOST_WATCHES: usize = 1_000;

impl Webhooks {
    /// Makes a watch; whether there is the segment is known by now.
    pub async fn create_watch(&self, form: WatchForm, created_by: &str) -> Result<Watch, ExportError> {
        check(&form)?;
        let _one_at_a_time = self.0.changing.lock().await;
        if self.watches().len() >= MOST_WATCHES {
            return Err(ExportError::refused(
                "",
                format!("there may be {MOST_WATCHES} watches; take some away first"),
            ));
        }
        let watch = Watch::new(form, created_by, (self.0.now)());
        self.0.store.add_webhook_watch(&row(&watch)?).await?;
        self.show(watch.clone());
        Ok(watch)
    }

    /// The watches, in the order in which they were made.
    pub fn watches(&self) -> Vec<Watch> {
        self.0.watches.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// One of them.
    pub fn watch(&self, id: &str) -> Result<Watch, ExportError> {
        let watches = self.0.watches.read().unwrap_or_else(PoisonError::into_inner);
        watches.get(id).cloned().ok_or_else(|| ExportError::NoSuch { what: "watch", id: id.into() })
    }

    /// Watches for something else from now on.
    pub async fn change_watch(&self, id: &str, form: WatchForm) -> Result<Watch, ExportError> {
        check(&form)?;
        let _one_at_a_time = self.0.changing.lock().await;
        let watch = self.watch(id)?.changed(form);
        self.0.store.put_webhook_watch(&row(&watch)?, &[]).await?;
        self.show(watch.clone());
        Ok(watch)
    }

    /// Takes a watch away.
    pub async fn remove_watch(&self, id: &str) -> Result<(), ExportError> {
        let _one_at_a_time = self.0.changing.lock().await;
        self.watch(id)?;
        self.0.store.remove_webhook_watch(id).await?;
        self.0.watches.write().unwrap_or_else(PoisonError::into_inner).remove(id);
        Ok(())
    }

    /// The watches that are to be looked after now.
    pub fn watches_due(&self) -> Vec<Watch> {
        let now = (self.0.now)();
        self.watches().into_iter().filter(|watch| watch.due_at() <= now).collect()
    }

    /// Keeps what was counted for a watch, and tells of a crossing: both or neither. What was counted for something that
    /// is watched for no longer is passed over.
    pub async fn looked(&self, watch: &Watch, count: Result<u64, String>) -> Result<(), ExportError> {
        let _one_at_a_time = self.0.changing.lock().await;
        match self.watch(&watch.id) {
            Ok(now) if now.form == watch.form => {}
            _ => return Ok(()),
        }
        let (watch, event) = self.watch(&watch.id)?.looked(count, (self.0.now)());
        let messages = event.map(|event| self.messages_of(&event)).unwrap_or_default();
        if let Some(sequences) = self.0.store.put_webhook_watch(&row(&watch)?, &messages).await? {
            self.show(watch);
            self.queue(&messages, &sequences);
        }
        Ok(())
    }

    fn show(&self, watch: Watch) {
        self.0.watches.write().unwrap_or_else(PoisonError::into_inner).insert(watch.id.clone(), watch);
    }
}

fn row(watch: &Watch) -> Result<WebhookWatchRow, ExportError> {
    Ok(WebhookWatchRow { id: watch.id.clone(), watch: serde_json::to_string(watch)? })
}

fn check(form: &WatchForm) -> Result<(), ExportError> {
    // Such a watch would be silent for ever.
    let silent = match (form.side, form.threshold) {
        (Side::Below, 0) => Some("must be at least 1: no count lies below 0"),
        (Side::Above, u64::MAX) => Some("is more than any count"),
        _ => None,
    };
    if let Some(why) = silent {
        return Err(ExportError::refused(form.side.name(), why));
    }
    match form.every_minutes {
        SHORTEST_MINUTES..=LONGEST_MINUTES => Ok(()),
        _ => Err(ExportError::refused(
            "every_minutes",
            format!("must lie between {SHORTEST_MINUTES} and {LONGEST_MINUTES}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_never_tell_is_refused() {
        let told = |side, threshold, every_minutes| {
            let form = WatchForm { segment: "seg_1".into(), side, threshold, every_minutes };
            check(&form).map_err(|error| error.to_string()).err().unwrap_or_default()
        };
        assert_eq!(told(Side::Below, 0, 5), "below: must be at least 1: no count lies below 0");
        assert_eq!(told(Side::Above, u64::MAX, 5), "above: is more than any count");
        assert_eq!(told(Side::Above, 0, 4), "every_minutes: must lie between 5 and 10080");
        for (side, threshold) in [(Side::Below, 1), (Side::Above, 0), (Side::Above, u64::MAX - 1)] {
            assert_eq!(told(side, threshold, 5), "");
        }
    }
}
