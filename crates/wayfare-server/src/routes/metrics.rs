//! `GET /metrics`

use crate::guard::Caller;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Figures in Prometheus' text format.
#[utoipa::path(
    get, path = "/metrics", tag = "operations", operation_id = "show_metrics",
    responses((status = OK, body = String, content_type = "text/plain; version=0.0.4"))
)]
pub(crate) async fn metrics(_: Caller) -> Response {
    let handle = crate::metrics::handle();
    handle.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
}
