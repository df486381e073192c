//! What saved segments mean, told as it changes.

use serde::Serialize;
use utoipa::ToSchema;

/// The data of an event `counts`: all saved segments over one snapshot, at one instant. An event `segments` has the
/// data `{}`: one was added, changed or taken away.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SegmentCounts {
    /// The position up to which records were seen.
    pub position: u64,
    /// The instant that counted as now.
    #[schema(format = DateTime)]
    pub as_of: String,
    /// By id.
    pub counts: Vec<SegmentCount>,
}

/// What one saved segment means now: `count` and `population`, or `error`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SegmentCount {
    /// `seg_…`
    pub id: String,
    /// The version that was evaluated.
    pub version: u64,
    /// Profiles that it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub count: Option<u64>,
    /// All live profiles.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub population: Option<u64>,
    /// Why it cannot be evaluated any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
}
