//! Schedules and their runs: what happened to several of them at once is kept at once.

use crate::error::StoreError;
use crate::operational::{schedule_runs, schedules};
use crate::store::Store;
use sqlx::Connection;
use wayfare_model::time::Instant;

pub use crate::operational::schedule_runs::ScheduleRunRow;
pub use crate::operational::schedules::ScheduleRow;

impl Store {
    /// Adds a schedule.
    pub async fn add_schedule(&self, row: &ScheduleRow) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        schedules::add(&mut writer.connection, row).await.map_err(|error| error.told(self.data_dir()))
    }

    /// Changes a schedule to its next revision; `false` where someone else has changed it meanwhile.
    pub async fn change_schedule(&self, row: &ScheduleRow) -> Result<bool, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let changed = schedules::change(&mut writer.connection, row).await;
        changed.map_err(|error| error.told(self.data_dir()))
    }

    /// Takes a schedule away with its runs; `false` where there was none.
    pub async fn remove_schedule(&self, id: &str) -> Result<bool, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let mut transaction = writer.connection.begin().await?;
        schedule_runs::remove(&mut transaction, id).await?;
        let removed = schedules::remove(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(removed)
    }

    /// Keeps up to when due times of a schedule have become runs, and the runs that are new or changed; `false`, and
    /// nothing is kept, where there is no such schedule any more.
    pub async fn record_schedule(
        &self,
        id: &str,
        decided_until: Instant,
        runs: &[ScheduleRunRow],
    ) -> Result<bool, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let recorded = async {
            let mut transaction = writer.connection.begin().await?;
            if !schedules::decide(&mut transaction, id, decided_until).await? {
                return Ok(false);
            }
            for run in runs {
                schedule_runs::put(&mut transaction, run).await?;
            }
            transaction.commit().await?;
            Ok(true)
        };
        recorded.await.map_err(|error: StoreError| error.told(self.data_dir()))
    }

    /// The schedule of that id.
    pub async fn schedule(&self, id: &str) -> Result<Option<ScheduleRow>, StoreError> {
        schedules::get(&mut *self.0.readers.acquire().await?, id).await
    }

    /// Schedules, newest first: at most `limit`, those made before `before`.
    pub async fn schedules(
        &self,
        limit: usize,
        before: Option<(Instant, String)>,
    ) -> Result<Vec<ScheduleRow>, StoreError> {
        schedules::list(&mut *self.0.readers.acquire().await?, limit, before).await
    }

    /// The run of that id.
    pub async fn schedule_run(&self, id: &str) -> Result<Option<ScheduleRunRow>, StoreError> {
        schedule_runs::get(&mut *self.0.readers.acquire().await?, id).await
    }

    /// The runs of a schedule of which something is still to come, by due time.
    pub async fn open_schedule_runs(&self, schedule: &str) -> Result<Vec<ScheduleRunRow>, StoreError> {
        schedule_runs::open(&mut *self.0.readers.acquire().await?, schedule).await
    }

    /// The run of a schedule that was complete last.
    pub async fn last_complete_run(&self, schedule: &str) -> Result<Option<ScheduleRunRow>, StoreError> {
        schedule_runs::last_complete(&mut *self.0.readers.acquire().await?, schedule).await
    }

    /// The runs of a schedule, latest due time first: at most `limit`, those due before `before`.
    pub async fn schedule_runs(
        &self,
        schedule: &str,
        limit: usize,
        before: Option<(Instant, String)>,
    ) -> Result<Vec<ScheduleRunRow>, StoreError> {
        schedule_runs::list(&mut *self.0.readers.acquire().await?, schedule, limit, before).await
    }
}
