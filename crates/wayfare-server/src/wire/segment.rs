//! Segments: counts and members.

use super::plan::ConditionCount;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};

/// Whom to count.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountRequest {
    /// The definition; its JSON Schema is at `/api/v1/segments/schema`.
    #[schema(schema_with = definition_schema)]
    pub definition: Box<RawValue>,
    /// The instant that counts as now; RFC 3339. Default: now.
    #[schema(format = DateTime)]
    pub as_of: Option<String>,
    /// The time zone of calendar units, as the IANA database names it. Default: UTC.
    #[schema(example = "Europe/Istanbul")]
    pub timezone: Option<String>,
    /// Whether each node of the definition is counted by itself too.
    #[serde(default)]
    #[schema(default = false)]
    pub conditions: bool,
}

/// How many there are: exact, never an estimate.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountAnswer {
    /// Profiles that the definition means.
    pub count: u64,
    /// All live profiles.
    pub population: u64,
    /// The position up to which records were seen.
    pub position: u64,
    /// The instant that counted as now.
    #[schema(format = DateTime)]
    pub as_of: String,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// How many conditions the definition has.
    pub filters: usize,
    /// The definition in words.
    pub words: String,
    /// How many each node means, the outermost first; only where `conditions` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub conditions: Option<Vec<ConditionCount>>,
}

/// Whom to explain.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainRequest {
    /// The definition; its JSON Schema is at `/api/v1/segments/schema`.
    #[schema(schema_with = definition_schema)]
    pub definition: Box<RawValue>,
    /// The profile.
    #[schema(example = "pro_000000000001a")]
    pub profile_id: String,
    /// The instant that counts as now; RFC 3339. Default: now.
    #[schema(format = DateTime)]
    pub as_of: Option<String>,
    /// The time zone of calendar units, as the IANA database names it. Default: UTC.
    pub timezone: Option<String>,
}

/// Why a profile is, or is not, among those meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainAnswer {
    /// The outermost node: `path`, `words`, `holds`, `because`, and `parts` of the same form.
    pub explanation: serde_json::Value,
    /// The position up to which records were seen.
    pub position: u64,
    /// The instant that counted as now.
    #[schema(format = DateTime)]
    pub as_of: String,
}

/// Whose ids to list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembersRequest {
    /// The definition; its JSON Schema is at `/api/v1/segments/schema`.
    #[schema(schema_with = definition_schema)]
    pub definition: Box<RawValue>,
    /// The instant that counts as now; RFC 3339. Default: now.
    #[schema(format = DateTime)]
    pub as_of: Option<String>,
    /// The time zone of calendar units, as the IANA database names it. Default: UTC.
    pub timezone: Option<String>,
    /// Which id to list. Default: `profile_id`.
    pub id: Option<IdKind>,
    /// Where the page before ended: its `next_cursor`.
    pub cursor: Option<String>,
    /// How many ids a page has. Default: 1,000.
    #[schema(minimum = 1, maximum = 10_000)]
    pub limit: Option<u32>,
}

/// An identifier that can be listed and searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdKind {
    /// The product's own id.
    ProfileId,
    /// The customer's id of the user.
    UserId,
    /// The e-mail address.
    Email,
    /// The phone number.
    PhoneNumber,
}

impl IdKind {
    /// Its name in definitions and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProfileId => "profile_id",
            Self::UserId => "user_id",
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
        }
    }
}

/// One page of ids, in byte order.
#[derive(Debug, Serialize, ToSchema)]
pub struct MembersAnswer {
    /// The ids.
    pub members: Vec<String>,
    /// Leads to the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
    /// Profiles that the definition means, on all pages.
    pub count: u64,
    /// How many of them have no such id and are not listed.
    pub without_id: u64,
    /// The position up to which records were seen.
    pub position: u64,
    /// The instant that counted as now.
    #[schema(format = DateTime)]
    pub as_of: String,
}

/// The schema of a definition: a reference to the one that the segment language publishes.
pub fn definition_schema() -> RefOr<Schema> {
    Ref::from_schema_name("Definition").into()
}

/// The schema of a condition on events, as the segment language publishes it.
pub fn condition_schema() -> RefOr<Schema> {
    Ref::from_schema_name("DefinitionCondition").into()
}

/// The schema of a range of times, as the segment language publishes it.
pub fn time_range_schema() -> RefOr<Schema> {
    Ref::from_schema_name("DefinitionTimeRange").into()
}

/// The schema of a definition that may be left out or null.
pub fn optional_definition_schema() -> RefOr<Schema> {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    OneOfBuilder::new().item(null).item(Ref::from_schema_name("Definition")).into()
}
