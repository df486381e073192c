//! Refusals of stores in words: what the answer to a request says of why nothing came of it.

use super::trouble::{Fault, Trouble};
use bytes::Bytes;
use hyper::header::HeaderMap;
use hyper::{Method, StatusCode};

/// The most that is repeated of what others say.
const LONGEST_WORDS: usize = 200;
/// The same where they have no form of their own, such as a first line.
const LONGEST_SPEECH: usize = 500;

/// An answer, its body read.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// What an answer of `place` refuses; `None` where it grants what was asked for.
pub fn refused(place: &str, method: &Method, answer: &Answer) -> Option<Trouble> {
    if !answer.status.is_success() {
        return Some(in_words(place, answer.status, answer));
    }
    // The end of an upload and a list of deletions may begin with success and hold a refusal.
    if method != Method::POST {
        return None;
    }
    let text = String::from_utf8_lossy(&answer.body);
    match text.split_once("HTTP/1.1 ") {
        // A list of answers, which is what Azure gives to a list of requests.
        Some((_, inner)) => {
            let status = StatusCode::from_bytes(inner.as_bytes().get(..3)?).ok()?;
            (!status.is_success()).then(|| in_words(place, status, answer))
        }
        None => element(&text, "Error").map(|_| in_words(place, answer.status, answer)),
    }
}

/// A refusal with that status. All dialects name their faults in `Code` and `Message`.
fn in_words(place: &str, status: StatusCode, answer: &Answer) -> Trouble {
    let text = String::from_utf8_lossy(&answer.body);
    let code = element(&text, "Code")
        .or_else(|| answer.headers.get("x-ms-error-code").and_then(|code| code.to_str().ok()))
        .unwrap_or_default();
    let (fault, words) = match (code, status.as_u16()) {
        ("NoSuchBucket" | "ContainerNotFound" | "ResourceNotFound", _) => {
            (Fault::Bucket, "the bucket or container does not exist")
        }
        (
            "InvalidAccessKeyId"
            | "SignatureDoesNotMatch"
            | "AuthenticationFailed"
            | "InvalidAuthenticationInfo"
            | "NoAuthenticationInformation",
            _,
        ) => (Fault::Credentials, "the key is not known there, or its secret is another"),
        ("RequestTimeTooSkewed", _) => (Fault::Credentials, "the clocks of both machines differ too much"),
        (
            "QuotaExceeded" | "XMinioStorageFull" | "XMinioAdminBucketQuotaExceeded" | "StorageQuotaExceeded",
            _,
        )
        | (_, 507) => (Fault::Quota, "there is no room, or the quota is used up"),
        ("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException", _)
        | (_, 301 | 307 | 308) => {
            (Fault::Settings, "the bucket lies in another region, or at another endpoint")
        }
        (_, 401) => (Fault::Credentials, "the key is not known there"),
        ("AccessDenied", _) | (_, 403) => (Fault::Rights, "the key may not do that there"),
        (_, 404) => (Fault::Bucket, "there is no such bucket, container or object"),
        ("InternalError" | "SlowDown" | "ServiceUnavailable", _) | (_, 408 | 429 | 500..=599) => {
            (Fault::Unavailable, "the store has no time, or a fault of its own")
        }
        _ => (Fault::Settings, "the store does not take the request"),
    };
    let said = match (code, element(&text, "Message")) {
        ("", _) => String::new(),
        (code, None) => format!(", {code}"),
        (code, Some(message)) => format!(", {code}: {}", in_short(message)),
    };
    Trouble::new(fault, format!("{words} ({place} answered {}{said})", status.as_u16()))
}

/// The first line of what others say, as far as it is worth repeating.
pub fn in_short(words: &str) -> String {
    plain(words.lines().next().unwrap_or_default()).chars().take(LONGEST_WORDS).collect()
}

/// What others say as it is kept and shown: not too much, and nothing that a terminal would take for more than words.
pub fn plain(words: &str) -> String {
    words.trim().chars().filter(|c| !c.is_control()).take(LONGEST_SPEECH).collect()
}

/// The text of the first element of that name.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(method: Method, status: u16, body: &'static str) -> String {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        };
        match refused("s3.example", &method, &answer) {
            Some(trouble) => format!("{}: {trouble}", trouble.fault.name()),
            None => "granted".into(),
        }
    }

    #[test]
    fn refusals_in_words() {
        let told = [
            (404, "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>"),
            (403, "<Error><Code>SignatureDoesNotMatch</Code><Message>It does not match.</Message></Error>"),
            (403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"),
            (403, ""),
            (301, "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>"),
            (507, ""),
            (400, "<Error><Code>QuotaExceeded</Code></Error>"),
            (503, "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"),
            (500, "<html>"),
            (400, "no XML"),
        ]
        .map(|(status, body)| told(Method::PUT, status, body));
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn words_of_others_stay_words() {
        assert_eq!(plain("550 \u{1b}[31mno\r\n such ünser "), "550 [31mno such ünser");
        assert_eq!(plain(&"x".repeat(10_000)).len(), 500);
        assert_eq!(plain("550 "), "550");
        assert_eq!(in_short("\u{1b}]0;title\u{7}no\nmore"), "]0;titleno");
        assert_eq!(in_short(&"x".repeat(10_000)).len(), 200);
    }

    #[test]
    fn refusals_behind_a_success() {
        let told = [
            (200, "<CompleteMultipartUploadResult><ETag>\"1\"</ETag></CompleteMultipartUploadResult>"),
            (200, "<Error><Code>InternalError</Code><Message>Try again.</Message></Error>"),
            (200, "<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>"),
            (200, "<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code><Message>No.</Message></Error></DeleteResult>"),
            (202, "--batch\r\ncontent-id: 0\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n--batch--"),
            (202, "--batch\r\ncontent-id: 0\r\n\r\nHTTP/1.1 403 Forbidden\r\n\r\n<Error><Code>AuthorizationPermissionMismatch</Code></Error>\r\n--batch--"),
            (202, "--batch\r\ncontent-id: 0\r\n\r\nHTTP/1.1 "),
        ]
        .map(|(status, body)| told(Method::POST, status, body));
        insta::assert_snapshot!(told.join("\n"));
    }
}
