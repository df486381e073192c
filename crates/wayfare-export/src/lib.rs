//! Exports: any set of profiles or events as files that prove themselves.
//!
//! Holds requests, the writers of each format, parts and manifests, the runner that reads a pinned snapshot and
//! checks its row count, verify, kept jobs, signed links and the e-mails that carry them. It knows no HTTP routes
//! and no SQL. Open [`request`] for what can be asked, then [`run`] for how it is done and [`jobs`] for the queue.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod activity;
mod attribute_table;
mod cells;
mod checks;
pub mod clock;
pub mod column;
mod csv;
mod error;
mod filter;
pub mod job;
pub mod jobs;
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
mod prepare;
mod preview;
pub mod progress;
mod queue;
mod ranked_ids;
pub mod request;
pub mod request_v1;
mod retry;
mod row_sum;
mod rows;
mod run;
mod selection;
pub mod signing;
pub mod source;
mod store_lake;
mod sweep;
mod text;
mod text_writer;
mod typed_column;
mod v1_names;
pub mod verify;
pub mod verify_against;
mod verify_part;
pub mod warnings;
mod worker;
mod writer;

pub use error::{ErrorKind, ExportError};
pub use job::{Job, Status};
pub use jobs::{Download, Exports, ListedFile, Settings};
pub use link::{Link, LinkError};
pub use mail::MailSettings;
pub use manifest::Manifest;
pub use prepare::{Prepared, prepare};
pub use preview::Preview;
pub use progress::{Control, Progress};
pub use request::ExportRequest;
pub use run::{Task, run, run_over, run_signed, write};
pub use signing::{PublicKey, SigningKey};
pub use verify::{Check, ExportReport, VerifyReport, verify, verify_with};
pub use verify_against::{AgainstReport, verify_against};
