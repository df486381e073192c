//! What an API key may see: a policy says by column what is left out and what is made less exact.
//!
//! [`rule`] is the form that people write, [`verdict`] says which rule a column falls under, [`apply`] puts that into a
//! plan, [`cells`] does it to the cells of rows, all in one place for every format and the preview. [`group`] and
//! [`least_people`] count before anything is written, and [`asked`] refuses questions that would tell what no file shows.

pub(crate) mod apply;
pub(crate) mod asked;
pub(crate) mod cells;
mod coarsen;
mod group;
mod hash;
mod journey_columns;
mod least_people;
mod mask;
pub mod rule;
pub(crate) mod told;
mod verdict;

pub use hash::HashKey;
pub use least_people::refusal as too_few;
pub use rule::{Action, Coarsening, Otherwise, Period, Policy, Rule};
pub use told::{AppliedColumn, ManifestPolicy};

use crate::error::ExportError;
use crate::prepare::Prepared;
use crate::progress::Control;
use crate::source::Lake;
use apply::Treatment;
use cells::CellTreatment;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// The policy of an API key as an export has it: it stays as it was when the export was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AppliedPolicy {
    /// `key_…`
    pub key: String,
    /// What people call that key.
    pub name: String,
    /// What it may see.
    #[serde(flatten)]
    pub policy: Policy,
    /// Under what hashed columns are hashed; whoever runs the export looks it up, and it is kept nowhere else.
    #[serde(skip)]
    hash_key: Option<HashKey>,
}

/// The same where the same is shown; a key of hashes never changes.
impl PartialEq for AppliedPolicy {
    fn eq(&self, other: &Self) -> bool {
        (&self.key, &self.name, &self.policy) == (&other.key, &other.name, &other.policy)
    }
}

impl AppliedPolicy {
    /// The policy of a key of that id and name.
    pub fn new(key: impl Into<String>, name: impl Into<String>, policy: Policy) -> Self {
        Self { key: key.into(), name: name.into(), policy, hash_key: None }
    }

    /// The same with the key of its hashes.
    pub fn with_hash_key(self, hash_key: HashKey) -> Self {
        Self { hash_key: Some(hash_key), ..self }
    }

    /// Holds rows that were counted against the policy: refuses those of too few people, and gets ready what is done to
    /// their cells.
    pub(crate) async fn hold<L: Lake>(
        &self,
        lake: &L,
        prepared: Prepared,
        scratch: &Path,
        control: &Control,
    ) -> Result<Prepared, ExportError> {
        if let Some(least) = self.policy.minimum_group {
            least_people::check(lake, &prepared, least, control).await?;
        }
        let prepared = Arc::new(prepared);
        let frequent = group::frequent(lake, &prepared, scratch, control).await?;
        let ready = |treatments: &Vec<Option<Treatment>>| {
            let cells = treatments.iter().zip(&frequent).map(|(treatment, frequent)| match treatment {
                Some(treatment) => {
                    CellTreatment::new(*treatment, self.hash_key.as_ref(), frequent.clone())
                }
                None => Ok(None),
            });
            cells.collect::<Result<Vec<_>, ExportError>>()
        };
        let treatments = prepared.plan.treatments.layouts.iter().map(ready).collect::<Result<_, _>>()?;
        Ok(Prepared { treatments, ..Arc::unwrap_or_clone(prepared) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_and_its_key_is_told_nowhere() {
        let policy = r#"{"rules":[{"column":"email","do":"hash"}],"minimum_group":5}"#;
        let policy = Policy::read(serde_json::from_str(policy).unwrap()).unwrap();
        let applied = AppliedPolicy::new("key_1", "Partner", policy).with_hash_key(HashKey::of(&[7; 32]));
        let json = serde_json::to_string(&applied).unwrap();
        assert_eq!(
            json,
            r#"{"key":"key_1","name":"Partner","rules":[{"column":"email","do":"hash"}],"otherwise":"keep","minimum_group":5}"#
        );
        let read: AppliedPolicy = serde_json::from_str(&json).unwrap();
        assert_eq!(read, applied);
        assert!(read.hash_key.is_none());
        assert!(format!("{applied:?}").contains("HashKey"));
    }
}
