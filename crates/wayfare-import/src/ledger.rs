//! Counts what became of the rows, writes down those that were not kept, and says how far the import is.
//!
//! A batch is settled inside the transaction that keeps its records: counts, rejects and place move together or not
//! at all. The rejects file is synced before the checkpoint that counts on it; what a broken run wrote beyond is
//! cut off when the next one starts.

use crate::checkpoint::{Place, State};
use crate::error::ImportError;
use crate::file::Records;
use crate::read::{Batch, Row, Shown};
use crate::rejects::{Reject, RejectsFile};
use crate::summary::Summary;
use std::io::Write;
use wayfare_model::record::SetAside;
use wayfare_store::{Outcome, Status};

/// Rows of one file that were read, on their way into the store.
pub(crate) struct Delivery {
    /// Which of the files.
    pub file: usize,
    /// Its name, for the rejects file.
    pub name: String,
    /// What its rows are.
    pub records: Records,
    /// The rows.
    pub batch: Batch,
    /// The place behind them.
    pub place: Place,
    /// Stored bytes up to there, of all files.
    pub bytes: u64,
    /// The hash of the file's content, where it was needed.
    pub content: Option<String>,
}

/// The books of one import.
pub(crate) struct Ledger {
    settled: State,
    unconfirmed: Option<State>,
    rejects: RejectsFile,
    failure: Option<ImportError>,
}

impl Ledger {
    /// Goes on from a state that the store keeps.
    pub fn new(state: State) -> Result<Self, ImportError> {
        let rejects = RejectsFile::new(&state.rejects, state.rejects_length)?;
        Ok(Self { settled: state, unconfirmed: None, rejects, failure: None })
    }

    /// What is done for certain.
    pub fn summary(&self) -> &Summary {
        &self.settled.summary
    }

    /// Where the import goes on.
    pub fn state(&self) -> &State {
        &self.settled
    }

    /// Settles a batch by its outcomes; the text of the checkpoint to keep with it. Where the rejects cannot be
    /// written there is none, and nothing of the batch is kept.
    pub fn settle(&mut self, delivery: &Delivery, outcomes: &[Outcome]) -> Option<String> {
        let mut state = self.settled.clone();
        match self.write(delivery, outcomes, &mut state.summary) {
            Ok(()) => {
                state.file = delivery.file;
                state.place = delivery.place;
                state.bytes = delivery.bytes;
                state.content = delivery.content.clone();
                state.rejects_length = self.rejects.length();
                if self.rejects.length() > 0 {
                    state.summary.rejects_file = Some(self.rejects.path().to_owned());
                }
                let json = state.to_json();
                self.unconfirmed = Some(state);
                Some(json)
            }
            Err(failure) => {
                self.failure = Some(failure);
                None
            }
        }
    }

    /// Learns whether the store keeps what was settled last; gives the cause where it does not.
    pub fn confirm(&mut self, kept: Result<(), ImportError>) -> Result<(), ImportError> {
        let settled = self.unconfirmed.take();
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        kept?;
        if let Some(state) = settled {
            self.settled = state;
        }
        Ok(())
    }

    fn write(
        &mut self,
        delivery: &Delivery,
        outcomes: &[Outcome],
        summary: &mut Summary,
    ) -> Result<(), ImportError> {
        let mut outcomes = outcomes.iter();
        let mut values = 0;
        let counts = summary.counts_mut(delivery.records);
        self.rejects.append(|out| {
            for row in &delivery.batch.rows {
                counts.read += 1;
                let aside = match &row.read {
                    Err(rejection) => {
                        counts.rejected += 1;
                        note(out, delivery, row, [&*rejection.0])?;
                        continue;
                    }
                    Ok(aside) => aside,
                };
                match outcomes.next() {
                    Some(Outcome { status: Status::Accepted, set_aside, .. }) => {
                        counts.accepted += 1;
                        values += (aside.len() + set_aside.len()) as u64;
                        let reasons = aside.iter().chain(set_aside).map(SetAside::to_string);
                        note(out, delivery, row, reasons)?;
                    }
                    // Its values are those of a record that counted before.
                    Some(Outcome { status: Status::Duplicate, .. }) => counts.duplicate += 1,
                    Some(Outcome { status: Status::Rejected, reason, .. }) => {
                        counts.rejected += 1;
                        note(out, delivery, row, [reason.as_deref().unwrap_or("was not taken")])?;
                    }
                    None => {
                        counts.rejected += 1;
                        note(out, delivery, row, ["was not answered for"])?;
                    }
                }
            }
            Ok(())
        })?;
        summary.values_rejected += values;
        Ok(())
    }
}

/// Writes down why a row or values of it were not kept. A row with many such values is shown once as far as rows
/// are shown, then only its start, or one row could fill the disk.
fn note<R: AsRef<str>>(
    out: &mut dyn Write,
    delivery: &Delivery,
    row: &Row,
    reasons: impl IntoIterator<Item = R>,
) -> std::io::Result<()> {
    let mut shown: Option<Shown> = None;
    for reason in reasons {
        let show = match &shown {
            None => delivery.batch.show(row),
            Some(shown) => shown.start(),
        };
        let reject = Reject::new(&delivery.name, row.line, reason.as_ref(), &show);
        serde_json::to_writer(&mut *out, &reject)?;
        out.write_all(b"\n")?;
        shown = Some(show);
    }
    Ok(())
}
