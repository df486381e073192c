//! The cases of the operations on webhooks.

use crate::cases::{Case, Right, call, case, plain};
use axum::http::StatusCode;
use serde_json::json;

pub fn all() -> Vec<Case> {
    vec![
        plain("GET /api/v1/webhooks/endpoints", "/api/v1/webhooks/endpoints", Right::Caller),
        Case {
            status: StatusCode::CREATED,
            ..case(
                "POST /api/v1/webhooks/endpoints",
                call("/api/v1/webhooks/endpoints", json!({"url": "https://x.example/in"})),
                call("/api/v1/webhooks/endpoints", json!({"url": "http://169.254.169.254/"})),
                "invalid_request",
            )
        },
        case(
            "GET /api/v1/webhooks/endpoints/{id}",
            call("/api/v1/webhooks/endpoints/{endpoint}", ""),
            call("/api/v1/webhooks/endpoints/ep_missing", ""),
            "not_found",
        ),
        case(
            "PUT /api/v1/webhooks/endpoints/{id}",
            call(
                "/api/v1/webhooks/endpoints/{endpoint}",
                json!({"url": "https://x.example", "disabled": true, "revision": 1}),
            ),
            call("/api/v1/webhooks/endpoints/{endpoint}", json!({"url": "https://x.example", "revision": 1})),
            "conflict",
        ),
        case(
            "POST /api/v1/webhooks/endpoints/{id}/test",
            call("/api/v1/webhooks/endpoints/{endpoint}/test", ""),
            call("/api/v1/webhooks/endpoints/ep_missing/test", ""),
            "not_found",
        ),
        case(
            "POST /api/v1/webhooks/endpoints/{id}/rotate-secret",
            // Without a body, as other rotations.
            call("/api/v1/webhooks/endpoints/{endpoint}/rotate-secret", ""),
            call(
                "/api/v1/webhooks/endpoints/{endpoint}/rotate-secret",
                json!({"old_until": "2020-01-01T00:00:00Z"}),
            ),
            "invalid_request",
        ),
        case(
            "POST /api/v1/webhooks/endpoints/{id}/replay",
            call("/api/v1/webhooks/endpoints/{endpoint}/replay", json!({"dead": true})),
            call("/api/v1/webhooks/endpoints/{endpoint}/replay", json!({})),
            "invalid_request",
        ),
        Case {
            status: StatusCode::NO_CONTENT,
            ..case(
                "DELETE /api/v1/webhooks/endpoints/{id}",
                call("/api/v1/webhooks/endpoints/{endpoint_to_remove}", ""),
                call("/api/v1/webhooks/endpoints/{endpoint_to_remove}", ""),
                "not_found",
            )
        },
        case(
            "GET /api/v1/webhooks/messages",
            call("/api/v1/webhooks/messages?state=waiting", ""),
            call("/api/v1/webhooks/messages?state=lost", ""),
            "invalid_request",
        ),
        case(
            "GET /api/v1/webhooks/messages/{id}",
            call("/api/v1/webhooks/messages/{message}", ""),
            call("/api/v1/webhooks/messages/msg_missing", ""),
            "not_found",
        ),
        case(
            "POST /api/v1/webhooks/messages/{id}/replay",
            call("/api/v1/webhooks/messages/{message}/replay", ""),
            call("/api/v1/webhooks/messages/msg_missing/replay", ""),
            "not_found",
        ),
        plain("GET /api/v1/webhooks/watches", "/api/v1/webhooks/watches", Right::Caller),
        Case {
            status: StatusCode::CREATED,
            ..case(
                "POST /api/v1/webhooks/watches",
                call(
                    "/api/v1/webhooks/watches",
                    json!({"segment": "{segment}", "above": 1, "every_minutes": 5}),
                ),
                call(
                    "/api/v1/webhooks/watches",
                    json!({"segment": "{segment}", "above": 1, "every_minutes": 4}),
                ),
                "invalid_request",
            )
        },
        case(
            "GET /api/v1/webhooks/watches/{id}",
            call("/api/v1/webhooks/watches/{watch}", ""),
            call("/api/v1/webhooks/watches/wat_missing", ""),
            "not_found",
        ),
        case(
            "PUT /api/v1/webhooks/watches/{id}",
            call(
                "/api/v1/webhooks/watches/{watch}",
                json!({"segment": "{segment}", "below": 1, "every_minutes": 60}),
            ),
            call("/api/v1/webhooks/watches/{watch}", json!({"segment": "seg_missing", "every_minutes": 60})),
            "invalid_request",
        ),
        Case {
            status: StatusCode::NO_CONTENT,
            ..case(
                "DELETE /api/v1/webhooks/watches/{id}",
                call("/api/v1/webhooks/watches/{watch_to_remove}", ""),
                call("/api/v1/webhooks/watches/{watch_to_remove}", ""),
                "not_found",
            )
        },
    ]
}
