//! Who is meant, by the values that they have.

use super::segment::definition_schema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Whom to break down, and by what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakdownRequest {
    /// The definition; its JSON Schema is at `/api/v1/segments/schema`.
    #[schema(schema_with = definition_schema)]
    pub definition: Box<RawValue>,
    /// The instant that counts as now; RFC 3339. Default: now.
    #[schema(format = DateTime)]
    pub as_of: Option<String>,
    /// The time zone of calendar units, as the IANA database names it. Default: UTC.
    pub timezone: Option<String>,
    /// The attribute or parameter.
    pub by: By,
    /// How many values are told. Default: 20.
    #[schema(minimum = 1, maximum = 1_000)]
    pub limit: Option<u32>,
}

/// Either `attribute`, or `event` and `parameter`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct By {
    /// An attribute or identifier.
    #[schema(example = "country")]
    pub attribute: Option<String>,
    /// An event.
    pub event: Option<String>,
    /// A parameter of the event: a profile counts once for each distinct value that it has.
    pub parameter: Option<String>,
}

/// How those meant are distributed over values.
#[derive(Debug, Serialize, ToSchema)]
pub struct BreakdownAnswer {
    /// The most frequent values: by count descending, then by value.
    pub values: Vec<ValueCount>,
    /// Profiles without any value.
    pub missing: u64,
    /// Profiles that have values, none of which is among those told.
    pub other: u64,
    /// How many distinct values there are, told or not.
    pub distinct: u64,
    /// Profiles that the definition means.
    pub count: u64,
    /// All live profiles.
    pub population: u64,
    /// The position up to which records were seen.
    pub position: u64,
    /// The instant that counted as now.
    #[schema(format = DateTime)]
    pub as_of: String,
}

/// How many profiles have a value.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueCount {
    /// The value, as text.
    pub value: String,
    /// Profiles that have it.
    pub count: u64,
}
