//! The cases of the operations on API keys.

use crate::cases::{Case, Right, call, case, plain};
use axum::http::StatusCode;
use serde_json::json;

pub fn all() -> Vec<Case> {
    vec![
        plain("GET /api/v1/keys", "/api/v1/keys", Right::Administrator),
        Case {
            status: StatusCode::CREATED,
            right: Right::Administrator,
            ..case(
                "POST /api/v1/keys",
                call(
                    "/api/v1/keys",
                    json!({"name": "Partner", "policy": {"rules": [{"column": "email", "do": "hash"}]}}),
                ),
                call(
                    "/api/v1/keys",
                    json!({"name": "Partner", "policy": {"rules": [{"column": "email", "do": "guess"}]}}),
                ),
                "invalid_request",
            )
        },
        Case {
            right: Right::Administrator,
            ..case(
                "GET /api/v1/keys/{id}",
                call("/api/v1/keys/{key}", ""),
                call("/api/v1/keys/key_missing", ""),
                "not_found",
            )
        },
        Case {
            right: Right::Administrator,
            ..case(
                "PUT /api/v1/keys/{id}",
                call(
                    "/api/v1/keys/{key}",
                    json!({"name": "Changed", "policy": null, "disabled": true, "revision": 1}),
                ),
                call("/api/v1/keys/{key}", json!({"name": "Changed", "policy": null, "revision": 1})),
                "conflict",
            )
        },
        Case {
            right: Right::Administrator,
            ..case(
                "POST /api/v1/keys/{id}/rotate-secret",
                call("/api/v1/keys/{key}/rotate-secret", ""),
                call("/api/v1/keys/key_missing/rotate-secret", ""),
                "not_found",
            )
        },
        Case {
            status: StatusCode::NO_CONTENT,
            right: Right::Administrator,
            ..case(
                "DELETE /api/v1/keys/{id}",
                call("/api/v1/keys/{key_to_remove}", ""),
                call("/api/v1/keys/key_missing", ""),
                "not_found",
            )
        },
    ]
}
