//! What an evaluation did, node by node.

use super::segment::definition_schema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// What to evaluate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    /// The definition; its JSON Schema is at `/api/v1/segments/schema`.
    #[schema(schema_with = definition_schema)]
    pub definition: Box<RawValue>,
    /// The instant that counts as now; RFC 3339. Default: now.
    #[schema(format = DateTime)]
    pub as_of: Option<String>,
    /// The time zone of calendar units, as the IANA database names it. Default: UTC.
    pub timezone: Option<String>,
}

/// How many profiles one node means, whatever stands around it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConditionCount {
    /// Where in the definition the node stands; empty at the root.
    #[schema(example = "all[0]")]
    pub path: String,
    /// Profiles that the node means.
    pub count: u64,
}

/// One node, and what its evaluation took.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanNode {
    /// Where in the definition the node stands; empty at the root.
    pub path: String,
    /// What kind of node it is.
    #[schema(example = "event")]
    pub kind: &'static str,
    /// The node in words.
    pub words: String,
    /// Profiles that the node means, whatever stands around it.
    pub count: u64,
    /// How many rows were looked at.
    pub rows: u64,
    /// How long it took, in milliseconds, with its parts.
    pub took_ms: f64,
    /// The nodes that it is made of.
    #[schema(no_recursion)]
    pub parts: Vec<PlanNode>,
}

/// How a definition was evaluated.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanAnswer {
    /// The outermost node.
    pub plan: PlanNode,
    /// Profiles that the definition means.
    pub count: u64,
    /// All live profiles.
    pub population: u64,
    /// The position up to which records were seen.
    pub position: u64,
    /// The instant that counted as now.
    #[schema(format = DateTime)]
    pub as_of: String,
    /// Events of which the index did not have what was asked, so that the lake was read: the first such count is slow.
    pub read_from_lake: Vec<String>,
    /// How long it took with loading the columns, in milliseconds.
    pub took_ms: f64,
}
