//! `GET /api/v1/segments/schema`

use crate::guard::Caller;
use axum::Json;

/// The JSON Schema of definitions.
#[utoipa::path(
    get, path = "/api/v1/segments/schema", tag = "segments", operation_id = "show_segment_schema",
    responses((status = OK, body = serde_json::Value))
)]
pub(crate) async fn schema(_: Caller) -> Json<serde_json::Value> {
    Json(wayfare_segment::schema::json_schema())
}
