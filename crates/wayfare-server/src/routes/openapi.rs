//! `GET /api/openapi.json`: the document, made from the annotations on the handlers.
//!
//! What is true of every operation is added here once: how it is refused, and with what credentials it is asked.

use crate::state::AppState;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use utoipa::PartialSchema;
use utoipa::openapi::OpenApi;

/// This document.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "service", operation_id = "show_openapi", security(()),
    responses((status = OK, description = "The OpenAPI document", body = serde_json::Value))
)]
pub(crate) async fn openapi(State(state): State<AppState>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], state.openapi.clone()).into_response()
}

/// The whole document, from what the routers collected.
pub(crate) fn document(mut api: OpenApi, downloads: OpenApi) -> Value {
    api.merge(downloads);
    let mut document = serde_json::to_value(&api).unwrap_or_default();
    document["info"] = json!({
        "title": "Wayfare",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Profiles and events in; segments, journeys and exports out. Errors are problem documents (RFC 9457). \
            On a loopback address no credentials are asked for.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    document["components"]["securitySchemes"] = json!({
        "key": {"type": "http", "scheme": "bearer", "description": "The API key of the service or a named one, for programs"},
        "partner": {"type": "apiKey", "in": "header", "name": "X-PARTNER-NAME", "description": "The account, in lower case; for the raw surfaces"},
        "token": {"type": "apiKey", "in": "header", "name": "X-REQUEST-TOKEN", "description": "The API key of the service or a named one; any text on a loopback address without sign-in"},
        "session": {"type": "apiKey", "in": "cookie", "name": crate::guard::COOKIE, "description": "Set by `POST /api/v1/sign-in`, for the web app"},
    });
    // Nothing at all is enough on a loopback address.
    document["security"] = json!([{}, {"key": []}, {"session": []}]);
    document["components"]["schemas"]["Problem"] =
        serde_json::to_value(crate::problem::Wire::schema()).unwrap_or_default();
    document["components"]["schemas"]["RawError"] =
        serde_json::to_value(crate::raw_error::RawErrorBody::schema()).unwrap_or_default();
    add_definition(&mut document);
    let paths = document["paths"].as_object_mut();
    for (path, item) in paths.into_iter().flatten() {
        for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
            add_refusals(path, operation);
        }
    }
    document
}

/// Adds how every operation of its kind may be refused.
fn add_refusals(path: &str, operation: &mut Value) {
    let has_body = operation.get("requestBody").is_some();
    let in_query = |parameter: &Value| parameter["in"] == "query";
    let has_query = operation["parameters"].as_array().is_some_and(|all| all.iter().any(in_query));
    let public = operation.get("security").is_some();
    let mut refusals = vec![
        ("403", "Another host, the page of another site, or an API key that may not ask for this"),
        ("405", "The address does not take this method"),
        ("500", "The service failed; its log says why"),
    ];
    if path.starts_with("/api/raw/") || path.starts_with("/api/user/") {
        return add_raw_refusals(path, operation);
    }
    if !public || path == "/api/v1/sign-in" {
        refusals.push(("401", "No credentials, or wrong ones"));
    }
    if !public {
        refusals.push((
            "503",
            "The service is closing, was told to give up, or an evaluation took longer than it may",
        ));
    }
    if has_body {
        refusals.push(("413", "The body is too large"));
        refusals.push(("415", "The body is packed"));
    }
    if has_body || path.contains('{') {
        refusals.push(("400", "The body cannot be read as JSON, or the address cannot be read"));
    }
    if has_body || has_query {
        refusals.push(("422", "Read, but refused: `path` and `message` say where and why"));
    }
    if path.contains('{') {
        refusals.push(("404", "Nothing lives at this address"));
    }
    let problem = json!({crate::problem::MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}});
    insert(operation, &refusals, &problem);
}

/// The same for the raw surfaces, whose handlers have a form of their own; what is refused before them has the other.
fn add_raw_refusals(path: &str, operation: &mut Value) {
    let mut refusals = vec![
        ("400", "No account, no token, or a request that cannot be done: the error says where and why"),
        ("403", "Another account or token; another host, or the page of another site"),
        ("405", "The address does not take this method"),
        ("500", "The service failed; its log says why"),
        ("503", "The service is closing"),
    ];
    if operation.get("requestBody").is_some() {
        refusals.push(("413", "The body is too large"));
        refusals.push(("415", "The body is packed"));
    }
    if path.contains('{') {
        refusals.push(("404", "There is no such export"));
    }
    if path.ends_with("/export") {
        refusals.push(("429", "As many raw exports were asked for today as may be"));
        refusals.push(("507", "The disk is full"));
    }
    let either = json!({
        "application/json": {"schema": {"$ref": "#/components/schemas/RawError"}},
        crate::problem::MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}},
    });
    insert(operation, &refusals, &either);
}

/// Adds refusals with their content, where an operation does not tell of them itself.
fn insert(operation: &mut Value, refusals: &[(&str, &str)], content: &Value) {
    for response in operation["responses"].as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
        if let Some(response) = response.as_object_mut() {
            // The standard asks for a description even where the schema says it all.
            response.entry("description").or_insert_with(|| json!("The answer"));
        }
    }
    for (status, description) in refusals {
        let refusal = json!({ "description": description, "content": content });
        if let Some(responses) = operation["responses"].as_object_mut() {
            responses.entry(*status).or_insert(refusal);
            responses.sort_keys();
        }
    }
}

/// Puts the schema of definitions, and what it refers to, among the components.
fn add_definition(document: &mut Value) {
    let mut schema = wayfare_segment::schema::json_schema();
    let parts = schema.as_object_mut().and_then(|schema| {
        schema.remove("$schema");
        schema.remove("$id");
        schema.remove("$defs")
    });
    let schemas = &mut document["components"]["schemas"];
    for (name, part) in parts.as_ref().and_then(Value::as_object).into_iter().flatten() {
        let mut part = part.clone();
        refer_to_components(&mut part);
        schemas[component(name)] = part;
    }
    refer_to_components(&mut schema);
    schemas["Definition"] = schema;
}

/// The component that a part of the definition's schema becomes.
fn component(part: &str) -> String {
    let words = part.split(['_', '-', ' ']).map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    });
    format!("Definition{}", words.collect::<String>())
}

fn refer_to_components(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(target) if name == "$ref" => {
                        *target = match target.strip_prefix("#/$defs/") {
                            Some(part) => format!("#/components/schemas/{}", component(part)),
                            None => "#/components/schemas/Definition".to_owned(),
                        };
                    }
                    member => refer_to_components(member),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(refer_to_components),
        _ => {}
    }
}
