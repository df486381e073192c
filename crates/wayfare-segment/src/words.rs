//! Definitions in plain English, for lists, mails and manifests.

use crate::definition::Definition;

/// What a definition means, in words.
pub fn describe(definition: &Definition) -> String {
    definition.to_json().to_string()
}
