//! Exports: any set of profiles, events, passes through journeys or messages as files that prove themselves.
//!
//! Holds requests, the writers of each format, parts and manifests, the runner that reads a pinned snapshot and
//! checks its row count, verify, kept jobs, signed links and the e-mails that carry them. It knows no HTTP routes
//! and no SQL. Open [`request`] for what can be asked, then [`run`] for how it is done and [`jobs`] for the queue.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod attribute_table;
mod cells;
pub mod clock;
pub mod column;
mod csv;
mod error;
mod filter;
pub mod job;
pub mod jobs;
mod journeys;
mod letter;
pub mod link;
pub mod mail;
pub mod mailbox;
pub mod manifest;
mod ndjson;
mod output;
mod parquet;
pub mod part_file;
mod plan;
mod plan_events;
mod plan_journeys;
mod prepare;
pub mod progress;
mod ranked_ids;
pub mod request;
pub mod request_v1;
mod rows;
mod run;
mod selection;
pub mod source;
mod store_lake;
mod text;
mod text_writer;
mod typed_column;
mod v1_names;
pub mod verify;
mod verify_part;
mod worker;
mod writer;

pub use error::{ErrorKind, ExportError};
pub use job::{Job, Status};
pub use jobs::{Download, Exports, ListedFile, Settings};
pub use link::{Link, LinkError};
pub use mail::MailSettings;
pub use manifest::Manifest;
pub use prepare::{Prepared, prepare};
pub use progress::{Control, Progress};
pub use request::ExportRequest;
pub use run::{Task, run, run_over, write};
pub use verify::{VerifyReport, verify};
