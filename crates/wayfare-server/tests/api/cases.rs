//! For each operation of the OpenAPI document: a call that succeeds, one that is refused, and whose right it takes.

use axum::http::StatusCode;
use serde_json::json;

/// A call; `{name}` in path and body stands for a value of the service's data.
pub struct Call {
    pub path: &'static str,
    pub body: String,
}

/// Who may call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Whoever has the key or a session; no API key with a policy.
    Caller,
    /// API keys with a policy, too.
    Exporter,
    /// Whoever has the key or a session; no named API key.
    Administrator,
    /// Everyone: it tells nothing, or the link itself is the right.
    Everyone,
    /// A client of a raw surface, by headers of its own.
    Partner,
}

pub struct Case {
    /// As the document names it.
    pub operation: &'static str,
    pub happy: Call,
    pub status: StatusCode,
    pub bad: Call,
    pub code: &'static str,
    pub right: Right,
}

pub fn call(path: &'static str, body: impl ToString) -> Call {
    Call { path, body: body.to_string() }
}

/// An operation without input, whose bad call is one by another host.
pub fn plain(operation: &'static str, path: &'static str, right: Right) -> Case {
    Case {
        operation,
        happy: call(path, ""),
        status: StatusCode::OK,
        bad: call(path, ""),
        code: "foreign_origin",
        right,
    }
}

pub fn case(operation: &'static str, happy: Call, bad: Call, code: &'static str) -> Case {
    Case { operation, happy, status: StatusCode::OK, bad, code, right: Right::Caller }
}

/// A case of what API keys with a policy may ask for, too.
fn exporter(operation: &'static str, happy: Call, bad: Call, code: &'static str) -> Case {
    Case { right: Right::Exporter, ..case(operation, happy, bad, code) }
}

/// A body of a raw export of all profiles, with more members.
fn raw(more: serde_json::Value) -> serde_json::Value {
    let mut body = json!({"attributes": ["gender"], "format": "csv"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

pub fn all() -> Vec<Case> {
    let everyone = json!({"definition": {"all": []}});
    let unknown = json!({"definition": {"attribute": "nothing like it", "operator": "exists"}});
    let export = crate::service::all_profiles();
    let missing = "/api/v1/exports/exp_missing";
    let schedule = json!({"name": "Daily", "request": {"kind": "profiles", "format": "csv"},
        "rule": {"every": "day", "at": "06:00"}});
    let mut change = schedule.clone();
    change["revision"] = 1.into();
    let mut all = crate::key_cases::all();
    all.extend(crate::webhook_cases::all());
    all.extend([
        plain("GET /api/v1/about", "/api/v1/about", Right::Everyone),
        Case {
            status: StatusCode::NO_CONTENT,
            right: Right::Everyone,
            ..case(
                "POST /api/v1/sign-in",
                call("/api/v1/sign-in", json!({"password": crate::service::PASSWORD})),
                call("/api/v1/sign-in", json!({"pass": "word"})),
                "invalid_request",
            )
        },
        Case {
            status: StatusCode::NO_CONTENT,
            ..plain("POST /api/v1/sign-out", "/api/v1/sign-out", Right::Everyone)
        },
        case(
            "POST /api/v1/profiles",
            call("/api/v1/profiles", json!({"user_id": "u9"})),
            call("/api/v1/profiles", "["),
            "unreadable_json",
        ),
        case(
            "POST /api/v1/events",
            call(
                "/api/v1/events",
                json!({"event_id": "n", "user_id": "u1", "event": "purchase", "timestamp": "2026-09-03T00:00:00Z"}),
            ),
            call("/api/v1/events", "7"),
            "invalid_request",
        ),
        case(
            "POST /api/v1/profiles/search",
            call("/api/v1/profiles/search", json!({"query": "u1"})),
            call("/api/v1/profiles/search", json!({"query": 1})),
            "invalid_request",
        ),
        case(
            "GET /api/v1/profiles/{profile_id}",
            call("/api/v1/profiles/{profile_id}", ""),
            call("/api/v1/profiles/pro_0000000000zzz", ""),
            "not_found",
        ),
        case(
            "GET /api/v1/profiles/{profile_id}/events",
            call("/api/v1/profiles/{profile_id}/events", ""),
            call("/api/v1/profiles/{profile_id}/events?limit=0", ""),
            "invalid_request",
        ),
        case(
            "GET /api/v1/profiles/{profile_id}/exports",
            call("/api/v1/profiles/{profile_id}/exports", ""),
            call("/api/v1/profiles/nobody/exports", ""),
            "not_found",
        ),
        plain("GET /api/v1/dictionary", "/api/v1/dictionary", Right::Exporter),
        case(
            "GET /api/v1/dictionary/values",
            call("/api/v1/dictionary/values?attribute=gender", ""),
            call("/api/v1/dictionary/values", ""),
            "invalid_request",
        ),
        exporter(
            "POST /api/v1/segments/count",
            call("/api/v1/segments/count", &everyone),
            call("/api/v1/segments/count", &unknown),
            "refused_definition",
        ),
        case(
            "POST /api/v1/segments/members",
            call("/api/v1/segments/members", &everyone),
            call("/api/v1/segments/members", &unknown),
            "refused_definition",
        ),
        case(
            "POST /api/v1/segments/explain",
            call(
                "/api/v1/segments/explain",
                json!({"definition": {"all": []}, "profile_id": "{profile_id}"}),
            ),
            call(
                "/api/v1/segments/explain",
                json!({"definition": {"all": []}, "profile_id": "pro_0000000000zzz"}),
            ),
            "not_found",
        ),
        case(
            "POST /api/v1/segments/plan",
            call("/api/v1/segments/plan", &everyone),
            call("/api/v1/segments/plan", &unknown),
            "refused_definition",
        ),
        case(
            "POST /api/v1/segments/breakdown",
            call(
                "/api/v1/segments/breakdown",
                json!({"definition": {"all": []}, "by": {"attribute": "gender"}}),
            ),
            call("/api/v1/segments/breakdown", &everyone),
            "invalid_request",
        ),
        plain("GET /api/v1/segments/schema", "/api/v1/segments/schema", Right::Caller),
        plain("GET /api/v1/segments/changes", "/api/v1/segments/changes", Right::Caller),
        plain("GET /api/v1/segments", "/api/v1/segments", Right::Caller),
        Case {
            status: StatusCode::CREATED,
            ..case(
                "POST /api/v1/segments",
                call("/api/v1/segments", json!({"name": "All", "definition": {"all": []}})),
                call("/api/v1/segments", json!({"name": " ", "definition": {"all": []}})),
                "invalid_request",
            )
        },
        case(
            "GET /api/v1/segments/{id}",
            call("/api/v1/segments/{segment}", ""),
            call("/api/v1/segments/seg_missing", ""),
            "not_found",
        ),
        case(
            "PUT /api/v1/segments/{id}",
            call(
                "/api/v1/segments/{segment}",
                json!({"name": "No one", "definition": {"any": []}, "version": 1}),
            ),
            call(
                "/api/v1/segments/{segment}",
                json!({"name": "No one", "definition": {"any": []}, "version": 1}),
            ),
            "conflict",
        ),
        case(
            "GET /api/v1/segments/{id}/versions",
            call("/api/v1/segments/{segment}/versions", ""),
            call("/api/v1/segments/seg_missing/versions", ""),
            "not_found",
        ),
        Case {
            status: StatusCode::NO_CONTENT,
            ..case(
                "DELETE /api/v1/segments/{id}",
                call("/api/v1/segments/{segment_to_remove}", ""),
                call("/api/v1/segments/{segment_to_remove}", ""),
                "not_found",
            )
        },
        plain("GET /api/v1/lists", "/api/v1/lists", Right::Caller),
        Case {
            status: StatusCode::CREATED,
            ..case(
                "POST /api/v1/lists",
                call("/api/v1/lists", json!({"name": "Two", "user_ids": ["u1", "u2"]})),
                call("/api/v1/lists", json!({"name": "Two"})),
                "invalid_request",
            )
        },
        Case {
            status: StatusCode::NO_CONTENT,
            ..case(
                "DELETE /api/v1/lists/{id}",
                call("/api/v1/lists/{list_to_remove}", ""),
                call("/api/v1/lists/lst_missing", ""),
                "not_found",
            )
        },
        plain("GET /api/v1/destinations", "/api/v1/destinations", Right::Caller),
        Case {
            status: StatusCode::CREATED,
            ..case(
                "POST /api/v1/destinations",
                call(
                    "/api/v1/destinations",
                    json!({"name": "Out", "settings": {"kind": "folder", "path": "{folder}"}}),
                ),
                call("/api/v1/destinations", json!({"name": "Out", "settings": {"kind": "floppy"}})),
                "invalid_request",
            )
        },
        case(
            "POST /api/v1/destinations/test",
            call("/api/v1/destinations/test", json!({"settings": {"kind": "folder", "path": "{folder}"}})),
            call("/api/v1/destinations/test", json!({"settings": {}})),
            "invalid_request",
        ),
        case(
            "GET /api/v1/destinations/{id}",
            call("/api/v1/destinations/{destination}", ""),
            call("/api/v1/destinations/dst_missing", ""),
            "not_found",
        ),
        case(
            "PUT /api/v1/destinations/{id}",
            call(
                "/api/v1/destinations/{destination}",
                json!({"name": "Changed", "revision": 1, "settings": {"kind": "folder", "path": "{folder}"}}),
            ),
            call(
                "/api/v1/destinations/{destination}",
                json!({"name": "Changed", "revision": 1, "settings": {"kind": "folder", "path": "{folder}"}}),
            ),
            "conflict",
        ),
        case(
            "POST /api/v1/destinations/{id}/test",
            call("/api/v1/destinations/{destination}/test", ""),
            call("/api/v1/destinations/dst_missing/test", ""),
            "not_found",
        ),
        Case {
            status: StatusCode::NO_CONTENT,
            ..case(
                "DELETE /api/v1/destinations/{id}",
                call("/api/v1/destinations/{destination_to_remove}", ""),
                call("/api/v1/destinations/dst_missing", ""),
                "not_found",
            )
        },
        case(
            "POST /api/v1/exports/{id}/deliver",
            call("/api/v1/exports/{id}/deliver", json!({"destinations": ["{destination}"]})),
            call("/api/v1/exports/{id}/deliver", json!({"destinations": ["dst_missing"]})),
            "invalid_request",
        ),
        plain("GET /api/v1/journeys", "/api/v1/journeys", Right::Exporter),
        exporter(
            "GET /api/v1/exports",
            call("/api/v1/exports?limit=1", ""),
            call("/api/v1/exports?limit=many", ""),
            "invalid_request",
        ),
        Case {
            status: StatusCode::ACCEPTED,
            ..exporter(
                "POST /api/v1/exports",
                call("/api/v1/exports", &export),
                call("/api/v1/exports", json!({"kind": "people"})),
                "invalid_request",
            )
        },
        exporter(
            "POST /api/v1/exports/preview",
            call("/api/v1/exports/preview", &export),
            call("/api/v1/exports/preview", json!({"kind": "people"})),
            "invalid_request",
        ),
        exporter("GET /api/v1/exports/{id}", call("/api/v1/exports/{id}", ""), call(missing, ""), "not_found"),
        exporter(
            "POST /api/v1/exports/{id}/cancel",
            call("/api/v1/exports/{running}/cancel", ""),
            call("/api/v1/exports/exp_missing/cancel", ""),
            "not_found",
        ),
        exporter(
            "POST /api/v1/exports/{id}/retry",
            call("/api/v1/exports/{cancelled}/retry", ""),
            call("/api/v1/exports/{id}/retry", ""),
            "conflict",
        ),
        exporter(
            "POST /api/v1/exports/{id}/verify",
            call("/api/v1/exports/{id}/verify", ""),
            call("/api/v1/exports/exp_missing/verify", ""),
            "not_found",
        ),
        exporter(
            "POST /api/v1/exports/{id}/link",
            call("/api/v1/exports/{id}/link", ""),
            call("/api/v1/exports/exp_missing/link", ""),
            "not_found",
        ),
        exporter(
            "POST /api/v1/exports/{id}/revoke-links",
            call("/api/v1/exports/{cancelled}/revoke-links", ""),
            call("/api/v1/exports/exp_missing/revoke-links", ""),
            "not_found",
        ),
        exporter(
            "GET /api/v1/exports/{id}/manifest",
            call("/api/v1/exports/{id}/manifest", ""),
            call("/api/v1/exports/exp_missing/manifest", ""),
            "not_found",
        ),
        exporter(
            "GET /api/v1/exports/{id}/dictionary",
            call("/api/v1/exports/{id}/dictionary", ""),
            call("/api/v1/exports/exp_missing/dictionary", ""),
            "not_found",
        ),
        exporter(
            "GET /api/v1/exports/{id}/files/{file}",
            call("/api/v1/exports/{id}/files/manifest.json", ""),
            call("/api/v1/exports/{id}/files/..%2Fmanifest.json", ""),
            "not_found",
        ),
        case(
            "GET /api/v1/schedules",
            call("/api/v1/schedules?limit=1", ""),
            call("/api/v1/schedules?limit=many", ""),
            "invalid_request",
        ),
        Case {
            status: StatusCode::CREATED,
            ..case(
                "POST /api/v1/schedules",
                call("/api/v1/schedules", &schedule),
                call(
                    "/api/v1/schedules",
                    json!({"name": "Daily", "request": export, "rule": {"every": "year"}}),
                ),
                "invalid_request",
            )
        },
        case(
            "POST /api/v1/schedules/due",
            call("/api/v1/schedules/due", json!({"rule": {"every": "hour"}})),
            call("/api/v1/schedules/due", json!({"rule": {"every": "hour", "minute": 60}})),
            "invalid_request",
        ),
        case(
            "GET /api/v1/schedules/{id}",
            call("/api/v1/schedules/{schedule}", ""),
            call("/api/v1/schedules/sch_missing", ""),
            "not_found",
        ),
        case(
            "PUT /api/v1/schedules/{id}",
            call("/api/v1/schedules/{schedule}", change),
            call("/api/v1/schedules/{schedule}", &schedule),
            "invalid_request",
        ),
        case(
            "POST /api/v1/schedules/{id}/pause",
            call("/api/v1/schedules/{schedule}/pause", ""),
            call("/api/v1/schedules/sch_missing/pause", ""),
            "not_found",
        ),
        case(
            "POST /api/v1/schedules/{id}/resume",
            call("/api/v1/schedules/{schedule}/resume", ""),
            call("/api/v1/schedules/sch_missing/resume", ""),
            "not_found",
        ),
        Case {
            status: StatusCode::ACCEPTED,
            ..case(
                "POST /api/v1/schedules/{id}/run",
                call("/api/v1/schedules/{schedule}/run", ""),
                call("/api/v1/schedules/sch_missing/run", ""),
                "not_found",
            )
        },
        case(
            "GET /api/v1/schedules/{id}/runs",
            call("/api/v1/schedules/{schedule}/runs", ""),
            call("/api/v1/schedules/sch_missing/runs", ""),
            "not_found",
        ),
        Case {
            status: StatusCode::NO_CONTENT,
            ..case(
                "DELETE /api/v1/schedules/{id}",
                call("/api/v1/schedules/{schedule_to_remove}", ""),
                call("/api/v1/schedules/sch_missing", ""),
                "not_found",
            )
        },
        plain("GET /api/raw/v2/exports", "/api/raw/v2/exports?limit=1", Right::Partner),
        Case {
            happy: call("/api/raw/v1/export", raw(json!({"hook": "https://x.example"}))),
            ..plain("POST /api/raw/v1/export", "/api/raw/v1/export", Right::Partner)
        },
        Case {
            status: StatusCode::ACCEPTED,
            happy: call("/api/raw/v2/export", raw(json!({}))),
            ..plain("POST /api/raw/v2/export", "/api/raw/v2/export", Right::Partner)
        },
        plain("GET /api/raw/v2/export/{id}", "/api/raw/v2/export/{raw}", Right::Partner),
        plain("POST /api/raw/v2/export/{id}/cancel", "/api/raw/v2/export/{raw}/cancel", Right::Partner),
        Case {
            happy: call("/api/user/v3/metadata/columns", json!({"table": "contacts"})),
            ..plain("POST /api/user/v3/metadata/columns", "/api/user/v3/metadata/columns", Right::Partner)
        },
        case(
            "GET /api/v1/audit",
            call("/api/v1/audit?deed=export.requested", ""),
            call("/api/v1/audit?deed=nothing", ""),
            "invalid_request",
        ),
        plain("GET /api/v1/mail", "/api/v1/mail", Right::Caller),
        case(
            "GET /api/v1/mail/{id}",
            call("/api/v1/mail/{mail_id}", ""),
            call("/api/v1/mail/missing", ""),
            "not_found",
        ),
        case(
            "POST /api/v1/mail/test",
            call("/api/v1/mail/test", json!({"to": "ann@example.com"})),
            call("/api/v1/mail/test", json!({"to": "nobody"})),
            "invalid_request",
        ),
        plain("GET /api/openapi.json", "/api/openapi.json", Right::Everyone),
        Case {
            right: Right::Everyone,
            ..case(
                "GET /docs/errors/{code}",
                call("/docs/errors/not_found", ""),
                call("/docs/errors/nothing", ""),
                "not_found",
            )
        },
        plain("GET /health/live", "/health/live", Right::Everyone),
        plain("GET /health/ready", "/health/ready", Right::Everyone),
        plain("GET /metrics", "/metrics", Right::Caller),
        Case {
            right: Right::Everyone,
            ..case(
                "GET /download/{id}",
                call("/download/{several}?{list_signature}", ""),
                call("/download/{several}?expires=9999999999&signature=x", ""),
                "bad_signature",
            )
        },
        Case {
            right: Right::Everyone,
            ..case(
                "GET /download/{id}/{file}",
                call("/download/{id}/{file}?{signature}", ""),
                call("/download/{id}/{file}?expires=9999999999&signature=x", ""),
                "bad_signature",
            )
        },
    ]);
    all
}
