//! The embedded web app. An address that is no file is a page of the app: it gets `index.html`.

use crate::problem::{Code, Problem};
use crate::revision;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::fmt::Write;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct App;

/// What stands in for the app in a server that was built before it.
const NOT_BUILT: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Wayfare</title>
<h1>The web app is not built yet</h1>
<p>Run <code>make web</code>, then build the server again. The API is at <a href=\"/api/openapi.json\">/api/openapi.json</a>.</p>
</html>
";

const INDEX: &str = "index.html";
/// Files whose names change with their content.
const FINGERPRINTED: &str = "assets/";
/// Pages of the app, as `web/src/routes.tsx` has them; below those that end in `/` there is one for each id.
const PAGES: [&str; 14] = [
    "/",
    "/sign-in",
    "/profiles/",
    "/segments",
    "/journeys",
    "/exports",
    "/exports/new",
    "/schedules",
    "/schedules/edit",
    "/destinations",
    "/webhooks",
    "/keys",
    "/audit",
    "/mail",
];

/// Answers whatever is no address of the API.
pub(crate) async fn serve(request: Request) -> Result<Response, Problem> {
    let path = request.uri().path();
    let name = path.trim_start_matches('/');
    let found = App::get(name).filter(|_| !name.is_empty());
    let is_page = is_page(path);
    if !is_page && found.is_none() && !asks_for_a_page(&request) {
        return Err(Problem::not_found("such address"));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Problem::new(Code::MethodNotAllowed, "The web app is only read.")
            .header(header::ALLOW, HeaderValue::from_static("GET,HEAD")));
    }
    if let Some(found) = found {
        return file(name, found, request.headers());
    }
    let mut page = match App::get(INDEX) {
        Some(index) => file(INDEX, index, request.headers())?,
        None => Html(NOT_BUILT).into_response(),
    };
    if !is_page {
        // The app then says to the person that there is no such page.
        *page.status_mut() = StatusCode::NOT_FOUND;
    }
    Ok(page)
}

fn is_page(path: &str) -> bool {
    PAGES.iter().any(|page| match page.strip_suffix('/') {
        Some(folder) if !folder.is_empty() => path.strip_prefix(page).is_some_and(|id| !id.contains('/')),
        _ => path == *page,
    })
}

/// Whether a person's browser asks, who mistyped an address: it gets a page that says so.
fn asks_for_a_page(request: &Request) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let name = request.uri().path().trim_start_matches('/');
    *request.method() == Method::GET
        && !name.starts_with(FINGERPRINTED)
        && !name.starts_with("api/")
        && accepted.is_some_and(|accept| accept.contains("text/html"))
}

fn file(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Result<Response, Problem> {
    // Weak, because the same file is sent compressed and plain.
    let mut etag = String::from("W/\"");
    for byte in &file.metadata.sha256_hash()[..16] {
        let _ = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|tags| revision::matches(tags, &etag));
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Body::from(file.data).into_response(),
    };
    let out = response.headers_mut();
    let cache = match name.starts_with(FINGERPRINTED) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::ETAG, HeaderValue::from_str(&etag).map_err(|error| Problem::internal(&error))?);
    if !known {
        let kind = match file.metadata.mimetype() {
            text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
            other => other.to_owned(),
        };
        out.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_str(&kind).map_err(|error| Problem::internal(&error))?,
        );
    }
    Ok(response)
}
