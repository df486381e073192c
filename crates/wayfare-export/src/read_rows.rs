//! Where the rows of an export are read: stretch by stretch, or as one stream where only sorting brings them in order.

use crate::error::ExportError;
use crate::journeys::JOURNEY_PROFILE;
use crate::plan::PlannedRows;
use crate::prepare::{CountedRows, Prepared};
use crate::selection::{EVENT_PROFILE, select_events, select_profiles};
use crate::source::{Batches, Lake, Stretch};
use arrow::record_batch::RecordBatch;
use futures::StreamExt;

/// The rows of an export.
pub enum Rows {
    /// Rows that several threads may read.
    Placed(Vec<Placed>),
    /// Rows that come one after the other.
    Stream(Batches),
}

impl Rows {
    /// Gives the batches to `see` one after the other, with the layout of each, until it has seen enough. Blocks: for a
    /// thread that may.
    pub fn each(
        self,
        mut see: impl FnMut(usize, RecordBatch) -> Result<bool, ExportError>,
    ) -> Result<(), ExportError> {
        match self {
            Self::Placed(placed) => {
                for placed in placed {
                    for batch in placed.stretch.read()? {
                        if !see(placed.layout, batch?)? {
                            return Ok(());
                        }
                    }
                }
            }
            Self::Stream(stream) => {
                for batch in (Blocking { stream, runtime: tokio::runtime::Handle::current() }) {
                    if !see(0, batch?)? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}

/// A stream, read by a thread that may block.
pub struct Blocking {
    /// What is read.
    pub stream: Batches,
    /// Where it is driven.
    pub runtime: tokio::runtime::Handle,
}

impl Iterator for Blocking {
    type Item = Result<RecordBatch, ExportError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.runtime.block_on(self.stream.next())
    }
}

/// A stretch and its place among the rows of the export.
pub struct Placed {
    /// Which layout its rows have.
    pub layout: usize,
    /// How many rows of the export come before it.
    pub before: u64,
    /// How many of its rows are in.
    pub rows: u64,
    /// What it reads.
    pub stretch: Box<dyn Stretch>,
}

/// Opens the rows of a prepared export.
pub async fn open<L: Lake>(lake: &L, prepared: &Prepared) -> Result<Rows, ExportError> {
    match (&prepared.plan.rows, &prepared.counted) {
        (PlannedRows::Profiles { attributes, .. }, CountedRows::Placed(counted)) => {
            let stretches = lake.profile_stretches(attributes, prepared.positions).await?;
            let mut placed = Vec::with_capacity(stretches.len());
            place(&mut placed, 0, stretches, counted.first())?;
            Ok(Rows::Placed(placed))
        }
        (PlannedRows::Profiles { attributes, .. }, CountedRows::Stream) => {
            Ok(Rows::Stream(lake.profiles(attributes, prepared.positions).await?))
        }
        (PlannedRows::Events { events, range, .. }, CountedRows::Placed(counted)) => {
            let mut placed = Vec::new();
            for (index, event) in events.iter().enumerate().take(counted.len()) {
                let stretches =
                    lake.event_stretches(event.asked(&event.parameters, *range, prepared.positions)).await?;
                place(&mut placed, index, stretches, counted.get(index))?;
            }
            Ok(Rows::Placed(placed))
        }
        (PlannedRows::Journeys { .. }, _) => match &prepared.gathered {
            Some(gathered) => Ok(Rows::Stream(gathered.batches())),
            None => Err(ExportError::Worker("journey events were not gathered".into())),
        },
        (PlannedRows::Events { .. }, CountedRows::Stream) => {
            Err(ExportError::Worker("events are counted by stretch".into()))
        }
    }
}

fn place(
    placed: &mut Vec<Placed>,
    layout: usize,
    stretches: Vec<Box<dyn Stretch>>,
    counted: Option<&Vec<u64>>,
) -> Result<(), ExportError> {
    let counted = counted.map_or(&[][..], Vec::as_slice);
    if counted.len() != stretches.len() {
        return Err(ExportError::Worker("the lake changed between counting and reading".into()));
    }
    let mut before = placed.last().map_or(0, |last| last.before + last.rows);
    for (stretch, &rows) in stretches.into_iter().zip(counted) {
        if rows > 0 {
            placed.push(Placed { layout, before, rows, stretch });
            before += rows;
        }
    }
    Ok(())
}

/// The rows of a batch that are in.
pub fn select(prepared: &Prepared, layout: usize, batch: RecordBatch) -> Result<RecordBatch, ExportError> {
    let members = prepared.members.as_deref();
    match (&prepared.plan.rows, members) {
        (PlannedRows::Profiles { .. }, Some(members)) => Ok(select_profiles(batch, members)?.batch),
        // Journey events were gathered of members alone.
        (PlannedRows::Profiles { .. }, None) | (PlannedRows::Journeys { .. }, _) => Ok(batch),
        (PlannedRows::Events { events, .. }, _) => match events.get(layout) {
            Some(event) => Ok(select_events(batch, event, members)?.batch),
            None => Err(ExportError::Worker(format!("there is no layout {layout}"))),
        },
    }
}

/// Where batches have the profile of a row.
pub fn profile_column(rows: &PlannedRows) -> usize {
    match rows {
        PlannedRows::Profiles { .. } => 0,
        PlannedRows::Events { .. } => EVENT_PROFILE,
        PlannedRows::Journeys { .. } => JOURNEY_PROFILE,
    }
}
