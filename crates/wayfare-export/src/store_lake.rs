//! A pinned snapshot of the store, as an export reads it.

use crate::error::ExportError;
use crate::positions::Window;
use crate::source::{Batches, Lake, Range, Stretch, StretchBatches};
use futures::StreamExt;
use wayfare_model::dictionary::Dictionary;
use wayfare_segment::columns::Needs;
use wayfare_segment::definition::Definition;
use wayfare_segment::library::Library;
use wayfare_store::{EventsAsked, LoadedColumns, RecordStream, RecordStretch, Snapshot};

impl Lake for Snapshot {
    type Columns = LoadedColumns;

    fn position(&self) -> u64 {
        Snapshot::position(self)
    }

    fn dictionary(&self) -> &Dictionary {
        Snapshot::dictionary(self)
    }

    async fn library(&self, definition: &Definition) -> Result<Library, ExportError> {
        Ok(Self::library(self, definition).await?)
    }

    async fn columns(&self, needs: &Needs) -> Result<LoadedColumns, ExportError> {
        Ok(Snapshot::columns(self, needs).await?)
    }

    async fn profiles(
        &self,
        attributes: &[String],
        positions: Option<Window>,
    ) -> Result<Batches, ExportError> {
        Ok(batches(self.stream_profiles(attributes, positions).await?))
    }

    async fn profile_stretches(
        &self,
        attributes: &[String],
        positions: Option<Window>,
    ) -> Result<Vec<Box<dyn Stretch>>, ExportError> {
        Ok(stretches(Snapshot::profile_stretches(self, attributes, positions).await?))
    }

    async fn event_stretches(&self, asked: EventsAsked<'_>) -> Result<Vec<Box<dyn Stretch>>, ExportError> {
        Ok(stretches(Snapshot::event_stretches(self, asked).await?))
    }

    async fn events(
        &self,
        event: &str,
        parameters: &[String],
        range: Option<Range>,
    ) -> Result<Batches, ExportError> {
        Ok(batches(self.stream_events(event, parameters, range).await?))
    }
}

fn batches(stream: RecordStream) -> Batches {
    Box::pin(stream.map(|batch| batch.map_err(ExportError::Store)))
}

fn stretches(stretches: Vec<RecordStretch>) -> Vec<Box<dyn Stretch>> {
    stretches.into_iter().map(|stretch| Box::new(stretch) as Box<dyn Stretch>).collect()
}

impl Stretch for RecordStretch {
    fn rows(&self) -> Option<u64> {
        RecordStretch::rows(self)
    }

    fn is_null(&self, column: usize) -> bool {
        RecordStretch::is_null(self, column)
    }

    fn read(&self) -> Result<StretchBatches, ExportError> {
        let batches = RecordStretch::read(self)?;
        Ok(Box::new(batches.map(|batch| batch.map_err(ExportError::Store))))
    }
}
