//! What an export reads: one pinned state of the data, as streams in a fixed order.

use crate::error::ExportError;
use crate::positions::Window;
use arrow::record_batch::RecordBatch;
use futures::Stream;
use std::pin::Pin;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::time::Instant;
use wayfare_segment::columns::{Columns, Needs};
use wayfare_segment::definition::Definition;
use wayfare_segment::library::Library;
use wayfare_store::EventsAsked;

/// Rows in a fixed order, as batches.
pub type Batches = Pin<Box<dyn Stream<Item = Result<RecordBatch, ExportError>> + Send>>;

/// Batches of one stretch.
pub type StretchBatches = Box<dyn Iterator<Item = Result<RecordBatch, ExportError>> + Send>;

/// Rows in a fixed place of an order, which any thread may read, and again.
pub trait Stretch: Send + Sync {
    /// How many rows it gives, where that is known before it is read.
    fn rows(&self) -> Option<u64>;

    /// Whether a column is known to be null throughout.
    fn is_null(&self, column: usize) -> bool;

    /// Reads its rows.
    fn read(&self) -> Result<StretchBatches, ExportError>;
}

/// A half-open range of event times.
pub type Range = (Instant, Instant);

/// How many columns stand before the parameters in a batch of events: event_id, timestamp, profile_id, position.
pub const EVENT_BASE: usize = 4;

/// One state of the data that does not move while an export reads it.
pub trait Lake: Sync {
    /// What segments are evaluated over.
    type Columns: Columns + Send + 'static;

    /// One past the last commit position it sees.
    fn position(&self) -> u64;

    /// Which names exist.
    fn dictionary(&self) -> &Dictionary;

    /// What a definition refers to.
    fn library(&self, definition: &Definition) -> impl Future<Output = Result<Library, ExportError>> + Send;

    /// Loads what a definition reads.
    fn columns(&self, needs: &Needs) -> impl Future<Output = Result<Self::Columns, ExportError>> + Send;

    /// All live profiles by ascending id: `profile_id`, then attributes or identifiers in the order asked for, then the
    /// position of the newest state. With positions, only states within count.
    fn profiles(
        &self,
        attributes: &[String],
        positions: Option<Window>,
    ) -> impl Future<Output = Result<Batches, ExportError>> + Send;

    /// The states of profiles in a fixed order: columns as [`profiles`](Self::profiles) has them. A profile may have several,
    /// of which the one at the highest position counts.
    fn profile_stretches(
        &self,
        attributes: &[String],
        positions: Option<Window>,
    ) -> impl Future<Output = Result<Vec<Box<dyn Stretch>>, ExportError>> + Send;

    /// The occurrences of an event in a fixed order, the same whichever parameters are asked for: columns as
    /// [`events`](Self::events) has them, and last what the source called its user, where that is asked for.
    fn event_stretches(
        &self,
        asked: EventsAsked<'_>,
    ) -> impl Future<Output = Result<Vec<Box<dyn Stretch>>, ExportError>> + Send;

    /// The occurrences of an event: `event_id`, `timestamp`, `profile_id`, `position`, then parameters in the
    /// order asked for.
    fn events(
        &self,
        event: &str,
        parameters: &[String],
        range: Option<Range>,
    ) -> impl Future<Output = Result<Batches, ExportError>> + Send;
}
