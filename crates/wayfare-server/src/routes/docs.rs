//! `GET /docs/errors/{code}`: the page that a problem document's `type` leads to.

use crate::extract::Path;
use crate::problem::{Code, Problem};
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// What a kind of problem means and what to do about it.
#[utoipa::path(
    get, path = "/docs/errors/{code}", tag = "service", operation_id = "show_error_page", security(()),
    params(("code" = String, Path, description = "The code of a problem document", example = "not_found")),
    responses((status = OK, description = "The page, in Markdown", body = String, content_type = "text/markdown; charset=utf-8"))
)]
pub(crate) async fn error(Path(code): Path<String>) -> Result<Response, Problem> {
    let known = Code::ALL.iter().find(|known| known.name() == code);
    let known = known.ok_or_else(|| Problem::not_found(format_args!("page about the code {code:?}")))?;
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], known.page()).into_response())
}
