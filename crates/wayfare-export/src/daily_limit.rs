//! How many raw exports a key may ask for in a day of UTC. What was refused or failed is free.

use crate::error::ExportError;
use crate::job::{KeptJob, Status};
use crate::request::Surface;
use std::time::Duration;
use wayfare_model::time::Instant;
use wayfare_store::{ExportRow, Store};

const DAY: i64 = 86_400 * 1_000_000;
const PAGE: usize = 200;

/// Refuses one more where `limit` are there; 0 is no limit.
pub(crate) async fn check(
    store: &Store,
    limit: u32,
    requested_by: &str,
    now: Instant,
) -> Result<(), ExportError> {
    if limit == 0 {
        return Ok(());
    }
    let (start, left) = day(now);
    let (mut counted, mut before) = (0, None);
    loop {
        let rows = store.exports(PAGE, before.take()).await?;
        let today = rows.iter().take_while(|row| row.created_at.micros() >= start);
        let today = today.map(KeptJob::read).collect::<Result<Vec<_>, _>>()?;
        let counts = |kept: &&KeptJob| {
            kept.surface != Surface::Native
                && kept.job.status != Status::Failed
                && kept.job.requested_by == requested_by
        };
        counted += today.iter().filter(counts).count();
        if counted >= limit as usize {
            return Err(ExportError::TooMany { limit, retry_after: left });
        }
        let last = rows.last().map(|row: &ExportRow| (row.created_at, row.id.clone()));
        match last {
            Some(last) if today.len() == PAGE => before = Some(last),
            _ => return Ok(()),
        }
    }
}

/// When the day of an instant began, and how long it still lasts, in whole seconds.
fn day(now: Instant) -> (i64, Duration) {
    let start = now.micros() - now.micros().rem_euclid(DAY);
    let left = u64::try_from(start + DAY - now.micros()).unwrap_or_default();
    (start, Duration::from_secs(left.div_ceil(1_000_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_utc() {
        let at = |text: &str| Instant::parse(text).unwrap();
        let check = |now: &str, seconds: u64| {
            assert_eq!(
                day(at(now)),
                (at("2026-09-02T00:00:00Z").micros(), Duration::from_secs(seconds)),
                "{now}"
            );
        };
        check("2026-09-02T00:00:00Z", 86_400);
        check("2026-09-02T23:59:59Z", 1);
        check("2026-09-02T23:59:59.5Z", 1);
        check("2026-09-02T01:30:00+01:00", 84_600);
    }
}
