//! `GET /download/{id}`

use crate::extract::Path;
use crate::problem::Problem;
use crate::routes::download::{Refused, Signature, escaped};
use crate::state::AppState;
use crate::wire::job::{DownloadList, ListedFile};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use wayfare_export::Download;

/// The files of an export that has several, each with its own link.
#[utoipa::path(
    get, path = "/download/{id}", tag = "exports", operation_id = "download_list", security(()),
    params(("id" = String, Path, description = "The export's id"), Signature),
    responses(
        (status = OK, description = "The files; a page where a browser asks", content((DownloadList = "application/json"), (String = "text/html"))),
        (status = GONE, description = "The link has expired; the page says how to get a new one", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn parts(
    State(state): State<AppState>,
    Path(id): Path<String>,
    link: Signature,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let refuse = |problem: Problem| Refused::new(problem, &headers);
    let found = state.exports.resolve_link(&id, None, link.expires, &link.signature).await;
    let Download::List { id, files } = found.map_err(|error| refuse(error.into()))? else {
        return Err(refuse(Problem::not_found("such list")));
    };
    let files: Vec<ListedFile> = files.into_iter().map(ListedFile::from).collect();
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    match accepts.is_some_and(|accept| accept.contains("text/html")) {
        true => Ok(Html(page(&id, &files)).into_response()),
        false => Ok(Json(DownloadList { id, files }).into_response()),
    }
}

fn page(id: &str, files: &[ListedFile]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{id} – Wayfare</title>\n<h1>Files of {id}</h1>\n<ul>\n",
        id = escaped(id)
    );
    for ListedFile { file, url, rows, bytes } in files {
        let (file, url) = (escaped(file), escaped(url));
        page.push_str(&format!("<li><a href=\"{url}\">{file}</a>: {rows} rows, {bytes} bytes</li>\n"));
    }
    page.push_str("</ul>\n</html>\n");
    page
}
