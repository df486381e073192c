//! `GET /api/v1/exports/{id}/manifest`

use crate::extract::Path;
use crate::guard::Exporter;
use crate::problem::Problem;
use crate::state::AppState;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The header with the signature of what is sent.
const SIGNATURE: HeaderName = HeaderName::from_static("manifest-signature");

/// What a complete export holds, as its `manifest.json` says it: rows, parts with SHA-256, positions, columns, filter.
#[utoipa::path(
    get, path = "/api/v1/exports/{id}/manifest", tag = "exports", operation_id = "show_export_manifest",
    params(("id" = String, Path, description = "The job's id")),
    responses(
        (
            status = OK, description = "The manifest: the bytes of the file", body = serde_json::Value,
            headers(("Manifest-Signature" = String, description = "The Ed25519 signature of these bytes in base64, where the service signs"))
        ),
        (status = CONFLICT, description = "The export is not complete, or its files are gone", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn manifest(
    exporter: Exporter,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    exporter.check(&state, &id).await?;
    // The manifest is a published file of its own; its signature holds for its bytes.
    let (manifest, signature) = state.exports.manifest_file(&id).await?;
    let mut response = ([(header::CONTENT_TYPE, "application/json")], manifest).into_response();
    if let Some(signature) = signature {
        let value = HeaderValue::from_str(&STANDARD.encode(signature));
        response.headers_mut().insert(SIGNATURE, value.map_err(|error| Problem::internal(&error))?);
    }
    Ok(response)
}
