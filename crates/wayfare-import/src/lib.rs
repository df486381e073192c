//! Files of records, read row by row into the store.
//!
//! Holds the formats (NDJSON, CSV, Parquet, plain or compressed), the pipeline that reads them in bounded memory,
//! the rejects file, and the checkpoint from which a stopped import goes on. Never decides what a record means
//! (`wayfare-model` reads and checks) nor how it is kept (`wayfare-store` does).
//!
//! Open `load.rs` first: it is the import from start to summary.
//!
//! The way of a row: [`file`] looks at what was named, `prepare` opens it and reads its header, `text` and `parquet_file`
//! cut it into chunks, `read` turns a chunk into records on worker threads, `load` hands the records to the [`Sink`]
//! in file order together with the checkpoint, and `ledger` counts and writes rejects inside that same transaction.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cell;
mod checkpoint;
mod content;
mod control;
mod csv;
mod error;
pub mod file;
mod header;
mod ledger;
mod load;
mod parquet_file;
mod pipeline;
mod prepare;
mod read;
mod rejects;
mod sink;
mod stored;
mod summary;
mod table;
mod text;

pub use control::{Control, Progress};
pub use error::{ImportError, Kind};
pub use load::{End, Import, Report, Request};
pub use rejects::RejectsAt;
pub use sink::Sink;
pub use summary::{Counts, Summary};
