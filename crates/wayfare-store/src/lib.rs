//! The store: what was acknowledged, and every way to read it.
//!
//! Holds the operational database (`wayfare.db`), the inbox with its commit positions, the flush into the lake
//! (`lake.db` and `lake/`), snapshots that name the position they see, the columns that segments are evaluated
//! over, and the runs of event ids that make a repeated event count once. It knows no HTTP and no export format;
//! SQL stands nowhere else. Open [`store`] first, then [`accept`] for the way in and [`snapshot`] for the way out.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod accept;
mod api_keys;
mod data_dir;
mod destinations;
mod error;
mod firsts;
mod ids;
mod inbox;
mod index;
mod journeys;
mod lake;
mod library;
mod operational;
mod pages;
mod pins;
mod profiles;
mod profiles_stream;
mod record_stretches;
mod reference_rows;
mod schedules;
pub mod snapshot;
pub mod store;
mod tail;
mod values;
mod webhooks;

pub use accept::{AcceptBatch, Accepted, Checkpoint, Outcome, Status};
pub use api_keys::ApiKeyRow;
pub use destinations::DestinationRow;
pub use error::StoreError;
pub use index::LoadedColumns;
pub use journeys::{ChannelSummary, JourneySummary};
pub use lake::stretches::Window;
pub use library::{ListRow, SegmentRow};
pub use operational::audit::{AuditFilter, AuditRow};
pub use operational::export_jobs::ExportRow;
pub use operational::webhook_endpoints::WebhookEndpointRow;
pub use operational::webhook_messages::{
    WebhookMessageRow, WebhookMessageState, WebhookMessagesAsked, WebhookStateCount,
};
pub use operational::webhook_watches::WebhookWatchRow;
pub use pages::{IdentifierKind, ProfileEvent};
pub use profiles::ProfileState;
pub use record_stretches::{EventsAsked, RecordStretch, StretchBatches};
pub use schedules::{ScheduleRow, ScheduleRunRow};
pub use snapshot::{Held, RecordStream, Snapshot};
pub use store::{Access, FlushReport, OpenOptions, Store};
