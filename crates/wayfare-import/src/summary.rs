//! What an import did, in numbers: a contract with whoever reads `--json`.

use crate::file::Records;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Rows of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows read: the sum of the others.
    pub read: u64,
    /// Rows kept.
    pub accepted: u64,
    /// Rows that were there already.
    pub duplicate: u64,
    /// Rows not kept; the rejects file says why.
    pub rejected: u64,
}

/// What an import did, cumulative over resumed runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Rows of profiles.
    pub profiles: Counts,
    /// Rows of events.
    pub events: Counts,
    /// Values set aside while the rest of their record was kept.
    pub values_rejected: u64,
    /// Where the reasons are; `None` where there are none.
    pub rejects_file: Option<PathBuf>,
}

impl Summary {
    /// Whether a row was rejected or a value set aside.
    pub fn has_rejects(&self) -> bool {
        self.faults() > 0
    }

    pub(crate) fn faults(&self) -> u64 {
        self.profiles.rejected + self.events.rejected + self.values_rejected
    }

    pub(crate) fn rows(&self) -> u64 {
        self.profiles.read + self.events.read
    }

    pub(crate) fn counts_mut(&mut self, records: Records) -> &mut Counts {
        match records {
            Records::Profiles => &mut self.profiles,
            Records::Events => &mut self.events,
        }
    }
}
