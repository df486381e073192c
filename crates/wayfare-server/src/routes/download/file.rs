//! `GET /download/{id}/{file}`

use crate::extract::Path;
use crate::file_answer::{self, FinishedFile};
use crate::guard::Peer;
use crate::problem::Problem;
use crate::routes::download::{Refused, Signature};
use crate::state::AppState;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use wayfare_export::Download;
use wayfare_export::audit::Receiver;

/// A file of an export, whole or a range of it.
#[utoipa::path(
    get, path = "/download/{id}/{file}", tag = "exports", operation_id = "download_file", security(()),
    params(
        ("id" = String, Path, description = "The export's id"),
        ("file" = String, Path, description = "The file's name"),
        Signature,
    ),
    responses(
        (status = OK, description = "The file", body = Vec<u8>, content_type = "application/octet-stream", headers(("ETag" = String), ("Accept-Ranges" = String))),
        (status = PARTIAL_CONTENT, description = "The range asked for", body = Vec<u8>, content_type = "application/octet-stream", headers(("Content-Range" = String))),
        (status = NOT_MODIFIED, description = "The client has the file"),
        (status = GONE, description = "The link has expired; the page says how to get a new one", body = crate::problem::Wire, content_type = "application/problem+json"),
        (status = RANGE_NOT_SATISFIABLE, description = "The range lies outside of the file", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn file(
    State(state): State<AppState>,
    Path((id, file)): Path<(String, String)>,
    link: Signature,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let refuse = |problem: Problem| Refused::new(problem, &headers);
    let found = state.exports.resolve_link(&id, Some(&file), link.expires, &link.signature).await;
    let Download::File { path, name, sha256, media_type, .. } =
        found.map_err(|error| refuse(error.into()))?
    else {
        return Err(refuse(Problem::not_found("such file")));
    };
    let finished = FinishedFile { path: &path, save_as: &name, media_type, sha256: &sha256 };
    let to = Receiver { who: "signed link".into(), address: peer.address() };
    let sending = async |first| Ok(state.exports.sending(&id, &file, first, &to).await?);
    file_answer::answer(finished, &method, &headers, sending).await.map_err(refuse)
}
