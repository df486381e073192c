//! Saved segments and lists.

use super::segment::definition_schema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A segment to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSegment {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The definition; its JSON Schema is at `/api/v1/segments/schema`.
    #[schema(schema_with = definition_schema)]
    pub definition: Box<RawValue>,
}

/// A change of a saved segment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentChange {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The definition.
    #[schema(schema_with = definition_schema)]
    pub definition: Box<RawValue>,
    /// The version that the change was made from: another one meanwhile is a conflict.
    #[schema(minimum = 1)]
    pub version: u64,
}

/// A saved segment, in one of its versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedSegment {
    /// `seg_…`
    pub id: String,
    /// The number that stands for the id where clients of the raw surface know only numbers.
    pub number: u64,
    /// What people call it.
    pub name: String,
    /// From 1; each change makes the next.
    pub version: u64,
    /// The definition.
    #[schema(schema_with = definition_schema)]
    pub definition: Box<RawValue>,
    /// The definition in words.
    pub words: String,
    /// When it was changed so.
    #[schema(format = DateTime)]
    pub changed_at: String,
    /// Who changed it.
    pub changed_by: String,
    /// Ids of saved segments that refer to it.
    pub used_by: Vec<String>,
}

/// Saved segments.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedSegments {
    /// By name.
    pub segments: Vec<SavedSegment>,
}

/// The versions of a saved segment.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentVersions {
    /// Newest first.
    pub versions: Vec<SavedSegment>,
}

/// A list to make: of whom a definition means now, or of ids.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewList {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Whoever this means now.
    #[serde(default)]
    #[schema(schema_with = super::segment::optional_definition_schema)]
    pub definition: Option<Box<RawValue>>,
    /// The time zone of calendar units in the definition, as the IANA database names it. Default: UTC.
    #[serde(default)]
    pub timezone: Option<String>,
    /// User ids.
    #[serde(default)]
    pub user_ids: Option<Vec<String>>,
}

/// A list: people written down once.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedList {
    /// `lst_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How many members it has.
    pub size: u64,
    /// From what it was made.
    pub made_from: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub made_at: String,
    /// Who made it.
    pub made_by: String,
    /// How many of the ids given belong to nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unknown: Option<u64>,
}

/// Lists.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedLists {
    /// By name.
    pub lists: Vec<SavedList>,
}
