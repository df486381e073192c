//! Exports: any set of profiles or events as files that prove themselves.
//!
//! Holds requests, the writers of each format, parts and manifests, the runner that reads a pinned snapshot and
//! checks its row count, verify, kept jobs, signed links and the e-mails that carry them. It knows no HTTP routes
//! and no SQL. Open [`request`] for what can be asked, then [`run`] for how it is done and [`jobs`] for the queue.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod arrow_file;
mod attribute_table;
mod cell_form;
mod cells;
mod chosen_columns;
pub mod clock;
pub mod column;
mod compress;
mod computed;
mod count;
mod csv;
mod daily_limit;
pub mod data_dictionary;
mod described;
mod error;
mod events_query;
mod filter;
pub mod form;
pub mod hook;
mod hook_sender;
pub mod job;
pub mod jobs;
mod letter;
pub mod link;
pub mod mail;
pub mod mailbox;
pub mod manifest;
pub mod metadata;
mod ndjson;
pub mod note;
mod ordered;
pub mod outbound;
mod output;
mod parquet;
pub mod part_file;
mod plan;
mod plan_events;
mod prepare;
pub mod progress;
mod published;
mod ranked_ids;
pub mod raw_request;
mod read_rows;
pub mod request;
pub mod request_v1;
pub mod request_v2;
mod rows;
mod run;
mod selection;
pub mod source;
mod standard_names;
mod store_lake;
mod tables;
mod text;
mod text_rows;
mod text_writer;
mod times;
mod typed_column;
mod v1_names;
mod v2_names;
mod values;
pub mod verify;
mod verify_arrow;
mod verify_part;
mod verify_xlsx;
mod vertical;
mod worker;
mod write_rows;
mod writer;
mod xlsx;
mod xlsx_sheet;
mod zip;

pub use error::{ErrorKind, ExportError};
pub use hook::{HookState, HookStatus};
pub use job::{Job, Status};
pub use jobs::{Download, Exports, ListedFile, Settings};
pub use link::{Link, LinkError};
pub use mail::MailSettings;
pub use manifest::Manifest;
pub use outbound::Outbound;
pub use prepare::{Prepared, prepare};
pub use progress::{Control, Progress};
pub use published::{job_of, jobs_of};
pub use raw_request::RawRequest;
pub use request::ExportRequest;
pub use run::{Task, run, run_over, write};
pub use verify::{VerifyReport, verify};
