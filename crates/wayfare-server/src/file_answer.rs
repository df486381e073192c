//! A finished file as an answer: whole, a range of it, or only its head.

use crate::problem::{Code, Problem};
use crate::revision;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::io::SeekFrom;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

/// A file that no longer changes.
pub struct FinishedFile<'a> {
    /// Where it lies.
    pub path: &'a Path,
    /// The name under which it is kept by who downloads it.
    pub save_as: &'a str,
    /// Its media type.
    pub media_type: &'a str,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: &'a str,
}

/// Answers with the file, or the one range that `Range` asks for. Before the first byte is sent, `sending` is told which one
/// that is; where it fails, nothing is.
pub async fn answer(
    file: FinishedFile<'_>,
    method: &Method,
    headers: &HeaderMap,
    sending: impl AsyncFnOnce(u64) -> Result<(), Problem>,
) -> Result<Response, Problem> {
    let gone = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Problem::not_found("such file any more; the export has expired"),
        _ => Problem::internal(&error),
    };
    let mut opened = tokio::fs::File::open(file.path).await.map_err(gone)?;
    let size = opened.metadata().await.map_err(gone)?.len();
    let etag = format!("\"{}\"", file.sha256);
    let mut out: Vec<(HeaderName, String)> = vec![
        (header::ETAG, etag.clone()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    if headers.get_all(header::IF_NONE_MATCH).iter().any(|tags| revision::matches(tags, &etag)) {
        return respond(StatusCode::NOT_MODIFIED, out, Body::empty());
    }
    out.push((header::CONTENT_TYPE, file.media_type.to_owned()));
    out.push((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.save_as)));
    let (status, from, length) = match wanted(headers, &etag, size) {
        Wanted::Whole => (StatusCode::OK, 0, size),
        Wanted::Range(from, to) => {
            out.push((header::CONTENT_RANGE, format!("bytes {from}-{to}/{size}")));
            (StatusCode::PARTIAL_CONTENT, from, to - from + 1)
        }
        Wanted::Nothing => {
            let range =
                HeaderValue::from_str(&format!("bytes */{size}")).map_err(|e| Problem::internal(&e))?;
            let detail = format!("The file has {size} bytes.");
            return Err(Problem::new(Code::BadRange, detail).header(header::CONTENT_RANGE, range));
        }
    };
    out.push((header::CONTENT_LENGTH, length.to_string()));
    if method == Method::HEAD {
        return respond(status, out, Body::empty());
    }
    opened.seek(SeekFrom::Start(from)).await.map_err(gone)?;
    sending(from).await?;
    respond(status, out, Body::from_stream(ReaderStream::with_capacity(opened.take(length), 64 * 1024)))
}

fn respond(status: StatusCode, headers: Vec<(HeaderName, String)>, body: Body) -> Result<Response, Problem> {
    let mut response = (status, body).into_response();
    for (name, value) in headers {
        let value = HeaderValue::from_str(&value).map_err(|error| Problem::internal(&error))?;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

/// Which bytes are wanted.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    /// First and last byte.
    Range(u64, u64),
    /// A range that lies outside.
    Nothing,
}

/// Reads `Range`. Several ranges, other units and what cannot be read mean the whole file, as RFC 9110 allows; so
/// does an `If-Range` that names another file.
fn wanted(headers: &HeaderMap, etag: &str, size: u64) -> Wanted {
    let Some(range) = headers.get(header::RANGE).and_then(|range| range.to_str().ok()) else {
        return Wanted::Whole;
    };
    if headers.get(header::IF_RANGE).is_some_and(|known| known.as_bytes() != etag.as_bytes()) {
        return Wanted::Whole;
    }
    let Some((first, last)) = range.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return Wanted::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let number =
        |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    match (number(first), number(last)) {
        (Some(first), _) if last.is_empty() && first >= size => Wanted::Nothing,
        (Some(first), None) if last.is_empty() => Wanted::Range(first, size - 1),
        (Some(first), Some(last)) if last < first => Wanted::Whole,
        (Some(first), Some(_)) if first >= size => Wanted::Nothing,
        (Some(first), Some(last)) => Wanted::Range(first, last.min(size - 1)),
        (None, Some(0)) if first.is_empty() => Wanted::Nothing,
        (None, Some(_)) if first.is_empty() && size == 0 => Wanted::Nothing,
        (None, Some(length)) if first.is_empty() => Wanted::Range(size.saturating_sub(length), size - 1),
        _ => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let check = |range: &str, size, expected| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, range.parse().expect("a value"));
            assert_eq!(wanted(&headers, "\"x\"", size), expected, "{range} of {size}");
        };
        check("bytes=0-4", 10, Wanted::Range(0, 4));
        check("bytes=5-", 10, Wanted::Range(5, 9));
        check("bytes=5-99", 10, Wanted::Range(5, 9));
        check("bytes=-3", 10, Wanted::Range(7, 9));
        check("bytes=-30", 10, Wanted::Range(0, 9));
        check("bytes=10-", 10, Wanted::Nothing);
        check("bytes=10-12", 10, Wanted::Nothing);
        check("bytes=-0", 10, Wanted::Nothing);
        check("bytes=0-", 0, Wanted::Nothing);
        check("bytes=-1", 0, Wanted::Nothing);
        for odd in ["bytes=", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=+1-2"]
        {
            check(odd, 10, Wanted::Whole);
        }
    }

    #[test]
    fn a_range_of_another_file_is_not_given() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=0-1".parse().expect("a value"));
        headers.insert(header::IF_RANGE, "\"y\"".parse().expect("a value"));
        assert_eq!(wanted(&headers, "\"x\"", 10), Wanted::Whole);
        headers.insert(header::IF_RANGE, "\"x\"".parse().expect("a value"));
        assert_eq!(wanted(&headers, "\"x\"", 10), Wanted::Range(0, 1));
    }
}
