//! `GET /api/v1/exports/{id}/files/{file}`

use crate::extract::Path;
use crate::file_answer::{self, FinishedFile};
use crate::guard::{Exporter, Peer};
use crate::problem::Problem;
use crate::state::AppState;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use wayfare_export::Download;
use wayfare_export::audit::Receiver;

/// A file of a complete export as its bytes are: `manifest.json`, its signature `manifest.json.sig` where the service signs,
/// or one that the manifest lists; whole or a range of it.
/// Their SHA-256 is the one in the manifest.
#[utoipa::path(
    get, path = "/api/v1/exports/{id}/files/{file}", tag = "exports", operation_id = "export_file",
    params(
        ("id" = String, Path, description = "The job's id"),
        ("file" = String, Path, description = "The file's name"),
    ),
    responses(
        (status = OK, description = "The file", body = Vec<u8>, content_type = "application/octet-stream", headers(("ETag" = String), ("Accept-Ranges" = String))),
        (status = PARTIAL_CONTENT, description = "The range asked for", body = Vec<u8>, content_type = "application/octet-stream", headers(("Content-Range" = String))),
        (status = NOT_MODIFIED, description = "The client has the file"),
        (status = CONFLICT, description = "The export is not complete, or its files are gone", body = crate::problem::Wire, content_type = "application/problem+json"),
        (status = RANGE_NOT_SATISFIABLE, description = "The range lies outside of the file", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn file(
    exporter: Exporter,
    peer: Peer,
    State(state): State<AppState>,
    Path((id, file)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    exporter.check(&state, &id).await?;
    match state.exports.file(&id, &file).await? {
        Download::File { path, name, sha256, media_type, .. } => {
            let finished = FinishedFile { path: &path, save_as: &name, media_type, sha256: &sha256 };
            let to = Receiver { who: exporter.name().into(), address: peer.address() };
            let sending = async |first| Ok(state.exports.sending(&id, &file, first, &to).await?);
            file_answer::answer(finished, &method, &headers, sending).await
        }
        Download::List { .. } => Err(Problem::not_found("such file")),
    }
}
